"""Returns in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from store.kernel import db
from store.kernel.i18n import N_, pick, translate
from store.kernel.money import Money
from store.kernel.wording import register_labels, spoken_facts, status_label
from store.markets import Address, format_address, get_market
from store.orders.find_orders import order_numbers
from store.rma.find_returns import WholeReturn
from store.rma.history import EVENT_TEXTS, history
from store.rma.statuses import ReturnStatus
from store.rma.terms_text import TERMS, TERMS_VERSION
from store.web.edge.schemas import MoneyOut, labelled, money_out
from store.web.storefront.order_shapes import TimelineEntryOut
from store.web.storefront.return_shapes import (
    AccessoryOut,
    QuoteOut,
    ReturnOut,
    ReturnSummaryOut,
    ReturnUnitOut,
    TermsOut,
    TrackingOut,
    WarrantyOut,
)

# What the pages warn of, before and after the confirmation (RMA-14, RMA-15).
NUMBER_OUTSIDE = N_(
    "Attach the label with the RMA number to the outside of the parcel. Without it the parcel can't be assigned and"
    " may be refused."
)
NUMBER_FIRST = N_("Please send nothing before the return is confirmed: a parcel without an RMA number is refused.")
TRACKING = N_("Send it with tracking and keep the proof of posting. We recommend {carrier}.")
TELL_TRACKING = N_("Tell us the tracking number here, so that we can follow your parcel.")
ACCESSORIES = N_("Enclose all accessories, or at least those that are needed to look at the fault.")

register_labels(
    {
        "unused": N_("the confirmation that it is unused and in its original packaging"),
        "symptom": N_("what is wrong with it"),
    }
)


async def return_out(whole: WholeReturn, locale: str, *, staff: bool = False, token: str | None = None) -> ReturnOut:
    """One return with everything about it."""
    rma = whole.rma
    events = await history([rma["id"]], staff=staff)
    orders = await order_numbers(
        [row[column] for row in whole.units for column in ("repair_order_id", "replacement_order_id") if row[column]]
    )
    accepted = [row["quote_minor"] for row in whole.units if row["quote_accepted"]]
    undecided = [row["quote_minor"] for row in whole.units if row["quote_accepted"] is None]
    under_way = rma["status"] in {ReturnStatus.CONFIRMED, ReturnStatus.RECEIVING}
    return ReturnOut(
        id=rma["id"],
        number=rma["number"],
        status=rma["status"],
        status_label=status_label(rma["status"], locale),
        market=rma["market"],
        email=rma["email"],
        customer_reference=rma["customer_reference"],
        return_address=msgspec.convert(rma["return_address"], Address) if rma["return_address"] else None,
        return_address_lines=address_lines(rma, locale),
        created_at=rma["created_at"],
        confirmed_at=rma["confirmed_at"],
        expires_at=rma["expires_at"],
        terms=terms_out(locale, rma),
        warnings=_warnings(rma, locale),
        quotes_accepted=_money(rma, sum(accepted), locale),
        quotes_open=_money(rma, sum(undecided), locale),
        restocking_fees=_money(rma, sum(row["fee_minor"] for row in whole.units if row["selected"]), locale),
        tracking=_tracking(rma),
        paper_label=rma["paper_label"],
        paper_label_sent_at=rma["paper_label_sent_at"],
        label_url=f"/api/v1/returns/{rma['id']}/label.pdf" if under_way else None,
        packing_advice_url=f"/api/v1/returns/{rma['id']}/packing-advice" if under_way else None,
        actions=_actions(whole),
        units=[_unit(rma, row, events, orders, locale) for row in whole.units],
        timeline=[_entry(event, locale) for event in events],
        return_token=token,
    )


def summary_out(whole: WholeReturn, locale: str) -> ReturnSummaryOut:
    rma = whole.rma
    return ReturnSummaryOut(
        id=rma["id"],
        number=rma["number"],
        status=rma["status"],
        status_label=status_label(rma["status"], locale),
        created_at=rma["created_at"],
        confirmed_at=rma["confirmed_at"],
        customer_reference=rma["customer_reference"],
        items=len(whole.units),
        waiting=sum(row["outcome"] is None for row in whole.units),
    )


def terms_out(locale: str, rma: db.Row | None = None) -> TermsOut:
    return TermsOut(
        version=(rma["terms_version"] if rma else None) or TERMS_VERSION,
        sentences=[translate(locale, sentence) for sentence in TERMS],
        accepted_at=rma["terms_accepted_at"] if rma else None,
    )


def address_lines(rma: db.Row, locale: str) -> list[str]:
    """Where it goes back to, as its country writes addresses."""
    if rma["return_address"] is None:
        return []
    address = msgspec.convert(rma["return_address"], Address)
    return format_address(address, locale, origin=get_market(rma["market"]).home_country)


def warranty_out(coverage: Mapping[str, Any], locale: str) -> WarrantyOut:
    """From what was kept with the item; its sentence is spoken in the reader's language."""
    if "sentence" not in coverage:
        return WarrantyOut(
            in_warranty=False,
            rule="RMA-7",
            code=coverage["code"],
            message=translate(locale, N_("Without a serial number there is no warranty that could be looked up.")),
        )
    days = {
        name: date.fromisoformat(coverage[name]) for name in ("as_of", "starts_on", "standard_until", "until", "since")
    }
    facts = {**coverage, **days}
    return WarrantyOut(
        in_warranty=coverage["in_warranty"],
        rule=coverage["rule"],
        code=coverage["code"],
        message=translate(locale, coverage["sentence"], spoken_facts(facts, locale)),
        starts_on=days["starts_on"],
        until=days["until"],
    )


def _unit(rma: db.Row, row: db.Row, events: Sequence[db.Row], orders: Mapping[UUID, str], locale: str) -> ReturnUnitOut:
    return ReturnUnitOut(
        position=row["position"],
        serial=row["serial"],
        sku=row["sku"],
        name=pick(row["names"], locale),
        reason=labelled(row["reason"], locale),
        wish=labelled(row["wish"], locale),
        symptom=labelled(row["symptom"], locale) if row["symptom"] else None,
        description=row["description"],
        received_sku=row["received_sku"],
        unused=row["unused"],
        evidence_ids=list(row["evidence_ids"]),
        ticket_number=row["ticket_number"],
        route=labelled(row["route"], locale),
        warranty=warranty_out(row["coverage"], locale),
        paid=_money(rma, row["goods_minor"], locale),
        restocking_fee=_money(rma, row["fee_minor"], locale),
        quote=QuoteOut(
            applicable=row["quote_minor"] > 0,
            total=_money(rma, row["quote_minor"], locale),
            tax=_money(rma, row["quote_tax_minor"], locale),
            accepted=row["quote_accepted"],
        ),
        selected=row["selected"],
        reception=labelled(row["reception_status"], locale),
        acceptance=labelled(row["acceptance_status"], locale),
        outcome=labelled(row["outcome"], locale) if row["outcome"] else None,
        accessories=[_accessory(each, locale) for each in row["accessories"]],
        repair_order=orders.get(row["repair_order_id"]),
        replacement_order=orders.get(row["replacement_order_id"]),
        timeline=[_entry(event, locale) for event in events if event["unit_id"] == row["id"]],
    )


def _accessory(each: Mapping[str, Any], locale: str) -> AccessoryOut:
    return AccessoryOut(
        code=each["code"],
        name=pick(each["names"], locale),
        needed=each["diagnosis"],
        sent=each["sent"],
        received=each["received"],
    )


def _money(rma: db.Row, amount_minor: int, locale: str) -> MoneyOut:
    return money_out(Money(amount_minor, rma["currency"]), locale)


def _tracking(rma: db.Row) -> TrackingOut | None:
    if rma["tracking_number"] is None:
        return None
    return TrackingOut(carrier=rma["carrier"], tracking_number=rma["tracking_number"], posted_on=rma["posted_on"])


def _warnings(rma: db.Row, locale: str) -> list[str]:
    if rma["status"] == ReturnStatus.DRAFT:
        sentences = [NUMBER_FIRST, NUMBER_OUTSIDE, TRACKING, ACCESSORIES]
    elif rma["status"] == ReturnStatus.CONFIRMED:
        sentences = [NUMBER_OUTSIDE, TRACKING, ACCESSORIES, *([] if rma["tracking_number"] else [TELL_TRACKING])]
    else:
        return []
    carrier = get_market(rma["market"]).return_carrier
    facts = {"carrier": pick(carrier.names, locale) or carrier.carrier}
    return [translate(locale, sentence, facts) for sentence in sentences]


def _actions(whole: WholeReturn) -> list[str]:
    """What can be done next; confirming needs an address and something selected."""
    status = whole.rma["status"]
    if status == ReturnStatus.DRAFT:
        ready = whole.rma["return_address"] is not None and any(row["selected"] for row in whole.units)
        return ["change", *(["confirm"] if ready else []), "cancel"]
    if status == ReturnStatus.CONFIRMED:
        return ["report_tracking", *([] if whole.rma["paper_label"] else ["ask_paper_label"]), "cancel"]
    return ["report_tracking"] if status == ReturnStatus.RECEIVING else []


def _entry(event: db.Row, locale: str) -> TimelineEntryOut:
    facts = {
        name: Money(value["amount_minor"], value["currency"])
        if isinstance(value, dict) and "amount_minor" in value
        else value
        for name, value in event["facts"].items()
    }
    text = translate(locale, EVENT_TEXTS.get(event["kind"], event["kind"]), spoken_facts(facts, locale))
    return TimelineEntryOut(at=event["at"], kind=event["kind"], text=text)
