"""The data inside French and German documents keep every rule of the norm, and say what the paper says."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refunds.conftest import desk  # noqa: F401 - a fixture
from refunds.desk import GOODS
from rma.owner import broken, confirm, draft, guest, serials_of, sold

from documents.norm import broken_rules, embedded, metadata_of, texts
from documents.pdf import letters, standards_of, text_of
from documents.rows import invoice_row
from store.customers import Principal, create_partner, grant_exemption
from store.documents import credit_note_pdf, invoice_pdf, invoices_of, issue_invoice
from store.documents.electronic_invoice import ElectronicDataDiffers, invoice_xml
from store.documents.factur_x import NotTypesetAsExpected, as_factur_x
from store.documents.vat_category import vat_id_of
from store.kernel import audit, clock, db
from store.kernel.ids import new_id
from store.kernel.money import Money
from store.refunds import RefundLine, credit_notes_of

BOOK = "BOOK-VOIP-EN"  # of the reduced rate
ADMIN = Principal(kind="admin", account_id=new_id(), display_name="Robin Blanc")
DUE, PAID, TOTAL = "DuePayableAmount", "TotalPrepaidAmount", "GrandTotalAmount"


async def invoice_with_data(order_id):
    (row, *_) = await invoices_of([order_id])
    pdf = (await invoice_pdf(order_id, row["number"])).content
    return row, pdf, embedded(pdf)


async def credit_note_with_data(order_id):
    (row, *_) = await credit_notes_of([order_id])
    pdf = (await credit_note_pdf(order_id, row["number"])).content
    return row, pdf, embedded(pdf)


def decimal(minor: int) -> str:
    return f"{Decimal(minor) / 100:.2f}"


@pytest.mark.requirement("DOC-3", "PAY-10", "PAY-11")
@pytest.mark.parametrize(
    ("market", "locale", "method"), [("FR", "fr", "card"), ("FR", "zh-Hans", "wire"), ("DE", "en", "card")]
)
async def test_the_data_of_an_invoice_keep_the_rules_and_come_to_its_amounts(desk, market, locale, method):  # noqa: F811
    lines = [(GOODS, 3), (BOOK, 2), ("NOR-CALM-BLK", 1)]
    order_id = await desk.shipped(lines, method, market=market, locale=locale, customer_reference="Projet 4711/b")
    row, _, xml = await invoice_with_data(order_id)
    assert broken_rules(xml) == []
    assert len({tax["rate_ppm"] for tax in row["taxes"]}) == 2
    assert texts(xml, "ExchangedDocument/ID") == [row["number"]]
    assert texts(xml, "ExchangedDocument/TypeCode") == ["380"]
    assert texts(xml, TOTAL) == [decimal(row["amount_minor"])]
    assert texts(xml, "TaxTotalAmount") == [decimal(row["tax_minor"])]
    assert texts(xml, "BuyerReference") == ["Projet 4711/b"]
    assert texts(xml, "SellerOrderReferencedDocument/IssuerAssignedID") == [row["order_number"]]
    if method == "wire":
        assert texts(xml, "IBANID") == [row["seller"]["bank"]["account"].replace(" ", "")]
        assert texts(xml, "PaymentReference") == [row["transfer_reference"]]
        assert texts(xml, "DueDateDateTime/DateTimeString") == [f"{row['due_on']:%Y%m%d}"]
        assert (texts(xml, DUE), texts(xml, PAID)) == ([decimal(row["amount_minor"])], [])
    else:
        assert (texts(xml, DUE), texts(xml, PAID)) == (["0.00"], [decimal(row["amount_minor"])])


@pytest.mark.requirement("DOC-3", "CRT-6")
async def test_a_discount_stands_on_the_line_that_it_was_given_on(desk):  # noqa: F811
    row, pdf, xml = await invoice_with_data(await desk.shipped([(GOODS, 2), (BOOK, 1)], coupon="WELCOME10"))
    assert broken_rules(xml) == []
    discounts = [line["discount_minor"] for line in row["lines"]]
    assert all(discounts)
    assert texts(xml, "SpecifiedLineTradeSettlement/SpecifiedTradeAllowanceCharge/ActualAmount") == [
        decimal(discount) for discount in discounts
    ]
    for discount in discounts:
        assert letters(Money(discount, "EUR").format("fr")) in letters(text_of(pdf))


@pytest.mark.requirement("DOC-3", "PAY-11")
async def test_an_invoice_to_a_partner_has_its_vat_id_its_order_and_the_terms_of_the_law(desk):  # noqa: F811
    partner = await create_partner(
        name="Télécom Exemple", currency="EUR", credit_limit_minor=5_000_000, approved=True, vat_id="FR 11 123456782"
    )
    order_id = await desk.shipped(
        [(GOODS, 1)], "purchase_order", partner_id=partner.id, purchase_order_number="PO-77/2026"
    )
    row, pdf, xml = await invoice_with_data(order_id)
    assert broken_rules(xml) == []
    assert texts(xml, "BuyerTradeParty/SpecifiedTaxRegistration/ID") == ["FR11123456782"]
    assert texts(xml, "BuyerOrderReferencedDocument/IssuerAssignedID") == ["PO-77/2026"]
    assert texts(xml, "IncludedNote/SubjectCode") == ["PMD", "PMT", "AAB"]
    for note in texts(xml, "IncludedNote/Content"):
        assert letters(note) in letters(text_of(pdf))
    private, _, other = await invoice_with_data(await desk.shipped([(GOODS, 1)]))
    assert (private["buyer"]["business"], texts(other, "IncludedNote/Content")) == (False, [])
    assert row["buyer"]["business"] is True


@pytest.mark.requirement("MKT-4", "DOC-3")
async def test_who_is_exempt_reads_by_which_document(desk):  # noqa: F811
    partner = await create_partner(
        name="Büro Beispiel", currency="EUR", credit_limit_minor=5_000_000, approved=True, vat_id="DE129273398"
    )
    ends = date(2099, 1, 1)
    await grant_exemption(by=ADMIN, market="FR", document="VIES 2026-17", expires_on=ends, partner_id=partner.id)
    order_id = await desk.shipped([(GOODS, 1)], "purchase_order", partner_id=partner.id, purchase_order_number="1")
    row, pdf, xml = await invoice_with_data(order_id)
    assert (row["tax_minor"], row["tax_exemption"]) == (0, "VIES 2026-17")
    assert broken_rules(xml) == []
    assert texts(xml, "ApplicableHeaderTradeSettlement/ApplicableTradeTax/CategoryCode") == ["E"]  # it stayed in France
    (reason,) = texts(xml, "ExemptionReason")
    assert "VIES 2026-17" in reason
    assert letters(reason) in letters(text_of(pdf))
    await desk.commit(order_id)
    _, _, credited = await credit_note_with_data(order_id)
    assert broken_rules(credited) == []
    assert texts(credited, "ExemptionReason") == [reason]


@pytest.mark.requirement("REF-8", "DOC-3")
@pytest.mark.parametrize("market", ["FR", "DE"])
async def test_the_data_of_a_credit_note_name_its_invoice_and_take_off_the_fee_rate_by_rate(desk, market):  # noqa: F811
    order_id = await desk.shipped([(GOODS, 2), (BOOK, 2)], market=market)
    row, _, _ = await invoice_with_data(order_id)
    (shipment,) = await desk.shipments(order_id)
    found = await db.fetch("select id, quantity from shipment_line where shipment_id = $1", shipment["id"])
    lines = [RefundLine(quantity=line["quantity"], shipment_line_id=line["id"]) for line in found]
    await desk.commit(order_id, lines=lines, fee_minor=991, include_shipping=True, reason="return_accepted")
    await desk.work()
    note, pdf, xml = await credit_note_with_data(order_id)
    assert broken_rules(xml) == []
    assert texts(xml, "ExchangedDocument/TypeCode") == ["381"]
    assert texts(xml, "InvoiceReferencedDocument/IssuerAssignedID") == [row["number"]]
    assert texts(xml, TOTAL) == [decimal(note["amount_minor"])]
    (fee,) = [line for line in note["lines"] if line["kind"] == "fee"]
    assert len(fee["taxes"]) == 2
    assert sum(tax["amount_minor"] for tax in fee["taxes"]) == -991
    assert sum(tax["tax_minor"] for tax in fee["taxes"]) == fee["tax_minor"]
    assert all(line["taxes"] for line in note["lines"])
    assert standards_of(pdf)["a"] == "3"


@pytest.mark.requirement("REF-10", "REF-8")
async def test_money_that_the_dashboard_gave_back_is_credited_at_the_orders_rates(desk):  # noqa: F811
    order_id = await desk.shipped([(GOODS, 1), (BOOK, 3)])
    await desk.dashboard_refund(1234)
    note, _, xml = await credit_note_with_data(order_id)
    assert broken_rules(xml) == []
    (line,) = note["lines"]
    assert line["kind"] == "allowance"
    assert sum(tax["amount_minor"] for tax in line["taxes"]) == 1234
    assert sum(tax["tax_minor"] for tax in line["taxes"]) == note["tax_minor"]


@pytest.mark.requirement("RMA-8", "RMA-9", "RMA-10", "DOC-3")
async def test_the_invoice_of_a_repair_says_what_was_repaired_for_whom(desk):  # noqa: F811
    order_id = await sold(desk)
    (serial,) = await serials_of(order_id)
    desk.later(days=800)
    caller = guest(order_id)
    rma_id = await draft(caller, broken(serial, accept_quote=True), customer_reference="Job 12")
    whole = await confirm(rma_id, caller)
    await desk.work()
    repair_id = whole.units[0]["repair_order_id"]
    row, pdf, xml = await invoice_with_data(repair_id)
    assert broken_rules(xml) == []
    assert row["return_number"] == whole.rma["number"]
    said = letters(text_of(pdf))
    for fact in (serial, whole.rma["number"], "Job 12", "Réparation", "Prestation de services"):
        assert letters(fact) in said
    assert texts(xml, "BusinessProcessSpecifiedDocumentContextParameter/ID") == ["S1"]
    assert serial in texts(xml, "SpecifiedTradeProduct/Name")[0]


@pytest.mark.requirement("DOC-3")
@pytest.mark.parametrize(("market", "says"), [("US", "Sales tax ("), ("CN", "fapiao")])
async def test_other_markets_send_no_data_and_say_what_their_law_wants(desk, market, says):  # noqa: F811
    order_id = await desk.shipped([(GOODS, 1)], market=market, locale="en")
    (row,) = await invoices_of([order_id])
    pdf = (await invoice_pdf(order_id, row["number"])).content
    assert b"factur-x" not in pdf
    assert standards_of(pdf)["a"] == "2"
    assert says in text_of(pdf)


@pytest.mark.requirement("DOC-3")
async def test_the_metadata_say_factur_x_and_the_bytes_before_them_are_untouched(desk):  # noqa: F811
    row, pdf, _ = await invoice_with_data(await desk.shipped([(GOODS, 1)]))
    told = metadata_of(pdf)
    for name, value in (("ConformanceLevel", "EN 16931"), ("DocumentFileName", "factur-x.xml"), ("Version", "1.0")):
        assert f"<fx:{name}>{value}</fx:{name}>" in told
    assert told.count("<pdfaExtension:schemas>") == 1
    assert standards_of(pdf) == {"a": "3", "level": "A", "ua": "1", "language": "fr"}
    first_end = pdf.index(b"%%EOF") + len(b"%%EOF")
    original = pdf[:first_end]
    assert as_factur_x(original) == pdf
    assert row["number"].encode() not in pdf[first_end:].split(b"<x:xmpmeta")[0]
    for strange in (b"", b"%PDF-1.7\n", original.replace(b"/Type/Metadata", b"/Type/metadata")):
        with pytest.raises(NotTypesetAsExpected):
            as_factur_x(strange)


async def test_data_that_differ_from_the_paper_are_not_sent_and_a_person_is_told(charged):
    await issue_invoice(await charged())
    (row,) = await db.fetch("select * from invoice")
    with pytest.raises(ElectronicDataDiffers):
        invoice_xml({**row, "amount_minor": row["amount_minor"] + 1})
    await db.execute("alter table invoice disable trigger invoice_append_only")
    await db.execute("update invoice set tax_minor = tax_minor - 1")
    pdf = (await invoice_pdf(row["order_id"], row["number"])).content
    assert standards_of(pdf)["a"] == "2"
    (item,) = await audit.open_exceptions()
    assert (item["kind"], item["subject"]) == ("electronic_data_differ", row["number"])


@pytest.mark.requirement("DOC-3")
@settings(max_examples=80, deadline=None)
@given(invoice_row())
def test_whatever_is_sold_to_whomever_the_data_keep_the_rules_to_the_cent(row):
    xml = invoice_xml(row)
    assert broken_rules(xml) == []
    (due,), paid = texts(xml, DUE), texts(xml, PAID) or ["0"]
    assert Decimal(due) + Decimal(paid[0]) == Decimal(row["amount_minor"]) / 100
    assert invoice_xml(row) == xml


@given(st.text(max_size=20))
def test_a_vat_id_is_only_what_begins_with_a_country(text):
    assert vat_id_of(text) == "" or vat_id_of(text)[:2].isalpha()
    assert vat_id_of(f"FR 12-{'1' * 9}") == "FR12111111111"


async def test_an_older_seller_without_data_gets_none(charged):
    clock.set_offset(timedelta(0))
    await issue_invoice(await charged())
    (row,) = await db.fetch("select * from invoice")
    seller = {name: value for name, value in row["seller"].items() if name != "electronic"}
    assert invoice_xml({**row, "seller": seller}) is None
