"""Every step of a return is told, in its language, with the customer's reference (RMA-10, RMA-16)."""

from __future__ import annotations

import pytest
from refunds.desk import Desk

from rma.owner import confirm, draft, guest, mistaken, serials_of, sold
from rma.workshop import A, Bench, O, repair_to_pay, returned
from store.kernel import db
from store.rma.expire_returns import expire_returns
from store.rma.repair_unit import report_not_repairable, report_repaired


async def letters(bench: Bench) -> dict[str, str]:
    """The newest text of each kind about the return."""
    number = (await bench.whole()).rma["number"]
    rows = await db.fetch(
        "select kind, text_body from email where subject like $1 order by created_at, id", f"%{number}%"
    )
    return {row["kind"]: row["text_body"] for row in rows}


@pytest.mark.requirement("RMA-10", "RMA-16", "DOC-1")
async def test_a_credited_item_is_told_step_by_step_with_the_customers_reference(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    rma_id = await draft(guest(order_id), mistaken(serial), customer_reference="PO 4711")
    await confirm(rma_id, guest(order_id))
    bench = Bench(desk, rma_id, order_id, [serial])
    await bench.receive()
    await bench.inspect()
    found = await letters(bench)
    assert {"rma_received", "rma_inspected", "rma_settled", "rma_closed"} <= set(found)
    for kind in ("rma_received", "rma_inspected", "rma_settled", "rma_closed"):
        assert "PO 4711" in found[kind]
        assert "/returns/" in found[kind]
    assert serial in found["rma_received"]
    assert "11,99" in found["rma_inspected"]
    assert "67,91" in found["rma_settled"]
    assert await db.fetchval("select count(*) from email where kind = 'rma_settled'") == 1


@pytest.mark.requirement("RMA-16")
async def test_a_rejection_tells_its_reason_and_a_wrong_item_what_came(desk: Desk) -> None:
    bench = await returned(desk)
    await bench.receive()
    await bench.inspect(A.REJECTED, rejection="damaged")
    found = await letters(bench)
    assert await db.fetchval("select locale from rma") == "fr"
    assert "rma_settled" in found
    other = await returned(desk)
    await other.receive("FREMD1")
    assert "FREMD1" in (await letters(other))["rma_received"]
    await other.decide(A.REJECTED, O.SENT_BACK)
    assert "rma_inspected" in await letters(other)


@pytest.mark.requirement("RMA-9", "RMA-16")
async def test_a_repair_tells_what_is_still_to_be_paid(desk: Desk) -> None:
    bench = await repair_to_pay(desk)
    await bench.receive()
    await bench.inspect(as_new=False)
    await report_repaired(bench.id, 1, actor="workshop")
    await desk.work()
    amount = f"{(await bench.unit())['quote_minor'] / 100:.2f}".replace(".", ",")
    assert amount in (await letters(bench))["rma_settled"]


@pytest.mark.requirement("RMA-16")
async def test_what_can_t_be_repaired_is_told(desk: Desk) -> None:
    bench = await repair_to_pay(desk)
    await bench.receive()
    await bench.inspect(as_new=False)
    await report_not_repairable(bench.id, 1, actor="workshop")
    await desk.work()
    assert await db.fetchval("select count(*) from email where kind = 'rma_inspected'") == 2


@pytest.mark.requirement("RMA-16", "RMA-18")
async def test_an_expired_return_is_told_and_a_draft_expires_in_silence(desk: Desk) -> None:
    bench = await returned(desk)
    order_id = await sold(desk)
    await draft(guest(order_id), mistaken((await serials_of(order_id))[0]))
    desk.later(days=90)
    assert await expire_returns() == 2
    await desk.work()
    assert "rma_expired" in await letters(bench)
    assert await db.fetchval("select count(*) from email where kind = 'rma_expired'") == 1
