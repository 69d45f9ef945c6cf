"""Whatever happens at the same moment, money moves once."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from payments.orders import assert_books_agree, count, one, open_order, refund, secure, statuses, take, work
from store.kernel import db, inbox
from store.kernel.money import Money
from store.payments.apply_snapshot import apply_snapshot
from store.payments.capture_charge import take_charge
from store.payments.perform_operation import perform, resolve, run_operation
from store.payments.refund_captures import MoneyDisputed, RefundExceedsCaptured, refund_captures
from store.payments.secure_charge import NotSecured, Secured, release_charge
from store.payments.tables import lock_payment
from store.payments.take_webhook import complete_authorization, confirm_payment, take_webhook

pytestmark = pytest.mark.usefixtures("database")


async def at_once(*coroutines):
    return await asyncio.gather(*coroutines, return_exceptions=True)


@pytest.mark.requirement("PAY-3", "PAY-8")
async def test_twenty_dispatches_capture_once(stripe):
    stripe.latency = 0.005
    order = await open_order([1000], shipping=[300])

    async def dispatch():
        async with db.unit_of_work():
            await take_charge(order.charge_ids[0])

    assert await at_once(*(dispatch() for _ in range(20))) == [None] * 20
    (operation,) = await db.fetch("select id from provider_operation where kind = 'capture'")
    await at_once(
        *(perform(operation["id"]) for _ in range(10)), *(run_operation(str(operation["id"])) for _ in range(10))
    )
    await work()
    assert stripe.captured("EUR") == 1000
    assert (await one("payment"))["shipping_captured_minor"] == 300
    await assert_books_agree(stripe)


@pytest.mark.requirement("REF-7")
async def test_of_twenty_refunds_of_three_out_of_ten_exactly_three_are_made(stripe):
    order = await open_order([1000])
    await take(*order.charge_ids)

    async def give(position: int):
        async with db.unit_of_work():
            return await refund_captures(order.payment_id, Money(300, "EUR"), subject_id=uuid4(), reason=str(position))

    answers = await at_once(*(give(position) for position in range(20)))
    assert sum(isinstance(answer, list) for answer in answers) == 3
    assert sum(isinstance(answer, RefundExceedsCaptured) for answer in answers) == 17
    await work()
    assert sorted(await statuses("payment_refund")) == ["succeeded"] * 3
    await assert_books_agree(stripe)


@pytest.mark.requirement("PAY-5", "PAY-6")
async def test_twenty_gates_make_one_authorization(stripe):
    stripe.latency = 0.01
    order = await open_order([1000, 700])
    answers = await at_once(*(secure(order.charge_ids[1]) for _ in range(20)))
    assert all(isinstance(answer, (Secured, NotSecured)) for answer in answers)
    assert {answer.code for answer in answers if isinstance(answer, NotSecured)} <= {"in_progress"}
    assert any(isinstance(answer, Secured) for answer in answers)
    assert len(stripe.held) == 2
    assert await statuses("charge") == ["secured", "secured"]


@pytest.mark.requirement("PAY-12")
async def test_a_dispute_and_a_refund_at_once_never_give_the_money_twice(stripe):
    order = await open_order([1000])
    await take(*order.charge_ids)
    contested = stripe.dispute(next(iter(stripe.held)), 1000)
    answers = await at_once(refund(order.payment_id, 600), apply_snapshot(stripe.dispute_truth(contested)))
    await work()
    given = sum(each.amount for each in stripe.given.values())
    assert given + contested.amount <= 1000
    if isinstance(answers[0], Exception):
        assert isinstance(answers[0], MoneyDisputed)
    else:
        assert await statuses("payment_refund") == ["failed"]
    assert (await one("capture"))["refunded_minor"] == 0
    await assert_books_agree(stripe)


@pytest.mark.requirement("PAY-8", "PAY-9")
@pytest.mark.parametrize("fault", [None, "drop_after"])
async def test_answer_webhook_and_resolver_at_once_book_once(stripe, fault):
    stripe.latency = 0.002
    order = await open_order([1000])
    async with db.unit_of_work():
        await take_charge(order.charge_ids[0])
    operation = await one("provider_operation", kind="capture")
    stripe.faults["capture"] = [fault] if fault else []
    ref = next(iter(stripe.held))
    for number in range(5):
        await inbox.receive("stripe", f"evt_{number}", "payment_intent.succeeded", {"ref": ref})

    async def later(seconds, call):
        await asyncio.sleep(seconds)
        return await call

    await at_once(
        perform(operation["id"]),
        *(later(number * 0.002, take_webhook("stripe", f"evt_{number}")) for number in range(5)),
        *(later(number * 0.003, resolve(operation["id"])) for number in range(5)),
    )
    await work()
    assert await statuses("capture") == ["succeeded"]
    assert (await one("provider_operation", kind="capture"))["status"] == "succeeded"
    assert await count("journal", "kind = 'capture'") == 1
    await assert_books_agree(stripe)


@pytest.mark.requirement("PAY-2", "PAY-9")
@pytest.mark.parametrize("fault", [None, "drop_before", "drop_after"])
async def test_a_paypal_approval_told_from_all_sides_is_taken_once(paypal, fault):
    paypal.latency = 0.003
    order = await open_order([1000], method="paypal", shipping=[200])
    ref = next(iter(paypal.held))
    paypal.approve(ref)
    paypal.faults["complete"] = [fault] if fault else []
    for number in range(5):
        await inbox.receive("paypal", f"evt_{number}", "CHECKOUT.ORDER.APPROVED", {"ref": ref})
    authorization = await one("payment_authorization")
    await at_once(
        *(take_webhook("paypal", f"evt_{number}") for number in range(5)),
        *(confirm_payment(order.order_id) for _ in range(10)),
        *(complete_authorization(authorization["id"]) for _ in range(5)),
    )
    await work()
    assert paypal.captured("EUR") == 1000
    assert await statuses("charge") == ["captured"]
    keys = {key for call, key in paypal.calls if call == "complete"}
    assert len(keys) == 1, "one request id per authorization"
    await assert_books_agree(paypal)


@pytest.mark.requirement("REF-11")
async def test_a_charge_is_taken_or_released_never_both(stripe):
    for _ in range(5):
        order = await open_order([1000])

        async def dispatch(charge_id):
            async with db.unit_of_work():
                await take_charge(charge_id)

        async def cancel(payment_id, charge_id):
            async with db.unit_of_work():
                await lock_payment(payment_id)
                return await release_charge(charge_id)

        answers = await at_once(dispatch(order.charge_ids[0]), cancel(order.payment_id, order.charge_ids[0]))
        await work()
        status = (await one("charge", id=order.charge_ids[0]))["status"]
        assert status == ("released" if answers[1] is True else "captured")
        authorization = await one("payment_authorization", payment_id=order.payment_id)
        assert authorization["status"] == ("voided" if answers[1] is True else "captured")
    await assert_books_agree(stripe)
