"""Payment links: a customer whose card was declined pays a held shipment with another one (PAY-6).

Only the hash of a link's token is stored. The token is derived from the link's id with the installation's secret, so
that the worker that writes the e-mail can derive it again, and a copy of the database pays nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from store.kernel import clock, db, outbox
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import hash_token, new_id
from store.kernel.money import Money
from store.payments.finish_links import finish_links
from store.payments.tables import load_charge

PREFIX = "pay_"


class PaymentLinkExpired(StoreError):
    code = "payment_link_expired"
    status = 410
    title = N_("This payment link has expired.")
    detail = N_("Please contact us: we will send you a new one if the items can still be delivered.")


class PaymentLinkClosed(StoreError):
    code = "payment_link_closed"
    status = 410
    title = N_("This payment link is no longer needed.")
    detail = N_("The shipment was paid in another way, or cancelled. Nothing will be charged by this link.")


class PaymentLinkUsed(StoreError):
    code = "payment_link_used"
    status = 409
    title = N_("This payment link has been used.")
    detail = N_("The payment has arrived. You don't have to do anything else.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLink:
    """What the page behind a link shows."""

    id: UUID
    payment_id: UUID
    order_id: UUID
    order_number: str
    charge_id: UUID
    method: str
    provider: str
    amount: Money
    shipping: Money
    tax: Money
    expires_at: datetime
    reminded: int


_secret: list[bytes] = []


def configure(secret: bytes) -> None:
    """Set the installation's secret; done once per process where everything is composed."""
    if len(secret) < 16:
        msg = "the secret of payment links needs 16 bytes or more"
        raise ValueError(msg)
    _secret[:] = [hashlib.sha256(b"payment link\0" + secret).digest()]


def link_token(link_id: UUID) -> str:
    """The token of a link: for its e-mail."""
    if not _secret:
        msg = "payment_links.configure() was not called"
        raise RuntimeError(msg)
    digest = hmac.digest(_secret[0], link_id.bytes, "sha256")[:24]
    return PREFIX + base64.urlsafe_b64encode(digest).decode()


async def create_link(charge_id: UUID, *, expires_at: datetime) -> str:
    """Open a link for a charge and stage `payment_link.created`; in the caller's unit of work.

    A charge has one open link: when there is one, its token is returned and nothing is staged.
    """
    now = clock.now()
    charge = await load_charge(charge_id)
    await db.execute(
        "update payment_link set closed_at = $2"
        " where charge_id = $1 and used_at is null and closed_at is null and expires_at <= $2",
        charge_id,
        now,
    )
    link_id = new_id()
    created = await db.fetchval(
        "insert into payment_link (id, token_hash, payment_id, order_id, charge_id, created_at, expires_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)"
        " on conflict (charge_id) where used_at is null and closed_at is null do nothing returning true",
        link_id,
        hash_token(link_token(link_id)),
        charge["payment_id"],
        charge["order_id"],
        charge_id,
        now,
        expires_at,
    )
    if not created:
        open_id = await db.fetchval(
            "select id from payment_link where charge_id = $1 and used_at is null and closed_at is null", charge_id
        )
        return link_token(open_id)
    await outbox.stage("payment_link.created", order_id=charge["order_id"], charge_id=charge_id, link_id=link_id)
    return link_token(link_id)


_LINK = (
    "select l.*, p.order_number, p.method, p.provider, c.currency, c.amount_minor, c.shipping_minor, c.tax_minor,"
    " c.status as charge_status from payment_link l join payment p on p.id = l.payment_id"
    " join charge c on c.id = l.charge_id where "
)


async def read_link(token: str) -> PaymentLink:
    """What a link is for. Raises NotFound, PaymentLinkUsed, PaymentLinkClosed, PaymentLinkExpired."""
    row = await db.fetchrow(_LINK + "l.token_hash = $1", hash_token(token))
    if row is None:
        raise NotFound
    check_open(row)
    return _link(row)


async def find_link(link_id: UUID) -> PaymentLink | None:
    """The link for an e-mail; None when there is nothing to pay any more."""
    row = await db.fetchrow(_LINK + "l.id = $1", link_id)
    try:
        if row is not None:
            check_open(row)
    except (PaymentLinkUsed, PaymentLinkClosed, PaymentLinkExpired):
        return None
    return _link(row) if row is not None else None


def check_open(row: db.Row) -> None:
    if row["used_at"] is not None:
        raise PaymentLinkUsed
    if row["closed_at"] is not None or row["charge_status"] in {"released", "captured", "capturing", "invoiced"}:
        raise PaymentLinkClosed
    if row["expires_at"] <= clock.now():
        raise PaymentLinkExpired(expired_at=row["expires_at"])


def _link(row: db.Row) -> PaymentLink:
    facts: dict[str, Any] = {
        name: Money(row[f"{name}_minor"], row["currency"]) for name in ("amount", "shipping", "tax")
    }
    for name in PaymentLink.__slots__:
        if name not in facts:
            facts[name] = row[name]
    return PaymentLink(**facts)


async def close_links(charge_ids: Sequence[UUID]) -> int:
    """Close the open links of these charges; in the caller's unit of work."""
    return await finish_links(charge_ids, used=False)
