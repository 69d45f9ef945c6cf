"""Everything that the adapters send, and every answer that they live on, is what the providers' descriptions allow."""

from contextlib import suppress
from dataclasses import replace

import pytest
from simulator.contract import requires_contract
from simulator.world_client import WorldClient

from providers.requests_of_the_store import (
    PAYER,
    authorize_request,
    capture_request,
    movements,
    refund_request,
    setup_request,
    take,
)
from providers.test_paypal_payments import paid, paypal_request
from providers.traffic import check_paypal, check_stripe, record_paypal, record_stripe
from store.kernel import clock
from store.payments.port import Declined, ProviderRefused
from store.providers.paypal import PayPalProvider
from store.providers.stripe import StripeProvider

pytestmark = requires_contract

STRIPE_CALLS = {
    "GET /v1/balance_transactions",
    "GET /v1/confirmation_tokens/{id}",
    "GET /v1/disputes/{id}",
    "GET /v1/payment_intents",
    "GET /v1/payment_intents/{id}",
    "GET /v1/payment_methods/{id}",
    "GET /v1/refunds",
    "GET /v1/refunds/{id}",
    "GET /v1/setup_intents",
    "GET /v1/setup_intents/{id}",
    "POST /v1/customers",
    "POST /v1/payment_intents",
    "POST /v1/payment_intents/{id}/cancel",
    "POST /v1/payment_intents/{id}/capture",
    "POST /v1/refunds",
    "POST /v1/setup_intents",
    "POST /v1/setup_intents/{id}/cancel",
}
PAYPAL_CALLS = {
    "GET /v1/customer/disputes",
    "GET /v1/customer/disputes/{id}",
    "GET /v1/reporting/transactions",
    "GET /v2/checkout/orders/{id}",
    "GET /v2/payments/captures/{id}",
    "GET /v2/payments/refunds/{id}",
    "POST /v1/oauth2/token",
    "POST /v2/checkout/orders",
    "POST /v2/checkout/orders/{id}/capture",
    "POST /v2/payments/captures/{id}/refund",
}


async def stripe_life(provider: StripeProvider, world: WorldClient) -> None:
    """Every call of the port, every state that a snapshot is made of."""
    world.sim("settings", multicapture=True)
    await provider.inspect("pm_sim_apple_pay")
    token = world.raw("POST", "/v1/test_helpers/confirmation_tokens", {"payment_method": "pm_sim_google_pay"}).json()
    await provider.inspect(token["id"])
    await take(provider, token=token["id"])
    request = authorize_request(multicapture=True, save=True)
    held = await provider.authorize(request)
    await provider.capture(capture_request(held, 20_00, final=False))
    taken = await provider.capture(capture_request(held, 20_00))
    await provider.find_authorization(request.authorization_id, since=clock.now(), provider_customer=None)
    later = authorize_request(
        token=None, off_session=True, provider_customer=held.provider_customer, provider_method=held.provider_method
    )
    await provider.void((await provider.authorize(later)).provider_ref, "void-1")
    given_back = refund_request(taken)
    refund = await provider.refund(given_back)
    await provider.fetch_refund(refund.provider_ref)
    await provider.find_refund(
        given_back.refund_id, capture_ref=given_back.capture_ref, authorization_ref=given_back.authorization_ref
    )
    saved = await provider.set_up(setup_request())
    await provider.fetch_authorization(saved.provider_ref)
    asked = await provider.set_up(setup_request(token="pm_card_authenticationRequiredOnSetup"))
    await provider.void(asked.provider_ref, "void-2")
    await provider.authorize(authorize_request(token="pm_card_authenticationRequired"))
    await provider.find_authorization(later.payment_id, since=clock.now(), provider_customer=held.provider_customer)
    for wrong in (authorize_request(token="pm_card_chargeDeclined"), authorize_request(token="pm_none")):
        with suppress(Declined, ProviderRefused):
            await provider.authorize(wrong)
    dispute = world.sim("dashboard/dispute", provider="stripe", charge_or_capture=taken.provider_charge)
    await provider.read_webhook("charge.dispute.created", {"data": {"object": dispute}})
    await movements(provider)


async def test_stripe_is_spoken_to_and_understood_as_described(
    stripe_provider: StripeProvider, world: WorldClient
) -> None:
    exchanges = record_stripe(stripe_provider)
    await stripe_life(stripe_provider, world)
    for exchange in exchanges:
        check_stripe(exchange)
    assert {exchange.place for exchange in exchanges} == STRIPE_CALLS
    assert {200, 402} < {exchange.status for exchange in exchanges}
    for exchange in exchanges:
        assert exchange.headers["stripe-version"] == "2024-04-10"
        if exchange.method == "POST":
            assert exchange.headers["idempotency-key"]


async def paypal_life(provider: PayPalProvider, world: WorldClient) -> None:
    done = await paid(provider, world)
    await paid(provider, world, payer=replace(PAYER, locale="zh", address={}))
    given_back = refund_request(done)
    refund = await provider.refund(given_back)
    await provider.fetch_refund(refund.provider_ref)
    await provider.find_refund(given_back.refund_id, capture_ref=given_back.capture_ref, authorization_ref=None)
    dispute = world.sim("dashboard/dispute", provider="paypal", charge_or_capture=given_back.capture_ref)
    await provider.read_webhook("CUSTOMER.DISPUTE.CREATED", {"resource": dispute})
    with suppress(ProviderRefused):
        await provider.refund(refund_request(done))
    await movements(provider, days=1)
    await provider.authorize(paypal_request())


async def test_paypal_is_spoken_to_and_understood_as_described(
    paypal_provider: PayPalProvider, world: WorldClient
) -> None:
    exchanges = record_paypal(paypal_provider)
    await paypal_life(paypal_provider, world)
    for exchange in exchanges:
        check_paypal(exchange)
    assert {exchange.place for exchange in exchanges} == PAYPAL_CALLS
    for exchange in exchanges:
        if exchange.path.endswith("/token"):
            assert "paypal-request-id" not in exchange.headers
        elif exchange.method == "POST":
            assert 1 <= len(exchange.headers["paypal-request-id"]) <= 108
            assert exchange.headers["prefer"] == "return=representation"


@pytest.mark.requirement("PAY-14")
async def test_no_card_number_is_ever_sent_or_kept(stripe_provider: StripeProvider, world: WorldClient) -> None:
    exchanges = record_stripe(stripe_provider)
    await stripe_life(stripe_provider, world)
    for exchange in exchanges:
        assert "4242424242424242" not in exchange.body + exchange.query
        assert "[number]" not in exchange.body
