"""Orders as rows, where a test needs many; and the whole shop, where it follows one."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from orders.conftest import *  # noqa: F403 - the fixtures of a whole shop

from store.kernel import clock, db, outbox
from store.kernel.ids import new_id, new_number

ADDRESS = {
    "name": "Jean <b>Test</b>",
    "line1": "12 rue de Rivoli",
    "postcode": "75001",
    "city": "Paris",
    "country": "FR",
}


@pytest.fixture
def charged(database, monkeypatch):
    """`await charged()` writes a wire order of one shipment (2 × 12.00 + 6.00 shipping, 20 %), and gives its charge."""
    monkeypatch.setattr(outbox, "_subscriptions", {topic: [] for topic in outbox.subscriptions()})
    return insert_charged_order


async def insert_charged_order(*, amount_minor: int = 3000, locale: str = "fr", due_on: date | None = None) -> UUID:
    order_id, payment_id, charge_id = new_id(), new_id(), new_id()
    number = new_number("FR")
    await _insert_order(order_id, number, locale)
    shipment_id = await _insert_goods(order_id, number)
    await db.insert(
        "payment",
        id=payment_id,
        order_id=order_id,
        order_number=number,
        method="wire",
        provider="wire",
        capture_policy="invoice_at_shipment",
        currency="EUR",
        total_minor=3000,
        shipping_quoted_minor=600,
        transfer_reference=f"RF00{number}",
        net_days=14,
        created_at=clock.now(),
    )
    await db.insert(
        "charge",
        id=charge_id,
        payment_id=payment_id,
        order_id=order_id,
        shipment_id=shipment_id,
        status="invoiced",
        currency="EUR",
        amount_minor=amount_minor,
        shipping_minor=600,
        tax_minor=500,
        due_on=due_on or date(2026, 1, 31),
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    return charge_id


async def _insert_order(order_id: UUID, number: str, locale: str) -> None:
    await db.insert(
        "sales_order",
        id=order_id,
        number=number,
        market="FR",
        legal_entity="EXEMPLE-FR",
        locale=locale,
        status="confirmed",
        email="jean@example.com",
        shipping_address=ADDRESS,
        billing_address=ADDRESS,
        shipping_method="standard",
        payment_method="wire",
        currency="EUR",
        tax_mode="inclusive",
        tax_rate_ppm=200_000,
        tax_name="VAT",
        tax_region="FR",
        goods_minor=2400,
        discount_minor=0,
        tax_minor=400,
        shipping_minor=600,
        shipping_tax_minor=100,
        total_minor=3000,
        placed_at=clock.now(),
        confirmed_at=clock.now(),
    )


async def _insert_goods(order_id: UUID, number: str) -> UUID:
    line_id, shipment_id, variant_id = new_id(), new_id(), new_id()
    same = {"order_id": order_id, "variant_id": variant_id, "sku": "PHONE", "quantity": 2, "serialized": False}
    await db.insert(
        "order_line",
        id=line_id,
        position=1,
        product_id=new_id(),
        names={"en": "Phone", "fr": "Téléphone"},
        unit_price_minor=1200,
        discount_minor=0,
        tax_minor=400,
        tax_rate_ppm=200_000,
        total_minor=2400,
        kind="device",
        **same,
    )
    await db.insert(
        "shipment",
        id=shipment_id,
        order_id=order_id,
        sequence=1,
        number=f"{number}-1",
        market="FR",
        warehouse="PAR",
        status="dispatched",
        kind="stock",
        ship_on=clock.now().date(),
        promised_on=clock.now().date(),
        currency="EUR",
        goods_minor=2400,
        shipping_minor=600,
        shipping_tax_minor=100,
        placed_at=clock.now(),
    )
    await db.insert(
        "shipment_line",
        id=new_id(),
        shipment_id=shipment_id,
        order_line_id=line_id,
        tracks_stock=True,
        goods_minor=2400,
        tax_minor=400,
        placed_at=clock.now(),
        **same,
    )
    return shipment_id
