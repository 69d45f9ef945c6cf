"""Stripe's adapter: hold, take, let go, save, ask the cardholder, be refused."""

from datetime import timedelta
from uuid import uuid4

import pytest
from simulator.world_client import WorldClient

from providers.requests_of_the_store import (
    authorize_request,
    capture_request,
    eur,
    setup_request,
    take,
)
from store.kernel import clock
from store.kernel.money import Money
from store.payments.port import AuthorizationState, Declined, Instrument, ProviderRefused, SettlementState
from store.providers.stripe import StripeProvider
from store.providers.stripe_amounts import from_stripe, to_stripe


async def test_a_hold_takes_no_money_until_it_is_captured(stripe_provider: StripeProvider, world: WorldClient) -> None:
    request = authorize_request()
    held = await stripe_provider.authorize(request)
    assert held.state is AuthorizationState.AUTHORIZED
    assert (held.authorization_id, held.amount, held.captured) == (request.authorization_id, eur(50_00), eur(0))
    assert held.instrument == Instrument(method="card", brand="visa", funding="credit", last4="4242")
    assert world.books("stripe", "eur")["captured"] == 0

    capture = capture_request(held)
    taken = await stripe_provider.capture(capture)
    assert (taken.state, taken.captured) == (AuthorizationState.CAPTURED, eur(50_00))
    (part,) = taken.captures
    assert (part.capture_id, part.amount, part.state) == (capture.capture_id, eur(50_00), SettlementState.SUCCEEDED)
    assert part.fee == eur(1_00)
    assert part.provider_ref == taken.provider_charge
    assert world.books("stripe", "eur")["captured"] == 50_00


async def test_the_expiry_is_the_one_that_stripe_tells(stripe_provider: StripeProvider) -> None:
    held = await stripe_provider.authorize(authorize_request(save=True))
    assert abs(held.expires_at - clock.now() - timedelta(days=7)) < timedelta(minutes=1)
    later = await stripe_provider.authorize(
        authorize_request(
            token=None,
            off_session=True,
            provider_customer=held.provider_customer,
            provider_method=held.provider_method,
        )
    )
    assert later.state is AuthorizationState.AUTHORIZED
    # Visa gives less time when its holder is absent.
    assert abs(later.expires_at - clock.now() - timedelta(days=4, hours=18)) < timedelta(minutes=1)


async def test_an_expired_hold_is_expired_not_voided(stripe_provider: StripeProvider, world: WorldClient) -> None:
    held = await stripe_provider.authorize(authorize_request())
    world.advance(8 * 86_400)
    assert (await stripe_provider.fetch_authorization(held.provider_ref)).state is AuthorizationState.EXPIRED
    assert (await stripe_provider.void(held.provider_ref, "void")).state is AuthorizationState.EXPIRED
    with pytest.raises(ProviderRefused) as refused:
        await stripe_provider.capture(capture_request(held))
    assert refused.value.code == "payment_intent_unexpected_state"


async def test_a_part_may_be_captured_and_the_rest_is_released(
    stripe_provider: StripeProvider, world: WorldClient
) -> None:
    held = await stripe_provider.authorize(authorize_request())
    taken = await stripe_provider.capture(capture_request(held, 30_00))
    assert (taken.state, taken.captured, taken.amount) == (AuthorizationState.CAPTURED, eur(30_00), eur(50_00))
    books = world.books("stripe", "eur")
    assert (books["captured"], books["authorized_open"]) == (30_00, 0)


async def test_more_than_was_held_is_refused(stripe_provider: StripeProvider) -> None:
    held = await stripe_provider.authorize(authorize_request())
    with pytest.raises(ProviderRefused) as refused:
        await stripe_provider.capture(capture_request(held, 50_01))
    assert refused.value.code == "amount_too_large"


async def test_voiding_lets_the_money_go_and_voiding_again_changes_nothing(
    stripe_provider: StripeProvider, world: WorldClient
) -> None:
    held = await stripe_provider.authorize(authorize_request())
    assert (await stripe_provider.void(held.provider_ref, "void-1")).state is AuthorizationState.VOIDED
    assert (await stripe_provider.void(held.provider_ref, "void-2")).state is AuthorizationState.VOIDED
    assert world.books("stripe", "eur")["authorized_open"] == 0


async def test_money_that_was_taken_is_not_voided(stripe_provider: StripeProvider) -> None:
    taken = await take(stripe_provider)
    with pytest.raises(ProviderRefused):
        await stripe_provider.void(taken.provider_ref, "void")


@pytest.mark.parametrize(
    ("token", "method", "brand"),
    [
        ("pm_card_visa", "card", "visa"),
        ("pm_card_mastercard", "card", "mastercard"),
        ("pm_card_amex", "card", "amex"),
        ("pm_card_discover", "card", "discover"),
        ("pm_card_diners", "card", "diners"),
        ("pm_card_jcb", "card", "jcb"),
        ("pm_card_unionpay", "card", "unionpay"),
        ("pm_sim_apple_pay", "apple_pay", "visa"),
        ("pm_sim_google_pay", "google_pay", "mastercard"),
    ],
)
async def test_a_token_tells_wallet_and_network_before_it_is_used(
    stripe_provider: StripeProvider, token: str, method: str, brand: str
) -> None:
    instrument = await stripe_provider.inspect(token)
    assert (instrument.method, instrument.brand) == (method, brand)


async def test_a_confirmation_token_is_read_and_then_charged(
    stripe_provider: StripeProvider, world: WorldClient
) -> None:
    made = world.raw("POST", "/v1/test_helpers/confirmation_tokens", {"payment_method": "pm_sim_google_pay"}).json()
    assert (await stripe_provider.inspect(made["id"])).method == "google_pay"
    taken = await take(stripe_provider, token=made["id"])
    assert taken.state is AuthorizationState.CAPTURED
    assert taken.instrument.method == "google_pay"
    assert taken.captures[0].capture_id is None


@pytest.mark.requirement("PAY-14")
@pytest.mark.parametrize("token", ["4242424242424242", "pm_1/../../refunds", "pm_card visa", "", "tok_visa\n"])
async def test_a_card_number_or_a_path_is_refused_before_it_is_sent(
    stripe_provider: StripeProvider, token: str
) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await stripe_provider.inspect(token)
    assert refused.value.code == "invalid_token"
    assert token not in str(refused.value) or not token
    with pytest.raises(ProviderRefused):
        await stripe_provider.authorize(authorize_request(token=token))


async def test_an_unknown_token_is_refused(stripe_provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await stripe_provider.inspect("pm_nobody_knows")
    assert refused.value.code == "resource_missing"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
    ],
)
async def test_a_decline_says_why_and_shows_the_attempt(stripe_provider: StripeProvider, token: str, code: str) -> None:
    request = authorize_request(token=token)
    with pytest.raises(Declined) as declined:
        await stripe_provider.authorize(request)
    assert declined.value.code == code
    snapshot = declined.value.snapshot
    assert (snapshot.state, snapshot.decline_code) == (AuthorizationState.DECLINED, code)
    assert snapshot.authorization_id == request.authorization_id
    assert (await stripe_provider.fetch_authorization(snapshot.provider_ref)).state is AuthorizationState.DECLINED


@pytest.mark.parametrize(
    ("token", "code"),
    [("pm_sim_decline_off_session", "insufficient_funds"), ("pm_sim_auth_off_session", "authentication_required")],
)
async def test_an_absent_payer_may_be_declined_later(stripe_provider: StripeProvider, token: str, code: str) -> None:
    saved = await stripe_provider.authorize(authorize_request(token=token, save=True))
    assert saved.state is AuthorizationState.AUTHORIZED
    with pytest.raises(Declined) as declined:
        await stripe_provider.authorize(
            authorize_request(
                token=None,
                off_session=True,
                provider_customer=saved.provider_customer,
                provider_method=saved.provider_method,
            )
        )
    assert declined.value.code == code
    assert declined.value.snapshot.state is AuthorizationState.DECLINED


@pytest.mark.requirement("PAY-7")
@pytest.mark.parametrize(
    ("outcome", "state"), [("succeed", AuthorizationState.AUTHORIZED), ("fail", AuthorizationState.DECLINED)]
)
async def test_three_d_secure_is_carried_to_the_payer_and_back(
    stripe_provider: StripeProvider, world: WorldClient, outcome: str, state: AuthorizationState
) -> None:
    asked = await stripe_provider.authorize(authorize_request(token="pm_card_authenticationRequired"))
    assert asked.state is AuthorizationState.REQUIRES_ACTION
    assert asked.next_action["type"] == "redirect"
    assert asked.next_action["url"].startswith(world.url)
    world.sim("stripe/3ds", payment_intent=asked.provider_ref, outcome=outcome)
    answered = await stripe_provider.fetch_authorization(asked.provider_ref)
    assert (answered.state, answered.next_action) == (state, None)
    assert (answered.decline_code is None) == (outcome == "succeed")


async def test_a_card_is_saved_without_taking_or_holding_anything(
    stripe_provider: StripeProvider, world: WorldClient
) -> None:
    request = setup_request()
    saved = await stripe_provider.set_up(request)
    assert (saved.state, saved.amount.amount_minor) == (AuthorizationState.AUTHORIZED, 0)
    assert saved.instrument.brand == "visa"
    found = await stripe_provider.find_authorization(
        request.authorization_id, since=clock.now(), provider_customer=saved.provider_customer
    )
    assert found == saved
    assert world.look("books")["movements"] == []
    later = await stripe_provider.authorize(
        authorize_request(
            token=None,
            off_session=True,
            provider_customer=saved.provider_customer,
            provider_method=saved.provider_method,
        )
    )
    assert later.state is AuthorizationState.AUTHORIZED
    # A card that is saved is not a hold that could be let go.
    assert await stripe_provider.void(saved.provider_ref, "void") == saved


async def test_saving_a_card_may_need_its_holder_or_be_declined(
    stripe_provider: StripeProvider, world: WorldClient
) -> None:
    asked = await stripe_provider.set_up(setup_request(token="pm_card_authenticationRequiredOnSetup"))
    assert asked.state is AuthorizationState.REQUIRES_ACTION
    world.sim("stripe/3ds", setup_intent=asked.provider_ref, outcome="succeed")
    assert (await stripe_provider.fetch_authorization(asked.provider_ref)).state is AuthorizationState.AUTHORIZED
    abandoned = await stripe_provider.set_up(setup_request(token="pm_card_authenticationRequiredOnSetup"))
    assert (await stripe_provider.void(abandoned.provider_ref, "void")).state is AuthorizationState.VOIDED
    with pytest.raises(Declined) as declined:
        await stripe_provider.set_up(setup_request(token="pm_card_chargeDeclined"))
    assert declined.value.snapshot.state is AuthorizationState.DECLINED


async def test_several_captures_where_the_contract_has_them(
    stripe_provider: StripeProvider, world: WorldClient
) -> None:
    world.sim("settings", multicapture=True)
    held = await stripe_provider.authorize(authorize_request(multicapture=True))
    assert held.multicapture
    first, second = capture_request(held, 20_00, final=False), capture_request(held, 15_00)
    between = await stripe_provider.capture(first)
    assert (between.state, between.captured) == (AuthorizationState.AUTHORIZED, eur(20_00))
    done = await stripe_provider.capture(second)
    assert (done.state, done.captured) == (AuthorizationState.CAPTURED, eur(35_00))
    parts = {part.capture_id: (part.amount, part.fee, part.provider_ref) for part in done.captures}
    assert parts == {
        first.capture_id: (eur(20_00), eur(55), held.provider_charge),
        second.capture_id: (eur(15_00), eur(48), held.provider_charge),
    }
    assert world.books("stripe", "eur")["authorized_open"] == 0


async def test_without_the_contract_the_charge_says_so(stripe_provider: StripeProvider) -> None:
    held = await stripe_provider.authorize(authorize_request(multicapture=True))
    assert not held.multicapture
    with pytest.raises(ProviderRefused):
        await stripe_provider.capture(capture_request(held, 20_00, final=False))


async def test_a_store_without_the_contract_does_not_ask(world: WorldClient) -> None:
    world.sim("settings", multicapture=True)
    provider = StripeProvider(f"sk_test_{world.name}", "whsec", f"{world.url}/stripe")
    held = await provider.authorize(authorize_request(multicapture=True))
    await provider.close()
    assert not held.multicapture


@pytest.mark.requirement("MKT-5")
@pytest.mark.parametrize(
    ("money", "sent"),
    [
        (Money(1300, "JPY"), 1300),
        (Money(12_990, "KWD"), 12_990),
        (Money(12_99, "EUR"), 12_99),
        (Money(500, "ISK"), 50_000),
    ],
)
async def test_amounts_are_in_stripes_own_units(money: Money, sent: int) -> None:
    assert to_stripe(money) == sent
    assert from_stripe(sent, money.currency.lower()) == money


async def test_yen_are_taken_whole(stripe_provider: StripeProvider, world: WorldClient) -> None:
    taken = await stripe_provider.authorize(authorize_request(amount=Money(1300, "JPY"), capture=True))
    assert taken.captured == Money(1300, "JPY")
    assert world.books("stripe", "jpy")["captured"] == 1300


async def test_what_does_not_exist_is_not_found(stripe_provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await stripe_provider.fetch_authorization("pi_nothing")
    assert refused.value.code == "resource_missing"
    assert await stripe_provider.find_authorization(uuid4(), since=clock.now(), provider_customer=None) is None


async def test_an_authorization_is_found_beyond_the_first_page(stripe_provider: StripeProvider) -> None:
    wanted = authorize_request()
    held = await stripe_provider.authorize(wanted)
    for _ in range(101):
        await stripe_provider.authorize(authorize_request())
    found = await stripe_provider.find_authorization(wanted.authorization_id, since=clock.now(), provider_customer=None)
    assert found == held
