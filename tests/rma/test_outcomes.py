"""What comes of returned items: credit, refund, replacement, repair, the way back; each once (RMA-17, RMA-18)."""

from __future__ import annotations

import pytest
from refunds.desk import ADMIN, Desk

from rma.owner import CABLE, OURS, confirm, draft, guest, order_number, sold
from rma.workshop import A, Bench, O, check_laws, repair_to_pay, returned, stock
from store.kernel import db
from store.orders.cancel_order import CancelOrder, cancel_order
from store.rma.desk_errors import NotAsNew, NothingToDecide, NotInRepair, OutcomeNotAllowed
from store.rma.item import ItemRequest
from store.rma.match_parcel import ScannedUnit
from store.rma.repair_unit import report_not_repairable, report_repaired
from store.warranty import get_unit


async def refund_of(bench: Bench) -> db.Row:
    unit = await bench.unit()
    row = await db.fetchrow("select * from refund where id = $1", unit["refund_id"])
    assert row is not None
    return row


async def order_of(bench: Bench, column: str) -> db.Row:
    unit = await bench.unit()
    row = await db.fetchrow("select * from sales_order where id = $1", unit[column])
    assert row is not None
    return row


@pytest.mark.requirement("RMA-2", "RMA-17", "RMA-18", "REF-8")
async def test_a_wrong_order_that_is_as_new_is_credited_less_its_fee_and_sold_again(desk: Desk) -> None:
    bench = await returned(desk)
    before = await stock()
    await bench.receive()
    assert (await bench.status(), (await bench.unit())["reception_status"]) == ("receiving", "received")
    await bench.inspect()
    unit, refund = await bench.unit(), await refund_of(bench)
    assert (unit["outcome"], unit["acceptance_status"]) == ("credited", "accepted")
    assert (refund["reason"], refund["goods_minor"], refund["fee_minor"]) == ("return_accepted", 7990, 1199)
    assert refund["amount_minor"] == 7990 - 1199
    assert await db.fetchval("select amount_minor from credit_note where refund_id = $1", refund["id"]) == 6791
    assert await stock() == before + 1
    assert (await get_unit(unit["unit_id"])).status == "returned"
    assert await bench.status() == "closed"
    assert (await bench.kinds())[-4:] == ["unit_received", "unit_accepted", "unit_credited", "closed"]
    await check_laws()


@pytest.mark.requirement("RMA-2")
async def test_a_used_wrong_order_is_never_accepted_by_the_inspector(desk: Desk) -> None:
    bench = await returned(desk)
    await bench.receive()
    with pytest.raises(NotAsNew):
        await bench.inspect(as_new=False)
    assert (await bench.unit())["acceptance_status"] == "pending"


@pytest.mark.requirement("RMA-17", "RMA-18")
async def test_what_is_rejected_goes_back_to_its_owner_without_stock_or_money(desk: Desk) -> None:
    bench = await returned(desk)
    before = await stock()
    await bench.receive()
    await bench.inspect(A.REJECTED, rejection="used", note="Scratches.")
    unit = await bench.unit()
    assert (unit["outcome"], unit["rejection"], unit["closed_at"]) == ("sent_back", "used", None)
    order_id = await db.fetchval("select order_id from shipment where id = $1", unit["return_shipment_id"])
    names = await db.fetchval("select names from order_line where order_id = $1", order_id)
    assert all(bench.serials[0] in name for name in names.values())
    await bench.ship(order_id)
    assert await bench.status() == "closed"
    assert (await get_unit(unit["unit_id"])).status == "active"
    assert await stock() == before
    assert await db.fetchval("select count(*) from refund") == 0
    await check_laws()


@pytest.mark.requirement("RMA-3", "REF-5")
async def test_a_wrong_delivery_is_refunded_with_its_shipping_if_that_is_wished_for(desk: Desk) -> None:
    bench = await returned(desk, reason="wrong_delivery", wish="refund", order={"shipping": "express"})
    shipping = await db.fetchval("select shipping_minor from sales_order where id = $1", bench.order_id)
    await bench.receive()
    await bench.inspect()
    refund = await refund_of(bench)
    assert shipping > 0
    assert (refund["reason"], refund["fee_minor"]) == ("wrong_delivery", 0)
    assert refund["amount_minor"] == 7990 + shipping
    assert (await bench.unit())["outcome"] == "refunded"
    await check_laws()


@pytest.mark.requirement("RMA-3", "RMA-18")
async def test_a_wrong_delivery_is_replaced_and_the_books_are_right_again(desk: Desk) -> None:
    bench = await returned(desk, reason="wrong_delivery")
    before = await stock()
    # What comes back is another item than the one that the books say was sent.
    await bench.receive("A1B2C3D4")
    unit = await bench.unit()
    assert (unit["reception_status"], unit["received_serial"]) == ("received", "A1B2C3D4")
    await bench.inspect()
    order = await order_of(bench, "replacement_order_id")
    assert (order["origin"], order["total_minor"]) == ("replacement", 0)
    assert order["origin_number"] == (await bench.whole()).rma["number"]
    assert await bench.status() == "receiving"
    assert await stock() == before + 1
    await bench.ship(order["id"])
    assert await bench.status() == "closed"
    assert await stock() == before
    new = await db.fetchrow("select * from unit where order_id = $1", order["id"])
    assert (new["status"], new["replaces_unit_id"]) == ("active", None)
    await check_laws()


@pytest.mark.requirement("RMA-18")
async def test_a_defective_item_is_replaced_and_the_new_one_inherits_its_warranty(desk: Desk) -> None:
    bench = await returned(desk, reason="defective", wish="replacement")
    before = await stock()
    desk.later(days=100)
    await bench.receive()
    await bench.inspect(as_new=False)
    unit, order = await bench.unit(), await order_of(bench, "replacement_order_id")
    assert (await get_unit(unit["unit_id"])).status == "scrapped"
    await bench.ship(order["id"])
    old, new = await get_unit(unit["unit_id"]), await db.fetchrow("select * from unit where order_id = $1", order["id"])
    assert (old.status, new["replaces_unit_id"]) == ("replaced", old.id)
    assert new["inherited_until"] is not None
    assert await stock() == before - 1
    assert await bench.status() == "closed"
    await check_laws()


@pytest.mark.requirement("RMA-18", "SHP-3")
async def test_a_replacement_that_is_not_in_stock_waits_for_it(desk: Desk) -> None:
    bench = await returned(desk, reason="wrong_delivery")
    variant = await db.fetchval("select id from variant where sku = $1", OURS)
    await db.execute("update stock set on_hand = reserved where variant_id = $1", variant)
    await bench.receive()
    await bench.inspect(as_new=False)
    order = await order_of(bench, "replacement_order_id")
    assert (await desk.shipment(order["id"]))["status"] == "waiting"
    await desk.stock_arrives(order["id"], 1)
    await bench.ship(order["id"])
    assert await bench.status() == "closed"


@pytest.mark.requirement("RMA-8", "RMA-18")
async def test_a_repair_in_warranty_is_free_and_leaves_when_the_workshop_is_done(desk: Desk) -> None:
    bench = await returned(desk, reason="defective")
    await bench.receive()
    await bench.inspect(as_new=False)
    unit = await bench.unit()
    assert (unit["outcome"], unit["repair_order_id"] is not None) == (None, True)
    assert (await order_of(bench, "repair_order_id"))["total_minor"] == 0
    for _ in range(2):
        await report_repaired(bench.id, 1, actor="workshop")
    await desk.work()
    await bench.ship(unit["repair_order_id"])
    unit = await bench.unit()
    assert (unit["outcome"], await bench.status()) == ("repaired", "closed")
    assert (await get_unit(unit["unit_id"])).status == "active"
    assert (await bench.kinds()).count("unit_repaired") == 1
    await check_laws()


@pytest.mark.requirement("RMA-8", "RMA-9", "RMA-18")
async def test_a_repair_out_of_warranty_leaves_when_it_is_done_and_paid(desk: Desk) -> None:
    bench = await repair_to_pay(desk)
    unit = await bench.unit()
    assert unit["quote_minor"] > 0
    assert (
        await db.fetchval("select amount_minor from invoice where order_id = $1", unit["repair_order_id"])
        == (unit["quote_minor"])
    )
    await bench.receive()
    await bench.inspect(as_new=False)
    await report_repaired(bench.id, 1, actor="workshop")
    await desk.work()
    assert (await desk.shipment(unit["repair_order_id"]))["status"] == "on_hold"
    payment = await db.fetchrow("select * from payment where order_id = $1", unit["repair_order_id"])
    await desk.transfer(payment["order_id"], payment["total_minor"])
    await bench.ship(unit["repair_order_id"])
    assert ((await bench.unit())["outcome"], await bench.status()) == ("repaired", "closed")
    await check_laws()


@pytest.mark.requirement("RMA-9", "RMA-18")
async def test_what_can_t_be_repaired_is_not_paid_for_and_a_person_decides(desk: Desk) -> None:
    bench = await repair_to_pay(desk)
    await bench.receive()
    await bench.inspect(as_new=False)
    for _ in range(2):
        await report_not_repairable(bench.id, 1, actor="workshop", note="No spare part.")
        await desk.work()
    unit = await bench.unit()
    assert (unit["acceptance_status"], unit["obstacle"], unit["repair_given_up"]) == (
        "needs_decision",
        "not_repairable",
        True,
    )
    credited = await db.fetchval(
        "select sum(amount_minor) from credit_note where order_id = $1", unit["repair_order_id"]
    )
    assert credited == unit["quote_minor"]
    with pytest.raises(NotInRepair):
        await report_repaired(bench.id, 1, actor="workshop")
    with pytest.raises(OutcomeNotAllowed) as refusal:
        await bench.decide(A.ACCEPTED, O.REPLACED)  # out of warranty
    assert refusal.value.facts["offered"] == ["refunded", "sent_back"]
    await bench.decide(A.ACCEPTED, O.SENT_BACK)
    order_id = await db.fetchval(
        "select order_id from shipment where id = $1", (await bench.unit())["return_shipment_id"]
    )
    await bench.ship(order_id)
    assert await bench.status() == "closed"
    await check_laws()


@pytest.mark.requirement("RMA-18")
async def test_a_replacement_order_that_is_given_up_is_decided_about_anew(desk: Desk) -> None:
    bench = await returned(desk, reason="wrong_delivery")
    before = await stock()
    await bench.receive()
    await bench.inspect()
    order = await order_of(bench, "replacement_order_id")
    await cancel_order(CancelOrder(order_id=order["id"], actor="agent", any_day=True))
    await desk.work()
    unit = await bench.unit()
    assert (unit["acceptance_status"], unit["outcome"], unit["obstacle"]) == ("needs_decision", None, "order_canceled")
    with pytest.raises(OutcomeNotAllowed):
        await bench.decide(A.REJECTED)  # it lies on our shelf
    await bench.decide(A.ACCEPTED, O.REFUNDED)
    assert (await bench.unit())["outcome"] == "refunded"
    assert await stock() == before + 1
    await check_laws()


@pytest.mark.requirement("RMA-17")
async def test_a_decision_is_made_once_and_only_where_one_is_due(desk: Desk) -> None:
    bench = await returned(desk)
    await bench.receive()
    with pytest.raises(NothingToDecide):
        await bench.decide(A.ACCEPTED)
    await bench.inspect(A.NEEDS_DECISION, note="Opened, but unused?")
    with pytest.raises(OutcomeNotAllowed):
        await bench.decide(A.REJECTED, O.CREDITED)
    await bench.decide(A.REJECTED)
    await bench.decide(A.REJECTED)
    with pytest.raises(NothingToDecide):
        await bench.decide(A.ACCEPTED, by=ADMIN)
    assert (await bench.unit())["outcome"] == "sent_back"


@pytest.mark.requirement("RMA-2", "RMA-17")
async def test_pieces_without_serial_numbers_are_received_by_their_place(desk: Desk) -> None:
    order_id = await sold(desk, (CABLE, 3))
    item = ItemRequest(reason="wrong_order", order_number=await order_number(order_id), sku=CABLE, unused=True)
    rma_id = await draft(guest(order_id), item, item)
    await confirm(rma_id, guest(order_id))
    bench = Bench(desk, rma_id, order_id, [])
    before = await stock(CABLE)
    await bench.receive(ScannedUnit(position=1), ScannedUnit(position=2))
    await bench.inspect(position=1)
    await bench.inspect(position=2)
    assert await bench.status() == "closed"
    assert await stock(CABLE) == before + 2
    assert await db.fetchval("select sum(quantity) from refund_line where order_id = $1", order_id) == 2
    await check_laws()
