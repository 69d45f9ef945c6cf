"""Packing slips and order summaries: what they say, and what they leave out."""

from __future__ import annotations

import pytest
from refunds.conftest import desk  # noqa: F401 - a fixture
from refunds.desk import GOODS

from documents.pdf import codes_of, fonts_of, letters, text_of
from store.documents import order_summary_pdf, packing_slip_pdf
from store.kernel import db
from store.kernel.i18n import pick
from store.kernel.money import Money
from store.orders.find_orders import load_orders


@pytest.mark.requirement("SHP-4", "DOC-5")
@pytest.mark.parametrize(("market", "locale"), [("FR", "fr"), ("CN", "zh-Hans"), ("US", "en")])
async def test_a_packing_slip_names_units_serials_and_recipient_but_no_price(desk, market, locale):  # noqa: F811
    order_id = await desk.shipped(
        [(GOODS, 2), ("NOR-CALM-BLK", 1)], market=market, locale=locale, customer_reference="R 1"
    )
    shipment = await desk.shipment(order_id)
    pdf = await packing_slip_pdf(order_id, shipment["id"])
    assert codes_of(pdf) == {("Code 128", shipment["number"])}
    assert all(fonts_of(pdf).values())
    said = letters(text_of(pdf))
    (whole,) = await load_orders([order_id])
    facts = [whole.order["number"], shipment["tracking_number"], "R 1", whole.order["shipping_address"]["name"]]
    facts += [pick(line["names"], locale) for line in whole.lines] + [line["sku"] for line in whole.lines]
    facts += [serial for line in whole.shipments[0]["lines"] for serial in line["serials"]]
    assert [fact for fact in facts if letters(fact) not in said] == []
    for sign in "€$¥":
        assert sign not in said


@pytest.mark.requirement("SHP-4")
async def test_a_packing_slip_leaves_out_what_was_cancelled(desk):  # noqa: F811
    order = await desk.place([(GOODS, 1), ("NOR-CALM-BLK", 1)])
    shipment = await desk.shipment(order.order_id)
    await db.execute(
        "update shipment_line set canceled_quantity = quantity, reserved_quantity = 0 where sku = $1", GOODS
    )
    said = text_of(await packing_slip_pdf(order.order_id, shipment["id"]))
    assert GOODS not in said
    assert "NOR-CALM-BLK" in said


@pytest.mark.requirement("ORD-2", "DOC-5")
@pytest.mark.parametrize(("market", "locale"), [("FR", "fr"), ("US", "zh-Hans"), ("DE", "en")])
async def test_an_order_summary_comes_to_the_orders_total(desk, market, locale):  # noqa: F811
    order = await desk.place([(GOODS, 2), ("NOR-CALM-BLK", 1)], market=market, locale=locale)
    (whole,) = await load_orders([order.order_id])
    pdf = await order_summary_pdf(order.order_id)
    assert await order_summary_pdf(order.order_id) == pdf
    said = letters(text_of(pdf))
    row = whole.order

    def money(minor: int) -> str:
        return Money(minor, row["currency"]).format(locale)

    facts = [row["number"], money(row["total_minor"]), money(row["tax_minor"] + row["shipping_tax_minor"])]
    facts += [money(line["total_minor"]) for line in whole.lines]
    facts += [money(row["shipping_minor"])] if row["shipping_minor"] else []
    assert [fact for fact in facts if letters(fact) not in said] == []
