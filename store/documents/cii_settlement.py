"""How a document is paid, its tax by rate and its sums, in Cross Industry Invoice (EN 16931)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.documents.cii_element import Node, amount, percent
from store.documents.electronic_document import Adjustment, ElectronicDocument

# UNTDID 4461.
MEANS = {"card": "48", "apple_pay": "48", "google_pay": "48", "paypal": "68", "wire": "30", "purchase_order": "30"}
TRANSFERS = frozenset(["30", "58"])


def add_settlement(settlement: Node, document: ElectronicDocument) -> None:
    settlement.add("ram:PaymentReference", document.payment_reference)
    settlement.add("ram:InvoiceCurrencyCode", document.currency)
    _add_means(settlement, document)
    for tax in document.taxes:
        _add_tax(settlement.node("ram:ApplicableTradeTax"), document, tax)
    if document.untaxed.code == "K" and document.supplied_on is None:
        # What the norm wants to know of goods that go abroad, where they haven't left yet.
        period = settlement.node("ram:BillingSpecifiedPeriod")
        period.add_day("ram:StartDateTime", document.issued_on)
        period.add_day("ram:EndDateTime", document.issued_on)
    for adjustment in document.adjustments:
        _add_adjustment(settlement.node("ram:SpecifiedTradeAllowanceCharge"), document, adjustment)
    if document.terms or document.due_on:
        terms = settlement.node("ram:SpecifiedTradePaymentTerms")
        terms.add("ram:Description", document.terms)
        terms.add_day("ram:DueDateDateTime", document.due_on)
    _add_sums(settlement.node("ram:SpecifiedTradeSettlementHeaderMonetarySummation"), document)
    for number, day in document.corrects:
        invoice = settlement.node("ram:InvoiceReferencedDocument")
        invoice.add("ram:IssuerAssignedID", number)
        invoice.add_day("ram:FormattedIssueDateTime", day, space="qdt")


def _add_means(settlement: Node, document: ElectronicDocument) -> None:
    code = MEANS.get(document.payment_method)
    if code is None:
        return
    if code in TRANSFERS and document.currency == "EUR":
        code = "58"  # a SEPA credit transfer
    means = settlement.node("ram:SpecifiedTradeSettlementPaymentMeans")
    means.add("ram:TypeCode", code)
    if code in TRANSFERS:
        bank = document.seller["bank"]
        account = means.node("ram:PayeePartyCreditorFinancialAccount")
        account.add("ram:IBANID", bank["account"].replace(" ", ""))
        account.add("ram:AccountName", bank["holder"])
        if bank["bic"]:
            means.node("ram:PayeeSpecifiedCreditorFinancialInstitution").add("ram:BICID", bank["bic"])


def _add_tax(node: Node, document: ElectronicDocument, tax: Mapping[str, Any]) -> None:
    category = document.category(tax["rate_ppm"])
    node.add("ram:CalculatedAmount", amount(tax["tax_minor"], document.currency))
    node.add("ram:TypeCode", "VAT")
    if category.reason:
        node.add("ram:ExemptionReason", document.untaxed_reason or category.reason)
    node.add("ram:BasisAmount", amount(tax["net_minor"], document.currency))
    node.add("ram:CategoryCode", category.code)
    node.add("ram:ExemptionReasonCode", category.reason_code)
    node.add("ram:RateApplicablePercent", percent(tax["rate_ppm"]))


def _add_adjustment(node: Node, document: ElectronicDocument, adjustment: Adjustment) -> None:
    node.node("ram:ChargeIndicator").add("udt:Indicator", "true" if adjustment.charge else "false")
    node.add("ram:ActualAmount", amount(adjustment.net_minor, document.currency))
    node.add("ram:ReasonCode", adjustment.reason_code)
    node.add("ram:Reason", adjustment.reason)
    tax = node.node("ram:CategoryTradeTax")
    tax.add("ram:TypeCode", "VAT")
    tax.add("ram:CategoryCode", document.category(adjustment.rate_ppm).code)
    tax.add("ram:RateApplicablePercent", percent(adjustment.rate_ppm))


def _add_sums(node: Node, document: ElectronicDocument) -> None:
    currency = document.currency
    gross = document.net_minor + document.tax_minor
    node.add("ram:LineTotalAmount", amount(document.lines_minor, currency))
    node.add("ram:ChargeTotalAmount", amount(document.adjusted_minor(charge=True), currency))
    node.add("ram:AllowanceTotalAmount", amount(document.adjusted_minor(charge=False), currency))
    node.add("ram:TaxBasisTotalAmount", amount(document.net_minor, currency))
    node.add("ram:TaxTotalAmount", amount(document.tax_minor, currency), currencyID=currency)
    node.add("ram:GrandTotalAmount", amount(gross, currency))
    if document.paid:
        node.add("ram:TotalPrepaidAmount", amount(gross, currency))
    node.add("ram:DuePayableAmount", amount(0 if document.paid else gross, currency))
