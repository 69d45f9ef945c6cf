"""The money of an order as its owner sees it: how it is paid, what was charged for which shipment, what goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.i18n import pick
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.markets import Market
from store.web.edge.schemas import labelled, money_out
from store.web.storefront.order_shapes import BankOut, ChargeOut, PaymentOut, RefundedLineOut, RefundOut, TransferOut

Facts = Mapping[str, Any]
# Until it is captured or given up, a transfer is awaited for it.
_UNPAID = {"planned", "secured", "invoiced"}


def payment_out(payment: Facts, market: Market, shipments: Sequence[db.Row], locale: str) -> PaymentOut:
    return PaymentOut(
        method=labelled(payment["method"], locale),
        brand=payment["brand"],
        last4=payment["last4"],
        purchase_order_number=payment["purchase_order_number"],
        net_days=payment["net_days"],
        charged=money_out(payment["captured"], locale),
        refunded=money_out(payment["refunded"], locale),
        refunds_pending=money_out(payment["refunds_pending"], locale),
        charges=[_charge(charge, payment, shipments, locale) for charge in _by_shipment(payment["charges"], shipments)],
        transfer=_transfer(payment, market, locale),
        next_action=payment["next_action"],
        decline_code=payment["decline_code"],
    )


def charges_by_shipment(payment: Facts | None, shipments: Sequence[db.Row], locale: str) -> dict[UUID, ChargeOut]:
    """The charge of each shipment that has one of its own."""
    if payment is None:
        return {}
    return {
        charge["shipment_id"]: _charge(charge, payment, shipments, locale)
        for charge in payment["charges"]
        if charge["shipment_id"] is not None
    }


def refund_out(refund: db.Row, locale: str) -> RefundOut:
    return RefundOut(
        number=refund["number"],
        status=refund["status"],
        status_label=status_label(refund["status"], locale),
        reason=labelled(refund["reason"], locale),
        **{
            name: money_out(Money(refund[f"{name}_minor"], refund["currency"]), locale)
            for name in ("amount", "goods", "shipping", "fee")
        },
        lines=[
            RefundedLineOut(
                sku=line["sku"],
                name=pick(line["names"], locale),
                quantity=line["quantity"],
                amount=money_out(Money(line["goods_minor"], refund["currency"]), locale),
            )
            for line in refund["lines"]
        ],
        requested_at=refund["requested_at"],
        settled_at=refund["settled_at"],
        credit_note=refund["credit_note_number"],
    )


def _by_shipment(charges: Sequence[Facts], shipments: Sequence[db.Row]) -> list[Facts]:
    """In the order of the shipments; one for the whole order stands first."""
    places = {shipment["id"]: place for place, shipment in enumerate(shipments)}
    return sorted(charges, key=lambda charge: places.get(charge["shipment_id"], -1))


def _charge(charge: Facts, payment: Facts, shipments: Sequence[db.Row], locale: str) -> ChargeOut:
    numbers = {shipment["id"]: shipment["number"] for shipment in shipments}
    return ChargeOut(
        shipment=numbers.get(charge["shipment_id"]),
        when=payment["capture_policy"],
        when_label=status_label(payment["capture_policy"], locale),
        due_on=charge["due_on"],
        status=charge["status"],
        status_label=status_label(charge["status"], locale),
        amount=money_out(charge["amount"], locale),
        shipping=money_out(charge["shipping"], locale),
        tax=money_out(charge["tax"], locale),
        charged_at=charge["captured_at"],
        refunded=money_out(charge["refunded"], locale),
        payment_link_open=charge["link_open"],
    )


def _transfer(payment: Facts, market: Market, locale: str) -> TransferOut | None:
    """What is still to be transferred, and where to; None when the payment isn't one by transfer or is complete."""
    if payment["transfer_reference"] is None:
        return None
    due = [charge["amount"].amount_minor for charge in payment["charges"] if charge["status"] in _UNPAID]
    if not sum(due):
        return None
    bank = market.legal_entity.bank
    return TransferOut(
        reference=payment["transfer_reference"],
        amount=money_out(Money(sum(due), payment["total"].currency), locale),
        bank=BankOut(holder=bank.holder, bank=bank.bank, account=bank.account, bic=bank.bic, routing=bank.routing),
    )
