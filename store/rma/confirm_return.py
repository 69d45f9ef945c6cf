"""Confirm a return: every rule once more under locks, a number, and the invoice of accepted repairs (RMA-9, RMA-12).

Locks: the orders of its items sorted by id, the return with its items, their units. Whoever confirms the same unit in
another return at the same time waits for the unit, and then finds it taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from store.kernel import audit, clock, db, outbox
from store.kernel.errors import StoreError
from store.kernel.i18n import LOCALES, N_, pick, translate
from store.kernel.ids import new_number
from store.kernel.money import Money
from store.markets import get_market, last_moment, local_date
from store.markets.tax import TaxQuote
from store.orders.open_service_order import ServiceLine
from store.rma import history
from store.rma.caller import Caller
from store.rma.check_item import refusals
from store.rma.find_returns import WholeReturn, lock_orders_of, lock_return
from store.rma.gather_items import gather
from store.rma.keep_items import kept_terms, sources_of
from store.rma.open_order import open_order
from store.rma.quote_repair import Quote, invoiced_quote, repair_tax
from store.rma.register_return import item_name, lock_draft
from store.rma.statuses import Outcome, Reception, ReturnStatus
from store.rma.step_errors import NothingSelected, ReturnAddressMissing, TermsNotAccepted, UnitsNotReturnable
from store.rma.terms_text import TERMS_VERSION
from store.warranty import lock_units

REPAIR_OF = N_("Repair of {item} ({serial})")
HAS_A_NUMBER = frozenset({ReturnStatus.CONFIRMED, ReturnStatus.RECEIVING, ReturnStatus.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmReturn:
    rma_id: UUID
    terms_version: str
    terms_accepted: bool
    caller: Caller


async def confirm_return(command: ConfirmReturn) -> None:
    """Doing it again changes nothing.

    Raises UnitsNotReturnable with the refusals by position, NothingSelected, TermsNotAccepted, ReturnAddressMissing,
    ReturnExpired, ReturnNotEditable, NotFound.
    """
    async with db.unit_of_work():
        await lock_orders_of(command.rma_id)
        whole = await lock_return(command.rma_id)
        if whole.rma["status"] in HAS_A_NUMBER:
            return
        await lock_draft(command.rma_id)
        if not command.terms_accepted or command.terms_version != TERMS_VERSION:
            raise TermsNotAccepted(terms_version=TERMS_VERSION)
        selected = [row for row in whole.units if row["selected"]]
        if not selected:
            raise NothingSelected
        if whole.rma["return_address"] is None:
            raise ReturnAddressMissing
        await lock_units(row["unit_id"] for row in selected if row["unit_id"])
        await _check_again(whole, selected, command.caller)
        await _confirm(whole, selected, command)


async def _check_again(whole: WholeReturn, selected: Sequence[db.Row], caller: Caller) -> None:
    """As on the day of contact, with the terms and the coverage that were kept; everything else as it is now."""
    rma = whole.rma
    proven = frozenset(row["order_id"] for row in selected if row["order_id"])
    items = await gather(
        await sources_of(selected),
        replace(_owner(rma, caller), proven=proven),
        asked_at=rma["created_at"],
        tax=await _tax(rma),
        except_rma=rma["id"],
        kept={index: kept_terms(row) for index, row in enumerate(selected)},
    )
    found: list[StoreError] = []
    for row, item in zip(selected, items, strict=True):
        for error in refusals(item)[:1]:
            error.facts["position"] = row["position"]
            found.append(error)
    if found:
        raise UnitsNotReturnable(units=found)


def _owner(rma: db.Row, caller: Caller) -> Caller:
    """Whose draft it is, whoever confirms it: customer service may do that for them."""
    if caller.staff or (rma["account_id"] is None and rma["partner_id"] is None):
        return caller
    return replace(caller, account_id=rma["account_id"], partner_id=rma["partner_id"])


async def _tax(rma: db.Row) -> TaxQuote:
    return await repair_tax(
        rma["market"], rma["return_address"], account_id=rma["account_id"], partner_id=rma["partner_id"]
    )


async def _confirm(whole: WholeReturn, selected: Sequence[db.Row], command: ConfirmReturn) -> None:
    rma, at = whole.rma, clock.now()
    number = await _free_number()
    await db.execute(
        "update rma set status = $2, number = $3, terms_version = $4, terms_accepted_at = $5, confirmed_at = $5,"
        " expires_at = $6, version = version + 1 where id = $1",
        rma["id"],
        ReturnStatus.CONFIRMED,
        number,
        command.terms_version,
        at,
        _expiry(rma, selected, at),
    )
    await db.execute("update rma_unit set confirmed_at = $2 where id = any($1)", [row["id"] for row in selected], at)
    await history.record(rma["id"], "confirmed", actor=command.caller.name, number=number)
    if command.caller.staff:
        await audit.record(command.caller.name, "confirm_return", "rma", rma["id"], number=number)
    await _leave_out(whole, at)
    await _invoice_repairs(rma, selected, number, command.caller)
    await outbox.stage("rma.confirmed", rma_id=rma["id"])


async def _free_number() -> str:
    """The caller's transaction can't be tried again when a number was drawn before."""
    while True:
        number = new_number("RMA")
        if not await db.fetchval("select exists (select from rma where number = $1)", number):
            return number


def _expiry(rma: db.Row, selected: Sequence[db.Row], at: datetime) -> datetime:
    """RMA-18: to the end of the last day, by the strictest terms of its items."""
    market = get_market(rma["market"])
    days = min(kept_terms(row)[0].terms.expiry_days for row in selected)
    return last_moment(market, local_date(market, at) + timedelta(days=days))


async def _leave_out(whole: WholeReturn, at: datetime) -> None:
    """What was declined, or not selected, stays where it is."""
    for row in whole.units:
        if not row["selected"]:
            await close_unsent(row["id"], at)
            await history.record(whole.rma["id"], "unit_not_sent", unit_id=row["id"], item=item_name(row))


async def close_unsent(row_id: UUID, at: datetime) -> None:
    """An item whose owner keeps it: its place in the return is closed, and the unit is free again."""
    await db.execute(
        "update rma_unit set reception_status = $2, outcome = $3, outcome_at = $4, closed_at = $4, selected = false"
        " where id = $1 and closed_at is null",
        row_id,
        Reception.NOT_SENT,
        Outcome.NOT_SENT,
        at,
    )


async def _invoice_repairs(rma: db.Row, selected: Sequence[db.Row], number: str, caller: Caller) -> None:
    """RMA-9: an order for each accepted repair, invoiced at once; the item leaves when it is repaired and paid."""
    tax = await _tax(rma)
    for row in selected:
        if not row["quote_minor"]:
            continue
        quote = await _at_todays_tax(rma, row, tax)
        line = _repair_line(row, quote, tax.rate_ppm)
        order = await open_order(rma, "repair", line, number=number, actor=caller.name, ready=False)
        await db.execute("update rma_unit set repair_order_id = $2 where id = $1", row["id"], order.order_id)
        await history.record(
            rma["id"],
            "repair_invoiced",
            unit_id=row["id"],
            item=item_name(row),
            order=order.number,
            amount=Money(quote.total_minor, rma["currency"]),
        )


async def _at_todays_tax(rma: db.Row, row: db.Row, tax: TaxQuote) -> Quote:
    """An exemption may have begun or ended since: the rate and the amount of an invoice belong together."""
    market = get_market(rma["market"])
    quote = invoiced_quote(market, row["quote_price_minor"], tax, accepted_minor=row["quote_minor"])
    await db.execute(
        "update rma_unit set quote_minor = $2, quote_tax_minor = $3 where id = $1",
        row["id"],
        quote.total_minor,
        quote.tax_minor,
    )
    return quote


def _repair_line(row: db.Row, quote: Quote, tax_rate_ppm: int) -> ServiceLine:
    names = {
        locale: translate(locale, REPAIR_OF, {"item": pick(row["names"], locale), "serial": item_name(row)})
        for locale in LOCALES
    }
    return ServiceLine(
        variant_id=row["variant_id"],
        product_id=row["product_id"],
        sku=row["sku"],
        names=names,
        total_minor=quote.total_minor,
        tax_minor=quote.tax_minor,
        tax_rate_ppm=tax_rate_ppm,
        kind="repair",
    )
