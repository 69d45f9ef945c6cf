"""Cards at the Stripe side: authorise, capture, decline, authenticate, expire."""

import pytest
import stripe

from simulator.world_client import RETURN_URL, WorldClient

DAY = 86_400


def test_a_hold_takes_no_money_until_it_is_captured(world: WorldClient) -> None:
    intent = world.hold(amount=50_00)
    assert intent.status == "requires_capture"
    assert intent.amount_capturable == 50_00
    assert not intent.latest_charge.captured
    assert world.books("stripe") == {
        "authorized_open": 50_00, "captured": 0, "refunded": 0, "disputed": 0, "fees": 0, "net": 0,
    }  # fmt: skip
    captured = world.stripe.payment_intents.capture(intent.id)
    assert (captured.status, captured.amount_received) == ("succeeded", 50_00)
    # 1.5 % + 25 cents of 50.00 is 1.00.
    assert world.books("stripe") == {
        "authorized_open": 0, "captured": 50_00, "refunded": 0, "disputed": 0, "fees": 1_00, "net": 49_00,
    }  # fmt: skip


def test_a_partial_capture_releases_the_rest_and_shows_it_as_a_refund_of_no_money(world: WorldClient) -> None:
    intent = world.hold(amount=50_00)
    world.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 30_00})
    charge = world.stripe.charges.retrieve(intent.latest_charge.id)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (30_00, 20_00, False)
    released = world.stripe.refunds.list({"charge": charge.id}).data[0]
    assert (released.amount, released.balance_transaction) == (20_00, None)
    assert world.books("stripe")["refunded"] == 0
    assert world.books("stripe")["authorized_open"] == 0
    with pytest.raises(stripe.InvalidRequestError) as refused:
        world.stripe.payment_intents.capture(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    assert refused.value.error.payment_intent.status == "succeeded"


def test_more_than_was_authorised_is_never_captured(world: WorldClient) -> None:
    intent = world.hold(amount=10_00)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        world.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 10_01})
    assert refused.value.code == "amount_too_large"
    assert world.books("stripe")["captured"] == 0


def test_several_captures_need_multicapture_on_the_charge(world: WorldClient) -> None:
    options = {"card": {"request_multicapture": "if_available"}}
    plain = world.hold(payment_method_options=options)
    assert plain.latest_charge.payment_method_details.card.multicapture.status == "unavailable"
    with pytest.raises(stripe.InvalidRequestError):
        world.stripe.payment_intents.capture(plain.id, {"amount_to_capture": 1_00, "final_capture": False})
    world.sim("settings", multicapture=True)
    intent = world.hold(amount=30_00, payment_method_options=options)
    assert intent.latest_charge.payment_method_details.card.multicapture.status == "available"
    first = world.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 10_00, "final_capture": False})
    assert (first.status, first.amount_capturable, first.amount_received) == ("requires_capture", 20_00, 10_00)
    last = world.stripe.payment_intents.capture(intent.id, {"amount_to_capture": 15_00})
    assert (last.status, last.amount_capturable, last.amount_received) == ("succeeded", 0, 25_00)
    assert world.books("stripe")["captured"] == 25_00


@pytest.mark.parametrize(
    ("card", "brand", "funding"),
    [
        ("pm_card_visa", "visa", "credit"),
        ("pm_card_visa_debit", "visa", "debit"),
        ("pm_card_mastercard", "mastercard", "credit"),
        ("pm_card_amex", "amex", "credit"),
        ("pm_card_discover", "discover", "credit"),
        ("pm_card_diners", "diners", "credit"),
        ("pm_card_jcb", "jcb", "credit"),
        ("pm_card_unionpay", "unionpay", "credit"),
    ],
)
def test_the_charge_tells_brand_and_funding(world: WorldClient, card: str, brand: str, funding: str) -> None:
    details = world.pay(card).latest_charge.payment_method_details.card
    assert (details.brand, details.funding, details.wallet) == (brand, funding, None)
    assert len(details.last4) == 4


@pytest.mark.parametrize("wallet", ["apple_pay", "google_pay"])
def test_a_wallet_shows_in_the_preview_before_it_is_charged_and_on_the_charge(world: WorldClient, wallet: str) -> None:
    token = world.http.post(
        "/stripe/v1/confirmation_tokens",
        data={"payment_method": f"pm_sim_{wallet}", "return_url": RETURN_URL},
        headers={"authorization": f"Bearer pk_test_{world.name}"},
    ).json()
    preview = world.stripe.confirmation_tokens.retrieve(token["id"]).payment_method_preview
    assert preview.card.wallet.type == wallet
    intent = world.stripe.payment_intents.create(
        {
            "amount": 900,
            "currency": "eur",
            "confirm": True,
            "confirmation_token": token["id"],
            "expand": ["latest_charge"],
        }
    )
    assert intent.latest_charge.payment_method_details.card.wallet.type == wallet
    with pytest.raises(stripe.InvalidRequestError, match="already used"):
        world.stripe.payment_intents.create(
            {"amount": 900, "currency": "eur", "confirm": True, "confirmation_token": token["id"]}
        )


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
    ],
)
def test_a_declined_card_leaves_the_intent_waiting_for_another(world: WorldClient, card: str, code: str) -> None:
    with pytest.raises(stripe.CardError) as declined:
        world.pay(card)
    assert declined.value.http_status == 402
    assert declined.value.error.decline_code == code
    intent = world.stripe.payment_intents.retrieve(
        declined.value.error.payment_intent.id, {"expand": ["latest_charge"]}
    )
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.decline_code == code
    assert intent.latest_charge.status == "failed"
    again = world.stripe.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_visa", "return_url": RETURN_URL}
    )
    assert again.status == "succeeded"


def test_an_absent_visa_holder_gives_less_time_than_a_present_one(world: WorldClient) -> None:
    customer, card = world.saved_card()
    on_session = world.hold().latest_charge
    assert on_session.payment_method_details.card.capture_before - on_session.created == 7 * DAY
    facts = {"customer": customer, "off_session": True}
    off_session = world.hold(card, **facts).latest_charge
    assert off_session.payment_method_details.card.capture_before - off_session.created == 4 * DAY + 18 * 3600
    customer, card = world.saved_card("pm_card_mastercard")
    mastercard = world.hold(card, customer=customer, off_session=True).latest_charge
    assert mastercard.payment_method_details.card.capture_before - mastercard.created == 7 * DAY


def test_an_authorisation_expires_by_the_worlds_clock(world: WorldClient) -> None:
    intent = world.hold(amount=10_00)
    world.advance(7 * DAY - 60)
    assert world.stripe.payment_intents.retrieve(intent.id).status == "requires_capture"
    world.advance(61)
    expired = world.stripe.payment_intents.retrieve(intent.id)
    assert (expired.status, expired.cancellation_reason) == ("canceled", "automatic")
    with pytest.raises(stripe.InvalidRequestError):
        world.stripe.payment_intents.capture(intent.id)
    assert world.books("stripe")["authorized_open"] == 0
    kinds = [event.type for event in world.stripe.events.list().data]
    assert kinds[:2] == ["payment_intent.canceled", "charge.expired"]
    refund = world.stripe.refunds.list({"payment_intent": intent.id}).data[0]
    assert refund.reason == "expired_uncaptured_charge"


def test_a_canceled_hold_is_given_back(world: WorldClient) -> None:
    intent = world.hold()
    canceled = world.stripe.payment_intents.cancel(intent.id, {"cancellation_reason": "requested_by_customer"})
    assert (canceled.status, canceled.amount_capturable) == ("canceled", 0)
    assert world.books("stripe")["authorized_open"] == 0
    with pytest.raises(stripe.InvalidRequestError):
        world.stripe.payment_intents.cancel(intent.id)


def test_three_d_secure_through_the_page_leads_back_to_the_shop(world: WorldClient) -> None:
    intent = world.hold("pm_card_authenticationRequired")
    assert intent.status == "requires_action"
    page = intent.next_action.redirect_to_url.url
    assert "Approve" in world.http.get(page).text
    answer = world.http.post(page, data={"answer": "approve"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{RETURN_URL}?payment_intent={intent.id}")
    assert "redirect_status=succeeded" in answer.headers["location"]
    after = world.stripe.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert after.status == "requires_capture"
    assert after.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"
    assert world.http.post(page, data={"answer": "approve"}).status_code == 409


def test_failed_three_d_secure_takes_nothing(world: WorldClient) -> None:
    intent = world.pay("pm_card_authenticationRequired")
    world.sim("stripe/3ds", payment_intent=intent.id, outcome="fail")
    after = world.stripe.payment_intents.retrieve(intent.id)
    assert after.status == "requires_payment_method"
    assert after.last_payment_error.code == "payment_intent_authentication_failure"
    assert "usd" not in world.look("books")["stripe"] or world.books("stripe")["captured"] == 0


def test_a_saved_card_may_decline_only_when_its_holder_is_absent(world: WorldClient) -> None:
    customer, card = world.saved_card("pm_sim_decline_off_session")
    assert world.pay(card, customer=customer).status == "succeeded"
    with pytest.raises(stripe.CardError) as declined:
        world.pay(card, customer=customer, off_session=True)
    assert declined.value.error.decline_code == "insufficient_funds"


@pytest.mark.parametrize("name", ["pm_sim_auth_off_session", "pm_card_authenticationRequired"])
def test_off_session_authentication_is_a_decline_that_says_so(world: WorldClient, name: str) -> None:
    customer = world.stripe.customers.create({}).id
    card = world.stripe.payment_methods.attach(name, {"customer": customer}).id
    with pytest.raises(stripe.CardError) as declined:
        world.pay(card, customer=customer, off_session=True)
    assert declined.value.code == "authentication_required"
    assert declined.value.error.payment_intent.status == "requires_payment_method"


def test_a_card_set_up_with_its_holder_passes_later_without(world: WorldClient) -> None:
    customer = world.stripe.customers.create({}).id
    intent = world.stripe.setup_intents.create(
        {
            "customer": customer,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "confirm": True,
            "return_url": RETURN_URL,
        }
    )
    assert intent.status == "requires_action"
    world.http.post(intent.next_action.redirect_to_url.url, data={"answer": "approve"})
    intent = world.stripe.setup_intents.retrieve(intent.id)
    assert intent.status == "succeeded"
    assert world.pay(intent.payment_method, customer=customer, off_session=True).status == "succeeded"


def test_a_payment_may_save_its_card_for_later(world: WorldClient) -> None:
    customer = world.stripe.customers.create({}).id
    intent = world.hold(customer=customer, setup_future_usage="off_session")
    assert world.stripe.payment_methods.retrieve(intent.payment_method).customer == customer
    assert world.hold(intent.payment_method, customer=customer, off_session=True).status == "requires_capture"
    listed = world.stripe.customers.payment_methods.list(customer, {"type": "card"})
    assert [row.id for row in listed.data] == [intent.payment_method]
    world.stripe.payment_methods.detach(intent.payment_method)
    with pytest.raises(stripe.InvalidRequestError):
        world.pay(intent.payment_method, customer=customer, off_session=True)


def test_a_card_used_once_without_a_customer_is_used_up(world: WorldClient) -> None:
    card = world.stripe.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id
    assert world.pay(card).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        world.pay(card)


def test_a_test_number_makes_a_card_and_a_real_looking_one_does_not(world: WorldClient) -> None:
    def card(number: str) -> stripe.PaymentMethod:
        details = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        return world.stripe.payment_methods.create({"type": "card", "card": details})

    assert card("378282246310005").card.brand == "amex"
    with pytest.raises(stripe.CardError) as refused:
        card("4111111111111111")
    assert refused.value.code == "incorrect_number"


def test_balance_transactions_add_up_to_the_books(world: WorldClient) -> None:
    for amount in (10_00, 20_00, 30_00):
        world.pay(amount=amount)
    charge = world.stripe.charges.list({"limit": 1}).data[0]
    world.stripe.refunds.create({"charge": charge.id, "amount": 5_00})
    rows = list(world.stripe.balance_transactions.list({"limit": 2}).auto_paging_iter())
    assert sum(row.net for row in rows) == world.books("stripe")["net"]
    assert [row.type for row in rows] == ["refund", "charge", "charge", "charge"]
    assert len(world.stripe.balance_transactions.list({"type": "refund"}).data) == 1
    later = world.advance(0)["unix"] + 10
    assert world.stripe.balance_transactions.list({"created": {"gte": later}}).data == []


def test_asynchronous_capture_tells_its_balance_transaction_later(world: WorldClient) -> None:
    intent = world.pay(capture_method="automatic_async")
    assert intent.latest_charge.balance_transaction is None
    assert world.stripe.charges.retrieve(intent.latest_charge.id).balance_transaction is not None


def test_search_finds_by_metadata_once_the_index_has_caught_up(world: WorldClient) -> None:
    world.sim("settings", search_lag_seconds=60)
    intent = world.hold(metadata={"operation": "o-1"})
    world.hold(metadata={"operation": "o-2"})
    query = {"query": "metadata['operation']:'o-1' AND status:'requires_capture'"}
    assert world.stripe.payment_intents.search(query).data == []
    world.advance(61)
    assert [row.id for row in world.stripe.payment_intents.search(query).data] == [intent.id]
    with pytest.raises(stripe.InvalidRequestError):
        world.stripe.payment_intents.search({"query": "nonsense"})
