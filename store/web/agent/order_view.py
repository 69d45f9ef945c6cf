"""Orders as customer service sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.kernel import db
from store.kernel.wording import status_label
from store.orders.history import history
from store.web.agent.order_shapes import (
    AgentOrderOut,
    DisputeOut,
    FoundOrder,
    HistoryOut,
    InternalChargeOut,
    InternalShipmentOut,
)
from store.web.edge.schemas import money_out
from store.web.storefront.order_actions import actions_out
from store.web.storefront.order_timeline import event_text
from store.web.storefront.order_view import SeenOrder, order_out, order_summary


def found_order(seen: SeenOrder, locale: str) -> FoundOrder:
    summary = order_summary(seen, locale)
    address = seen.order["shipping_address"]
    return FoundOrder(
        **{name: getattr(summary, name) for name in summary.__struct_fields__},
        email=seen.order["email"],
        recipient=address["name"],
        country=address["country"],
    )


async def agent_order_out(seen: SeenOrder, locale: str) -> AgentOrderOut:
    order, payment = seen.order, seen.payment or {}
    return AgentOrderOut(
        id=order["id"],
        order=order_out(seen, locale),
        account_id=order["account_id"],
        partner_id=order["partner_id"],
        phone=order["phone"],
        legal_entity=order["legal_entity"],
        actions=actions_out(seen.whole, locale, staff=True),
        shipments=[_shipment(shipment) for shipment in seen.whole.shipments],
        charges=[_charge(charge, locale) for charge in payment.get("charges", ())],
        disputes=[dispute_out(dispute, order["number"], locale) for dispute in payment.get("disputes", ())],
        history=[_entry(event, locale) for event in await history(order["id"], staff=True)],
    )


def dispute_out(dispute: Mapping[str, Any], order_number: str | None, locale: str) -> DisputeOut:
    return DisputeOut(
        id=dispute["id"],
        order_number=order_number,
        status=dispute["status"],
        status_label=status_label(dispute["status"], locale),
        reason=dispute["reason"],
        amount=money_out(dispute["amount"], locale),
        opened_at=dispute["opened_at"],
        closed_at=dispute["closed_at"],
    )


def _shipment(shipment: db.Row) -> InternalShipmentOut:
    return InternalShipmentOut(**{name: shipment[name] for name in InternalShipmentOut.__struct_fields__})


def _charge(charge: Mapping[str, Any], locale: str) -> InternalChargeOut:
    return InternalChargeOut(
        id=charge["id"],
        shipment_id=charge["shipment_id"],
        status=charge["status"],
        amount=money_out(charge["amount"], locale),
        hold_reason=charge["hold_reason"],
        authorized_until=charge["authorized_until"],
    )


def _entry(event: db.Row, locale: str) -> HistoryOut:
    return HistoryOut(
        at=event["at"],
        kind=event["kind"],
        text=event_text(event, locale),
        actor=event["actor"],
        facts=event["facts"],
        public=event["public"],
    )
