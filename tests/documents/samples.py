"""One document of each kind, of invented facts that never change, for the approved texts and images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec

import store.app  # noqa: F401 - what methods of payment are called is known once all rooms are
from store.documents import ReturnLabel, make_label
from store.documents.codes import code_128
from store.documents.credit_note_document import Corrected, credit_note_data
from store.documents.electronic_invoice import credit_note_xml, invoice_xml
from store.documents.invoice_document import invoice_data
from store.documents.order_summary import order_summary_data
from store.documents.packing_slip import packing_slip_data
from store.documents.typeset import paper_of, typeset
from store.markets import get_market
from store.orders.find_orders import WholeOrder

AT = datetime(2026, 1, 2, 10, tzinfo=UTC)
MARKETS = {"en": "US", "fr": "FR", "zh-Hans": "CN"}
HEADSET = {"en": "Headset Aurora One", "fr": "Casque Aurora One", "zh-Hans": "耳机 Aurora One"}
BOOK = {"en": "Handbook", "fr": "Manuel", "zh-Hans": "手册"}
REPAIR = {
    "en": "Repair of Aurora One (SN-0001)",
    "fr": "Réparation de Aurora One (SN-0001)",
    "zh-Hans": "维修 Aurora One（SN-0001）",
}
ADDRESS = {"name": "Camille Moreau", "line1": "12 rue de Rivoli", "postcode": "75001", "city": "Paris", "country": "FR"}
LINES = ["Camille Moreau", "12 rue de Rivoli", "75001 PARIS"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Documents in a language, each of that language's market; `tax` is the name of its tax."""

    locale: str

    @property
    def market(self) -> Any:
        return get_market(MARKETS[self.locale])

    @property
    def tax(self) -> str:
        return "Sales tax" if self.market.code == "US" else "VAT"

    async def make(self, kind: str) -> bytes:
        made: bytes = await getattr(self, kind)()
        return made

    async def invoice(self, row: dict[str, Any] | None = None) -> bytes:
        row = row or self.invoice_row()
        return await self._typeset("invoice", invoice_data(row), electronic=invoice_xml(row))

    async def repair_invoice(self) -> bytes:
        line = {**_line(REPAIR, 1, 3196, 533), "kind": "repair"}
        more = {"return_number": "RMA-7K3M-9QX2", "supplied_on": None, "shipping_minor": 0, "shipping_tax_minor": 0}
        sums = {"lines": [line], "amount_minor": 3196, "tax_minor": 533}
        taxes = [{"rate_ppm": 200_000, "net_minor": 2663, "tax_minor": 533}]
        return await self.invoice({**self.invoice_row(), **more, **sums, "taxes": taxes, "purchase_order_number": None})

    async def long_invoice(self) -> bytes:
        lines = [_line(HEADSET, units, 1200 * units, 200 * units) for units in range(1, 46)]
        gross, tax = sum(line["goods_minor"] for line in lines), sum(line["tax_minor"] for line in lines)
        sums = {"amount_minor": gross, "tax_minor": tax, "shipping_minor": 0, "shipping_tax_minor": 0}
        taxes = [{"rate_ppm": 200_000, "net_minor": gross - tax, "tax_minor": tax}]
        return await self.invoice({**self.invoice_row(), **sums, "lines": lines, "taxes": taxes})

    async def credit_note(self) -> bytes:
        note = self.note_row()
        corrected = Corrected(
            whole=self.whole(), invoices=[self.invoice_row()], seller=self._seller(), buyer=self._buyer()
        )
        return await self._typeset(
            "invoice", credit_note_data(note, corrected), electronic=credit_note_xml(note, corrected)
        )

    async def order_summary(self) -> bytes:
        return await self._typeset("invoice", order_summary_data(self.whole(), self._buyer()))

    async def packing_slip(self) -> bytes:
        whole = self.whole()
        data = packing_slip_data(whole, whole.shipments[0], self.market)
        return await self._typeset("packing_slip", data, drawings={"barcode": code_128("FR-7K3M-9QX2-1")})

    async def return_label(self) -> bytes:
        carrier = self.market.return_carrier.names[self.locale]
        label = ReturnLabel(
            rma_number="RMA-7K3M-9QX2",
            market=self.market.code,
            locale=self.locale,
            return_address=self.market.return_address.lines,
            sender=LINES,
            units=[("SN-0001", HEADSET[self.locale]), ("SN-0002", HEADSET[self.locale])],
            issued_at=AT,
            customer_reference="4711",
        )
        return await make_label(replace(label, carrier=carrier, checklist=("USB-C",)))

    async def _typeset(self, template: str, data: dict[str, Any], **more: Any) -> bytes:
        paper = paper_of(self.market.home_country)
        return await typeset(template, data, locale=self.locale, paper=paper, at=AT, **more)

    def _seller(self) -> dict[str, Any]:
        seller: dict[str, Any] = msgspec.to_builtins(self.market.legal_entity)
        return seller

    def _buyer(self) -> dict[str, Any]:
        known = {"name": "Exemple Télécom", "address": LINES, "postal": ADDRESS, "country": "FR"}
        return {**known, "email": "camille@example.com", "vat_id": "FR11123456782", "business": True}

    def invoice_row(self) -> dict[str, Any]:
        """Two rates, a discount, shipping; due on terms."""
        lines = [
            {**_line(HEADSET, 3, 23970, 3995), "discount_minor": 500},
            _line(BOOK, 1, 2110, 110, rate_ppm=55_000),
        ]
        return {
            "number": f"{self.market.legal_entity.code}-2026-000007",
            "order_number": "FR-7K3M-9QX2",
            "locale": self.locale,
            "currency": self.market.currency,
            "amount_minor": 26680,
            "tax_minor": 4205,
            "shipping_minor": 600,
            "shipping_tax_minor": 100,
            "tax_name": self.tax,
            "tax_region": "NY",
            "tax_exemption": None,
            "lines": lines,
            "taxes": [
                {"rate_ppm": 200_000, "net_minor": 20475, "tax_minor": 4095},
                {"rate_ppm": 55_000, "net_minor": 2000, "tax_minor": 110},
            ],
            "seller": self._seller(),
            "buyer": self._buyer(),
            "ship_to": ["Dépôt Exemple", "1 rue du Port", "13002 MARSEILLE"],
            "deliver_to": ADDRESS,
            "supplied_on": date(2026, 1, 2),
            "customer_reference": "4711",
            "return_number": None,
            "payment_method": "purchase_order",
            "transfer_reference": "RF18539007547034",
            "purchase_order_number": "PO-77/2026",
            "issued_on": date(2026, 1, 2),
            "due_on": date(2026, 2, 1),
        }

    def note_row(self) -> dict[str, Any]:
        def line(kind: str, amount: int, tax: int, rate_ppm: int, **more: Any) -> dict[str, Any]:
            taxes = [{"rate_ppm": rate_ppm, "amount_minor": amount, "tax_minor": tax}]
            return {"kind": kind, "amount_minor": amount, "tax_minor": tax, "taxes": taxes, **more}

        return {
            "number": f"{self.market.legal_entity.code}-AV-2026-000003",
            "refund_number": "RF-7K3M-9QX2",
            "order_number": "FR-7K3M-9QX2",
            "locale": self.locale,
            "currency": self.market.currency,
            "amount_minor": 7690,
            "tax_minor": 1282,
            "reason": "return_accepted",
            "issued_at": AT,
            "lines": [
                line("goods", 7990, 1332, 200_000, sku="AUR-ONE-BLK", names=HEADSET, quantity=1),
                line("shipping", 600, 100, 200_000, shipment="FR-7K3M-9QX2-1"),
                line("fee", -900, -150, 200_000),
            ],
        }

    def whole(self) -> WholeOrder:
        order = {
            "number": "FR-7K3M-9QX2",
            "market": self.market.code,
            "locale": self.locale,
            "origin_number": None,
            "placed_at": AT,
            "currency": self.market.currency,
            "total_minor": 26680,
            "tax_minor": 4105,
            "shipping_minor": 600,
            "shipping_tax_minor": 100,
            "tax_rate_ppm": 200_000,
            "tax_name": self.tax,
            "tax_region": "NY",
            "shipping_address": ADDRESS,
            "billing_address": ADDRESS,
            "shipping_method": "standard",
            "payment_method": "card",
            "customer_reference": "4711",
        }
        lines = [_order_line(1, HEADSET, 3, 23970, 3995, 200_000), _order_line(2, BOOK, 1, 2110, 110, 55_000)]
        return WholeOrder(order=order, lines=lines, shipments=[_shipment(lines)])  # type: ignore[arg-type]


def _line(names: dict[str, str], quantity: int, goods: int, tax: int, *, rate_ppm: int = 200_000) -> dict[str, Any]:
    return {
        "sku": "AUR-ONE-BLK" if names is not BOOK else "BOOK-VOIP",
        "names": names,
        "kind": "device",
        "quantity": quantity,
        "goods_minor": goods,
        "tax_minor": tax,
        "tax_rate_ppm": rate_ppm,
        "discount_minor": 0,
    }


def _order_line(
    position: int, names: dict[str, str], quantity: int, total: int, tax: int, rate_ppm: int
) -> dict[str, Any]:
    line = _line(names, quantity, total, tax, rate_ppm=rate_ppm)
    return {**line, "id": UUID(int=position), "total_minor": total}


def _shipment(lines: list[dict[str, Any]]) -> dict[str, Any]:
    parts = [
        {
            "order_line_id": str(line["id"]),
            "sku": line["sku"],
            "quantity": line["quantity"],
            "canceled_quantity": 0,
            "serials": [f"SN-000{number}" for number in range(line["quantity"])] if position == 0 else None,
        }
        for position, line in enumerate(lines)
    ]
    return {"number": "FR-7K3M-9QX2-1", "dispatched_at": AT, "tracking_number": "6A00000000000", "lines": parts}
