"""An unsettled outcome is unknown until the provider has been asked: never guessed, never done twice (PAY-8)."""

from __future__ import annotations

import pytest

from payments.fake_provider import Crash
from payments.orders import assert_books_agree, count, one, open_order, refund, secure, statuses, take, work
from store.kernel import db
from store.payments.capture_charge import take_charge
from store.payments.keep_secured import resolve_unknown
from store.payments.perform_operation import perform
from store.payments.secure_charge import Secured

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.requirement("PAY-8")]
FAULTS = ["drop_before", "drop_after"]


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_authorization_whose_answer_was_lost_is_found_or_made_once(stripe, fault):
    stripe.faults["authorize"] = [fault]
    order = await open_order([1000])
    assert order.status == "unknown"
    assert await statuses("charge") == ["planned"], "unknown is not success"
    await work()
    assert await statuses("charge") == ["secured"]
    assert len(stripe.held) == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_capture_whose_answer_was_lost_happens_once(stripe, fault):
    order = await open_order([1000])
    stripe.faults["capture"] = [fault, fault]
    await take(*order.charge_ids)
    assert await statuses("charge") == ["captured"]
    assert stripe.captured("EUR") == 1000
    await assert_books_agree(stripe)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_refund_whose_answer_was_lost_happens_once(stripe, fault):
    order = await open_order([1000])
    await take(*order.charge_ids)
    stripe.faults["refund"] = [fault, fault]
    await refund(order.payment_id, 400)
    await work()
    assert await statuses("payment_refund") == ["succeeded"]
    assert len(stripe.given) == 1
    await assert_books_agree(stripe)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_wallet_payment_whose_answer_was_lost_is_taken_once(stripe, fault):
    stripe.faults["authorize"] = [fault]
    await open_order([1000], method="apple_pay")
    await work()
    assert await statuses("charge") == ["captured"]
    assert stripe.captured("EUR") == 1000
    await assert_books_agree(stripe)


async def test_an_operation_stays_unknown_while_the_provider_is_silent(stripe):
    stripe.faults["authorize"] = ["drop_after"]
    stripe.faults["find"] = ["silent"] * 5
    order = await open_order([1000])
    await work(rounds=4)
    assert (await one("provider_operation"))["status"] == "unknown"
    assert (await one("charge", id=order.charge_ids[0]))["status"] == "planned"
    await work()
    assert (await one("provider_operation"))["status"] == "succeeded"


@pytest.mark.parametrize("point", ["crash_before", "crash_after"])
@pytest.mark.parametrize("kind", ["authorize", "capture", "refund"])
async def test_a_process_that_dies_around_a_call_leaves_it_to_the_next(stripe, kind, point):
    order = await open_order([1000], send=kind != "authorize")
    if kind == "refund":
        await take(*order.charge_ids)
        await refund(order.payment_id, 400)
    elif kind == "capture":
        async with db.unit_of_work():
            await take_charge(order.charge_ids[0])
    operation = await one("provider_operation", kind=kind)
    stripe.faults[kind] = [point]
    with pytest.raises(Crash):
        await perform(operation["id"])
    await work(rounds=2)
    assert (await one("provider_operation", kind=kind))["status"] == "sent", "its process may still be at it"
    await db.execute("update provider_operation set sent_at = clock_timestamp() - interval '46 seconds'")
    await work()
    assert (await one("provider_operation", kind=kind))["status"] == "succeeded"
    applied = {"authorize": len(stripe.held), "capture": stripe.captured("EUR") // 1000, "refund": len(stripe.given)}
    assert applied[kind] == 1
    await assert_books_agree(stripe)


async def test_housekeeping_sees_through_what_has_lost_its_outbox_row(stripe):
    stripe.faults["authorize"] = ["drop_after"]
    await open_order([1000])
    await db.execute("delete from outbox")
    assert await resolve_unknown() == 1
    assert await statuses("charge") == ["secured"]
    assert await resolve_unknown() == 0


async def test_securing_asks_at_once_when_the_answer_was_lost(stripe):
    order = await open_order([1000, 500])
    stripe.faults["authorize"] = ["drop_after"]
    assert isinstance(await secure(order.charge_ids[1]), Secured)
    assert len(stripe.held) == 2


async def test_a_declined_authorization_says_why(stripe, facts):
    order = await open_order([1000], token="pm_decline")
    assert order.status == "declined"
    authorization = await one("payment_authorization")
    assert (authorization["status"], authorization["decline_code"]) == ("declined", "insufficient_funds")
    await work()
    assert [topic for topic, _ in facts] == ["payment.not_authorized"]
    assert await count("capture") == 0
