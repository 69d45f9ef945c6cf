"""The data of a document as Cross Industry Invoice, the XML inside Factur-X (EN 16931, UN/CEFACT D22B; DOC-3).

The order of elements is that of the schema. BT-… is what EN 16931 calls a field whose element doesn't say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.documents.cii_element import Node, amount, percent
from store.documents.cii_settlement import add_settlement
from store.documents.electronic_document import ElectronicDocument, ElectronicLine
from store.documents.vat_category import vat_id_of

GUIDELINE = "urn:cen.eu:en16931:2017"
# BT-23, which France wants: what the invoice is for.
PROCESSES = {frozenset({"goods"}): "B1", frozenset({"services"}): "S1"}
BOTH_KINDS = "M1"
PIECE = "C62"  # UN/ECE recommendation 20


def cross_industry_invoice(document: ElectronicDocument) -> bytes:
    """The XML; the same document gives the same bytes."""
    root = Node("rsm:CrossIndustryInvoice")
    context = root.node("rsm:ExchangedDocumentContext")
    process = PROCESSES.get(document.kinds, BOTH_KINDS)
    context.node("ram:BusinessProcessSpecifiedDocumentContextParameter").add("ram:ID", process)
    context.node("ram:GuidelineSpecifiedDocumentContextParameter").add("ram:ID", GUIDELINE)
    head = root.node("rsm:ExchangedDocument")
    head.add("ram:ID", document.number)
    head.add("ram:TypeCode", document.type_code)
    head.add_day("ram:IssueDateTime", document.issued_on)
    for subject, text in document.notes:
        note = head.node("ram:IncludedNote")
        note.add("ram:Content", text)
        note.add("ram:SubjectCode", subject)
    transaction = root.node("rsm:SupplyChainTradeTransaction")
    for position, line in enumerate(document.lines, start=1):
        _add_line(transaction.node("ram:IncludedSupplyChainTradeLineItem"), document, line, position)
    _add_agreement(transaction.node("ram:ApplicableHeaderTradeAgreement"), document)
    _add_delivery(transaction.node("ram:ApplicableHeaderTradeDelivery"), document)
    add_settlement(transaction.node("ram:ApplicableHeaderTradeSettlement"), document)
    return root.to_bytes()


def _add_line(item: Node, document: ElectronicDocument, line: ElectronicLine, position: int) -> None:
    currency = document.currency
    item.node("ram:AssociatedDocumentLineDocument").add("ram:LineID", str(position))
    product = item.node("ram:SpecifiedTradeProduct")
    product.add("ram:SellerAssignedID", line.sku)
    product.add("ram:Name", line.name.strip() or line.sku, must=True)
    _add_price(item.node("ram:SpecifiedLineTradeAgreement").node("ram:NetPriceProductTradePrice"), line, currency)
    item.node("ram:SpecifiedLineTradeDelivery").add("ram:BilledQuantity", str(line.quantity), unitCode=PIECE)
    settlement = item.node("ram:SpecifiedLineTradeSettlement")
    tax = settlement.node("ram:ApplicableTradeTax")
    tax.add("ram:TypeCode", "VAT")
    tax.add("ram:CategoryCode", document.category(line.rate_ppm).code)
    tax.add("ram:RateApplicablePercent", percent(line.rate_ppm))
    if line.discount_minor:
        allowance = settlement.node("ram:SpecifiedTradeAllowanceCharge")
        allowance.node("ram:ChargeIndicator").add("udt:Indicator", "false")
        allowance.add("ram:ActualAmount", amount(line.discount_minor, currency))
        allowance.add("ram:ReasonCode", "95")  # discount
    sums = settlement.node("ram:SpecifiedTradeSettlementLineMonetarySummation")
    sums.add("ram:LineTotalAmount", amount(line.net_minor, currency))


def _add_price(price: Node, line: ElectronicLine, currency: str) -> None:
    """Of one unit; of all together where the cents don't divide, so that nothing is rounded (BT-146, BT-149)."""
    list_minor = line.net_minor + line.discount_minor
    divides = list_minor % line.quantity == 0
    price.add("ram:ChargeAmount", amount(list_minor // line.quantity if divides else list_minor, currency))
    price.add("ram:BasisQuantity", "1" if divides else str(line.quantity), unitCode=PIECE)


def _add_agreement(agreement: Node, document: ElectronicDocument) -> None:
    agreement.add("ram:BuyerReference", document.buyer_reference)
    seller, known = document.seller, document.seller["electronic"]
    party = agreement.node("ram:SellerTradeParty")
    party.add("ram:Name", seller["name"], must=True)
    number, scheme = known["registration"], known["registration_scheme"]
    party.add_in("ram:SpecifiedLegalOrganization", "ram:ID", number, schemeID=scheme)
    _add_address(party, {**known, "country": seller["country"]})
    party.add_in("ram:URIUniversalCommunication", "ram:URIID", known["address"], schemeID=known["address_scheme"])
    party.node("ram:SpecifiedTaxRegistration").add("ram:ID", known["vat_id"], schemeID="VA")
    _add_buyer(agreement.node("ram:BuyerTradeParty"), document.buyer)
    agreement.add_in("ram:SellerOrderReferencedDocument", "ram:IssuerAssignedID", document.order_number)
    agreement.add_in("ram:BuyerOrderReferencedDocument", "ram:IssuerAssignedID", document.purchase_order_number)


def _add_buyer(party: Node, buyer: Mapping[str, Any]) -> None:
    party.add("ram:Name", buyer["name"], must=True)
    _add_address(party, buyer.get("postal") or {"country": buyer["country"]})
    party.add_in("ram:URIUniversalCommunication", "ram:URIID", buyer["email"], schemeID="EM")
    party.add_in("ram:SpecifiedTaxRegistration", "ram:ID", vat_id_of(buyer["vat_id"]), schemeID="VA")


def _add_address(party: Node, address: Mapping[str, Any]) -> None:
    node = party.node("ram:PostalTradeAddress")
    node.add("ram:PostcodeCode", address.get("postcode"))
    node.add("ram:LineOne", address.get("line1"))
    node.add("ram:LineTwo", address.get("line2"))
    node.add("ram:LineThree", address.get("district"))
    node.add("ram:CityName", address.get("city"))
    node.add("ram:CountryID", address["country"])
    node.add("ram:CountrySubDivisionName", address.get("region"))


def _add_delivery(delivery: Node, document: ElectronicDocument) -> None:
    if document.deliver_to:
        party = delivery.node("ram:ShipToTradeParty")
        party.add("ram:Name", document.deliver_to["name"], must=True)
        _add_address(party, document.deliver_to)
    if document.supplied_on:
        event = delivery.node("ram:ActualDeliverySupplyChainEvent")
        event.add_day("ram:OccurrenceDateTime", document.supplied_on)
