"""May this be returned, and if not, why not: one small function per rule (RMA-1 … RMA-8).

A rule looks at the facts and gives the refusal that registering would raise, or None, so that what is shown and what
is done can't differ. Conditions are facts of the item; what is still to be given is asked for by the evidence rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from store.kernel.errors import StoreError
from store.markets import local_date
from store.refunds.errors import BoughtAtUnknownPlace, BoughtElsewhere
from store.rma.errors import (
    DefectiveWithoutSerial,
    EvidenceMissing,
    FaultNotConfirmed,
    ManufacturerHandles,
    MustBeUnused,
    NotBoughtFromUs,
    NothingLeftToReturn,
    NothingPaid,
    NotLeftYet,
    ReceivedAsOrdered,
    RepairNotOffered,
    ReturnDeadlineOver,
    ServiceNotReturned,
    TicketNotPlausible,
    TicketRequired,
    UnitInOpenReturn,
    UnitNotInUse,
    UnitNotRegistered,
    UnitNotYours,
    UnknownReceivedItem,
    UnknownSymptom,
    WishNotOffered,
)
from store.rma.item import Item
from store.rma.quote_repair import repair_price
from store.rma.routes import RouteCode
from store.rma.symptoms import SYMPTOMS

Rule = Callable[[Item], StoreError | None]

# Loosely: whatever a maker's help desk may call a ticket has a digit and no spaces.
_TICKET = re.compile(r"#?(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/-]{1,39}")


def conditions(item: Item) -> list[StoreError]:
    """What speaks against it, whatever else the customer may give; the most telling first."""
    return _refusals(item, (*_EVERY, *_CONDITIONS[item.request.reason], wish_not_offered))


def missing_evidence(item: Item) -> list[StoreError]:
    """What the customer has to declare, to name or to send for this reason and has not."""
    return _refusals(item, (*_EVIDENCE[item.request.reason], evidence_missing))


def refusals(item: Item) -> list[StoreError]:
    return conditions(item) + missing_evidence(item)


def not_registered(item: Item) -> StoreError | None:
    """WAR-11: of a unit that nobody is known to own we know no owner to send it back to."""
    if item.ownership.known or item.caller.staff or not item.unit:
        return None
    return UnitNotRegistered(serial=item.unit.serial)


def not_yours(item: Item) -> StoreError | None:
    """Money goes to who bought it; a defective item is also returned by who is registered as its owner."""
    no_money = item.request.reason == "defective" or item.line is None
    mine = item.ownership.bought or (no_money and item.ownership.holds)
    return None if mine or not item.unit else UnitNotYours(serial=item.unit.serial)


def not_in_use(item: Item) -> StoreError | None:
    if item.unit is None or item.unit.status == "active":
        return None
    return UnitNotInUse(serial=item.unit.serial)


def in_open_return(item: Item) -> StoreError | None:
    """Its number is told to whom that return belongs, and to nobody else."""
    holding = item.open_return
    if holding is None:
        return None
    caller = item.caller
    own = caller.staff or (
        (caller.account_id is not None and holding["account_id"] == caller.account_id)
        or (caller.partner_id is not None and holding["partner_id"] == caller.partner_id)
    )
    return UnitInOpenReturn(item=item.name, number=holding["number"] if own else None)


def bought_elsewhere(item: Item) -> StoreError | None:
    """REF-4, ORD-8: who bought on a marketplace asks there."""
    if item.line is None or item.line.channel == "web":
        return None
    place = item.market.retail_place(item.line.channel)
    if place is None:
        return BoughtAtUnknownPlace(channel=item.line.channel)
    return BoughtElsewhere(channel=item.line.channel, place=place.name, url=place.url)


def not_bought_from_us(item: Item) -> StoreError | None:
    return NotBoughtFromUs(item=item.name) if item.line is None else None


def service_not_returned(item: Item) -> StoreError | None:
    """What came by e-mail is refunded as far as it is not used (CER-2)."""
    return ServiceNotReturned(item=item.name) if item.line and item.line.kind == "service" else None


def nothing_paid(item: Item) -> StoreError | None:
    """RMA-2: a credit note over nothing helps nobody."""
    return NothingPaid(item=item.name) if item.line and not item.line.goods_minor else None


def not_left(item: Item) -> StoreError | None:
    if item.line is None or (item.line.dispatched_at is not None and item.line.dispatched_at <= item.asked_at):
        return None
    return NotLeftYet(item=item.name)


def nothing_left(item: Item) -> StoreError | None:
    """REF-7: never more pieces than were shipped and are neither refunded nor on their way back."""
    if item.line is None or item.line.left > item.before:
        return None
    return NothingLeftToReturn(item=item.name, wanted=item.before + 1, left=max(item.line.left, 0))


def deadline_over(item: Item) -> StoreError | None:
    """The day of contact counts, as for refunds (REF-1)."""
    last_day = deadline(item)
    if last_day is None or item.asked_on <= last_day:
        return None
    assert item.line is not None
    assert item.line.dispatched_at is not None
    return ReturnDeadlineOver(
        item=item.name,
        reason=item.request.reason,
        dispatched_on=local_date(item.market, item.line.dispatched_at),
        last_day=last_day,
        asked_on=item.asked_on,
    )


def deadline(item: Item) -> date | None:
    """The last day for this reason; a defective item has none but its warranty's."""
    if item.request.reason == "defective" or item.line is None or item.line.dispatched_at is None:
        return None
    terms = item.terms
    days = terms.wrong_order_days if item.request.reason == "wrong_order" else terms.wrong_delivery_days
    return local_date(item.market, item.line.dispatched_at) + timedelta(days=days)


def no_serial_number(item: Item) -> StoreError | None:
    return DefectiveWithoutSerial(item=item.name) if item.unit is None else None


def manufacturer_handles(item: Item) -> StoreError | None:
    """RMA-5 a, in warranty or out of it."""
    maker = item.maker
    if maker.code is not RouteCode.MANUFACTURER_HANDLES:
        return None
    return ManufacturerHandles(item=item.name, manufacturer=maker.manufacturer, portal_url=maker.portal_url)


def repair_not_offered(item: Item) -> StoreError | None:
    """RMA-8: out of warranty there is a price, or nothing."""
    if item.in_warranty or (item.wishes and repair_price(item.terms, item.price_minor) is not None):
        return None
    return RepairNotOffered(item=item.name)


def fault_not_confirmed(item: Item) -> StoreError | None:
    """RMA-4, RMA-5 c."""
    if item.route is not RouteCode.STORE_CONFIRMS or item.fault_report is not None:
        return None
    return FaultNotConfirmed(serial=item.name)


def wish_not_offered(item: Item) -> StoreError | None:
    if item.wish in item.wishes:
        return None
    return WishNotOffered(wish=item.wish, reason=item.request.reason, offered=list(item.wishes))


def must_be_unused(item: Item) -> StoreError | None:
    """RMA-2."""
    return None if item.request.unused else MustBeUnused(item=item.name)


def unknown_received_item(item: Item) -> StoreError | None:
    """RMA-3: what came instead is an article of ours, and another one."""
    if not item.request.received_sku:
        return None
    if item.received_variant is None:
        return UnknownReceivedItem(received_sku=item.request.received_sku)
    if item.received_variant == item.source.variant_id and not item.request.description:
        return ReceivedAsOrdered(sku=item.source.sku)
    return None


def unknown_symptom(item: Item) -> StoreError | None:
    return None if item.request.symptom in SYMPTOMS else UnknownSymptom(known=list(SYMPTOMS))


def ticket_required(item: Item) -> StoreError | None:
    """RMA-5 b."""
    if item.route is not RouteCode.MANUFACTURER_CONFIRMS:
        return None
    ticket = (item.request.ticket_number or "").strip()
    if not ticket:
        return TicketRequired(
            item=item.name, manufacturer=item.maker.manufacturer, portal_url=item.maker.portal_url or "-"
        )
    return None if _TICKET.fullmatch(ticket) else TicketNotPlausible(ticket_number=ticket)


def evidence_missing(item: Item) -> StoreError | None:
    """What the policy asks for with this reason (RMA-1)."""
    request = item.request
    given = {
        "photo": bool(request.evidence_ids),
        "received_sku": bool(request.received_sku),
        "photo_or_received_sku": bool(request.evidence_ids or request.received_sku),
        "ticket": bool(request.ticket_number),
        "fault_report": item.fault_report is not None,
    }
    missing = [code for code in item.terms.requires.get(request.reason, ()) if not given[code]]
    return EvidenceMissing(item=item.name, missing=missing) if missing else None


def needs(item: Item) -> list[str]:
    """Codes of what the customer has to give with this reason."""
    asked: list[str] = list(item.terms.requires.get(item.request.reason, ()))
    if item.request.reason == "wrong_order":
        asked.append("unused")
    if item.request.reason == "defective":
        asked.append("symptom")
    if item.route is RouteCode.MANUFACTURER_CONFIRMS:
        asked.append("ticket")
    if item.route is RouteCode.STORE_CONFIRMS:
        asked.append("fault_report")
    return list(dict.fromkeys(asked))


_EVERY: Sequence[Rule] = (not_registered, not_yours, not_in_use, in_open_return)
_BOUGHT: Sequence[Rule] = (
    bought_elsewhere,
    not_bought_from_us,
    service_not_returned,
    not_left,
    nothing_left,
    deadline_over,
)
_CONDITIONS: Mapping[str, Sequence[Rule]] = {
    "wrong_order": (*_BOUGHT, nothing_paid),
    "wrong_delivery": _BOUGHT,
    "defective": (no_serial_number, manufacturer_handles, repair_not_offered, fault_not_confirmed),
}
_EVIDENCE: Mapping[str, Sequence[Rule]] = {
    "wrong_order": (must_be_unused,),
    "wrong_delivery": (unknown_received_item,),
    "defective": (unknown_symptom, ticket_required),
}


def _refusals(item: Item, rules: Sequence[Rule]) -> list[StoreError]:
    return [error for rule in rules if (error := rule(item)) is not None]
