"""Each item has its outcome once, whoever races and whatever breaks (RMA-17, RMA-18, REF-7)."""

from __future__ import annotations

import asyncio

import pytest
from refunds.desk import ADMIN, ALEX, Desk

from rma.workshop import A, O, check_laws, repair_to_pay, returned
from store.kernel import db, outbox
from store.kernel.errors import StoreError
from store.orders.open_service_order import service_done
from store.refunds import CommitRefund, RefundLine, commit_refund
from store.rma import credit_unit
from store.rma.decide_unit import DecideUnit, decide_unit
from store.rma.desk_errors import NothingToDecide, OutcomeAboveLimit
from store.rma.inspect_unit import InspectUnit, inspect_unit
from store.rma.repair_unit import report_not_repairable, report_repaired
from store.rma.settle_unit import settle_unit

pytestmark = [pytest.mark.requirement("RMA-17", "RMA-18")]


async def test_of_two_agents_who_decide_at_once_one_is_heard(desk: Desk) -> None:
    bench = await returned(desk)
    await bench.receive()
    await bench.inspect(A.NEEDS_DECISION)
    results = await asyncio.gather(
        bench.decide(A.ACCEPTED, O.CREDITED, by=ALEX),
        bench.decide(A.REJECTED, O.SENT_BACK, by=ADMIN),
        return_exceptions=True,
    )
    assert sum(isinstance(each, NothingToDecide) for each in results) == 1
    unit = await bench.unit()
    assert unit["outcome"] in {"credited", "sent_back"}
    assert (unit["outcome"] == "credited") == bool(await db.fetchval("select count(*) from refund"))
    await check_laws()


async def test_settling_at_once_and_again_pays_back_once(desk: Desk) -> None:
    bench = await returned(desk, quantity=2)
    await bench.receive()
    for position in (1, 2):
        await inspect_unit(
            InspectUnit(rma_id=bench.id, position=position, verdict=A.ACCEPTED, actor="warehouse", as_new=True)
        )
    units = (await bench.whole()).units
    await asyncio.gather(*(settle_unit(str(bench.id), str(unit["id"])) for unit in units for _ in range(6)))
    await desk.work()
    assert await db.fetchval("select count(*) from refund") == 2
    assert await bench.status() == "closed"
    await check_laws()


@pytest.mark.requirement("REF-7")
async def test_an_item_that_the_desk_refunds_meanwhile_is_paid_back_once_and_told(desk: Desk) -> None:
    bench = await returned(desk)
    await bench.receive()
    line = (await bench.unit())["shipment_line_id"]

    async def by_desk() -> None:
        await commit_refund(
            CommitRefund(
                order_id=bench.order_id,
                lines=[RefundLine(quantity=1, shipment_line_id=line)],
                reason="goodwill",
                principal=ALEX,
            )
        )

    results = await asyncio.gather(by_desk(), bench.inspect(), return_exceptions=True)
    assert all(each is None or isinstance(each, StoreError) for each in results), results
    await desk.work()
    assert await db.fetchval("select sum(quantity) from refund_line where order_id = $1", bench.order_id) == 1
    unit = await bench.unit()
    if unit["outcome"] is None:
        assert (unit["acceptance_status"], unit["obstacle"]) == ("needs_decision", "already_refunded")
        assert "unit_not_settled" in await bench.kinds()
        assert "unit_not_settled" not in await bench.kinds(staff=False)
    await check_laws()


@pytest.mark.requirement("REF-7")
async def test_a_refund_outside_of_an_open_return_is_told_to_customer_service_and_blocks_the_credit(desk: Desk) -> None:
    bench = await returned(desk)
    await desk.commit(bench.order_id, reason="goodwill")
    await desk.work()
    assert "unit_refunded_elsewhere" in await bench.kinds()
    assert "unit_refunded_elsewhere" not in await bench.kinds(staff=False)
    await bench.receive()
    await bench.inspect()
    unit = await bench.unit()
    assert (unit["acceptance_status"], unit["obstacle"], unit["outcome"]) == (
        "needs_decision",
        "already_refunded",
        None,
    )
    await bench.decide(A.ACCEPTED, O.SENT_BACK)
    assert (await bench.unit())["outcome"] == "sent_back"
    await check_laws()


@pytest.mark.requirement("PAY-12")
async def test_disputed_money_is_not_paid_back_and_a_person_decides(desk: Desk) -> None:
    bench = await returned(desk)
    total = await db.fetchval("select captured_minor from payment where order_id = $1", bench.order_id)
    contested = await desk.dispute(total)
    await bench.receive()
    await bench.inspect()
    assert (await bench.unit())["obstacle"] == "money_disputed"
    await desk.close_dispute(contested, won=True)
    await bench.decide(A.ACCEPTED, O.CREDITED)
    assert (await bench.unit())["outcome"] == "credited"
    await check_laws()


async def test_a_crash_between_two_steps_leaves_nothing_half_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = await returned(desk)
    await bench.receive()

    async def breaks(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(credit_unit, "keep_goods", breaks)
        await inspect_unit(InspectUnit(rma_id=bench.id, position=1, verdict=A.ACCEPTED, actor="warehouse", as_new=True))
        await outbox.drain(rounds=1)
        assert await db.fetchval("select count(*) from refund") == 0
        assert (await bench.unit())["outcome"] is None
    await desk.work()
    assert await db.fetchval("select count(*) from refund") == 1
    assert (await bench.unit())["outcome"] == "credited"


async def test_of_done_and_not_repairable_at_once_one_is_heard(desk: Desk) -> None:
    bench = await repair_to_pay(desk)
    await bench.receive()
    await bench.inspect(as_new=False)
    results = await asyncio.gather(
        report_repaired(bench.id, 1, actor="first"),
        report_not_repairable(bench.id, 1, actor="second"),
        return_exceptions=True,
    )
    assert sum(isinstance(each, StoreError) for each in results) == 1
    await desk.work()
    unit = await bench.unit()
    assert (unit["repaired_at"] is None) == unit["repair_given_up"]
    if unit["repair_given_up"]:
        with pytest.raises(StoreError):
            async with db.unit_of_work():
                await service_done(unit["repair_order_id"])
    await check_laws()


@pytest.mark.requirement("REF-9")
async def test_what_an_agent_pays_back_by_decision_stays_within_the_agents_limit(desk: Desk) -> None:
    small = type(ALEX)(kind="agent", account_id=ALEX.account_id, display_name="Li Na", refund_limits={"EUR": 5000})
    bench = await returned(desk)
    await bench.receive()
    await bench.inspect(A.NEEDS_DECISION)
    with pytest.raises(OutcomeAboveLimit):
        await decide_unit(
            DecideUnit(rma_id=bench.id, position=1, verdict=A.ACCEPTED, outcome=O.CREDITED, principal=small)
        )
    await bench.decide(A.ACCEPTED, O.CREDITED, by=ADMIN)
    assert (await bench.unit())["outcome"] == "credited"
