"""An invoice as it is printed: everything from the row that was frozen when it was issued (DOC-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.documents.figures import carried_words, carry, line_columns, line_row, tax_table, totals
from store.documents.legal_texts import legal_texts
from store.documents.parties import buyer_lines, seller_block
from store.documents.vat_category import kinds_of, untaxed_category
from store.kernel import db
from store.kernel.i18n import N_, pick, translate
from store.kernel.money import Money
from store.kernel.wording import spoken, status_label

PAGE = N_("Page {page} of {pages}")
EXEMPTED_BY = N_("{reason} Document: {document}")
DISCOUNTED = N_("discount before tax: {amount}")
OPERATIONS = {
    frozenset({"goods"}): N_("Supply of goods"),
    frozenset({"services"}): N_("Supply of services"),
    frozenset({"goods", "services"}): N_("Supply of goods and services"),
}


def invoice_data(invoice: db.Row) -> dict[str, Any]:
    """What `templates/invoice.typ` prints, in the invoice's language."""
    locale = invoice["locale"]

    def say(text: str, **facts: Any) -> str:
        return translate(locale, text, {name: spoken(value, locale) for name, value in facts.items()})

    gross, tax = _money(invoice, "amount_minor"), _money(invoice, "tax_minor")
    return {
        "title": say(N_("Invoice {invoice}"), invoice=invoice["number"]),
        "heading": _heading(invoice["seller"], locale),
        "number": invoice["number"],
        "author": invoice["seller"]["name"],
        "seller": seller_block(invoice["seller"], invoice["buyer"]["country"], locale),
        "buyer": {"label": say(N_("Billing address")), "lines": buyer_lines(invoice["buyer"], locale)},
        "ship_to": {"label": say(N_("Shipping address")), "lines": invoice["ship_to"]} if invoice["ship_to"] else None,
        "facts": _facts(invoice),
        "columns": line_columns(locale),
        "rows": carry(_rows(invoice), _grosses(invoice), locale),
        "carried": carried_words(locale),
        "taxes": tax_table(invoice["taxes"], invoice["tax_name"], invoice["tax_region"], invoice["currency"], locale),
        "totals": totals(gross, tax, N_("Total with tax"), locale),
        "payment": _payment(invoice),
        "notes": _notes(invoice),
        "page": say(PAGE),
    }


def _heading(seller: Mapping[str, Any], locale: str) -> str:
    """In China the plain word means the tax bureau's own document, the fapiao, which this is not."""
    title = seller.get("invoice_title")
    return pick(title["texts"], locale) if title else translate(locale, N_("Invoice"))


def _facts(invoice: db.Row) -> list[list[str]]:
    """Label and value, in the order a reader looks for them; what there isn't is left out."""
    locale = invoice["locale"]
    found = (
        (N_("Issued on"), invoice["issued_on"]),
        (N_("Shipped on"), invoice["supplied_on"]),
        (N_("Due on"), invoice["due_on"]),
        (N_("Order"), invoice["order_number"]),
        (N_("RMA number"), invoice["return_number"]),
        (N_("Purchase order"), invoice["purchase_order_number"]),
        (N_("Your reference"), invoice["customer_reference"]),
        (N_("Operation"), _operation(invoice)),
    )
    return [[translate(locale, label), spoken(value, locale)] for label, value in found if value]


def _rows(invoice: db.Row) -> list[dict[str, Any]]:
    locale, currency = invoice["locale"], invoice["currency"]
    rows = [
        line_row(
            pick(line["names"], locale),
            _line_note(line, currency, locale),
            quantity=line["quantity"],
            rate_ppm=line["tax_rate_ppm"],
            gross=Money(line["goods_minor"], currency),
            tax=Money(line["tax_minor"], currency),
            locale=locale,
        )
        for line in invoice["lines"]
    ]
    if invoice["shipping_minor"]:
        rows.append(
            line_row(
                translate(locale, N_("Shipping")),
                "",
                quantity=None,
                rate_ppm=shipping_rate(invoice),
                gross=_money(invoice, "shipping_minor"),
                tax=_money(invoice, "shipping_tax_minor"),
                locale=locale,
            )
        )
    return rows


def shipping_rate(invoice: db.Row | Mapping[str, Any]) -> int | None:
    """The rate that its tax by rate has more of than its lines."""
    rest = {tax["rate_ppm"]: tax["net_minor"] for tax in invoice["taxes"]}
    for line in invoice["lines"]:
        rest[line["tax_rate_ppm"]] = rest.get(line["tax_rate_ppm"], 0) - line["goods_minor"] + line["tax_minor"]
    net = invoice["shipping_minor"] - invoice["shipping_tax_minor"]
    rates = [rate for rate, left in rest.items() if left == net and bool(rate) == bool(invoice["shipping_tax_minor"])]
    return rates[0] if len(rates) == 1 else None


def _payment(invoice: db.Row) -> dict[str, Any]:
    """How it was paid; or until when, to which account and with which reference it is to be paid (PAY-10, PAY-11)."""
    locale, amount = invoice["locale"], _money(invoice, "amount_minor")
    heading = translate(locale, N_("Payment"))
    if invoice["due_on"] is None:
        method = status_label(invoice["payment_method"], locale)
        return {"heading": heading, "text": translate(locale, N_("Paid by: {method}"), {"method": method}), "facts": []}
    facts = {"amount": spoken(amount, locale), "due_on": spoken(invoice["due_on"], locale)}
    bank = invoice["seller"]["bank"]
    found = (
        (N_("Account holder"), bank["holder"]),
        (N_("Bank"), bank["bank"]),
        (N_("Account"), bank["account"]),
        (N_("BIC"), bank["bic"]),
        (N_("Routing number"), bank["routing"]),
        (N_("Reference"), invoice["transfer_reference"]),
    )
    return {
        "heading": heading,
        "text": translate(locale, N_("Please transfer {amount} by {due_on}, and state the reference."), facts),
        "facts": [[translate(locale, label), value] for label, value in found if value],
    }


def _notes(invoice: db.Row) -> list[str]:
    """Why there is no tax, and what the law wants said."""
    return [*untaxed_reason(invoice), *(text for _, text in legal_texts(invoice, invoice["locale"]))]


def untaxed_reason(invoice: db.Row) -> list[str]:
    """One sentence or none, in the invoice's language; with the document that frees the buyer from the tax."""
    if not invoice["amount_minor"] or invoice["tax_minor"]:
        return []
    reason = translate(invoice["locale"], untaxed_category(invoice).reason)
    document = invoice["tax_exemption"]
    return [translate(invoice["locale"], EXEMPTED_BY, {"reason": reason, "document": document}) if document else reason]


def _operation(invoice: db.Row) -> str:
    """What French invoices must say since 2024 (CGI, annexe II, article 242 nonies A)."""
    if not invoice["seller"].get("electronic"):
        return ""
    return translate(invoice["locale"], OPERATIONS[frozenset(kinds_of(invoice["lines"]))])


def _line_note(line: Mapping[str, Any], currency: str, locale: str) -> str:
    if not line.get("discount_minor"):
        return str(line["sku"])
    discount = Money(line["discount_minor"], currency).format(locale)
    return f"{line['sku']}\n{translate(locale, DISCOUNTED, {'amount': discount})}"


def _grosses(invoice: db.Row) -> list[Money]:
    shipping = [invoice["shipping_minor"]] if invoice["shipping_minor"] else []
    amounts = [*(line["goods_minor"] for line in invoice["lines"]), *shipping]
    return [Money(amount, invoice["currency"]) for amount in amounts]


def _money(invoice: db.Row, name: str) -> Money:
    return Money(invoice[name], invoice["currency"])
