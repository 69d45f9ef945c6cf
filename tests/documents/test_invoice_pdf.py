"""An invoice and a credit note say what their rows say, in the order's language, with the same bytes for ever."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refunds.conftest import desk  # noqa: F401 - a fixture
from refunds.desk import GOODS

from documents.pdf import fonts_of, letters, page_sizes, standards_of, text_of
from store.documents import (
    DocumentDamaged,
    credit_note_pdf,
    invoice_pdf,
    invoices_of,
    issue_invoice,
)
from store.documents.figures import percent, unit_price
from store.documents.invoice_document import invoice_data
from store.kernel import audit, clock, db
from store.kernel.errors import NotFound
from store.kernel.i18n import LOCALES, pick, translate
from store.kernel.money import Money
from store.kernel.wording import spoken
from store.markets import Address
from store.orders.find_orders import load_orders
from store.refunds import credit_notes_of

GOODS_ABROAD = "Intra-Community supply, exempt from VAT (article 138 of Directive 2006/112/EC)."
A4, LETTER = (210, 297), (216, 279)
ENGLISH = (
    "Invoice",
    "invoice",
    "Credit",
    "Total",
    "Tax",
    "tax",
    "Quantity",
    "Item",
    "Order",
    "Shipping",
    "Page",
    "Due",
)
# English words that are French too.
FRENCH_TOO = {"Total", "Page"}


async def first_invoice(order_id):
    (invoice, *_) = await invoices_of([order_id])
    return invoice, (await invoice_pdf(order_id, invoice["number"])).content


@pytest.mark.requirement("DOC-3", "RMA-10")
@pytest.mark.parametrize(
    ("market", "locale", "method"),
    [("FR", "fr", "card"), ("FR", "en", "wire"), ("US", "en", "card"), ("CN", "zh-Hans", "wire"), ("DE", "fr", "wire")],
)
async def test_an_invoice_says_all_that_its_row_says(desk, market, locale, method):  # noqa: F811
    order_id = await desk.shipped(
        [(GOODS, 3), ("TON-CALL-USBA", 7)], method, market=market, locale=locale, customer_reference="Projet 4711/b"
    )
    row, pdf = await first_invoice(order_id)
    said = letters(text_of(pdf))

    def money(minor: int) -> str:
        return Money(minor, row["currency"]).format(locale)

    facts = [row["number"], row["order_number"], "Projet 4711/b", row["seller"]["name"], *row["seller"]["address"]]
    facts += [f"{name} {number}" for name, number in row["seller"]["registrations"].items()]
    facts += [*row["buyer"]["address"], spoken(row["issued_on"], locale), spoken(row["supplied_on"], locale)]
    facts += [pick(line["names"], locale) for line in row["lines"]] + [line["sku"] for line in row["lines"]]
    facts += [money(line["goods_minor"]) for line in row["lines"]]
    facts += [money(line["goods_minor"] - line["tax_minor"]) for line in row["lines"]]
    facts += [percent(tax["rate_ppm"], locale) for tax in row["taxes"]]
    facts += [money(tax["net_minor"]) for tax in row["taxes"]] + [money(tax["tax_minor"]) for tax in row["taxes"]]
    facts += [money(row["amount_minor"]), money(row["tax_minor"]), money(row["amount_minor"] - row["tax_minor"])]
    if row["due_on"]:
        bank = row["seller"]["bank"]
        facts += [bank["holder"], bank["account"], row["transfer_reference"], spoken(row["due_on"], locale)]
    assert [fact for fact in facts if letters(fact) not in said] == []
    assert (row["due_on"] is not None) == (method == "wire")


@pytest.mark.requirement("L10N-1", "DOC-3", "REF-8")
@pytest.mark.parametrize(("market", "locale"), [("FR", "fr"), ("CN", "zh-Hans")])
async def test_no_english_stands_on_documents_in_another_language(desk, market, locale):  # noqa: F811
    order_id = await desk.shipped([(GOODS, 2)], "wire", market=market, locale=locale)
    await desk.commit(order_id)
    (note,) = await credit_notes_of([order_id])
    credited = (await credit_note_pdf(order_id, note["number"])).content
    _, invoiced = await first_invoice(order_id)
    for pdf in (credited, invoiced):
        found = set(ENGLISH) & set(re.findall(r"[A-Za-z]+", text_of(pdf)))
        assert found <= (FRENCH_TOO if locale == "fr" else set())


@pytest.mark.requirement("DOC-5")
@pytest.mark.parametrize(("market", "locale", "size"), [("FR", "fr", A4), ("US", "zh-Hans", LETTER)])
async def test_an_invoice_has_its_fonts_inside_and_the_paper_of_the_market(desk, market, locale, size):  # noqa: F811
    _, pdf = await first_invoice(await desk.shipped([(GOODS, 1)], market=market, locale=locale))
    fonts = fonts_of(pdf)
    assert fonts
    assert all(fonts.values())
    assert all("+" in name for name in fonts)
    assert page_sizes(pdf) == [size]
    part = "3" if market == "FR" else "2"
    assert standards_of(pdf) == {"a": part, "level": "A", "ua": "1", "language": LOCALES[locale].replace("_Hans_", "-")}


@pytest.mark.requirement("DOC-3")
async def test_two_hundred_lines_go_over_several_counted_pages(charged):
    charge_id = await charged()
    order_id = await db.fetchval("select order_id from charge where id = $1", charge_id)
    await issue_invoice(charge_id)
    row = dict(await db.fetchrow("select * from invoice"))
    row |= {"id": uuid4(), "charge_id": uuid4(), "number": "EXEMPLE-FR-2026-900001", "lines": row["lines"] * 200}
    await db.insert("invoice", **row)
    pdf = (await invoice_pdf(order_id, row["number"])).content
    pages = len(page_sizes(pdf))
    assert pages > 5
    words = translate("fr", "Page {page} of {pages}", {"page": pages, "pages": pages})
    assert letters(words) in letters(text_of(pdf))


@pytest.mark.requirement("DOC-3", "REF-8")
async def test_a_document_is_typeset_once_and_stays_the_same_bytes(charged, monkeypatch):
    charge_id = await charged()
    await issue_invoice(charge_id, on_terms=True)
    (invoice,) = await db.fetch("select * from invoice")
    asked = [invoice_pdf(invoice["order_id"], invoice["number"]) for _ in range(20)]
    files = await asyncio.gather(*asked)
    assert len({file.content for file in files}) == 1
    assert files[0].sha256 == hashlib.sha256(files[0].content).hexdigest()
    assert await db.fetchval("select count(*) from document_file") == 1
    # A later design of the template changes nothing about what was handed out.
    monkeypatch.setattr("store.documents.keep_document.typeset", None)
    assert (await invoice_pdf(invoice["order_id"], invoice["number"])).content == files[0].content


async def test_the_same_row_gives_the_same_bytes(charged):
    await issue_invoice(await charged(), on_terms=True)
    (invoice,) = await db.fetch("select * from invoice")
    first = await invoice_pdf(invoice["order_id"], invoice["number"])
    await db.execute("alter table document_file disable trigger document_file_append_only")
    await db.execute("delete from document_file")
    assert (await invoice_pdf(invoice["order_id"], invoice["number"])).content == first.content


async def test_a_kept_file_can_neither_be_changed_nor_deleted(charged):
    await issue_invoice(await charged())
    (invoice,) = await db.fetch("select * from invoice")
    await invoice_pdf(invoice["order_id"], invoice["number"])
    for statement in ("update document_file set content = 'x'", "delete from document_file"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(statement)
    await db.execute("alter table document_file disable trigger document_file_append_only")
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("update document_file set content = 'x'")


async def test_a_file_that_was_changed_all_the_same_is_refused_and_told_once(charged):
    await issue_invoice(await charged())
    (invoice,) = await db.fetch("select * from invoice")
    await invoice_pdf(invoice["order_id"], invoice["number"])
    await db.execute("alter table document_file disable trigger document_file_append_only")
    await db.execute("alter table document_file drop constraint document_file_check")
    await db.execute("update document_file set content = content || 'x'")
    for _ in range(2):
        with pytest.raises(DocumentDamaged):
            await invoice_pdf(invoice["order_id"], invoice["number"])
    (item,) = await audit.open_exceptions()
    assert (item["kind"], item["order_id"]) == ("document_damaged", invoice["order_id"])
    assert invoice["number"] in item["subject"]


async def test_an_invoice_of_another_order_is_not_found(charged):
    await issue_invoice(await charged())
    await issue_invoice(await charged())
    first, second = await db.fetch("select * from invoice order by number")
    for order_id, number in ((first["order_id"], second["number"]), (uuid4(), first["number"]), (uuid4(), "")):
        with pytest.raises(NotFound):
            await invoice_pdf(order_id, number)
        with pytest.raises(NotFound):
            await credit_note_pdf(order_id, number)


@pytest.mark.requirement("REF-8", "RMA-10")
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
async def test_a_credit_note_names_its_invoice_its_lines_and_what_was_kept_back(desk, locale):  # noqa: F811
    order_id = await desk.shipped([(GOODS, 3)], locale=locale, customer_reference="Projet 4711/b")
    invoice, _ = await first_invoice(order_id)
    await desk.commit(order_id, 2, fee_minor=990, include_shipping=True, reason="return_accepted")
    await desk.work()
    (note,) = await credit_notes_of([order_id])
    said = letters(text_of((await credit_note_pdf(order_id, note["number"])).content))

    def money(minor: int) -> str:
        return Money(minor, "EUR").format(locale)

    kinds = {line["kind"] for line in note["lines"]}
    assert kinds >= {"goods", "fee"}
    facts = [note["number"], note["order_number"], note["refund_number"], invoice["number"], "Projet 4711/b", GOODS]
    facts += [money(note["amount_minor"]), money(note["tax_minor"]), invoice["seller"]["name"]]
    facts += [money(line["amount_minor"]) for line in note["lines"]] + invoice["buyer"]["address"]
    facts += [percent(200_000, locale), translate(locale, "Restocking fee")]
    assert [fact for fact in facts if letters(fact) not in said] == []


@pytest.mark.requirement("REF-8")
async def test_a_credit_note_names_only_the_invoice_of_the_shipment_that_it_corrects(desk):  # noqa: F811
    order_id = await desk.shipped([(GOODS, 2), ("HAL-DVID-BLK", 1)])
    clock.set_offset(timedelta(days=20))
    await desk.stock_arrives(order_id, 2)
    await desk.ship(order_id, 2)
    first, second = await invoices_of([order_id])
    await desk.commit(order_id)
    await desk.work()
    (note,) = await credit_notes_of([order_id])
    said = text_of((await credit_note_pdf(order_id, note["number"])).content)
    (whole,) = await load_orders([order_id])
    assert len(whole.shipments) == 2
    assert first["number"] in said
    assert second["number"] not in said


@given(
    st.integers(0, 10**12),
    st.integers(1, 10_000),
    st.sampled_from(["EUR", "JPY", "KWD"]),
    st.sampled_from(["en", "fr", "zh-Hans"]),
)
def test_a_unit_price_is_told_to_the_hundredth_of_a_cent(amount, quantity, currency, locale):
    assert unit_price(Money(amount, currency), quantity, locale)
    assert unit_price(Money(amount * quantity, currency), quantity, locale) == Money(amount, currency).format(locale)


@pytest.mark.requirement("MKT-4", "DOC-3")
@pytest.mark.parametrize(
    ("vat_id", "country", "kind", "note"),
    [
        ("DE123456789", "DE", "goods", GOODS_ABROAD),
        ("DE123456789", "DE", "repair", "Reverse charge: the VAT is to be accounted for by the customer."),
        (None, "DE", "goods", "No tax applies: this sale is exempt."),
        ("FR123", "FR", "goods", "No tax applies: this sale is exempt."),
        ("FR123", "MC", "repair", "No tax applies: this sale is exempt."),
    ],
)
async def test_an_untaxed_invoice_says_why(charged, vat_id, country, kind, note):
    await issue_invoice(await charged(locale="en"))
    row = dict(await db.fetchrow("select * from invoice"))
    assert invoice_data(row)["notes"] == []
    buyer = {**row["buyer"], "vat_id": vat_id, "country": country}
    taxes = [{"rate_ppm": 0, "net_minor": row["amount_minor"], "tax_minor": 0}]
    lines = [line | {"kind": kind} for line in row["lines"]]
    untaxed = row | {"tax_minor": 0, "shipping_tax_minor": 0, "taxes": taxes, "buyer": buyer, "lines": lines}
    untaxed["deliver_to"] = row["deliver_to"] | {"country": country}
    assert invoice_data(untaxed)["notes"] == [note]
    assert invoice_data(untaxed | {"tax_exemption": "A-17"})["notes"] == [f"{note} Document: A-17"]


async def test_an_invoice_says_where_the_goods_went_only_if_it_is_elsewhere(desk):  # noqa: F811
    elsewhere = Address(name="Depot", line1="1 rue du Port", postcode="13002", city="Marseille", country="FR")
    order_id = await desk.shipped([(GOODS, 1)], billing_address=elsewhere)
    row, pdf = await first_invoice(order_id)
    assert row["buyer"]["address"] == ["Depot", "1 rue du Port", "13002 MARSEILLE"]
    assert row["ship_to"] == ["Client d’essai", "12 rue de Rivoli", "75001 PARIS"]
    assert letters("75001 PARIS") in letters(text_of(pdf))
    same, _ = await first_invoice(await desk.shipped([(GOODS, 1)]))
    assert same["ship_to"] is None
