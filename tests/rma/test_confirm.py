"""Confirming a return: under locks, once, with everything that follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from refunds.desk import Desk

from rma.owner import (
    AGENT,
    CABLE,
    HOME,
    OURS,
    broken,
    confirm,
    draft,
    fault_confirmed,
    guest,
    mistaken,
    order_number,
    serials_of,
    sold,
)
from store.kernel import db
from store.kernel.errors import StoreError
from store.rma import step_errors
from store.rma.cancel_return import cancel_return
from store.rma.find_returns import find_return, load_return, search_returns
from store.rma.history import history
from store.rma.item import ItemRequest
from store.rma.register_return import change_item, remove_item
from store.rma.report_tracking import ReportTracking, ask_paper_label, paper_label_sent, paper_labels, report_tracking


async def outcome(step: Awaitable[Any]) -> str:
    """ "done", or the code of the refusal, those of items in its place."""
    try:
        await step
    except step_errors.UnitsNotReturnable as refusal:
        return ",".join(error.code for error in refusal.facts["units"])
    except StoreError as refusal:
        return refusal.code
    return "done"


async def open_twice() -> int:
    """How many units are in more than one open return: none, ever."""
    count: int = await db.fetchval(
        "select count(*) from (select unit_id from rma_unit where confirmed_at is not null and closed_at is null"
        " and unit_id is not null group by 1 having count(*) > 1) t"
    )
    return count


@pytest.mark.requirement("RMA-12", "RMA-16")
async def test_confirming_gives_a_number_and_a_day_until_which_it_holds(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    rma_id = await draft(guest(order_id), mistaken(serial), customer_reference="Job 12")
    whole = await confirm(rma_id, guest(order_id))
    assert whole.rma["status"] == "confirmed"
    assert whole.rma["number"].startswith("RMA-")
    assert (await find_return(whole.rma["number"].lower())).rma["id"] == rma_id
    assert (whole.rma["expires_at"] - whole.rma["confirmed_at"]).days in {30, 31}
    for text in (whole.rma["number"], serial, "customer@example.com", "Job 12", await order_number(order_id)):
        assert await search_returns(text) == [rma_id], text
    kinds = [row["kind"] for row in await history([rma_id], staff=False)]
    assert kinds == ["started", "unit_added", "confirmed"]


@pytest.mark.requirement("RMA-12")
async def test_terms_and_address_are_needed(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    caller = guest(order_id)
    rma_id = await draft(caller, mistaken(serial), ready=False)
    assert await outcome(confirm(rma_id, caller, terms_accepted=False)) == "terms_not_accepted"
    assert await outcome(confirm(rma_id, caller, terms_version="1999-01")) == "terms_not_accepted"
    assert await outcome(confirm(rma_id, caller)) == "return_address_missing"
    assert (await load_return(rma_id)).rma["status"] == "draft"
    await remove_item(rma_id, 1, caller)
    assert await outcome(confirm(rma_id, caller)) == "nothing_selected"


@pytest.mark.requirement("RMA-12")
async def test_twenty_confirmations_of_one_return_confirm_it_once(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    rma_id = await draft(guest(order_id), mistaken(serial))
    answers = await asyncio.gather(*(confirm(rma_id, guest(order_id)) for _ in range(20)))
    assert len({whole.rma["number"] for whole in answers}) == 1
    kinds = [row["kind"] for row in await history([rma_id], staff=True)]
    assert kinds.count("confirmed") == 1


@pytest.mark.requirement("RMA-6")
async def test_one_unit_in_many_drafts_is_confirmed_in_one(desk: Desk) -> None:
    order_id = await sold(desk, (OURS, 2))
    first, second = await serials_of(order_id)
    caller = guest(order_id)
    drafts = [await draft(caller, mistaken(first), mistaken(second)) for _ in range(6)]
    drafts += [await draft(caller, mistaken(second), mistaken(first)) for _ in range(6)]
    outcomes = await asyncio.gather(*(outcome(confirm(rma_id, caller)) for rma_id in drafts))
    assert min(outcomes) == "done"
    assert sorted(outcomes)[1:] == ["unit_in_open_return,unit_in_open_return"] * 11
    assert await open_twice() == 0


@pytest.mark.requirement("REF-7", "RMA-6")
async def test_pieces_without_numbers_are_never_returned_more_often_than_they_were_sold(desk: Desk) -> None:
    order_id = await sold(desk, (CABLE, 3))
    caller = guest(order_id)
    piece = ItemRequest(reason="wrong_order", order_number=await order_number(order_id), sku=CABLE, unused=True)
    drafts = [await draft(caller, piece) for _ in range(8)]
    outcomes = await asyncio.gather(*(outcome(confirm(rma_id, caller)) for rma_id in drafts))
    assert outcomes.count("done") == 3
    assert outcomes.count("nothing_left_to_return") == 5


@pytest.mark.requirement("REF-7")
async def test_what_was_refunded_meanwhile_is_refused_at_confirmation(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    rma_id = await draft(guest(order_id), mistaken(serial))
    await desk.commit(order_id)
    assert await outcome(confirm(rma_id, guest(order_id))) == "nothing_left_to_return"
    assert (await load_return(rma_id)).rma["number"] is None


@pytest.mark.requirement("RMA-8", "RMA-9", "RMA-10")
async def test_an_accepted_repair_is_invoiced_and_a_declined_one_stays_at_home(desk: Desk) -> None:
    order_id = await sold(desk, (OURS, 2))
    first, second = await serials_of(order_id)
    desk.later(days=800)
    caller = guest(order_id)
    rma_id = await draft(caller, broken(first), broken(second), customer_reference="Job 12")
    await change_item(rma_id, 1, {"accept_quote": True}, caller)
    whole = await confirm(rma_id, caller)
    await desk.work()
    sent, kept = whole.units
    assert sent["repair_order_id"] is not None
    assert (kept["reception_status"], kept["outcome"], kept["repair_order_id"]) == ("not_sent", "not_sent", None)
    assert kept["closed_at"] is not None
    order = await db.fetchrow("select * from sales_order where id = $1", sent["repair_order_id"])
    assert (order["total_minor"], order["customer_reference"]) == (3196, "Job 12")
    assert (order["origin"], order["origin_number"]) == ("repair", whole.rma["number"])
    assert serial_stands_in(order["id"], await db.fetch("select * from order_line"), first)
    invoice = await db.fetchrow("select * from invoice where order_id = $1", order["id"])
    assert invoice["amount_minor"] == 3196
    await draft(caller, broken(second))  # what stayed at home is free for another return
    await desk.check_books()


def serial_stands_in(order_id: Any, lines: list[db.Row], serial: str) -> bool:
    return all(serial in name for line in lines if line["order_id"] == order_id for name in line["names"].values())


@pytest.mark.requirement("RMA-8")
async def test_without_an_accepted_quote_there_is_nothing_to_confirm(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    desk.later(days=800)
    rma_id = await draft(guest(order_id), broken(serial))
    assert await outcome(confirm(rma_id, guest(order_id))) == "nothing_selected"


@pytest.mark.requirement("RMA-9", "RMA-18")
async def test_cancelling_frees_the_unit_and_credits_the_invoice(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    desk.later(days=800)
    caller = guest(order_id)
    rma_id = await draft(caller, broken(serial, accept_quote=True))
    whole = await confirm(rma_id, caller)
    await desk.work()
    await asyncio.gather(*(cancel_return(rma_id, caller) for _ in range(3)))
    await desk.work()
    after = await load_return(rma_id)
    assert (after.rma["status"], after.units[0]["outcome"]) == ("canceled", "not_sent")
    repair = whole.units[0]["repair_order_id"]
    assert await desk.status(repair) == "canceled"
    credited = await db.fetchval("select sum(amount_minor)::bigint from credit_note where order_id = $1", repair)
    assert credited == 3196
    assert await desk.receivable(repair) == 0
    await desk.check_books()
    again = await draft(caller, broken(serial))
    assert again != rma_id


@pytest.mark.requirement("RMA-18")
async def test_cancelling_is_too_late_once_something_has_arrived(desk: Desk) -> None:
    order_id = await sold(desk, (OURS, 2))
    serials = await serials_of(order_id)
    rma_id = await draft(guest(order_id), *map(mistaken, serials))
    await confirm(rma_id, guest(order_id))
    await db.execute("update rma set status = 'receiving' where id = $1", rma_id)
    assert await outcome(cancel_return(rma_id, guest(order_id))) == "return_cancellation_too_late"


async def test_confirming_against_cancelling_ends_in_one_of_both(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    caller = guest(order_id)
    for _ in range(4):
        rma_id = await draft(caller, mistaken(serial))
        confirmed, canceled = await asyncio.gather(
            outcome(confirm(rma_id, caller)), outcome(cancel_return(rma_id, caller))
        )
        whole = await load_return(rma_id)
        assert canceled == "done"
        assert confirmed in {"done", "return_not_editable"}
        assert whole.rma["status"] == "canceled"
        assert all(unit["closed_at"] for unit in whole.units)


@pytest.mark.requirement("RMA-12")
async def test_an_agent_opens_a_return_for_its_owner(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    whole = await confirm(await draft(AGENT, mistaken(serial)), AGENT)
    assert (whole.rma["email"], whole.rma["asked_by"]) == ("customer@example.com", "agent:test Alex")


@pytest.mark.requirement("RMA-4")
async def test_a_confirmed_fault_opens_one_return_and_comes_back_when_nothing_was_sent(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    caller = guest(order_id)
    await fault_confirmed(serial)
    rma_id = await draft(caller, broken(serial))
    await confirm(rma_id, caller)
    await cancel_return(rma_id, caller)
    rma_id = await draft(caller, broken(serial))
    await confirm(rma_id, caller)
    await db.execute(
        "update rma_unit set reception_status = 'received', acceptance_status = 'accepted', outcome = 'repaired',"
        " outcome_at = now(), closed_at = now() where rma_id = $1",
        rma_id,
    )
    assert await outcome(draft(caller, broken(serial))) == "fault_not_confirmed"


@pytest.mark.requirement("RMA-15", "RMA-16")
async def test_the_customer_tells_how_the_parcel_travels(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    rma_id = await draft(guest(order_id), mistaken(serial))

    def told(number: str, **facts: Any) -> Awaitable[None]:
        return report_tracking(
            ReportTracking(rma_id=rma_id, carrier="La Poste", tracking_number=number, actor="guest", **facts)
        )

    assert await outcome(told("8R001")) == "return_not_under_way"
    whole = await confirm(rma_id, guest(order_id))
    tomorrow = whole.rma["confirmed_at"].date().replace(year=whole.rma["confirmed_at"].year + 1)
    assert await outcome(told("8R001", posted_on=tomorrow)) == "tracking_invalid"
    for number in ("8R001", "8R001", "8R002"):
        assert await outcome(told(number)) == "done"
    rma = (await load_return(rma_id)).rma
    assert (rma["carrier"], rma["tracking_number"]) == ("La Poste", "8R002")
    told_numbers = [
        row["facts"]["tracking_number"]
        for row in await history([rma_id], staff=False)
        if row["kind"] == "tracking_reported"
    ]
    assert told_numbers == ["8R001", "8R002"]
    assert await search_returns("8R002") == [rma_id]


@pytest.mark.requirement("RMA-13")
async def test_a_paper_label_waits_in_a_queue_until_it_is_posted(desk: Desk) -> None:
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    rma_id = await draft(guest(order_id), mistaken(serial))
    assert await outcome(ask_paper_label(rma_id, actor="guest")) == "label_not_ready"
    await confirm(rma_id, guest(order_id))
    assert await outcome(paper_label_sent(rma_id, actor="agent")) == "label_not_ready"
    await ask_paper_label(rma_id, actor="guest")
    await ask_paper_label(rma_id, actor="guest")
    assert await paper_labels() == [rma_id]
    await paper_label_sent(rma_id, actor="agent")
    assert await paper_labels() == []
    assert HOME["city"] == (await load_return(rma_id)).rma["return_address"]["city"]
