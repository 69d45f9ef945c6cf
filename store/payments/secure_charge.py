"""The money side of the release gate: is this charge secured until it has left, and if not, secure it (PAY-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from store.kernel import clock, db
from store.kernel.errors import WrongState
from store.kernel.money import Money
from store.payments.authorize_charges import payer_from_json, plan_authorization
from store.payments.finish_links import finish_links
from store.payments.methods import AT_SHIPMENT
from store.payments.perform_operation import perform, resolve
from store.payments.port import Payer
from store.payments.tables import load_charge, lock_payment
from store.payments.void_authorization import void_unused_of_charges


@dataclass(frozen=True, slots=True)
class Secured:
    """Funds are there: captured, held long enough, on credit, or on terms."""


@dataclass(frozen=True, slots=True)
class NotSecured:
    """They aren't; `code` says why: a decline code, awaiting_transfer, no_saved_method, in_progress, …"""

    code: str

    @property
    def final(self) -> bool:
        """Whether only the customer (or a person) can change it."""
        return self.code != "in_progress"


async def is_secured(charge: db.Row, *, until: datetime) -> bool:
    """Captured, or secured by something that outlasts `until`."""
    if charge["status"] in {"captured", "capturing"}:
        return True
    if charge["status"] != "secured":
        return False
    if charge["authorization_id"] is None:
        return True  # terms, credit, or nothing to pay
    alive = await db.fetchval(
        "select status = 'authorized' and (expires_at is null or expires_at > $2) from payment_authorization"
        " where id = $1",
        charge["authorization_id"],
        until,
    )
    return bool(alive)


async def secure_charge(charge_id: UUID, *, until: datetime) -> Secured | NotSecured:
    """Make sure of the charge's money, by a new off-session authorization if need be. Calls the provider.

    Must not run in a unit of work. Several at once make one authorization.
    """
    async with db.unit_of_work():
        charge = await load_charge(charge_id)
        payment = await lock_payment(charge["payment_id"])
        charge = await load_charge(charge_id)
        if await is_secured(charge, until=until):
            return Secured()
        if charge["status"] == "invoiced":  # before its goods leave: a repair waits for the transfer
            return NotSecured("awaiting_payment")
        if charge["status"] not in {"planned", "secured"}:
            return NotSecured(str(charge["status"]))
        if payment["capture_policy"] != AT_SHIPMENT:
            return NotSecured("awaiting_transfer" if payment["capture_policy"] == "prepaid" else "awaiting_payment")
        running = await _running(charge_id)
        if running is None:
            if payment["provider_method"] is None:
                return NotSecured("no_saved_method")
            running = await _plan_off_session(payment, charge)
    status = await perform(running)
    if status == "unknown":
        status = await resolve(running)
    charge = await load_charge(charge_id)
    if await is_secured(charge, until=until):
        return Secured()
    return NotSecured(await _refusal(running, status))


async def _running(charge_id: UUID) -> UUID | None:
    """An authorization of this charge that is on its way already."""
    operation_id: UUID | None = await db.fetchval(
        "select o.id from payment_authorization a join provider_operation o on o.subject_id = a.id"
        " and o.kind = 'authorize' where a.charge_ids @> array[$1::uuid] and a.status = 'pending'"
        " and o.status in ('planned', 'sent', 'unknown') limit 1",
        charge_id,
    )
    return operation_id


async def _plan_off_session(payment: db.Row, charge: db.Row) -> UUID:
    return await plan_authorization(
        payment_id=payment["id"],
        charge_ids=[charge["id"]],
        amount=Money(charge["amount_minor"], charge["currency"]),
        payer=await payer_of(payment["id"]),
        off_session=True,
        inline=True,
    )


async def payer_of(payment_id: UUID) -> Payer:
    """Who pays, as written at placement."""
    facts = await db.fetchval(
        "select request -> 'payer' from provider_operation where payment_id = $1 and kind in ('authorize', 'setup')"
        " order by created_at limit 1",
        payment_id,
    )
    return payer_from_json(facts)


async def _refusal(operation_id: UUID, status: str) -> str:
    if status in {"planned", "sent", "unknown"}:
        return "in_progress"
    code = await db.fetchval(
        "select coalesce(a.decline_code, o.error, a.status) from provider_operation o"
        " join payment_authorization a on a.id = o.subject_id where o.id = $1",
        operation_id,
    )
    return str(code)


async def release_charge(charge_id: UUID, *, undecided: bool = False) -> bool:
    """Give up a charge that was not taken, in the current unit of work: its authorization is voided (REF-11).

    The payment must be locked by the caller. False when it was taken, is being taken, or was given up before.
    `undecided`: one that is being taken is given up, too; its capture is refunded should it succeed.
    """
    touched = await db.execute(
        "update charge set status = 'released', updated_at = $2 where id = $1 and status = any($3)",
        charge_id,
        clock.now(),
        ["planned", "secured", "capturing"] if undecided else ["planned", "secured"],
    )
    if touched:
        await finish_links([charge_id], used=False)
        await void_unused_of_charges([charge_id])
    return bool(touched)


async def reduce_charge(charge_id: UUID, *, amount: Money, shipping: Money, tax: Money) -> None:
    """Take units out of a charge that was not taken yet; the authorization keeps its size and is captured in part.

    Raises WrongState when it was taken meanwhile.
    """
    touched = await db.execute(
        "update charge set amount_minor = $2, shipping_minor = $3, tax_minor = $4, updated_at = $5"
        " where id = $1 and status in ('planned', 'secured') and amount_minor >= $2",
        charge_id,
        amount.amount_minor,
        shipping.amount_minor,
        tax.amount_minor,
        clock.now(),
    )
    if not touched:
        charge = await load_charge(charge_id)
        raise WrongState(object="charge", state=charge["status"])
