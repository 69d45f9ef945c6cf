"""Service certificates by e-mail: when they are issued, and again when they are lost (CER-1, CER-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.i18n import pick
from store.notifications import kinds
from store.notifications.mail_settings import mail_settings
from store.notifications.order_facts import OrderFacts, common_context, described_shipments, is_by_email, load_facts
from store.notifications.shipment_emails import charged
from store.notifications.write_email import is_written, write_email
from store.warranty.certificates import Certificate, certificates_of_buyer, get_certificate

RESENT_MOST = 100  # certificates per request


async def on_certificate_issued(order_id: str, certificate_id: str) -> None:
    """One e-mail per shipment, as all its certificates are issued together. Without a parcel it tells the rest, too."""
    issued = await get_certificate(UUID(certificate_id))
    facts = await load_facts(UUID(order_id))
    line_id = str(issued.shipment_line_id)
    (row,) = [each for each in facts.whole.shipments if line_id in {line["id"] for line in each["lines"]}]
    key = f"certificates.issued:{row['id']}"
    own = {line["id"] for line in row["lines"]}
    found = await certificates_of_buyer(order_number=facts["number"], limit=RESENT_MOST)
    together = [each for each in found if str(each.shipment_line_id) in own and each.left]
    if not together or await is_written(key):
        return
    await write_email(
        key=key,
        kind=kinds.CERTIFICATE_ISSUED,
        recipient=issued.email,
        locale=facts.locale,
        order_id=facts["id"],
        context=issued_context(facts, together, row),
    )


def issued_context(
    facts: OrderFacts, certificates: Sequence[Certificate], shipment: Mapping[str, Any] | db.Row
) -> dict[str, Any]:
    """Without a parcel the e-mail tells what the "shipped" one would have told."""
    alone = is_by_email(facts, shipment["id"])
    return {
        **common_context(facts),
        "certificates": described(facts, certificates),
        "deadline": facts.day(shipment["refundable_until"]) if shipment["refundable_until"] else None,
        **(charged(facts, shipment["id"]) if alone else {"policy": None, "method": None, "charged": None}),
        "rest": described_shipments(facts) if alone else [],
    }


async def on_resend_asked(
    ask_id: str, email: str | None = None, order_number: str | None = None, certificate_id: str | None = None
) -> None:
    """To the e-mail that bought them, whoever asked; one e-mail per order, as each has its language and number."""
    if certificate_id is not None:
        found = [await get_certificate(UUID(certificate_id))]
    else:
        found = await certificates_of_buyer(email=email, order_number=order_number, limit=RESENT_MOST)
    by_order: dict[UUID, list[Certificate]] = {}
    for each in found:
        if each.units > each.revoked_units:
            by_order.setdefault(each.order_id, []).append(each)
    for order_id, own in by_order.items():
        key = f"certificates.resent:{ask_id}:{order_id}"
        if await is_written(key):
            continue
        facts = await load_facts(order_id)
        await write_email(
            key=key,
            kind=kinds.CERTIFICATE_RESENT,
            recipient=own[0].email,
            locale=facts.locale,
            order_id=order_id,
            context={**common_context(facts), "certificates": described(facts, own)},
        )


def described(facts: OrderFacts, certificates: Sequence[Certificate]) -> list[dict[str, Any]]:
    """`url` is the storefront's page that registers devices, its form filled with the certificate."""
    return [
        {
            "number": each.number,
            "reference": each.reference,
            "name": pick(each.names, facts.locale),
            "units": each.units - each.revoked_units,
            "left": each.left,
            "url": f"{mail_settings().pages}/register?certificate={each.number}",
        }
        for each in certificates
    ]
