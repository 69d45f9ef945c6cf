"""Registering a return: every rule refuses by name, and nothing of a refused return stays."""

from __future__ import annotations

from uuid import uuid4

import pytest
from refunds.desk import Desk
from warranty.made import known_unit, registered

from rma.owner import (
    AGENT,
    CABLE,
    HOME,
    OURS,
    PORTAL,
    THEIRS,
    broken,
    customer,
    draft,
    fault_confirmed,
    guest,
    mistaken,
    order_number,
    serials_of,
    sold,
)
from store.catalog.serial_numbers import InvalidSerial
from store.customers import create_account
from store.kernel import attachments, db
from store.kernel.errors import StoreError
from store.refunds.errors import BoughtElsewhere
from store.rma import errors, step_errors
from store.rma.find_returns import load_return
from store.rma.item import ItemRequest
from store.rma.register_return import add_items, change_item, remove_item
from store.rma.review_return import ReviewReturn, review_return

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


async def nothing_is_left() -> None:
    assert await db.fetchval("select count(*) from rma") == 0
    assert await db.fetchval("select count(*) from rma_unit") == 0
    assert await db.fetchval("select count(*) from rma_event") == 0


@pytest.mark.requirement("RMA-2", "RMA-6", "RMA-12")
async def test_a_wrong_order_is_registered_with_its_fee(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    whole = await load_return(await draft(guest(order_id), mistaken(serial), customer_reference="PO 7"))
    (unit,) = whole.units
    assert (whole.rma["status"], whole.rma["number"], whole.rma["customer_reference"]) == ("draft", None, "PO 7")
    assert whole.rma["email"] == "customer@example.com"
    assert (unit["goods_minor"], unit["fee_minor"]) == (7990, 1199)  # 15 %, within 5 € and 150 €
    assert unit["selected"]
    assert unit["quote_accepted"] is None
    assert (unit["wish"], unit["route"]) == ("refund", "store")


@pytest.mark.requirement("RMA-2")
async def test_a_wrong_order_has_to_be_unused(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    with pytest.raises(errors.MustBeUnused):
        await draft(guest(order_id), ItemRequest(reason="wrong_order", serial=serial))
    await nothing_is_left()


@pytest.mark.requirement("RMA-2", "RMA-3")
@pytest.mark.parametrize(("days", "late"), [(30, False), (31, True)])
@pytest.mark.parametrize("reason", ["wrong_order", "wrong_delivery"])
async def test_the_day_of_contact_counts_to_the_end_of_the_last_day(
    desk: Desk, days: int, late: bool, reason: str
) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    desk.later(days=days)
    item = ItemRequest(reason=reason, serial=serial, unused=True, received_sku=CABLE)
    if late:
        with pytest.raises(errors.ReturnDeadlineOver) as refusal:
            await draft(guest(order_id), item)
        assert errors.rule_of(refusal.value) == ("RMA-2" if reason == "wrong_order" else "RMA-3")
    else:
        await draft(guest(order_id), item)


@pytest.mark.requirement("RMA-3")
async def test_a_wrong_delivery_names_what_came_or_shows_it(desk: Desk) -> None:
    order_id = await sold(desk, (OURS, 2))
    first, second = await serials_of(order_id)
    caller = guest(order_id)
    with pytest.raises(errors.EvidenceMissing) as refusal:
        await draft(caller, ItemRequest(reason="wrong_delivery", serial=first))
    assert refusal.value.facts["missing"] == ["photo_or_received_sku"]
    with pytest.raises(errors.UnknownReceivedItem):
        await draft(caller, ItemRequest(reason="wrong_delivery", serial=first, received_sku="NO-SUCH"))
    with pytest.raises(errors.ReceivedAsOrdered):
        await draft(caller, ItemRequest(reason="wrong_delivery", serial=first, received_sku=OURS))
    photo = await attachments.keep_file(PNG, name="box.png", purpose="return", by=caller.identity)
    named = ItemRequest(reason="wrong_delivery", serial=first, received_sku=CABLE, wish="refund")
    shown = ItemRequest(reason="wrong_delivery", serial=second, evidence_ids=(photo.id,))
    whole = await load_return(await draft(caller, named, shown))
    assert [unit["wish"] for unit in whole.units] == ["refund", "replacement"]
    assert [unit["fee_minor"] for unit in whole.units] == [0, 0]


async def test_evidence_of_somebody_else_is_not_taken(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    photo = await attachments.keep_file(PNG, name="box.png", purpose="return", by="account:another")
    with pytest.raises(StoreError) as refusal:
        await draft(guest(order_id), mistaken(serial, evidence_ids=(photo.id,)))
    assert refusal.value.code == "not_found"
    await nothing_is_left()


@pytest.mark.requirement("RMA-7")
async def test_what_has_no_readable_number_is_refused_with_the_reason(desk: Desk) -> None:
    order_id = await sold(desk)
    with pytest.raises(errors.SerialUnreadable):
        await draft(guest(order_id), ItemRequest(reason="defective", unreadable=True))
    with pytest.raises(errors.SerialUnreadable):
        await draft(guest(order_id), ItemRequest(reason="defective"))
    with pytest.raises(InvalidSerial):
        await draft(guest(order_id), broken("   "))
    await nothing_is_left()


@pytest.mark.requirement("RMA-6")
async def test_an_unknown_number_is_answered_with_its_look_alikes(desk: Desk) -> None:
    order_id = await sold(desk)
    with pytest.raises(errors.SerialNotKnown) as refusal:
        await draft(guest(order_id), broken("AB1O0"))
    assert "AB100" in refusal.value.facts["look_alikes"]


@pytest.mark.requirement("RMA-4", "RMA-5")
async def test_a_maker_with_a_portal_gets_its_customers_itself_in_and_out_of_warranty(desk: Desk) -> None:
    order_id = await sold(desk, (PORTAL, 1))
    (serial,) = await serials_of(order_id)
    for days in (0, 800):
        desk.later(days=days)
        with pytest.raises(errors.ManufacturerHandles) as refusal:
            await draft(guest(order_id), broken(serial))
        assert refusal.value.facts["portal_url"] == "https://rma.innovaphone.com"


@pytest.mark.requirement("RMA-4", "RMA-5")
async def test_a_maker_that_confirms_first_has_given_a_ticket_number(desk: Desk) -> None:
    order_id = await sold(desk, (THEIRS, 1))
    (serial,) = await serials_of(order_id)
    with pytest.raises(errors.TicketRequired) as refusal:
        await draft(guest(order_id), broken(serial))
    assert refusal.value.facts["portal_url"] == "https://helpdesk.grandstream.com"
    for nonsense in ("yes", "a b 1", "€€€", "x" * 60):
        with pytest.raises(errors.TicketNotPlausible):
            await draft(guest(order_id), broken(serial, ticket_number=nonsense))
    whole = await load_return(await draft(guest(order_id), broken(serial, ticket_number=" GS-10293 ")))
    (unit,) = whole.units
    assert (unit["route"], unit["ticket_number"], unit["in_warranty"]) == ("manufacturer_confirms", "GS-10293", True)
    assert (unit["quote_minor"], unit["quote_accepted"], unit["selected"]) == (0, None, True)


@pytest.mark.requirement("RMA-4", "RMA-5")
async def test_our_support_confirms_the_fault_before_the_return_opens(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    with pytest.raises(errors.FaultNotConfirmed):
        await draft(guest(order_id), broken(serial))
    report_id = await fault_confirmed(serial)
    (unit,) = (await load_return(await draft(guest(order_id), broken(serial)))).units
    assert (unit["route"], unit["fault_report_id"]) == ("store_confirms", report_id)
    desk.later(days=31)  # the confirmation is good for thirty days
    with pytest.raises(errors.FaultNotConfirmed):
        await draft(guest(order_id), broken(serial))


@pytest.mark.requirement("RMA-8")
async def test_out_of_warranty_a_repair_has_a_price_and_is_not_selected_until_it_is_accepted(desk: Desk) -> None:
    order_id = await sold(desk, (OURS, 2))
    first, second = await serials_of(order_id)
    desk.later(days=800)
    rma_id = await draft(guest(order_id), broken(first), broken(second))
    units = (await load_return(rma_id)).units
    for unit in units:  # 40 % of 79.90, with 20 % tax in it
        assert (unit["quote_minor"], unit["quote_tax_minor"]) == (3196, 533)
        assert (unit["in_warranty"], unit["route"], unit["wish"]) == (False, "repair_quote", "repair")
        assert (unit["quote_accepted"], unit["selected"]) == (None, False)
    await change_item(rma_id, 1, {"accept_quote": True}, guest(order_id))
    await change_item(rma_id, 2, {"accept_quote": False}, guest(order_id))
    units = (await load_return(rma_id)).units
    assert [(unit["quote_accepted"], unit["selected"]) for unit in units] == [(True, True), (False, False)]
    assert sum(unit["quote_minor"] for unit in units if unit["quote_accepted"]) == 3196


@pytest.mark.requirement("RMA-8")
async def test_out_of_warranty_nothing_but_a_repair_is_offered(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    desk.later(days=800)
    with pytest.raises(errors.WishNotOffered) as refusal:
        await draft(guest(order_id), broken(serial, wish="replacement"))
    assert refusal.value.facts["offered"] == ["repair"]


@pytest.mark.requirement("RMA-8")
async def test_what_is_not_sold_any_more_and_has_no_flat_price_is_not_repaired(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    desk.later(days=800)
    await db.execute("update variant set active = false where sku = $1", OURS)
    with pytest.raises(errors.RepairNotOffered):
        await draft(guest(order_id), broken(serial))


@pytest.mark.requirement("RMA-8")
async def test_in_warranty_there_is_no_quote_to_accept(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    await fault_confirmed(serial)
    rma_id = await draft(guest(order_id), broken(serial))
    with pytest.raises(step_errors.NoQuoteToAccept):
        await change_item(rma_id, 1, {"accept_quote": True}, guest(order_id))


@pytest.mark.requirement("ACC-4")
async def test_somebody_elses_unit_is_refused_without_a_word_about_its_owner(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    other = await sold(desk)
    account = await create_account(kind="customer", email="stranger@example.com", name="Stranger", verified=True)
    for stranger in (customer(account.id), guest(other), guest()):
        with pytest.raises(errors.UnitNotYours) as refusal:
            await draft(stranger, mistaken(serial))
        assert set(refusal.value.facts) == {"serial"}
    with pytest.raises(errors.UnknownReturnItem):
        await draft(
            guest(other), ItemRequest(reason="wrong_order", order_number=await order_number(order_id), sku=OURS)
        )


@pytest.mark.requirement("ACC-4", "WAR-3")
async def test_the_registered_owner_returns_what_is_defective_but_not_what_somebody_else_paid_for(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    unit_id = await db.fetchval("select id from unit where serial = $1", serial)
    account = await create_account(kind="customer", email="Owner@Example.com", name="Owner", verified=True)
    await registered(unit_id, "owner@example.com")
    await fault_confirmed(serial)
    await draft(customer(account.id), broken(serial))
    with pytest.raises(errors.UnitNotYours):
        await draft(customer(account.id), mistaken(serial))
    await db.execute("update account set email_verified_at = null")  # whoever claims an address has to prove it
    with pytest.raises(errors.UnitNotYours):
        await draft(customer(account.id), broken(serial))


@pytest.mark.requirement("WAR-11")
async def test_a_unit_of_nobody_is_registered_first(desk: Desk) -> None:
    unit = await known_unit("IMP0RT1", OURS)
    account = await create_account(kind="customer", email="new@example.com", name="New", verified=True)
    with pytest.raises(errors.UnitNotRegistered):
        await draft(customer(account.id), broken(unit.serial))
    await registered(unit.id, "new@example.com", account_id=account.id)
    await fault_confirmed(unit.serial)
    whole = await load_return(await draft(customer(account.id), broken(unit.serial)))
    assert whole.units[0]["order_id"] is None
    with pytest.raises(errors.NotBoughtFromUs):
        await draft(AGENT, mistaken(unit.serial))


@pytest.mark.requirement("REF-4")
async def test_what_was_bought_on_a_marketplace_goes_back_there(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    await db.execute("update sales_order set channel = 'ebay' where id = $1", order_id)
    with pytest.raises(BoughtElsewhere) as refusal:
        await draft(guest(order_id), mistaken(serial))
    assert refusal.value.facts["place"] == "eBay"


@pytest.mark.requirement("RMA-6")
async def test_goods_without_serial_numbers_come_back_by_order_and_article_never_more_than_are_left(desk: Desk) -> None:
    order_id = await sold(desk, (CABLE, 3))
    piece = ItemRequest(reason="wrong_order", order_number=await order_number(order_id), sku=CABLE, unused=True)
    whole = await load_return(await draft(guest(order_id), piece, piece))
    total = await db.fetchval("select goods_minor from shipment_line where order_id = $1", order_id)
    assert sum(unit["goods_minor"] for unit in whole.units) == total * 2 // 3
    assert all(unit["fee_minor"] <= unit["goods_minor"] // 2 for unit in whole.units)  # the cap, as 5 € is the minimum
    with pytest.raises(step_errors.UnitsNotReturnable):
        await draft(guest(order_id), *[piece] * 4)
    await desk.commit(order_id, 2)
    with pytest.raises(step_errors.UnitsNotReturnable) as refusal:
        await draft(guest(order_id), piece, piece)
    (error,) = refusal.value.facts["units"]
    assert (error.code, error.facts["position"]) == ("nothing_left_to_return", 1)


@pytest.mark.requirement("RMA-7")
async def test_a_defective_item_without_a_serial_number_is_shown_the_way(desk: Desk) -> None:
    order_id = await sold(desk, (CABLE, 1), (OURS, 1))
    number = await order_number(order_id)
    with pytest.raises(errors.DefectiveWithoutSerial):
        await draft(guest(order_id), ItemRequest(reason="defective", order_number=number, sku=CABLE, symptom="other"))
    with pytest.raises(errors.SerialRequired):
        await draft(guest(order_id), ItemRequest(reason="wrong_order", order_number=number, sku=OURS, unused=True))
    # What was shipped may be another one: a wrong delivery is told by the order alone.
    swapped = ItemRequest(reason="wrong_delivery", order_number=number, sku=OURS, received_sku=CABLE)
    (unit,) = (await load_return(await draft(guest(order_id), swapped))).units
    assert (unit["serial"], unit["sku"], unit["received_sku"]) == (None, OURS, CABLE)


@pytest.mark.requirement("RMA-6")
async def test_all_refusals_are_told_at_once_and_nothing_is_kept(desk: Desk) -> None:
    order_id = await sold(desk, (OURS, 2), (THEIRS, 1))
    first, second, third = await serials_of(order_id)
    with pytest.raises(step_errors.UnitsNotReturnable) as refusal:
        await draft(guest(order_id), mistaken(first), broken("bad 5"), broken("XX99"), mistaken(second))
    assert [error.facts["position"] for error in refusal.value.facts["units"]] == [1, 2]
    await nothing_is_left()
    with pytest.raises(step_errors.UnitTwice):
        await draft(guest(order_id), mistaken(third), mistaken(third.lower()))
    await nothing_is_left()
    with pytest.raises(step_errors.TooManyReturnUnits):
        await draft(guest(order_id), *[mistaken(f"{first}") for _ in range(51)])


@pytest.mark.requirement("RMA-12")
async def test_a_draft_is_changed_until_it_is_right(desk: Desk) -> None:
    order_id = await sold(desk, (OURS, 2))
    first, second = await serials_of(order_id)
    caller = guest(order_id)
    rma_id = await draft(caller, mistaken(first), ready=False)
    await add_items(rma_id, [mistaken(second)], caller)
    await change_item(rma_id, 2, {"reason": "wrong_delivery", "received_sku": CABLE}, caller)
    await remove_item(rma_id, 1, caller)
    await review_return(ReviewReturn(rma_id=rma_id, email="office@example.com", return_address=HOME))
    whole = await load_return(rma_id)
    assert [(unit["position"], unit["reason"], unit["wish"]) for unit in whole.units] == [
        (2, "wrong_delivery", "replacement")
    ]
    assert (whole.rma["email"], whole.rma["return_address"]["city"]) == ("office@example.com", "Paris")
    with pytest.raises(StoreError) as refusal:
        await change_item(rma_id, 1, {"unused": False}, caller)
    assert refusal.value.code == "not_found"
    with pytest.raises(StoreError):
        await change_item(uuid4(), 1, {"unused": False}, caller)


@pytest.mark.requirement("RMA-18")
async def test_an_expired_draft_can_only_be_registered_again(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    rma_id = await draft(guest(order_id), mistaken(serial))
    desk.later(days=31)
    with pytest.raises(step_errors.ReturnExpired):
        await remove_item(rma_id, 1, guest(order_id))


@pytest.mark.requirement("RMA-8", "MKT-3")
async def test_the_tax_of_a_repair_is_that_of_the_place_it_goes_to(desk: Desk) -> None:
    order_id = await sold(desk, (OURS, 1), market="US")
    (serial,) = await serials_of(order_id)
    desk.later(days=800)
    rma_id = await draft(guest(order_id), broken(serial), ready=False)
    await change_item(rma_id, 1, {"accept_quote": True}, guest(order_id))
    before = (await load_return(rma_id)).units[0]
    assert (before["quote_price_minor"], before["quote_tax_minor"]) == (2960, 0)
    home = {"name": "Jordan Reyes", "line1": "350 5th Avenue", "city": "New York", "region": "NY", "postcode": "10118"}
    await review_return(ReviewReturn(rma_id=rma_id, return_address={**home, "country": "US", "phone": "+12127363100"}))
    after = (await load_return(rma_id)).units[0]
    assert after["quote_minor"] == 2960 + after["quote_tax_minor"] > 2960
    assert (after["quote_accepted"], after["selected"]) == (None, False)  # another price has to be accepted anew
