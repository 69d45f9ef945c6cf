"""A payment in one word, and all of it in two statements."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payments.orders import EUR, open_order, refund, secure, take, work
from store.kernel import clock, db
from store.kernel.money import Money
from store.kernel.wording import LABELS
from store.payments.apply_snapshot import apply_snapshot
from store.payments.payment_links import create_link
from store.payments.secure_charge import release_charge
from store.payments.tables import lock_payment
from store.payments.views import payment_summaries, payment_summary

pytestmark = pytest.mark.usefixtures("database")


async def status(order) -> str:
    summary = await payment_summary(order.order_id)
    assert summary is not None
    assert summary["payment_status"] in LABELS
    return summary["payment_status"]


async def test_a_card_payment_tells_where_it_is(stripe):
    order = await open_order([1000, 500])
    assert await status(order) == "authorized"
    await take(order.charge_ids[0])
    assert await status(order) == "partly_charged"
    await secure(order.charge_ids[1])
    await take(order.charge_ids[1])
    assert await status(order) == "charged"
    await refund(order.payment_id, 600)
    assert await status(order) == "charged", "under way is not refunded"
    await work()
    assert await status(order) == "partly_refunded"
    await refund(order.payment_id, 900)
    await work()
    assert await status(order) == "refunded"


async def test_what_happens_before_money_is_taken(stripe, paypal, facts):
    assert await status(await open_order([1000], token="pm_decline")) == "declined"
    assert await status(await open_order([1000], token="pm_3ds")) == "action_required"
    assert await status(await open_order([1000], soon=0)) == "method_saved"
    assert await status(await open_order([1000], send=False)) == "pending"
    assert await status(await open_order([0])) == "not_required"
    assert await status(await open_order([1000], method="wire", token=None)) == "on_terms"
    assert await status(await open_order([1000], method="wire", token=None, policy="prepaid")) == "awaiting_transfer"
    order = await open_order([1000], method="wire", token=None)
    await take(*order.charge_ids)
    assert await status(order) == "invoiced"
    order = await open_order([1000])
    async with db.unit_of_work():
        await lock_payment(order.payment_id)
        await release_charge(order.charge_ids[0])
    assert await status(order) == "canceled"


@pytest.mark.requirement("PAY-12")
async def test_everything_is_shown_with_its_amounts_and_days(stripe):
    order = await open_order([1000, 500], shipping=[200, 100])
    until = next(iter(stripe.held.values())).expires_at
    summary = await payment_summary(order.order_id)
    first, second = summary["charges"]
    assert (first["status"], first["authorized_until"], first["amount"], first["shipping"]) == (
        "secured",
        until,
        Money(1000, EUR),
        Money(200, EUR),
    )
    await take(order.charge_ids[0])
    await refund(order.payment_id, 300)
    await work()
    contested = stripe.dispute(next(iter(stripe.held)), 700)
    await apply_snapshot(stripe.dispute_truth(contested))
    async with db.unit_of_work():
        await create_link(order.charge_ids[1], expires_at=clock.now() + timedelta(days=1))
    summary = await payment_summary(order.order_id)
    first, second = summary["charges"]
    assert summary["payment_status"] == "disputed"
    assert (first["captured_at"] is not None, first["refunded"]) == (True, Money(300, EUR))
    assert (second["link_open"], first["link_open"]) == (True, False)
    (given,) = summary["refunds"]
    assert (given["amount"], given["status"], given["charge_id"]) == (Money(300, EUR), "succeeded", order.charge_ids[0])
    assert given["settled_at"].tzinfo is not None
    (dispute,) = summary["disputes"]
    assert (dispute["amount"], dispute["status"]) == (Money(700, EUR), "open")
    assert (summary["captured"], summary["refunded"]) == (Money(1000, EUR), Money(300, EUR))


async def test_many_orders_are_read_in_two_statements(stripe, monkeypatch):
    orders = [await open_order([1000, 500]) for _ in range(5)]
    statements = []
    fetch = db.fetch

    async def counted(sql, *arguments):
        statements.append(sql)
        return await fetch(sql, *arguments)

    monkeypatch.setattr(db, "fetch", counted)
    summaries = await payment_summaries([order.order_id for order in orders])
    assert set(summaries) == {order.order_id for order in orders}
    assert len(statements) == 2
    assert await payment_summary(orders[0].payment_id) is None
