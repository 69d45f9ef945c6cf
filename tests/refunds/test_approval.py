"""Limits, exceptions and the second person (REF-9)."""

from __future__ import annotations

import asyncpg
import pytest

from refunds.desk import ADMIN, ALEX, CUSTOMER, DEAR, GOODS, LINA, agent
from store import refunds
from store.kernel import db
from store.kernel.errors import WrongState
from store.payments.refund_captures import MoneyDisputed
from store.refunds import RefundLine, RequestRefund
from store.refunds.errors import (
    AlreadyRefunded,
    RefundAgentsOnly,
    RefundOutsidePolicy,
    SecondPersonRequired,
)

pytestmark = pytest.mark.requirement("REF-9")


async def kinds(order_id):
    return [row["kind"] for row in await db.fetch("select kind from order_event where order_id = $1", order_id)]


async def test_within_the_limit_nobody_else_is_asked(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    assert (await desk.preview(order_id, principal=LINA)).approval == ()
    assert (await desk.commit(order_id, principal=LINA)).status == "processing"


async def test_above_the_limit_a_second_person_approves(desk):
    order_id = await desk.shipped([(DEAR, 3)])  # 3 × 169.90; the market's limit is 500.00
    preview = await desk.preview(order_id, 3, principal=LINA)
    assert [verdict.code for verdict in preview.approval] == ["above_limit"]
    done = await desk.commit(order_id, 3, principal=LINA, fingerprint=preview.fingerprint)
    assert done.status == "awaiting_approval"
    await desk.work()
    assert not desk.stripe.given, "nothing is sent before the approval"
    assert await refunds.credit_notes_of([order_id]) == []
    with pytest.raises(SecondPersonRequired):
        await refunds.approve_refund(done.refund_id, principal=LINA)
    with pytest.raises(RefundAgentsOnly):
        await refunds.approve_refund(done.refund_id, principal=CUSTOMER)
    assert [row["id"] for row in await refunds.refund_queue()] == [done.refund_id]
    assert await refunds.approve_refund(done.refund_id, principal=ALEX) == "processing"
    assert await refunds.approve_refund(done.refund_id, principal=ADMIN) == "processing", "approved is approved"
    await desk.work()
    row = await desk.refund(order_id)
    assert (row["status"], row["requested_by"], row["approved_by"]) == ("succeeded", LINA.name, ALEX.name)
    assert {"refund_awaits_approval", "refund_created", "refund_succeeded"} <= set(await kinds(order_id))
    assert await refunds.refund_queue() == []
    await desk.check_laws(order_id)


async def test_an_own_limit_counts_instead_of_the_markets_and_admins_have_none(desk):
    order_id = await desk.shipped([(DEAR, 3)])
    assert (await desk.preview(order_id, 3, principal=agent("Lead", EUR=1_000_000))).approval == ()
    assert (await desk.preview(order_id, 3, principal=ADMIN)).approval == ()
    assert (await desk.preview(order_id, 1, principal=agent("New", EUR=0))).approval != ()


async def test_a_limit_is_not_passed_in_small_steps(desk):
    order_id = await desk.shipped([(DEAR, 3)])
    assert (await desk.commit(order_id, principal=LINA)).status == "processing"
    assert (await desk.commit(order_id, principal=LINA)).status == "processing"
    assert (await desk.commit(order_id, principal=LINA)).status == "awaiting_approval"


async def test_outside_the_policy_needs_a_reason_and_a_second_person(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    desk.later(days=40)
    preview = await desk.preview(order_id)
    assert [verdict.rule for verdict in preview.outside_policy] == ["REF-1"]
    with pytest.raises(RefundOutsidePolicy) as refusal:
        await desk.commit(order_id)
    assert refusal.value.facts["rules"] == ["refund_deadline_over"]
    done = await desk.commit(order_id, override_reason="was in hospital")
    assert done.status == "awaiting_approval"
    await refunds.approve_refund(done.refund_id, principal=LINA, note="fine")
    await desk.work()
    row = await desk.refund(order_id)
    assert (row["status"], row["outside_policy"], row["override_reason"]) == ("succeeded", True, "was in hospital")
    actions = {entry["action"] for entry in await db.fetch("select action from audit_entry")}
    assert {"request_refund_approval", "approve_refund", "grant_refund"} <= actions


@pytest.mark.requirement("REF-5")
async def test_shipping_for_a_change_of_mind_is_outside_the_policy(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    preview = await desk.preview(order_id, include_shipping=True)
    assert [verdict.code for verdict in preview.outside_policy] == ["shipping_outside_policy"]
    with pytest.raises(RefundOutsidePolicy):
        await desk.commit(order_id, include_shipping=True)


@pytest.mark.requirement("REF-7")
async def test_what_waits_for_approval_keeps_its_units_and_its_money(desk):
    order_id = await desk.shipped([(DEAR, 3)])
    waiting = await desk.commit(order_id, 3, principal=LINA)
    with pytest.raises(AlreadyRefunded):
        await desk.preview(order_id, lines=[RefundLine(quantity=1, sku=DEAR)])
    assert (await refunds.refund_eligibility(order_id)).available.amount_minor < 3 * 16990
    await refunds.reject_refund(waiting.refund_id, principal=ALEX, reason="not convinced")
    with pytest.raises(WrongState):
        await refunds.approve_refund(waiting.refund_id, principal=ALEX)
    await refunds.reject_refund(waiting.refund_id, principal=ALEX, reason="again")
    await desk.commit(order_id, 3)
    await desk.work()
    assert sorted(row["status"] for row in await refunds.refunds_of([order_id])) == ["rejected", "succeeded"]
    await desk.check_laws(order_id)


@pytest.mark.requirement("MKT-6")
async def test_a_rejected_refund_leaves_no_rest_of_a_cent(desk):
    order_id = await desk.shipped([(GOODS, 7)])
    strict = agent("Strict", EUR=0)
    first = await desk.commit(order_id, principal=strict)
    await desk.commit(order_id, 2)
    await refunds.reject_refund(first.refund_id, principal=ALEX, reason="no")
    await desk.commit(order_id, 5)
    await desk.work()
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-2")
async def test_a_request_whose_refund_was_rejected_is_open_again(desk):
    order_id = await desk.shipped([(DEAR, 3)])
    asked = await refunds.request_refund(
        RequestRefund(order_id=order_id, lines=[], reason="withdrawal", principal=CUSTOMER)
    )
    done = await desk.commit(order_id, 3, principal=LINA, request_id=asked.request_id)
    assert await refunds.open_requests() == []
    await refunds.reject_refund(done.refund_id, principal=ALEX, reason="ask again")
    assert [row["id"] for row in await refunds.open_requests()] == [asked.request_id]


@pytest.mark.requirement("PAY-12")
async def test_money_that_is_disputed_meanwhile_can_not_be_approved_away(desk):
    order_id = await desk.shipped([(DEAR, 3)])
    waiting = await desk.commit(order_id, 3, principal=LINA)
    total = (await desk.payment(order_id))["captured_minor"]
    contested = await desk.dispute(total)
    with pytest.raises(MoneyDisputed):
        await refunds.approve_refund(waiting.refund_id, principal=ALEX)
    assert (await desk.refund(order_id))["status"] == "awaiting_approval"
    await desk.close_dispute(contested, won=True)
    await refunds.approve_refund(waiting.refund_id, principal=ALEX)
    await desk.work()
    assert (await desk.refund(order_id))["status"] == "succeeded"
    await desk.check_laws(order_id)


async def test_the_database_itself_refuses_one_person_alone(desk):
    order_id = await desk.shipped([(DEAR, 3)])
    done = await desk.commit(order_id, 3, principal=LINA)
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("update refund set approved_id = requested_id where id = $1", done.refund_id)
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("update refund set status = 'processing' where id = $1", done.refund_id)
