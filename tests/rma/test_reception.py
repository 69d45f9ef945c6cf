"""Parcels of returns as they really come: in parts, twice, late, lost, with other things in them (RMA-17, RMA-18)."""

from __future__ import annotations

import asyncio

import pytest
from refunds.desk import Desk

from rma.owner import AGENT, confirm, draft, guest, mistaken, serials_of, sold
from rma.workshop import A, Bench, O, check_laws, repair_to_pay, returned
from store.kernel import db
from store.kernel.errors import NotFound, WrongState
from store.rma.accessories import UnknownAccessory
from store.rma.cancel_return import cancel_return
from store.rma.desk_errors import InspectedBefore, NotInspectable, NotLost, ReturnNotReceivable, WhichUnit
from store.rma.errors import UnitInOpenReturn
from store.rma.expire_returns import UNPAID, ask_about_unpaid_repairs, expire_returns
from store.rma.find_parcels import SEARCH, find_parcels, return_queue, undecided_units
from store.rma.find_returns import load_return
from store.rma.match_parcel import ScannedUnit
from store.rma.on_dispatch import UNIT_OF_ORDER
from store.rma.receive_units import complete_reception, report_lost
from store.rma.report_tracking import ReportTracking, report_tracking

pytestmark = [pytest.mark.requirement("RMA-17")]


async def receptions(bench: Bench) -> list[str]:
    return [unit["reception_status"] for unit in (await bench.whole()).units]


async def test_items_arrive_on_different_days_and_a_scan_twice_changes_nothing(desk: Desk) -> None:
    bench = await returned(desk, quantity=3)
    assert await bench.receive(bench.serials[0]) == [1]
    assert await bench.receive(bench.serials[0].lower()) == []
    assert await receptions(bench) == ["received", "awaited", "awaited"]
    await bench.inspect(position=1)
    assert await bench.status() == "receiving"
    desk.later(days=3)
    assert await bench.receive(*bench.serials) == [2, 3]
    await bench.inspect(position=2)
    await bench.inspect(A.REJECTED, position=3)
    assert (await bench.kinds()).count("unit_received") == 3
    await check_laws()


async def test_two_receivers_at_once_receive_once(desk: Desk) -> None:
    bench = await returned(desk, quantity=2)
    changed = await asyncio.gather(*(bench.receive() for _ in range(5)))
    assert sorted(len(each) for each in changed) == [0, 0, 0, 0, 2]
    assert (await bench.kinds()).count("unit_received") == 2


async def test_another_item_waits_for_a_decision_and_may_be_followed_by_the_right_one(desk: Desk) -> None:
    bench = await returned(desk)
    await bench.receive("OTHER1")
    unit = await bench.unit()
    assert (unit["reception_status"], unit["received_serial"]) == ("wrong_item", "OTHER1")
    assert unit["acceptance_status"] == "needs_decision"
    assert await bench.receive("OTHER1") == []
    with pytest.raises(InspectedBefore):
        await bench.inspect(A.ACCEPTED)
    await bench.receive()
    assert (await bench.unit())["reception_status"] == "received"
    await bench.decide(A.ACCEPTED, O.CREDITED)
    assert await bench.status() == "closed"
    await check_laws()


async def test_an_unknown_number_needs_its_place_when_several_are_awaited(desk: Desk) -> None:
    bench = await returned(desk, quantity=2)
    with pytest.raises(WhichUnit) as refusal:
        await bench.receive("OTHER1")
    assert [each["position"] for each in refusal.value.facts["awaited"]] == [1, 2]
    assert await bench.status() == "confirmed"
    await bench.receive(ScannedUnit(serial="not a number!", position=2))
    assert (await bench.unit(2))["received_serial"] == "NOT A NUMBER!"
    with pytest.raises(NotFound):
        await bench.receive(ScannedUnit(position=9))


async def test_what_never_comes_is_missing_after_it_was_said_and_owes_nothing(desk: Desk) -> None:
    bench = await returned(desk, quantity=2)
    await bench.receive(bench.serials[0])
    await bench.inspect(position=1)
    assert await complete_reception(bench.id, actor="warehouse") == [2]
    assert await complete_reception(bench.id, actor="warehouse") == []
    with pytest.raises(NotInspectable):
        await bench.inspect(position=2)
    await bench.decide(A.REJECTED, position=2)
    assert (await bench.unit(2))["outcome"] == "not_sent"
    assert await bench.status() == "closed"
    assert await db.fetchval("select count(*) from refund") == 1
    assert await bench.receive(bench.serials[0]) == []  # settled, and scanned once more
    assert await bench.receive(bench.serials[1]) == [2]  # it turns up after all
    assert (await bench.unit(2))["acceptance_status"] == "needs_decision"
    await check_laws()


async def test_what_the_carrier_lost_may_turn_up(desk: Desk) -> None:
    bench = await returned(desk)
    for _ in range(2):
        await report_lost(bench.id, 1, actor="agent")
    assert await receptions(bench) == ["lost_in_transit"]
    await bench.receive()
    assert (await bench.unit())["acceptance_status"] == "needs_decision"
    with pytest.raises(NotLost):
        await report_lost(bench.id, 1, actor="agent")
    await bench.decide(A.ACCEPTED, O.CREDITED)
    assert (await bench.unit())["outcome"] == "credited"
    await check_laws()


async def test_nothing_can_be_received_for_a_draft(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    bench = Bench(desk, await draft(guest(order_id), mistaken(serial)), order_id, [serial])
    with pytest.raises(ReturnNotReceivable):
        await bench.receive()
    with pytest.raises(ReturnNotReceivable):
        await complete_reception(bench.id, actor="warehouse")


async def test_accessories_are_checked_off_and_unknown_ones_refused(desk: Desk) -> None:
    bench = await returned(desk)
    codes = [each["code"] for each in (await bench.unit())["accessories"]]
    assert codes
    with pytest.raises(UnknownAccessory):
        await bench.receive(ScannedUnit(serial=bench.serials[0], accessories=("no_such_thing",)))
    await bench.receive(ScannedUnit(serial=bench.serials[0], accessories=(codes[0],)))
    assert [each["received"] for each in (await bench.unit())["accessories"]] == [True, *[None] * (len(codes) - 1)]
    await bench.inspect(A.NEEDS_DECISION, accessories=[])
    assert not any(each["received"] for each in (await bench.unit())["accessories"])


@pytest.mark.requirement("RMA-18")
@pytest.mark.parametrize("end", ["canceled", "expired"])
async def test_goods_of_a_return_that_is_over_open_it_again_for_a_decision(desk: Desk, end: str) -> None:
    bench = await returned(desk, quantity=2)
    if end == "canceled":
        await cancel_return(bench.id, AGENT)
    else:
        desk.later(days=60)
        await expire_returns()
    await desk.work()
    assert await bench.status() == end
    await bench.receive(bench.serials[0])
    assert await bench.status() == "receiving"
    unit = await bench.unit()
    assert (unit["acceptance_status"], unit["obstacle"], unit["closed_at"]) == ("needs_decision", "arrived_late", None)
    assert [row["id"] for row in await undecided_units(after=None, limit=5)] == [unit["id"]]
    await bench.inspect(A.NEEDS_DECISION, as_new=True)
    await bench.decide(A.ACCEPTED, O.CREDITED)
    assert await bench.status() == "closed"
    await check_laws()


@pytest.mark.requirement("RMA-18")
async def test_goods_that_come_late_stay_with_the_newer_return_that_awaits_them(desk: Desk) -> None:
    bench = await returned(desk)
    await cancel_return(bench.id, AGENT)
    newer = await draft(guest(bench.order_id), mistaken(bench.serials[0]))
    await confirm(newer, guest(bench.order_id))
    with pytest.raises(UnitInOpenReturn) as refusal:
        await bench.receive()
    assert refusal.value.facts["number"] == (await load_return(newer)).rma["number"]
    assert await bench.status() == "canceled"


@pytest.mark.requirement("RMA-18")
async def test_a_return_expires_once_and_a_reported_parcel_gives_it_more_time_once(desk: Desk) -> None:
    bench, other = await returned(desk), await returned(desk)
    await report_tracking(
        ReportTracking(rma_id=other.id, carrier="La Poste", tracking_number="6A123", actor="customer")
    )
    desk.later(days=45)
    assert await expire_returns() == 1
    assert await expire_returns() == 0
    assert (await bench.status(), await other.status()) == ("expired", "confirmed")
    assert (await bench.unit())["outcome"] == "not_sent"
    desk.later(days=60)
    assert await expire_returns() == 1
    await desk.work()
    await check_laws()


@pytest.mark.requirement("RMA-9", "RMA-18")
async def test_an_accepted_quote_expires_with_its_return_and_its_invoice_is_credited(desk: Desk) -> None:
    bench = await repair_to_pay(desk)
    unit = await bench.unit()
    desk.later(days=60)
    await expire_returns()
    await desk.work()
    credited = await db.fetchval(
        "select sum(amount_minor) from credit_note where order_id = $1", unit["repair_order_id"]
    )
    assert credited == unit["quote_minor"]
    assert (await bench.unit())["repair_given_up"]
    await bench.receive()
    await bench.decide(A.ACCEPTED, O.SENT_BACK)
    assert (await bench.unit())["outcome"] == "sent_back"
    await check_laws()


@pytest.mark.requirement("RMA-9", "PAY-10")
async def test_a_repair_that_nobody_pays_is_asked_about_once_and_never_cancelled_in_silence(desk: Desk) -> None:
    bench = await repair_to_pay(desk)
    await bench.receive()
    await bench.inspect(as_new=False)
    assert await ask_about_unpaid_repairs() == 0
    desk.later(days=30)
    assert await ask_about_unpaid_repairs() == 1
    unit = await bench.unit()
    assert (unit["acceptance_status"], unit["obstacle"]) == ("needs_decision", "repair_unpaid")
    await bench.decide(A.ACCEPTED, O.REPAIRED)
    assert await ask_about_unpaid_repairs() == 0
    assert (await bench.unit())["acceptance_status"] == "accepted"


@pytest.mark.requirement("RMA-14")
async def test_a_parcel_without_a_number_is_found_by_serial_tracking_sender_or_e_mail(desk: Desk) -> None:
    bench, other = await returned(desk), await returned(desk)
    await report_tracking(
        ReportTracking(rma_id=bench.id, carrier="La Poste", tracking_number="6A999", actor="customer")
    )
    number = (await bench.whole()).rma["number"]
    for query in (number.lower(), bench.serials[0].lower(), "6A999"):
        assert await find_parcels(query) == [bench.id]
    for query in ("camille mor", "customer@example.com"):
        assert set(await find_parcels(query)) == {bench.id, other.id}
    assert await find_parcels("ca") == []
    assert await return_queue("confirmed", after=None, limit=5) == [bench.id, other.id]


async def test_an_inspection_counts_once_and_only_of_what_has_arrived(desk: Desk) -> None:
    bench = await returned(desk)
    with pytest.raises(NotInspectable):
        await bench.inspect()
    await bench.receive()
    await bench.inspect()
    await bench.inspect()
    with pytest.raises((InspectedBefore, WrongState)):
        await bench.inspect(A.REJECTED)
    assert (await bench.kinds()).count("unit_accepted") == 1


async def test_queues_and_searches_grow_with_what_is_open_and_not_with_what_is_done(desk: Desk) -> None:
    queries = (
        SEARCH.replace("$1", "'x'").replace("$2", "'x'").replace("$3", "'x'").replace("$4", "'xyz'")
        .replace("$5", "'z'").replace("$6", "5"),
        UNPAID.replace("$1", "now()").replace("$2", "5"),
        ("select id from rma where status = 'confirmed' and status in ('confirmed', 'receiving')"
        " order by created_at, id limit 5"),
        "select id from rma_unit where acceptance_status = 'needs_decision' and closed_at is null order by id limit 5",
        "select id from rma where market = 'CN' order by created_at desc, id desc limit 5",
        UNIT_OF_ORDER.replace("$1", "'00000000-0000-0000-0000-000000000000'"),
    )  # fmt: skip
    async with db.unit_of_work():
        await db.execute("set local enable_seqscan = off")
        for query in queries:
            plan = "\n".join(row[0] for row in await db.fetch(f"explain {query}"))
            assert "Seq Scan" not in plan, plan
