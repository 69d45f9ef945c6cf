"""The packing slip: what is in a shipment, for those who pack it and those who open it; no prices on it (SHP-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from store.documents.codes import code_128
from store.documents.invoice_document import PAGE
from store.documents.order_summary import shipping_method_name
from store.documents.parties import seller_block
from store.documents.typeset import paper_of, typeset
from store.kernel import db
from store.kernel.i18n import N_, pick, translate
from store.kernel.wording import spoken
from store.markets import Address, Market, format_address, get_market, local_date
from store.orders.find_orders import WholeOrder, load_orders


async def packing_slip_pdf(order_id: UUID, shipment_id: UUID) -> bytes:
    """In the order's language; made anew each time, as units can be cancelled until the parcel leaves."""
    (whole,) = await load_orders([order_id])
    (shipment,) = [each for each in whole.shipments if each["id"] == shipment_id]
    market = get_market(whole.order["market"])
    return await typeset(
        "packing_slip",
        packing_slip_data(whole, shipment, market),
        locale=whole.order["locale"],
        paper=paper_of(market.home_country),
        at=shipment["dispatched_at"] or shipment["released_at"] or shipment["placed_at"],
        drawings={"barcode": code_128(shipment["number"])},
    )


def packing_slip_data(whole: WholeOrder, shipment: db.Row, market: Market) -> dict[str, Any]:
    """What `templates/packing_slip.typ` prints."""
    order, locale = whole.order, whole.order["locale"]

    def say(text: str, **facts: Any) -> str:
        return translate(locale, text, facts)

    address = msgspec.convert(order["shipping_address"], Address)
    names = {str(line["id"]): line["names"] for line in whole.lines}
    seller = msgspec.to_builtins(market.legal_entity)
    return {
        "title": say(N_("Packing slip {shipment}"), shipment=shipment["number"]),
        "heading": say(N_("Packing slip")),
        "number": shipment["number"],
        "author": seller["name"],
        "barcode_alt": say(N_("Barcode of the shipment {shipment}"), shipment=shipment["number"]),
        "seller": seller_block(seller, address.country, locale),
        "recipient": {
            "label": say(N_("Recipient")),
            "lines": format_address(address, locale, origin=market.home_country),
        },
        "facts": _facts(order, shipment, market),
        "columns": [say(N_("Item")), say(N_("Serial numbers")), say(N_("Quantity"))],
        "rows": [_row(line, names, locale) for line in shipment["lines"] or () if _units(line)],
        "page": say(PAGE),
    }


def _facts(order: db.Row, shipment: db.Row, market: Market) -> list[list[str]]:
    locale = order["locale"]
    left = shipment["dispatched_at"]
    found = (
        (N_("Order"), order["number"]),
        (N_("Ordered on"), local_date(market, order["placed_at"])),
        (N_("Shipped on"), local_date(market, left) if left else None),
        (N_("Shipping method"), shipping_method_name(order)),
        (N_("Tracking number"), shipment["tracking_number"]),
        (N_("Your reference"), order["customer_reference"]),
    )
    return [[translate(locale, label), spoken(value, locale)] for label, value in found if value]


def _row(line: Mapping[str, Any], names: Mapping[str, Mapping[str, str]], locale: str) -> dict[str, Any]:
    return {
        "name": pick(names.get(line["order_line_id"]), locale) or line["sku"],
        "sku": line["sku"],
        "serials": line["serials"] or [],
        "quantity": str(_units(line)),
    }


def _units(line: Mapping[str, Any]) -> int:
    return int(line["quantity"]) - int(line["canceled_quantity"])
