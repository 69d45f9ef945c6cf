"""What stands on an invoice: the lines a charge is for, its shipping, and the tax by rate (DOC-3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from store.documents.figures import taxes_by_rate
from store.kernel import db
from store.kernel.money import included_tax, share_taxed
from store.orders.find_orders import WholeOrder


class InvoiceDoesNotAddUp(RuntimeError):
    """The lines don't come to what is charged. Nobody is sent such an invoice: the fact stays until a person looked."""


# A shipment that has left can be refunded before it is paid: then less is charged than was sold, and the credit
# note tells the difference.
LEFT = {"dispatched", "delivered", "returned"}


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceContent:
    """`lines` and `taxes` as the table keeps them; amounts in minor units, tax included."""

    lines: list[dict[str, Any]]
    taxes: list[dict[str, Any]]
    shipping_minor: int
    shipping_tax_minor: int

    @property
    def amount_minor(self) -> int:
        return self.shipping_minor + sum(int(line["goods_minor"]) for line in self.lines)

    @property
    def tax_minor(self) -> int:
        return self.shipping_tax_minor + sum(int(line["tax_minor"]) for line in self.lines)


def content_of(order: WholeOrder, charge: db.Row) -> InvoiceContent:
    """What a charge was agreed for: its shipment's units, or the whole order's. Raises InvoiceDoesNotAddUp."""
    if charge["shipment_id"] is None:
        return _of_whole_order(order, charge)
    (shipment,) = [each for each in order.shipments if each["id"] == charge["shipment_id"]]
    content = _content(
        order, _remaining_lines(order, [shipment]), shipment["shipping_minor"], shipment["shipping_tax_minor"]
    )
    if shipment["status"] not in LEFT or charge["amount_minor"] > content.amount_minor:
        _check(content, charge)
    return content


def _of_whole_order(order: WholeOrder, charge: db.Row) -> InvoiceContent:
    # A repair is invoiced before it is done: what is given up afterwards is told by its credit note.
    agreed = order.order["origin"] == "repair"
    if agreed or charge["amount_minor"] == order.order["total_minor"]:
        lines = [
            _line(order, line, quantity=line["quantity"], goods=line["total_minor"], tax=line["tax_minor"])
            for line in order.lines
        ]
    else:  # A part was cancelled before the money came.
        lines = _remaining_lines(order, order.shipments)
    if agreed:
        return _content(order, lines, 0, 0)
    shipping_tax = charge["tax_minor"] - sum(line["tax_minor"] for line in lines)
    content = _content(order, lines, charge["shipping_minor"], shipping_tax)
    _check(content, charge)
    return content


def _content(order: WholeOrder, lines: list[dict[str, Any]], shipping: int, shipping_tax: int) -> InvoiceContent:
    return InvoiceContent(
        lines=lines,
        taxes=_taxes(lines, shipping, shipping_tax, order.order["tax_rate_ppm"]),
        shipping_minor=shipping,
        shipping_tax_minor=shipping_tax,
    )


def _check(content: InvoiceContent, charge: db.Row) -> None:
    found = (content.amount_minor, content.tax_minor)
    wanted = (charge["amount_minor"], charge["tax_minor"])
    if found != wanted or not 0 <= content.shipping_tax_minor <= content.shipping_minor:
        msg = f"charge {charge['id']}: lines and shipping come to {found} (amount, tax), the charge is {wanted}"
        raise InvoiceDoesNotAddUp(msg)


def _remaining_lines(order: WholeOrder, shipments: Iterable[db.Row]) -> list[dict[str, Any]]:
    """The units of these shipments that were not cancelled, by order line; shares are exact (MKT-6)."""
    sums: dict[UUID, tuple[int, int, int]] = {}
    for line in (line for shipment in shipments for line in shipment["lines"] or []):
        units = line["quantity"] - line["canceled_quantity"]
        if not units:
            continue
        goods, tax = share_taxed(
            line["goods_minor"], line["tax_minor"], line["quantity"], line["canceled_quantity"], units
        )
        key = UUID(line["order_line_id"])
        known = sums.get(key, (0, 0, 0))
        sums[key] = (known[0] + units, known[1] + goods, known[2] + tax)
    return [
        _line(order, line, quantity=units, goods=goods, tax=tax)
        for line in order.lines
        for units, goods, tax in [sums.get(line["id"], (0, 0, 0))]
        if units
    ]


def _line(order: WholeOrder, line: db.Row, *, quantity: int, goods: int, tax: int) -> dict[str, Any]:
    return {
        "order_line_id": str(line["id"]),
        "sku": line["sku"],
        "names": line["names"],
        "kind": line["kind"],
        "quantity": quantity,
        "goods_minor": goods,
        "tax_minor": tax,
        "tax_rate_ppm": line["tax_rate_ppm"],
        "discount_minor": _discount(order, line, quantity, goods - tax),
    }


def _discount(order: WholeOrder, line: db.Row, quantity: int, net: int) -> int:
    """What was taken off these units, before tax: as much of the net price as of the price that was shown."""
    off, shown = line["discount_minor"], line["unit_price_minor"] * line["quantity"]
    if off < shown:
        return int((net * off * 2 + shown - off) // (2 * (shown - off)))
    share = int(off * quantity // line["quantity"])  # all of it is given away
    return share - (included_tax(share, line["tax_rate_ppm"]) if order.order["tax_mode"] == "inclusive" else 0)


def _taxes(lines: list[dict[str, Any]], shipping: int, shipping_tax: int, standard_ppm: int) -> list[dict[str, Any]]:
    """Net and tax by rate, the highest first; shipping has the standard rate unless it is untaxed."""
    parts: list[tuple[int | None, int, int]] = [
        (line["tax_rate_ppm"], line["goods_minor"], line["tax_minor"]) for line in lines
    ]
    if shipping:
        parts.append((standard_ppm if shipping_tax else 0, shipping, shipping_tax))
    return taxes_by_rate(parts)
