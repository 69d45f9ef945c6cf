"""Plan the authorization of one or more charges (PAY-5).

An authorization row says which charges it is meant to secure. They count as secured by it only once the provider has
said so (see apply_authorization), so that a new authorization can be tried while an older one still stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from store.kernel import clock, db
from store.kernel.ids import new_id
from store.kernel.money import Money
from store.payments.operations import plan_operation
from store.payments.port import Payer


async def plan_authorization(
    *,
    payment_id: UUID,
    charge_ids: Sequence[UUID],
    amount: Money,
    payer: Payer,
    token: str | None = None,
    save: bool = False,
    capture: bool = False,
    multicapture: bool = False,
    off_session: bool = False,
    return_url: str | None = None,
    cancel_url: str = "",
    inline: bool = False,
) -> UUID:
    """Write the authorization and its operation; without charges it is a set-up that only saves the card.

    Returns the operation's id. `inline` says that the caller performs it at once; the outbox then only catches what
    a crash left behind.
    """
    authorization_id = new_id()
    now = clock.now()
    payment = await db.fetchrow("select order_id, provider, return_url from payment where id = $1", payment_id)
    assert payment is not None
    await db.insert(
        "payment_authorization",
        id=authorization_id,
        payment_id=payment_id,
        order_id=payment["order_id"],
        provider=payment["provider"],
        status="pending",
        currency=amount.currency,
        charge_ids=list(charge_ids),
        amount_minor=amount.amount_minor,
        on_session=not off_session,
        created_at=now,
        updated_at=now,
    )
    return await plan_operation(
        payment_id=payment_id,
        order_id=payment["order_id"],
        provider=payment["provider"],
        kind="authorize" if charge_ids else "setup",
        subject_id=authorization_id,
        inline=inline,
        request={
            "amount_minor": amount.amount_minor,
            "currency": amount.currency,
            "token": token,
            "save": save,
            "capture": capture,
            "multicapture": multicapture,
            "off_session": off_session,
            "return_url": return_url or payment["return_url"] or "",
            "cancel_url": cancel_url,
            "payer": _payer_json(payer),
        },
    )


def _payer_json(payer: Payer) -> dict[str, Any]:
    return {"email": payer.email, "name": payer.name, "locale": payer.locale, "address": dict(payer.address)}


def payer_from_json(facts: Mapping[str, Any]) -> Payer:
    return Payer(email=facts["email"], name=facts["name"], locale=facts["locale"], address=facts.get("address") or {})
