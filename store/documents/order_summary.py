"""The order on paper: what was agreed, line by line. It is no invoice, and says so (ORD-2)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from store.documents.figures import carried_words, carry, line_columns, line_row, tax_table, taxes_by_rate, totals
from store.documents.invoice_document import PAGE
from store.documents.parties import buyer_lines, buyer_of, seller_block, ship_to_of
from store.documents.typeset import paper_of, typeset
from store.kernel import db
from store.kernel.i18n import N_, pick, translate
from store.kernel.money import Money
from store.kernel.wording import spoken, status_label
from store.markets import get_market, local_date
from store.orders.find_orders import WholeOrder, load_orders


async def order_summary_pdf(order_id: UUID) -> bytes:
    """In the order's language, with the prices of its placement; made anew each time."""
    (whole,) = await load_orders([order_id])
    order = whole.order
    market = get_market(order["market"])
    buyer = await buyer_of(order, market.legal_entity)
    return await typeset(
        "invoice",
        order_summary_data(whole, buyer),
        locale=order["locale"],
        paper=paper_of(market.home_country),
        at=order["placed_at"],
    )


def shipping_method_name(order: db.Row) -> str:
    """In the order's language; the code of a method that the market no longer has."""
    methods = get_market(order["market"]).shipping_methods
    found = next((method for method in methods if method.code == order["shipping_method"]), None)
    return found.name(order["locale"]) if found else str(order["shipping_method"])


def order_summary_data(whole: WholeOrder, buyer: dict[str, Any]) -> dict[str, Any]:
    """What `templates/invoice.typ` prints of an order."""
    order, locale = whole.order, whole.order["locale"]
    entity = get_market(order["market"]).legal_entity
    seller = msgspec.to_builtins(entity)
    ship_to = ship_to_of(order, entity)

    def say(text: str, **facts: Any) -> str:
        return translate(locale, text, facts)

    gross = Money(order["total_minor"], order["currency"])
    tax = Money(order["tax_minor"] + order["shipping_tax_minor"], order["currency"])
    return {
        "title": say(N_("Order {number}"), number=order["number"]),
        "heading": say(N_("Order")),
        "number": order["number"],
        "author": seller["name"],
        "seller": seller_block(seller, buyer["country"], locale),
        "buyer": {"label": say(N_("Billing address")), "lines": buyer_lines(buyer, locale)},
        "ship_to": {"label": say(N_("Shipping address")), "lines": ship_to} if ship_to else None,
        "facts": _facts(order),
        "columns": line_columns(locale),
        "rows": carry(_rows(whole), _grosses(whole), locale),
        "carried": carried_words(locale),
        "taxes": tax_table(_taxes(whole), order["tax_name"], order["tax_region"], order["currency"], locale),
        "totals": totals(gross, tax, N_("Total with tax"), locale),
        "payment": None,
        "notes": [say(N_("This is not an invoice. You get an invoice when your order is charged or shipped."))],
        "page": say(PAGE),
    }


def _facts(order: db.Row) -> list[list[str]]:
    locale, market = order["locale"], get_market(order["market"])
    found = (
        (N_("Ordered on"), local_date(market, order["placed_at"])),
        (N_("Shipping method"), shipping_method_name(order)),
        (N_("Payment method"), status_label(order["payment_method"], locale)),
        (N_("Your reference"), order["customer_reference"]),
    )
    return [[translate(locale, label), spoken(value, locale)] for label, value in found if value]


def _rows(whole: WholeOrder) -> list[dict[str, Any]]:
    order, locale = whole.order, whole.order["locale"]
    rows = [
        line_row(
            pick(line["names"], locale),
            line["sku"],
            quantity=line["quantity"],
            rate_ppm=line["tax_rate_ppm"],
            gross=Money(line["total_minor"], order["currency"]),
            tax=Money(line["tax_minor"], order["currency"]),
            locale=locale,
        )
        for line in whole.lines
    ]
    if order["shipping_minor"]:
        rows.append(
            line_row(
                translate(locale, N_("Shipping")),
                "",
                quantity=None,
                rate_ppm=_shipping_rate(order),
                gross=Money(order["shipping_minor"], order["currency"]),
                tax=Money(order["shipping_tax_minor"], order["currency"]),
                locale=locale,
            )
        )
    return rows


def _grosses(whole: WholeOrder) -> list[Money]:
    order = whole.order
    shipping = [order["shipping_minor"]] if order["shipping_minor"] else []
    return [Money(amount, order["currency"]) for amount in [*(line["total_minor"] for line in whole.lines), *shipping]]


def _shipping_rate(order: db.Row) -> int:
    return int(order["tax_rate_ppm"]) if order["shipping_tax_minor"] else 0


def _taxes(whole: WholeOrder) -> list[dict[str, Any]]:
    order = whole.order
    parts = [(line["tax_rate_ppm"], line["total_minor"], line["tax_minor"]) for line in whole.lines]
    if order["shipping_minor"]:
        parts.append((_shipping_rate(order), order["shipping_minor"], order["shipping_tax_minor"]))
    return taxes_by_rate(parts)
