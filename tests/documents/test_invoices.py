"""One invoice per charge, to the cent, numbered without a gap."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from store.documents import InvoiceDoesNotAddUp, invoices_of, issue_invoice, on_capture_succeeded, on_charge_invoiced
from store.kernel import clock, db
from store.kernel.money import Money
from store.orders.cancel_order import CancelOrder, cancel_order
from store.payments.bank import import_statement

NOW, LATER = "AUR-ONE-BLK", "HAL-DVID-BLK"


@pytest.mark.requirement("DOC-3")
async def test_a_hundred_concurrent_charges_get_a_hundred_consecutive_numbers(charged):
    charges = [await charged() for _ in range(100)]
    # Each fact is told twice, at the same time.
    await asyncio.gather(*(issue_invoice(charge_id, on_terms=True) for charge_id in charges * 2))
    rows = await db.fetch("select number, charge_id from invoice order by number")
    year = clock.today("Europe/Paris").year
    assert [row["number"] for row in rows] == [f"EXEMPLE-FR-{year}-{number:06d}" for number in range(1, 101)]
    assert {row["charge_id"] for row in rows} == set(charges)


@pytest.mark.requirement("DOC-3")
async def test_a_failed_issue_leaves_no_hole(charged):
    first, wrong, last = await charged(), await charged(amount_minor=999_999), await charged()
    await issue_invoice(first)
    with pytest.raises(InvoiceDoesNotAddUp):
        await issue_invoice(wrong)
    await issue_invoice(last)
    numbers = [row["number"][-6:] for row in await db.fetch("select number from invoice order by number")]
    assert numbers == ["000001", "000002"]


async def test_an_invoice_says_what_was_sold_even_if_a_part_was_refunded_before_it_was_written(charged):
    charge_id = await charged()
    await db.execute("update charge set amount_minor = 1800, tax_minor = 300 where id = $1", charge_id)
    await issue_invoice(charge_id, on_terms=True)
    row = await db.fetchrow("select * from invoice")
    assert (row["amount_minor"], row["tax_minor"]) == (3000, 500)


async def test_an_invoice_is_frozen(charged):
    await issue_invoice(await charged())
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("update invoice set amount_minor = 1")
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("delete from invoice")


@pytest.mark.requirement("DOC-3", "L10N-3")
async def test_an_invoice_has_both_parties_lines_and_the_tax_by_rate(charged):
    await issue_invoice(await charged(locale="fr"), on_terms=True)
    row = await db.fetchrow("select * from invoice")
    assert row["locale"] == "fr"
    assert (row["seller"]["name"], row["seller"]["registrations"]["SIREN"]) == ("Exemple Commerce SAS", "000 000 000")
    assert row["buyer"]["address"] == ["Jean <b>Test</b>", "12 rue de Rivoli", "75001 PARIS"]
    (line,) = row["lines"]
    assert (line["sku"], line["names"]["fr"], line["quantity"]) == ("PHONE", "Téléphone", 2)
    assert (line["goods_minor"], line["tax_minor"]) == (2400, 400)
    assert (row["shipping_minor"], row["shipping_tax_minor"]) == (600, 100)
    assert row["taxes"] == [{"rate_ppm": 200_000, "net_minor": 2500, "tax_minor": 500}]
    assert row["due_on"].isoformat() == "2026-01-31"


@pytest.mark.requirement("DOC-3")
async def test_each_shipment_of_a_card_order_has_its_invoice_when_it_is_charged(shop):
    order = await shop.place([(NOW, 2), (LATER, 1)])
    assert await invoices_of([order.order_id]) == []
    await shop.ship(order.order_id, 1)
    (first,) = await invoices_of([order.order_id])
    shop.later(days=20)
    await shop.stock_arrives(order.order_id, 2)
    await shop.ship(order.order_id, 2)
    invoices = await invoices_of([order.order_id])
    charges = await shop.charges(order.order_id)
    assert invoices[0]["number"] == first["number"]
    assert [(row["charge_id"], row["amount_minor"], row["tax_minor"]) for row in invoices] == [
        (charge["id"], charge["amount_minor"], charge["tax_minor"]) for charge in charges
    ]
    for row in invoices:
        assert row["due_on"] is None
        assert sum(tax["net_minor"] + tax["tax_minor"] for tax in row["taxes"]) == row["amount_minor"]


@pytest.mark.requirement("DOC-3")
async def test_an_order_paid_at_once_has_one_invoice_for_the_whole(shop):
    order = await shop.place([(NOW, 2), (LATER, 1)], "apple_pay")
    await shop.work()
    (invoice,) = await invoices_of([order.order_id])
    total = await db.fetchval("select total_minor from sales_order where id = $1", order.order_id)
    assert (invoice["amount_minor"], invoice["shipment_id"]) == (total, None)
    assert [(line["sku"], line["quantity"]) for line in invoice["lines"]] == [(NOW, 2), (LATER, 1)]


@pytest.mark.requirement("DOC-3", "PAY-10")
async def test_a_transfer_is_invoiced_once_with_its_day_however_often_it_is_told(shop):
    order = await shop.place([(NOW, 1)], "wire")
    await shop.ship(order.order_id)
    (charge,) = await shop.charges(order.order_id)
    (invoice,) = await invoices_of([order.order_id])
    assert invoice["due_on"] == charge["due_on"]
    assert invoice["transfer_reference"]
    amount = Money(charge["amount_minor"], "EUR").to_decimal()
    await import_statement(
        f"booked_on,currency,amount,reference,payer\n2026-11-30,EUR,{amount},{invoice['transfer_reference']},Client\n",
        actor="test",
    )
    await shop.work()
    assert (await shop.charges(order.order_id))[0]["status"] == "captured"
    await on_charge_invoiced(order_id=str(order.order_id), charge_id=str(charge["id"]), payment_id=str(uuid4()))
    await on_capture_succeeded(order_id=str(order.order_id), charge_id=str(charge["id"]), capture_id=str(uuid4()))
    assert await invoices_of([order.order_id]) == [invoice]


@pytest.mark.requirement("DOC-3")
async def test_what_was_cancelled_before_it_left_is_not_invoiced(shop):
    order = await shop.place([(NOW, 3)], "wire")
    line_id = await db.fetchval("select id from order_line where order_id = $1", order.order_id)
    await cancel_order(CancelOrder(order_id=order.order_id, actor="agent", units={line_id: 1}))
    await shop.ship(order.order_id)
    (charge,) = await shop.charges(order.order_id)
    (invoice,) = await invoices_of([order.order_id])
    assert [line["quantity"] for line in invoice["lines"]] == [2]
    assert invoice["amount_minor"] == charge["amount_minor"]
