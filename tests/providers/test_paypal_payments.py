"""PayPal's adapter: the payer's page, taking the money, giving it back, disputes and the books."""

from dataclasses import replace
from uuid import uuid4

import pytest
from simulator.world_client import WorldClient

from providers.requests_of_the_store import (
    ADDRESS,
    PAYER,
    authorize_request,
    capture_request,
    eur,
    movements,
    refund_request,
    setup_request,
)
from store.kernel import clock
from store.kernel.money import Money
from store.payments.port import (
    AuthorizationSnapshot,
    AuthorizationState,
    Declined,
    DisputeState,
    ProviderRefused,
    SettlementState,
)
from store.providers.paypal import PayPalProvider
from store.providers.paypal_amounts import from_paypal, to_paypal
from store.providers.paypal_order import order_request


def paypal_request(**facts):
    return authorize_request(**{"capture": True, "token": None, **facts})


async def approved(provider: PayPalProvider, world: WorldClient, **facts) -> AuthorizationSnapshot:
    asked = await provider.authorize(paypal_request(**facts))
    world.sim("paypal/approve", order=asked.provider_ref)
    return await provider.fetch_authorization(asked.provider_ref)


async def paid(provider: PayPalProvider, world: WorldClient, **facts) -> AuthorizationSnapshot:
    return await provider.complete(await approved(provider, world, **facts), f"complete:{uuid4()}")


async def test_the_payer_is_sent_to_paypal_and_the_money_is_taken_after_the_approval(
    paypal_provider: PayPalProvider, world: WorldClient
) -> None:
    request = paypal_request()
    asked = await paypal_provider.authorize(request)
    assert asked.state is AuthorizationState.REQUIRES_ACTION
    assert asked.next_action["type"] == "redirect"
    assert (asked.authorization_id, asked.amount, asked.captured) == (request.authorization_id, eur(50_00), eur(0))
    # Nothing happens before the approval.
    assert await paypal_provider.complete(asked, "too early") == asked
    world.sim("paypal/approve", order=asked.provider_ref)
    ready = await paypal_provider.fetch_authorization(asked.provider_ref)
    assert (ready.state, ready.next_action) == (AuthorizationState.APPROVED, None)
    done = await paypal_provider.complete(ready, "complete")
    assert (done.state, done.captured) == (AuthorizationState.CAPTURED, eur(50_00))
    (part,) = done.captures
    assert (part.state, part.amount, part.fee) == (SettlementState.SUCCEEDED, eur(50_00), eur(1_80))
    assert done.instrument.method == "paypal"
    assert await paypal_provider.fetch_authorization(asked.provider_ref) == done
    assert world.books("paypal", "eur")["captured"] == 50_00


async def test_completing_twice_takes_the_money_once(paypal_provider: PayPalProvider, world: WorldClient) -> None:
    ready = await approved(paypal_provider, world)
    done = await paypal_provider.complete(ready, "complete")
    assert await paypal_provider.complete(ready, "complete") == done
    # With another key PayPal says that it was captured already: the truth is answered.
    assert await paypal_provider.complete(ready, "another key") == done
    assert world.books("paypal", "eur")["captured"] == 50_00


async def test_an_order_that_the_payer_has_not_approved_is_not_taken(paypal_provider: PayPalProvider) -> None:
    asked = await paypal_provider.authorize(paypal_request())
    with pytest.raises(ProviderRefused) as refused:
        await paypal_provider.complete(replace(asked, state=AuthorizationState.APPROVED), "complete")
    assert refused.value.code == "ORDER_NOT_APPROVED"


async def test_a_declined_account_says_why(paypal_provider: PayPalProvider, world: WorldClient) -> None:
    ready = await approved(paypal_provider, world)
    world.fault("paypal", "orders.capture", "decline")
    with pytest.raises(Declined) as declined:
        await paypal_provider.complete(ready, "complete")
    assert declined.value.code == "INSTRUMENT_DECLINED"
    assert world.look("books")["movements"] == []


async def test_a_pending_capture_is_not_money_yet(paypal_provider: PayPalProvider, world: WorldClient) -> None:
    world.sim("settings", paypal_capture_pending=True)
    waiting = await paid(paypal_provider, world)
    assert (waiting.state, waiting.captured) == (AuthorizationState.PROCESSING, eur(0))
    assert waiting.captures[0].state is SettlementState.PENDING
    with pytest.raises(ProviderRefused):
        await paypal_provider.void(waiting.provider_ref, "void")
    world.advance(2 * 3600)
    settled = await paypal_provider.fetch_authorization(waiting.provider_ref)
    assert (settled.state, settled.captured) == (AuthorizationState.CAPTURED, eur(50_00))


async def test_an_order_is_voided_by_never_taking_it(paypal_provider: PayPalProvider, world: WorldClient) -> None:
    asked = await paypal_provider.authorize(paypal_request())
    voided = await paypal_provider.void(asked.provider_ref, "void")
    assert (voided.state, voided.next_action) == (AuthorizationState.VOIDED, None)
    done = await paid(paypal_provider, world)
    with pytest.raises(ProviderRefused):
        await paypal_provider.void(done.provider_ref, "void")
    world.advance(4 * 3600)
    assert (await paypal_provider.void(asked.provider_ref, "void")).state is AuthorizationState.VOIDED


async def test_paypal_is_only_charged_in_full_with_the_payer_present(paypal_provider: PayPalProvider) -> None:
    asked = await paypal_provider.authorize(paypal_request())
    assert (await paypal_provider.inspect("anything")).method == "paypal"
    with pytest.raises(ProviderRefused):
        await paypal_provider.authorize(paypal_request(capture=False))
    with pytest.raises(ProviderRefused):
        await paypal_provider.authorize(paypal_request(off_session=True))
    with pytest.raises(ProviderRefused):
        await paypal_provider.set_up(setup_request())
    with pytest.raises(ProviderRefused):
        await paypal_provider.capture(capture_request(asked))


async def test_a_second_attempt_for_one_order_is_no_duplicate_invoice(
    paypal_provider: PayPalProvider, world: WorldClient
) -> None:
    await paid(paypal_provider, world)
    await paid(paypal_provider, world)
    assert world.books("paypal", "eur")["captured"] == 100_00


async def test_a_refund_goes_back_to_the_payer(paypal_provider: PayPalProvider, world: WorldClient) -> None:
    done = await paid(paypal_provider, world)
    request = refund_request(done)
    refund = await paypal_provider.refund(request)
    assert (refund.refund_id, refund.amount, refund.state) == (request.refund_id, eur(10_00), SettlementState.SUCCEEDED)
    assert (refund.capture_ref, refund.authorization_ref) == (done.captures[0].provider_ref, done.provider_ref)
    assert await paypal_provider.refund(request) == refund
    fetched = await paypal_provider.fetch_refund(refund.provider_ref)
    assert replace(fetched, authorization_ref=done.provider_ref) == refund
    for reference in (done.provider_ref, None):
        found = await paypal_provider.find_refund(
            request.refund_id, capture_ref=request.capture_ref, authorization_ref=reference
        )
        assert found == refund
    assert world.books("paypal", "eur")["refunded"] == 10_00


async def test_no_more_is_refunded_than_was_taken_and_not_too_late(
    paypal_provider: PayPalProvider, world: WorldClient
) -> None:
    done = await paid(paypal_provider, world)
    with pytest.raises(ProviderRefused) as refused:
        await paypal_provider.refund(refund_request(done, 50_01))
    assert refused.value.code == "REFUND_AMOUNT_EXCEEDED"
    world.advance(181 * 86_400)
    with pytest.raises(ProviderRefused) as refused:
        await paypal_provider.refund(refund_request(done))
    assert refused.value.code == "REFUND_TIME_LIMIT_EXCEEDED"


@pytest.mark.requirement("REF-10")
async def test_a_refund_may_be_pending_and_fail_later(paypal_provider: PayPalProvider, world: WorldClient) -> None:
    world.sim("settings", paypal_refund_pending=True)
    done = await paid(paypal_provider, world)
    refund = await paypal_provider.refund(refund_request(done))
    assert refund.state is SettlementState.PENDING
    world.sim("dashboard/refund/fail", provider="paypal", refund=refund.provider_ref)
    failed = await paypal_provider.fetch_refund(refund.provider_ref)
    assert failed.state is SettlementState.FAILED
    assert failed.failure_code


async def test_the_books_tell_every_movement_oldest_first(paypal_provider: PayPalProvider, world: WorldClient) -> None:
    done = await paid(paypal_provider, world)
    capture = done.captures[0].provider_ref
    world.advance(10)
    refund = await paypal_provider.refund(refund_request(done))
    world.advance(40 * 86_400)
    opened = world.sim("dashboard/dispute", provider="paypal", charge_or_capture=capture)
    world.advance(10)
    world.sim("dashboard/dispute/close", provider="paypal", dispute=opened["dispute_id"], outcome="won")
    told = [(m.kind, m.provider_ref, m.parent_ref, m.amount, m.fee) for m in await movements(paypal_provider)]
    assert told == [
        ("capture", capture, None, eur(50_00), eur(1_80)),
        ("refund", refund.provider_ref, capture, eur(-10_00), eur(0)),
        ("dispute", opened["dispute_id"], capture, eur(-40_00), eur(0)),
        ("dispute_reversal", opened["dispute_id"], capture, eur(40_00), eur(0)),
    ]


@pytest.mark.requirement("PAY-12")
@pytest.mark.parametrize(("outcome", "state"), [("won", DisputeState.WON), ("lost", DisputeState.LOST)])
async def test_a_dispute_is_read_with_its_outcome(
    paypal_provider: PayPalProvider, world: WorldClient, outcome: str, state: DisputeState
) -> None:
    done = await paid(paypal_provider, world)
    capture = done.captures[0].provider_ref
    opened = world.sim("dashboard/dispute", provider="paypal", charge_or_capture=capture, amount_minor=20_00)
    event = {"resource": {"dispute_id": opened["dispute_id"]}}
    (dispute,) = await paypal_provider.read_webhook("CUSTOMER.DISPUTE.CREATED", event)
    assert (dispute.state, dispute.amount, dispute.capture_ref) == (DisputeState.OPEN, eur(20_00), capture)
    with pytest.raises(ProviderRefused) as refused:
        await paypal_provider.refund(refund_request(done))
    assert refused.value.code == "TRANSACTION_DISPUTED"
    world.sim("dashboard/dispute/close", provider="paypal", dispute=opened["dispute_id"], outcome=outcome)
    (closed,) = await paypal_provider.read_webhook("CUSTOMER.DISPUTE.RESOLVED", event)
    assert closed.state is state


@pytest.mark.requirement("MKT-5")
@pytest.mark.parametrize(
    ("money", "value"),
    [(Money(1300, "JPY"), "1300"), (Money(12_99, "EUR"), "12.99"), (Money(1300_00, "HUF"), "1300")],
)
async def test_amounts_are_written_with_paypals_decimals(money: Money, value: str) -> None:
    assert to_paypal(money) == {"currency_code": money.currency, "value": value}
    assert from_paypal(to_paypal(money)) == money


async def test_currencies_that_paypal_does_not_know_are_refused(
    paypal_provider: PayPalProvider, world: WorldClient
) -> None:
    done = await paid(paypal_provider, world, amount=Money(1300, "JPY"))
    assert done.captured == Money(1300, "JPY")
    with pytest.raises(ProviderRefused) as refused:
        await paypal_provider.authorize(paypal_request(amount=Money(12_990, "KWD")))
    assert "CURRENCY" in refused.value.code or "DECIMAL" in refused.value.code
    with pytest.raises(ProviderRefused) as refused:
        to_paypal(Money(12_50, "HUF"))
    assert refused.value.code == "amount_not_representable"


def test_the_page_speaks_the_payers_language_and_shows_the_given_address() -> None:
    china = {**ADDRESS, "country": "CN", "region": "CN-SH", "district": "黄浦区"}
    body = order_request(paypal_request(payer=replace(PAYER, locale="zh", address=china)))
    context = body["payment_source"]["paypal"]["experience_context"]
    assert (context["locale"], context["shipping_preference"]) == ("zh-CN", "SET_PROVIDED_ADDRESS")
    assert body["purchase_units"][0]["shipping"]["address"] == {
        "address_line_1": "12 rue de la Paix",
        "address_line_2": "Bâtiment B, 黄浦区",
        "admin_area_1": "SH",
        "admin_area_2": "Paris",
        "postal_code": "75002",
        "country_code": "C2",
    }
    body = order_request(paypal_request(payer=replace(PAYER, locale="tlh", address={})))
    context = body["payment_source"]["paypal"]["experience_context"]
    assert context["shipping_preference"] == "NO_SHIPPING"
    assert "locale" not in context


async def test_what_does_not_exist_is_not_found(paypal_provider: PayPalProvider) -> None:
    with pytest.raises(ProviderRefused):
        await paypal_provider.fetch_authorization("NOTHING")
    for path in ("../../v1/oauth2", "5O1?x=", ""):
        with pytest.raises(ProviderRefused) as refused:
            await paypal_provider.fetch_authorization(path)
        assert refused.value.code == "invalid_reference"
    assert await paypal_provider.find_authorization(uuid4(), since=clock.now(), provider_customer=None) is None
