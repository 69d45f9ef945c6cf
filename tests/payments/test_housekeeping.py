"""What is held or asked for is kept in order, however often the jobs run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from payments.orders import assert_books_agree, count, one, open_order, secure, statuses, take, work
from store.kernel import clock, db
from store.payments.apply_snapshot import apply_snapshot
from store.payments.keep_secured import expire_actions, expire_authorizations, rescue_expiring
from store.payments.pay_link import pay_link
from store.payments.payment_links import create_link
from store.payments.port import AuthorizationState
from store.payments.secure_charge import release_charge
from store.payments.tables import lock_payment
from store.payments.void_authorization import VOIDS_MAX, void_again

pytestmark = pytest.mark.usefixtures("database")


def only(provider) -> str:
    return next(iter(provider.held))


@pytest.mark.requirement("PAY-7")
async def test_what_the_payer_left_is_let_go_after_its_time(stripe, facts):
    await open_order([1000], token="pm_3ds")
    assert await expire_actions(60) == 0
    clock.set_offset(timedelta(minutes=61))
    assert await expire_actions(60) == 1
    assert await statuses("payment_authorization") == ["voided"]
    assert stripe.held[only(stripe)].state is AuthorizationState.VOIDED
    assert await expire_actions(60) == 0
    await work()
    assert [topic for topic, _ in facts] == ["payment.action_required", "payment.not_authorized"]


@pytest.mark.requirement("PAY-7")
async def test_a_payer_who_approves_at_the_last_second_wins(stripe, monkeypatch):
    await open_order([1000], token="pm_3ds")
    clock.set_offset(timedelta(minutes=61))
    stripe.approve(only(stripe))
    await expire_actions(60)
    assert await statuses("charge") == ["secured"]


@pytest.mark.requirement("PAY-7")
async def test_an_approval_between_the_question_and_the_void_wins(paypal, monkeypatch):
    await open_order([1000], method="paypal")
    clock.set_offset(timedelta(minutes=61))
    void = paypal.void

    async def approve_first(reference, key):
        paypal.approve(reference)
        return await void(reference, key)

    monkeypatch.setattr(paypal, "void", approve_first)
    await expire_actions(60)
    assert paypal.captured("EUR") == 1000
    assert await statuses("charge") == ["captured"]
    await assert_books_agree(paypal)


@pytest.mark.requirement("PAY-7", "PAY-8")
async def test_an_unanswered_authorization_is_resolved_before_it_is_given_up(stripe):
    stripe.faults["authorize"] = ["drop_after"]
    await open_order([1000], token="pm_3ds")
    clock.set_offset(timedelta(minutes=61))
    await expire_actions(60)
    await expire_actions(60)
    assert await statuses("payment_authorization") == ["voided"]


async def test_a_pending_capture_is_not_let_go(paypal):
    await open_order([1000], method="paypal")
    paypal.captures_pend = True
    paypal.approve(only(paypal))
    clock.set_offset(timedelta(minutes=61))
    await expire_actions(60)
    assert await statuses("charge") == ["capturing"]
    assert await expire_actions(60) == 0


@pytest.mark.requirement("PAY-6")
async def test_what_expires_soon_is_authorised_anew_before_the_old_one_goes(stripe, facts):
    order = await open_order([1000, 500])
    assert await rescue_expiring() == 0
    clock.set_offset(timedelta(days=6, hours=1))
    assert await rescue_expiring() == 1
    await work()
    old, new = stripe.held.values()
    assert (old.state, new.state) == (AuthorizationState.VOIDED, AuthorizationState.AUTHORIZED)
    assert new.expires_at > old.expires_at
    assert await rescue_expiring() == 0
    await take(order.charge_ids[0])
    assert stripe.captured("EUR") == 1000
    assert "charge.unsecured" not in [topic for topic, _ in facts]
    await assert_books_agree(stripe)


@pytest.mark.requirement("PAY-6")
async def test_a_declined_rescue_leaves_the_old_and_is_told_once(stripe, facts):
    order = await open_order([1000, 500])
    stripe.declines_saved = True
    clock.set_offset(timedelta(days=6, hours=1))
    assert await rescue_expiring() == 1
    assert await rescue_expiring() == 0
    await work()
    assert (await one("charge", id=order.charge_ids[0]))["status"] == "secured"
    assert stripe.held[only(stripe)].state is AuthorizationState.AUTHORIZED
    told = [payload for topic, payload in facts if topic == "charge.at_risk"]
    assert [payload["code"] for payload in told] == ["insufficient_funds"]
    await take(order.charge_ids[0])
    assert stripe.captured("EUR") == 1000


@pytest.mark.requirement("PAY-6")
async def test_a_rescue_without_a_saved_card_is_told(stripe, facts):
    await open_order([1000])
    clock.set_offset(timedelta(days=6, hours=1))
    await rescue_expiring()
    await work()
    assert [payload["code"] for topic, payload in facts if topic == "charge.at_risk"] == ["no_saved_method"]


@pytest.mark.requirement("PAY-6")
async def test_an_expired_authorization_leaves_its_charge_unsecured(stripe, facts):
    order = await open_order([1000, 500])
    clock.set_offset(timedelta(days=7, hours=1))
    assert await expire_authorizations() == 1
    assert await statuses("charge") == ["secured", "planned"], "the provider still holds it: its word counts"
    stripe.expire(only(stripe))
    await expire_authorizations()
    assert await expire_authorizations() == 0
    assert await statuses("charge") == ["planned", "planned"]
    await work()
    assert [payload["charge_id"] for topic, payload in facts if topic == "charge.unsecured"] == [
        str(order.charge_ids[0])
    ]
    await secure(order.charge_ids[0])
    await take(order.charge_ids[0])
    assert stripe.captured("EUR") == 1000


@pytest.mark.requirement("PAY-6")
async def test_the_gate_renews_what_would_not_outlast_the_dispatch(stripe):
    order = await open_order([1000, 500])
    clock.set_offset(timedelta(days=6))
    await secure(order.charge_ids[0], days=2)
    await work()
    assert len(stripe.held) == 2
    assert stripe.held[only(stripe)].state is AuthorizationState.VOIDED


async def test_one_row_that_fails_stops_no_other(stripe, monkeypatch):
    await open_order([1000], token="pm_3ds")
    await open_order([2000], token="pm_3ds")
    clock.set_offset(timedelta(minutes=61))
    stripe.faults["fetch"] = ["silent"]
    assert await expire_actions(60) == 2
    assert sorted(await statuses("payment_authorization")) == ["requires_action", "voided"]
    fetch = stripe.fetch_authorization

    async def broken(reference):
        raise ZeroDivisionError

    monkeypatch.setattr(stripe, "fetch_authorization", broken)
    with pytest.raises(RuntimeError, match="none of 1"):
        await expire_actions(60)
    monkeypatch.setattr(stripe, "fetch_authorization", fetch)
    await expire_actions(60)
    assert await count("payment_authorization", "status = 'voided'") == 2


@pytest.mark.requirement("REF-11")
async def test_a_released_charge_gives_its_funds_back(stripe):
    order = await open_order([1000])
    async with db.unit_of_work():
        await lock_payment(order.payment_id)
        assert await release_charge(order.charge_ids[0])
        assert not await release_charge(order.charge_ids[0])
    await work()
    assert stripe.held[only(stripe)].state is AuthorizationState.VOIDED
    assert await count("payment_refund") == 0
    assert await statuses("payment_authorization") == ["voided"]


async def test_an_attempt_that_nobody_needs_any_more_is_let_go(stripe):
    """The payer is in 3-D Secure by the link when the saved card works after all."""
    order = await open_order([1000, 500])
    stripe.declines_saved = True
    await secure(order.charge_ids[1])
    async with db.unit_of_work():
        token = await create_link(order.charge_ids[1], expires_at=clock.now() + timedelta(days=1))
    await pay_link(token, "pm_3ds", "https://shop.example", save_consent=False)
    stripe.declines_saved = False
    await secure(order.charge_ids[1])
    await work()
    states = [held.state.value for held in stripe.held.values()]
    assert states == ["authorized", "voided", "voided", "authorized"]


async def test_a_second_object_for_one_authorization_is_for_a_person(stripe):
    await open_order([1000])
    stripe.expire(only(stripe))
    other = replace(stripe.truth(stripe.held[only(stripe)]), provider_ref="pi_other")
    await apply_snapshot(other)
    assert await statuses("charge") == ["secured"]
    assert await count("exception_item", "kind = 'authorized_twice'") == 1


@pytest.mark.requirement("REF-11", "PAY-6")
async def test_a_hold_that_the_provider_would_not_let_go_is_asked_for_again_some_times(stripe):
    order = await open_order([1000])
    stripe.faults["void"] = ["decline"] * VOIDS_MAX
    async with db.unit_of_work():
        await lock_payment(order.payment_id)
        await release_charge(order.charge_ids[0])
    await work()
    assert stripe.held[only(stripe)].state is AuthorizationState.AUTHORIZED
    for _ in range(VOIDS_MAX - 2):
        assert await void_again() == 1
        await work()
    stripe.faults.clear()
    assert await void_again() == 1
    assert await void_again() == 0, "one at a time"
    await work()
    assert stripe.held[only(stripe)].state is AuthorizationState.VOIDED
    assert await void_again() == 0
