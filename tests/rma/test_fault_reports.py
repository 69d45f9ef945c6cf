"""Our technical support confirms faults: asked once, decided once, good for some days (RMA-4, RMA-5)."""

from __future__ import annotations

import asyncio

import pytest
from refunds.desk import Desk

from rma.owner import AGENT, OURS, PORTAL, THEIRS, broken, draft, fault_confirmed, guest, serials_of, sold
from store.kernel import db
from store.kernel.errors import StoreError
from store.rma import errors, step_errors
from store.rma.fault_reports import (
    AskFaultReport,
    DecideFaultReport,
    ask_fault_report,
    decide_fault_report,
    fault_report_queue,
    get_fault_report,
)
from store.rma.policies import AddPolicy, add_policy


def report(caller, serial: str, symptom: str = "no_audio") -> AskFaultReport:
    return AskFaultReport(caller=caller, serial=serial, symptom=symptom, description="Silent.", locale="fr")


async def tried(step) -> str:
    try:
        await step
    except StoreError as refusal:
        return refusal.code
    return "done"


@pytest.mark.requirement("RMA-4")
async def test_ten_reports_at_once_about_one_unit_are_one(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    asked = await asyncio.gather(*(tried(ask_fault_report(report(guest(order_id), serial))) for _ in range(10)))
    assert sorted(asked) == ["done", *["fault_report_open"] * 9]
    assert len(await fault_report_queue()) == 1


@pytest.mark.requirement("RMA-4")
async def test_two_agents_decide_at_once_and_one_decision_counts(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    report_id = await ask_fault_report(report(guest(order_id), serial))

    def decided(*, confirmed: bool, by: str):
        return tried(
            decide_fault_report(
                DecideFaultReport(report_id=report_id, confirmed=confirmed, decision=f"by {by}", actor=by)
            )
        )

    answers = await asyncio.gather(decided(confirmed=True, by="Alex"), decided(confirmed=False, by="Lina"))
    assert sorted(answers) == ["done", "wrong_state"]
    row = await get_fault_report(report_id)
    assert (row["status"] == "confirmed") == (row["valid_until"] is not None) == (row["decided_by"] == "Alex")


@pytest.mark.requirement("RMA-5", "ACC-4")
async def test_only_its_owner_asks_and_only_where_we_are_the_ones_to_confirm(desk: Desk) -> None:
    order_id = await sold(desk, (OURS, 1), (THEIRS, 1), (PORTAL, 1))
    rows = await db.fetch("select u.serial, v.sku from unit u join variant v on v.id = u.variant_id")
    serial = {row["sku"]: row["serial"] for row in rows}
    caller = guest(order_id)
    with pytest.raises(errors.UnitNotYours):
        await ask_fault_report(report(guest(), serial[OURS]))
    with pytest.raises(errors.UnknownSymptom):
        await ask_fault_report(report(caller, serial[OURS], symptom="bad mood"))
    with pytest.raises(errors.ManufacturerHandles):
        await ask_fault_report(report(caller, serial[PORTAL]))
    with pytest.raises(step_errors.FaultReportNotNeeded):
        await ask_fault_report(report(caller, serial[THEIRS]))
    desk.later(days=800)
    with pytest.raises(step_errors.FaultReportNotNeeded):  # out of warranty it is a repair at a price
        await ask_fault_report(report(caller, serial[OURS]))
    assert await db.fetchval("select count(*) from fault_report") == 0


@pytest.mark.requirement("RMA-1", "RMA-4")
async def test_how_long_a_confirmation_is_good_is_a_policy(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    await add_policy(
        AddPolicy(
            market=None, category="headsets", manufacturer=None, terms={"fault_report_days": 3}, note="", actor="admin"
        )
    )
    await fault_confirmed(serial)
    desk.later(days=3)
    await draft(guest(order_id), broken(serial))
    desk.later(days=1)
    with pytest.raises(errors.FaultNotConfirmed):
        await draft(guest(order_id), broken(serial))
    assert await db.fetchval("select asked_by from fault_report") == AGENT.name
