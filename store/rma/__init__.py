"""Returns: reasons, manufacturers' routes, quotes, registration, reception, inspection, outcomes (RMA)."""

from __future__ import annotations

from store.kernel.outbox import Consumer
from store.rma import on_dispatch
from store.rma.cancel_return import on_return_given_up
from store.rma.repair_unit import cancel_repair
from store.rma.settle_unit import settle_unit


def consumers() -> list[tuple[str, Consumer]]:
    """(topic, consumer): what this room does about its own facts and those of the rooms below."""
    return [
        ("rma.canceled", on_return_given_up),
        ("rma.expired", on_return_given_up),
        ("rma.unit_inspected", settle_unit),
        ("repair.given_up", cancel_repair),
        ("shipment.dispatched", on_dispatch.on_shipment_dispatched),
        ("shipment.returned", on_dispatch.on_shipment_returned),
        ("order.canceled", on_dispatch.on_order_canceled),
        ("refund.created", on_dispatch.on_refund_created),
    ]


__all__ = ["consumers"]
