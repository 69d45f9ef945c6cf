"""Who tries to get more out of a return than is theirs, and the decisions that would let them (RMA-17, REF-7, REF-9)."""

from __future__ import annotations

from uuid import UUID

import pytest
from refunds.desk import Desk, agent
from warranty.made import registered

from rma.owner import (
    AGENT,
    CABLE,
    OURS,
    broken,
    confirm,
    customer,
    draft,
    fault_confirmed,
    guest,
    mistaken,
    order_number,
    serials_of,
    sold,
)
from rma.workshop import ADMIN, A, Bench, O, check_laws, repair_to_pay, returned
from store.customers import Principal, create_account
from store.kernel import db
from store.rma import errors, quote_repair
from store.rma.caller import Caller
from store.rma.desk_errors import OutcomeAboveLimit, OutcomeNotAllowed
from store.rma.expire_returns import expire_returns
from store.rma.find_returns import load_return
from store.rma.item import ItemRequest
from store.rma.match_parcel import ScannedUnit
from store.rma.receive_units import complete_reception
from store.rma.register_return import add_items, change_item
from store.web.storefront.return_access import known_caller


def misdelivered(serial: str, wish: str = "refund") -> ItemRequest:
    return ItemRequest(reason="wrong_delivery", serial=serial, received_sku=CABLE, wish=wish)  # type: ignore[arg-type]


async def owner_of_one(desk: Desk) -> tuple[UUID, list[str], Caller]:
    """Two headsets that a guest bought, one of which belongs to somebody else now, who goes on with its draft."""
    order_id = await sold(desk, (OURS, 2))
    serials = await serials_of(order_id)
    unit_id = await db.fetchval("select id from unit where serial = $1", serials[0])
    account = await create_account(kind="customer", email="owner@example.com", name="Owner", verified=True)
    await registered(unit_id, "owner@example.com")
    await fault_confirmed(serials[0])
    rma_id = await draft(customer(account.id), broken(serials[0]))
    principal = Principal(kind="customer", account_id=account.id, display_name="Owner")
    return rma_id, serials, known_caller(principal, None, await load_return(rma_id))


@pytest.mark.requirement("ACC-4", "RMA-4")
async def test_the_owner_of_a_defective_item_cannot_turn_its_return_into_the_buyers_money(desk: Desk) -> None:
    rma_id, serials, owner = await owner_of_one(desk)
    for changes in (
        {"reason": "wrong_order", "unused": True},
        {"reason": "wrong_delivery", "received_sku": CABLE, "wish": "replacement"},
    ):
        with pytest.raises(errors.UnitNotYours):
            await change_item(rma_id, 1, changes, owner)
    with pytest.raises(errors.UnitNotYours):
        await add_items(rma_id, [mistaken(serials[1])], owner)
    number = await db.fetchval("select o.number from sales_order o join unit u on u.order_id = o.id limit 1")
    with pytest.raises(errors.UnknownReturnItem):
        await add_items(
            rma_id,
            [ItemRequest(reason="wrong_delivery", order_number=number, sku=OURS, received_sku=CABLE)],
            owner,
        )
    await change_item(rma_id, 1, {"description": "Silent on the left."}, owner)
    assert (await confirm(rma_id, owner)).rma["status"] == "confirmed"


@pytest.mark.requirement("ACC-4")
async def test_a_guest_goes_on_with_a_draft_by_its_token_alone(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    await fault_confirmed(serial)
    rma_id = await draft(guest(order_id), broken(serial))
    shop = known_caller(Principal(kind="storefront"), None, await load_return(rma_id))
    await change_item(rma_id, 1, {"reason": "wrong_order", "unused": True}, shop)
    assert (await confirm(rma_id, shop)).rma["status"] == "confirmed"


@pytest.mark.requirement("ACC-4")
async def test_money_that_an_agent_returns_is_shown_to_the_buyer_and_not_to_the_registered_owner(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    account = await create_account(kind="customer", email="owner@example.com", name="Owner", verified=True)
    unit_id = await db.fetchval("select id from unit where serial = $1", serial)
    await registered(unit_id, "owner@example.com", account_id=account.id)
    await fault_confirmed(serial)
    bought = await load_return(await draft(AGENT, mistaken(serial)))
    assert bought.rma["account_id"] is None
    held = await load_return(await draft(AGENT, broken(serial)))
    assert held.rma["account_id"] == account.id


@pytest.mark.requirement("REF-7", "RMA-18")
async def test_what_the_desk_refunded_meanwhile_is_not_replaced_as_well(desk: Desk) -> None:
    bench = await returned(desk, reason="wrong_delivery", wish="replacement")
    await desk.commit(bench.order_id)
    await desk.work()
    await bench.receive()
    await bench.inspect()
    unit = await bench.unit()
    assert (unit["outcome"], unit["obstacle"]) == (None, "already_refunded")
    assert not await db.fetch("select id from sales_order where origin = 'replacement'")
    await bench.decide(A.ACCEPTED, O.REPLACED)  # a person may say so all the same
    assert (await bench.unit())["outcome"] == "replaced"
    await check_laws()


@pytest.mark.requirement("REF-7", "RMA-3", "RMA-18")
async def test_one_headset_returned_as_a_piece_and_by_its_serial_number_brings_one_thing(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    await fault_confirmed(serial)
    number = await order_number(order_id)
    piece = ItemRequest(reason="wrong_delivery", order_number=number, sku=OURS, received_sku=CABLE, wish="refund")
    first, second = (
        await draft(guest(order_id), piece),
        await draft(guest(order_id), broken(serial, wish="replacement")),
    )
    for rma_id in (first, second):
        await confirm(rma_id, guest(order_id))
    as_piece, by_serial = Bench(desk, first, order_id, [serial]), Bench(desk, second, order_id, [serial])
    await as_piece.receive(ScannedUnit(position=1))
    await as_piece.inspect()
    assert (await as_piece.unit())["outcome"] == "refunded"
    await by_serial.receive()
    await by_serial.inspect()
    assert (await by_serial.unit())["obstacle"] == "already_refunded"
    await check_laws()


@pytest.mark.requirement("REF-7", "RMA-18")
async def test_one_headset_that_was_replaced_is_not_paid_back_as_a_piece(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    await fault_confirmed(serial)
    number = await order_number(order_id)
    piece = ItemRequest(reason="wrong_delivery", order_number=number, sku=OURS, received_sku=CABLE, wish="refund")
    first, second = (
        await draft(guest(order_id), piece),
        await draft(guest(order_id), broken(serial, wish="replacement")),
    )
    for rma_id in (first, second):
        await confirm(rma_id, guest(order_id))
    as_piece, by_serial = Bench(desk, first, order_id, [serial]), Bench(desk, second, order_id, [serial])
    await by_serial.receive()
    await by_serial.inspect()
    assert (await by_serial.unit())["outcome"] == "replaced"
    await as_piece.receive(ScannedUnit(position=1))
    await as_piece.inspect()
    assert (await as_piece.unit())["obstacle"] == "already_refunded"
    assert not await db.fetch("select id from refund")
    await check_laws()


@pytest.mark.requirement("RMA-8", "RMA-18")
async def test_accepting_what_came_late_pays_nothing_back_that_nobody_has_named(desk: Desk) -> None:
    """Out of warranty, with its repair given up, the price of years ago isn't what follows by itself."""
    bench = await repair_to_pay(desk)
    desk.later(days=200)
    await expire_returns()
    await desk.work()
    await bench.receive()
    with pytest.raises(OutcomeNotAllowed) as refusal:
        await bench.decide(A.ACCEPTED)
    assert refusal.value.facts["offered"] == ["refunded", "sent_back"]
    await bench.decide(A.ACCEPTED, O.SENT_BACK)
    assert (await bench.unit())["outcome"] == "sent_back"
    assert not await db.fetch("select id from refund where order_id = $1", bench.order_id)


@pytest.mark.requirement("REF-9")
async def test_an_agents_limit_is_not_passed_in_small_steps(desk: Desk) -> None:
    small = agent("Small Steps", EUR=16_000)
    order_id = await sold(desk, (OURS, 3))
    serials = await serials_of(order_id)
    rma_id = await draft(guest(order_id), *[misdelivered(serial) for serial in serials])
    await confirm(rma_id, guest(order_id))
    bench = Bench(desk, rma_id, order_id, serials)
    await bench.receive()
    for position in (1, 2, 3):
        await bench.inspect(A.NEEDS_DECISION, position)
    await bench.decide(A.ACCEPTED, O.REFUNDED, 1, by=small)
    await bench.decide(A.ACCEPTED, O.REFUNDED, 2, by=small)
    with pytest.raises(OutcomeAboveLimit):
        await bench.decide(A.ACCEPTED, O.REFUNDED, 3, by=small)
    await bench.decide(A.ACCEPTED, O.REFUNDED, 3, by=ADMIN)
    assert await bench.status() == "closed"
    await check_laws()


@pytest.mark.requirement("REF-5", "REF-9")
async def test_the_shipping_that_goes_back_counts_for_an_agents_limit(desk: Desk) -> None:
    bench = await returned(desk, reason="wrong_delivery", wish="refund", order={"shipping": "express"})
    await bench.receive()
    await bench.inspect(A.NEEDS_DECISION)
    goods = (await bench.unit())["goods_minor"]
    with pytest.raises(OutcomeAboveLimit) as refusal:
        await bench.decide(A.ACCEPTED, O.REFUNDED, by=agent("Goods Only", EUR=goods))
    assert refusal.value.facts["amount"].amount_minor > goods


@pytest.mark.requirement("RMA-17")
async def test_what_was_given_up_as_lost_is_received_when_it_turns_up_after_the_return_was_closed(desk: Desk) -> None:
    bench = await returned(desk)
    await complete_reception(bench.id, actor="warehouse")
    await bench.decide(A.REJECTED)
    assert await bench.status() == "closed"
    assert await bench.receive() == [1]
    assert await bench.status() == "receiving"
    assert (await bench.unit())["acceptance_status"] == "needs_decision"
    await bench.decide(A.ACCEPTED, O.CREDITED)
    assert await bench.status() == "closed"
    assert await bench.receive() == []  # settled: a scan again changes nothing
    await check_laws()


@pytest.mark.requirement("PAY-12", "RMA-18")
@pytest.mark.parametrize("won_by", ["nobody yet", "the shop", "the customer"])
async def test_what_the_bank_takes_back_is_not_replaced_as_well(desk: Desk, won_by: str) -> None:
    bench = await returned(desk, reason="wrong_delivery", wish="replacement")
    total = await db.fetchval("select captured_minor from payment where order_id = $1", bench.order_id)
    contested = await desk.dispute(total)
    if won_by != "nobody yet":
        await desk.close_dispute(contested, won=won_by == "the shop")
    await bench.receive()
    await bench.inspect()
    unit = await bench.unit()
    given = ("replaced", None) if won_by == "the shop" else (None, "money_disputed")
    assert (unit["outcome"], unit["obstacle"]) == given
    await check_laws()


@pytest.mark.requirement("REF-10", "RMA-18")
async def test_what_was_given_back_in_the_providers_dashboard_is_not_replaced_as_well(desk: Desk) -> None:
    bench = await returned(desk, reason="wrong_delivery", wish="replacement")
    total = await db.fetchval("select captured_minor from payment where order_id = $1", bench.order_id)
    await desk.dashboard_refund(total)
    await bench.receive()
    await bench.inspect()
    assert (await bench.unit())["obstacle"] == "refund_exceeds_captured"


@pytest.mark.requirement("RMA-2", "RMA-18")
async def test_what_came_as_a_replacement_is_no_wrong_order_that_could_be_credited(desk: Desk) -> None:
    bench = await returned(desk, reason="wrong_delivery", wish="replacement")
    await bench.receive()
    await bench.inspect()
    replacement: UUID = (await bench.unit())["replacement_order_id"]
    await bench.ship(replacement)
    (serial,) = await serials_of(replacement)
    with pytest.raises(errors.NothingPaid):
        await draft(guest(replacement), mistaken(serial))
    await draft(guest(replacement), misdelivered(serial, wish="replacement"))  # it may be the wrong one again


@pytest.mark.requirement("RMA-9", "MKT-4")
async def test_an_invoice_of_a_repair_has_the_tax_of_its_day_and_never_more_than_was_accepted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def exempt(*_: object) -> object:
        return object()

    async def line_of(rma_id: UUID, caller: Caller) -> db.Row:
        unit = (await confirm(rma_id, caller)).unit(1)
        row = await db.fetchrow("select * from order_line where order_id = $1", unit["repair_order_id"])
        assert row is not None
        assert (row["total_minor"], row["tax_minor"]) == (unit["quote_minor"], unit["quote_tax_minor"])
        return row

    order_id = await sold(desk, (OURS, 2))
    first, second = await serials_of(order_id)
    desk.later(days=900)
    begins = await draft(guest(order_id), broken(first, accept_quote=True))
    accepted = (await load_return(begins)).unit(1)["quote_minor"]
    with monkeypatch.context() as exempted:
        exempted.setattr(quote_repair, "exemption_for", exempt)
        line = await line_of(begins, guest(order_id))
        assert (line["tax_rate_ppm"], line["tax_minor"]) == (0, 0)
        assert line["total_minor"] <= accepted
        ends = await draft(guest(order_id), broken(second, accept_quote=True))
        cheaper = (await load_return(ends)).unit(1)["quote_minor"]
    line = await line_of(ends, guest(order_id))
    assert (line["tax_rate_ppm"], line["total_minor"]) == (200_000, cheaper)
    assert line["tax_minor"] == cheaper - cheaper * 10 // 12
    await desk.work()
    await check_laws()
