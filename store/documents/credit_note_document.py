"""A credit note as it is printed: its frozen lines, between the parties of the invoice that it corrects (REF-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from store.documents.figures import carried_words, carry, line_columns, line_row, tax_table, taxes_by_rate, totals
from store.documents.invoice_document import PAGE, untaxed_reason
from store.documents.legal_texts import legal_texts
from store.documents.parties import Party, buyer_lines, buyer_of, seller_block
from store.documents.views import invoices_of
from store.kernel import db
from store.kernel.i18n import N_, pick, translate
from store.kernel.money import Money
from store.kernel.wording import spoken, status_label
from store.markets import Market, get_market, local_date
from store.orders.find_orders import WholeOrder, load_orders
from store.refunds import get_refund, share_by_rate

LINE_NAMES = {
    "shipping": N_("Shipping"),
    "allowance": N_("Allowance"),
    "fee": N_("Restocking fee"),
    "deducted": N_("Already refunded"),
}
REASON = N_("Reason: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What the credit note belongs to: the order, the invoices it corrects, and who stood on them."""

    whole: WholeOrder
    invoices: Sequence[db.Row]
    seller: Party
    buyer: Party

    @property
    def market(self) -> Market:
        return get_market(self.whole.order["market"])

    @property
    def rates(self) -> Mapping[str, int]:
        """The tax rate that each SKU of the order was sold at, in parts per million."""
        return {line["sku"]: line["tax_rate_ppm"] for line in self.whole.lines}


async def load_corrected(note: db.Row) -> Corrected:
    """Goods that were refunded before their invoice was written have none: then the order says who the parties are."""
    (whole,) = await load_orders([note["order_id"]])
    refund = await get_refund(note["refund_id"])
    invoices = _corrected_by(refund, await invoices_of([note["order_id"]]))
    if invoices:
        return Corrected(whole=whole, invoices=invoices, seller=invoices[0]["seller"], buyer=invoices[0]["buyer"])
    entity = get_market(whole.order["market"]).legal_entity
    return Corrected(
        whole=whole,
        invoices=(),
        seller=msgspec.to_builtins(entity),
        buyer=await buyer_of(whole.order, entity),
    )


def _corrected_by(refund: db.Row, invoices: Sequence[db.Row]) -> list[db.Row]:
    """Those of the charges that gave the money back, or of the shipments whose goods were refunded."""
    charges = {UUID(part["charge_id"]) for part in refund["parts"] if part["charge_id"]}
    shipments = {UUID(part["shipment_id"]) for part in (*refund["lines"], *refund["shipping"])}
    found = [
        invoice
        for invoice in invoices
        if invoice["charge_id"] in charges or invoice["shipment_id"] in shipments or invoice["shipment_id"] is None
    ]
    return found or list(invoices)


def credit_note_data(note: db.Row, corrected: Corrected) -> dict[str, Any]:
    """What `templates/invoice.typ` prints, in the order's language."""
    locale, currency = note["locale"], note["currency"]

    def say(text: str, **facts: Any) -> str:
        return translate(locale, text, {name: spoken(value, locale) for name, value in facts.items()})

    amount, tax = Money(note["amount_minor"], currency), Money(note["tax_minor"], currency)
    order = corrected.whole.order
    return {
        "title": say(N_("Credit note {credit_note}"), credit_note=note["number"]),
        "heading": say(N_("Credit note")),
        "number": note["number"],
        "author": corrected.seller["name"],
        "seller": seller_block(corrected.seller, corrected.buyer["country"], locale),
        "buyer": {"label": say(N_("Billing address")), "lines": buyer_lines(corrected.buyer, locale)},
        "ship_to": None,
        "facts": _facts(note, corrected),
        "columns": line_columns(locale),
        "rows": carry(
            [_row(note, line, corrected) for line in note["lines"]],
            [Money(line["amount_minor"], currency) for line in note["lines"]],
            locale,
        ),
        "carried": carried_words(locale),
        "taxes": tax_table(credited_taxes(note, corrected), order["tax_name"], order["tax_region"], currency, locale),
        "totals": totals(amount, tax, N_("Total credited"), locale),
        "payment": None,
        "notes": _notes(note, corrected),
        "page": say(PAGE),
    }


def _facts(note: db.Row, corrected: Corrected) -> list[list[str]]:
    locale, order = note["locale"], corrected.whole.order
    # Always the first of its shipments, as the plain translation of the label wants.
    originals = [invoice["number"] for invoice in corrected.invoices]
    dates = [invoice["issued_on"] for invoice in corrected.invoices]
    found = (
        (N_("Issued on"), local_date(corrected.market, note["issued_at"])),
        (N_("Original invoice"), ", ".join(originals)),
        (N_("Invoiced on"), dates[0] if len(dates) == 1 else None),
        (N_("Refund"), note["refund_number"]),
        (N_("Order"), note["order_number"]),
        (N_("RMA number"), order["origin_number"]),
        (N_("Your reference"), order["customer_reference"]),
    )
    return [[translate(locale, label), spoken(value, locale)] for label, value in found if value]


def _row(note: db.Row, line: Mapping[str, Any], corrected: Corrected) -> dict[str, Any]:
    locale, goods = note["locale"], line["kind"] == "goods"
    kind_name = LINE_NAMES.get(line["kind"], "")
    name = pick(line["names"], locale) if goods else translate(locale, kind_name)
    return line_row(
        name,
        line.get("sku") or line.get("shipment") or "",
        quantity=line["quantity"] if goods else None,
        rate_ppm=_rate(line, corrected),
        gross=Money(line["amount_minor"], note["currency"]),
        tax=Money(line["tax_minor"], note["currency"]),
        locale=locale,
    )


def taxes_of(line: Mapping[str, Any], corrected: Corrected) -> Sequence[Mapping[str, Any]]:
    """{rate_ppm, amount_minor, tax_minor} of a line: frozen with it, or worked out from the order for older ones."""
    if "taxes" in line:
        frozen: Sequence[Mapping[str, Any]] = line["taxes"]
        return frozen
    amount, tax = line["amount_minor"], line["tax_minor"]
    rates = {order_line["tax_rate_ppm"]: 0 for order_line in corrected.whole.lines}
    if line["kind"] == "goods":
        rates = {corrected.rates.get(line["sku"], 0): amount}
    elif line["kind"] == "shipping":
        rates = {corrected.whole.order["tax_rate_ppm"] if tax else 0: amount}
    else:
        for order_line in corrected.whole.lines:
            rates[order_line["tax_rate_ppm"]] += order_line["total_minor"]
    return share_by_rate(amount, tax, rates)


def _rate(line: Mapping[str, Any], corrected: Corrected) -> int | None:
    """A fee on goods of several rates has none of its own: the table of taxes tells its parts."""
    rates = {tax["rate_ppm"] for tax in taxes_of(line, corrected)}
    return int(rates.pop()) if len(rates) == 1 else None


def credited_taxes(note: db.Row, corrected: Corrected) -> list[dict[str, Any]]:
    """{rate_ppm, net_minor, tax_minor}, the highest rate first."""
    taxes = [tax for line in note["lines"] for tax in taxes_of(line, corrected)]
    return taxes_by_rate((tax["rate_ppm"], tax["amount_minor"], tax["tax_minor"]) for tax in taxes)


def _notes(note: db.Row, corrected: Corrected) -> list[str]:
    """Why it was issued, why there is no tax, and what the law wants said of every document."""
    reason = status_label(note["reason"], note["locale"])
    untaxed = untaxed_reason(corrected.invoices[0]) if corrected.invoices else []
    texts = legal_texts({"seller": corrected.seller, "buyer": {"business": False}}, note["locale"])
    return [translate(note["locale"], REASON, {"reason": reason}), *untaxed, *(text for _, text in texts)]
