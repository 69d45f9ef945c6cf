"""The "shipped" e-mail: each shipment has its own, backorders too (SHP-5)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from store.notifications import kinds
from store.notifications.order_facts import (
    LEFT,
    OrderFacts,
    common_context,
    described_shipments,
    is_by_email,
    load_facts,
    method_label,
)
from store.notifications.write_email import is_written, write_email


async def on_shipment_dispatched(order_id: str, shipment_id: str, **_: Any) -> None:
    """Carrier, tracking, items with serial numbers, the refund deadline, and what is still to come."""
    key = f"shipment.dispatched:{shipment_id}"
    if await is_written(key):
        return
    facts = await load_facts(UUID(order_id))
    if is_by_email(facts, UUID(shipment_id)):
        return  # There is no parcel: the e-mail with its certificates tells all.
    await write_email(
        key=key,
        kind=kinds.SHIPMENT_DISPATCHED,
        recipient=facts["email"],
        locale=facts.locale,
        order_id=facts["id"],
        context=dispatched_context(facts, UUID(shipment_id)),
    )


def dispatched_context(facts: OrderFacts, shipment_id: UUID) -> dict[str, Any]:
    (row,) = [each for each in facts.whole.shipments if each["id"] == shipment_id]
    (shipment,) = [each for each in described_shipments(facts, LEFT) if each["id"] == shipment_id]
    late = row["promised_on"] < facts.day(row["dispatched_at"])
    return {
        **common_context(facts, shipment=row["number"]),
        **charged(facts, shipment_id),
        "shipment": shipment,
        "carrier": row["carrier"],
        "tracking_number": row["tracking_number"],
        "tracking_url": web_address(row["tracking_url"]),
        "promised_on": None if late else row["promised_on"],
        "deadline": facts.day(row["refundable_until"]) if facts["origin"] == "shop" else None,
        "return_number": facts["origin_number"],
        "rest": described_shipments(facts),
    }


def charged(facts: OrderFacts, shipment_id: UUID) -> dict[str, Any]:
    """What is taken for this shipment; nothing when the whole order was paid at once."""
    payment = facts.payment
    own = [charge for charge in payment["charges"] if charge["shipment_id"] == shipment_id] if payment else []
    return {
        "policy": payment["capture_policy"] if payment else None,
        "method": method_label(payment, facts.locale) if payment else None,
        "charged": own[0]["amount"] if own else None,
    }


def web_address(url: str | None) -> str | None:
    """A link that people may be sent to; anything but http(s) is left out, whoever typed it."""
    return url if url and urlsplit(url).scheme in {"http", "https"} else None
