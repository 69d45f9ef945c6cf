"""An invoice as it is printed: everything from the row that was frozen when it was issued (DOC-3)."""

from __future__ import annotations

from typing import Any

from store.documents.figures import line_columns, line_row, tax_table, totals
from store.documents.parties import buyer_lines, seller_block
from store.kernel import db
from store.kernel.i18n import N_, pick, translate
from store.kernel.money import Money
from store.kernel.wording import spoken, status_label

PAGE = N_("Page {page} of {pages}")


def invoice_data(invoice: db.Row) -> dict[str, Any]:
    """What `templates/invoice.typ` prints, in the invoice's language."""
    locale = invoice["locale"]

    def say(text: str, **facts: Any) -> str:
        return translate(locale, text, {name: spoken(value, locale) for name, value in facts.items()})

    gross, tax = _money(invoice, "amount_minor"), _money(invoice, "tax_minor")
    return {
        "title": say(N_("Invoice {invoice}"), invoice=invoice["number"]),
        "heading": say(N_("Invoice")),
        "number": invoice["number"],
        "author": invoice["seller"]["name"],
        "seller": seller_block(invoice["seller"], invoice["buyer"]["country"], locale),
        "buyer": {"label": say(N_("Billing address")), "lines": buyer_lines(invoice["buyer"], locale)},
        "ship_to": {"label": say(N_("Shipping address")), "lines": invoice["ship_to"]} if invoice["ship_to"] else None,
        "facts": _facts(invoice),
        "columns": line_columns(locale),
        "rows": _rows(invoice),
        "taxes": tax_table(invoice["taxes"], invoice["tax_name"], invoice["currency"], locale),
        "totals": totals(gross, tax, N_("Total with tax"), locale),
        "payment": _payment(invoice),
        "notes": [say(_untaxed(invoice))] if gross and not tax else [],
        "page": say(PAGE),
    }


def _facts(invoice: db.Row) -> list[list[str]]:
    """Label and value, in the order a reader looks for them; what there isn't is left out."""
    locale = invoice["locale"]
    found = (
        (N_("Issued on"), invoice["issued_on"]),
        (N_("Shipped on"), invoice["supplied_on"]),
        (N_("Due on"), invoice["due_on"]),
        (N_("Order"), invoice["order_number"]),
        (N_("Purchase order"), invoice["purchase_order_number"]),
        (N_("Your reference"), invoice["customer_reference"]),
    )
    return [[translate(locale, label), spoken(value, locale)] for label, value in found if value]


def _rows(invoice: db.Row) -> list[dict[str, Any]]:
    locale, currency = invoice["locale"], invoice["currency"]
    rows = [
        line_row(
            pick(line["names"], locale),
            line["sku"],
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
                rate_ppm=_shipping_rate(invoice),
                gross=_money(invoice, "shipping_minor"),
                tax=_money(invoice, "shipping_tax_minor"),
                locale=locale,
            )
        )
    return rows


def _shipping_rate(invoice: db.Row) -> int | None:
    """Shipping has the one rate that no line explains, or the only rate there is; else it is told by the tax table."""
    if not invoice["shipping_tax_minor"]:
        return 0
    rates = [tax["rate_ppm"] for tax in invoice["taxes"] if tax["rate_ppm"]]
    lines = {line["tax_rate_ppm"] for line in invoice["lines"]}
    others = [rate for rate in rates if rate not in lines]
    return rates[0] if len(rates) == 1 else others[0] if len(others) == 1 else None


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


def _untaxed(invoice: db.Row) -> str:
    seller, buyer = invoice["seller"], invoice["buyer"]
    if invoice["tax_name"] == "VAT" and buyer["vat_id"] and buyer["country"] != seller["country"]:
        return N_("Reverse charge: the VAT is to be accounted for by the customer.")
    return N_("No tax applies: this sale is exempt.")


def _money(invoice: db.Row, name: str) -> Money:
    return Money(invoice[name], invoice["currency"])
