"""Invoices and credit notes of sellers that send their data along, as EN 16931 sees them (DOC-3, REF-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.documents.cii import cross_industry_invoice
from store.documents.credit_note_document import LINE_NAMES, REASON, Corrected, credited_taxes, taxes_of
from store.documents.electronic_document import Adjustment, ElectronicDocument, ElectronicLine
from store.documents.invoice_document import shipping_rate, untaxed_reason
from store.documents.legal_texts import legal_texts
from store.documents.parties import postal_of
from store.documents.vat_category import ZERO_RATED, VatCategory, kinds_of, untaxed_category
from store.kernel import db
from store.kernel.i18n import N_, pick, translate
from store.kernel.wording import status_label
from store.markets import local_date

# UNTDID 7161 for charges, 5189 for allowances.
DELIVERY, FEE, DISCOUNT = "FC", "64", "95"
PAID_BACK = N_("This amount is paid back, or set off against what is owed.")


class ElectronicDataDiffers(RuntimeError):
    """The data don't come to what the document says. It is handed out without them, and a person is told."""


def invoice_xml(invoice: db.Row) -> bytes | None:
    """The data of an invoice, or None for a seller without. Raises ElectronicDataDiffers."""
    if not invoice["seller"].get("electronic"):
        return None
    locale, rate = invoice["locale"], shipping_rate(invoice)
    if invoice["shipping_minor"] and rate is None:
        msg = f"invoice {invoice['number']}: the rate of its shipping isn't known"
        raise ElectronicDataDiffers(msg)
    shipping = Adjustment(
        charge=True,
        reason=translate(locale, LINE_NAMES["shipping"]),
        reason_code=DELIVERY,
        net_minor=invoice["shipping_minor"] - invoice["shipping_tax_minor"],
        rate_ppm=rate or 0,
    )
    return _checked(
        invoice,
        ElectronicDocument(
            type_code="380",
            number=invoice["number"],
            issued_on=invoice["issued_on"],
            currency=invoice["currency"],
            seller=invoice["seller"],
            buyer=invoice["buyer"],
            lines=[_invoice_line(line, locale) for line in invoice["lines"]],
            taxes=invoice["taxes"],
            kinds=frozenset(kinds_of(invoice["lines"])),
            adjustments=[shipping] if invoice["shipping_minor"] else [],
            untaxed=_untaxed(invoice),
            untaxed_reason="".join(untaxed_reason(invoice)),
            deliver_to=invoice["deliver_to"],
            supplied_on=invoice["supplied_on"],
            payment_method=invoice["payment_method"],
            paid=invoice["due_on"] is None,
            due_on=invoice["due_on"],
            order_number=invoice["order_number"],
            purchase_order_number=invoice["purchase_order_number"] or "",
            buyer_reference=invoice["customer_reference"] or "",
            payment_reference=invoice["transfer_reference"] or "",
            notes=legal_texts(invoice, locale),
        ),
    )


def credit_note_xml(note: db.Row, corrected: Corrected) -> bytes | None:
    """The data of a credit note, with the invoices that it corrects; else as `invoice_xml`."""
    if not corrected.seller.get("electronic"):
        return None
    locale, order = note["locale"], corrected.whole.order
    before = corrected.invoices[0] if corrected.invoices else None
    reason = translate(locale, REASON, {"reason": status_label(note["reason"], locale)})
    return _checked(
        note,
        ElectronicDocument(
            type_code="381",
            number=note["number"],
            issued_on=local_date(corrected.market, note["issued_at"]),
            currency=note["currency"],
            seller=corrected.seller,
            buyer=corrected.buyer,
            lines=[line for raw in note["lines"] for line in _credited_lines(raw, corrected, locale)],
            taxes=credited_taxes(note, corrected),
            kinds=frozenset(kinds_of(corrected.whole.lines)),
            adjustments=[each for raw in note["lines"] for each in _adjustments(raw, corrected, locale)],
            untaxed=_untaxed(before) if before else ZERO_RATED,
            untaxed_reason="".join(untaxed_reason(before)) if before else "",
            deliver_to=before["deliver_to"] if before else postal_of(order["shipping_address"]),
            supplied_on=before["supplied_on"] if before else None,
            terms=translate(locale, PAID_BACK),
            order_number=note["order_number"],
            buyer_reference=order["customer_reference"] or "",
            notes=[("", reason)],
            corrects=[(invoice["number"], invoice["issued_on"]) for invoice in corrected.invoices],
        ),
    )


def _checked(row: db.Row, document: ElectronicDocument) -> bytes:
    said = (row["amount_minor"] - row["tax_minor"], row["tax_minor"])
    if (document.net_minor, document.tax_minor) != said:
        msg = f"{row['number']}: the data come to {(document.net_minor, document.tax_minor)}, the document to {said}"
        raise ElectronicDataDiffers(msg)
    return cross_industry_invoice(document)


def _invoice_line(line: Mapping[str, Any], locale: str) -> ElectronicLine:
    return ElectronicLine(
        name=pick(line["names"], locale),
        sku=line["sku"],
        quantity=line["quantity"],
        net_minor=line["goods_minor"] - line["tax_minor"],
        rate_ppm=line["tax_rate_ppm"],
        discount_minor=line.get("discount_minor", 0),
    )


def _credited_lines(line: Mapping[str, Any], corrected: Corrected, locale: str) -> list[ElectronicLine]:
    """Goods as they were sold; an allowance as one piece of each rate."""
    if line["kind"] not in {"goods", "allowance"}:
        return []
    goods = line["kind"] == "goods"
    return [
        ElectronicLine(
            name=pick(line["names"], locale) if goods else translate(locale, LINE_NAMES["allowance"]),
            sku=line["sku"] if goods else "",
            quantity=line["quantity"] if goods else 1,
            net_minor=tax["amount_minor"] - tax["tax_minor"],
            rate_ppm=tax["rate_ppm"],
        )
        for tax in taxes_of(line, corrected)
    ]


def _adjustments(line: Mapping[str, Any], corrected: Corrected, locale: str) -> list[Adjustment]:
    """Shipping is given back as well; a fee, or what went back before, is taken off."""
    if line["kind"] in {"goods", "allowance"}:
        return []
    charge = line["kind"] == "shipping"
    return [
        Adjustment(
            charge=charge,
            reason=translate(locale, LINE_NAMES[line["kind"]]),
            reason_code=DELIVERY if charge else FEE if line["kind"] == "fee" else DISCOUNT,
            net_minor=abs(tax["amount_minor"] - tax["tax_minor"]),
            rate_ppm=tax["rate_ppm"],
        )
        for tax in taxes_of(line, corrected)
    ]


def _untaxed(invoice: db.Row) -> VatCategory:
    """Goods of rate 0 beside taxed ones are zero-rated."""
    return ZERO_RATED if invoice["tax_minor"] else untaxed_category(invoice)
