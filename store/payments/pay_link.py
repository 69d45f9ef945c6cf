"""Pay by a payment link: the customer authorises the held charge with a new card (PAY-6)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from store.kernel import db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import hash_token
from store.kernel.money import Money
from store.payments.authorize_charges import plan_authorization
from store.payments.methods import AT_PLACEMENT, METHODS, check_instrument
from store.payments.payment_links import PaymentLinkUsed, check_open, read_link
from store.payments.perform_operation import perform, resolve
from store.payments.port import get_provider
from store.payments.secure_charge import payer_of
from store.payments.tables import lock_payment
from store.payments.void_authorization import plan_void


class PaymentInProgress(StoreError):
    code = "payment_in_progress"
    status = 409
    title = N_("A payment is being made already.")
    detail = N_("Please wait a moment for its outcome before you try another card.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPayment:
    """How it went: authorized, requires_action (with what to do), declined (with the reason) or pending."""

    authorization_id: UUID
    status: str
    next_action: dict[str, str] | None
    decline_code: str | None


async def pay_link(token: str, instrument_token: str, return_url: str, *, save_consent: bool) -> LinkPayment:
    """Authorise the link's charge, the payer being present; with consent the card is kept for later shipments.

    The link is consumed in the moment in which the charge becomes secured, whichever way that is told, and stays open
    after a decline. Sending the same card token twice is paying once. Raises what read_link raises, what
    check_instrument raises, PaymentInProgress, and the provider's ProviderRefused or OutcomeUnknown for the token.
    """
    link = await read_link(token)
    instrument = await get_provider(link.provider).inspect(instrument_token)
    check_instrument(METHODS[link.method], instrument)
    operation_id = await _plan(link.payment_id, token, instrument_token, return_url, save_consent=save_consent)
    if await perform(operation_id) == "unknown":
        await resolve(operation_id)
    row = await db.fetchrow(
        "select a.* from payment_authorization a join provider_operation o on o.subject_id = a.id where o.id = $1",
        operation_id,
    )
    assert row is not None
    return LinkPayment(
        authorization_id=row["id"],
        status=row["status"],
        next_action=row["next_action"],
        decline_code=row["decline_code"],
    )


async def _plan(payment_id: UUID, token: str, instrument_token: str, return_url: str, *, save_consent: bool) -> UUID:
    async with db.unit_of_work():
        payment = await lock_payment(payment_id)
        link = await db.fetchrow(
            "select l.*, c.status as charge_status, c.amount_minor, c.currency from payment_link l"
            " join charge c on c.id = l.charge_id where l.token_hash = $1",
            hash_token(token),
        )
        if link is None:
            raise NotFound
        tried: UUID | None = await db.fetchval(
            "select o.id from payment_authorization a join provider_operation o on o.subject_id = a.id"
            " and o.kind = 'authorize' where a.charge_ids @> array[$1::uuid] and a.on_session"
            " and o.request ->> 'token' = $2",
            link["charge_id"],
            instrument_token,
        )
        if tried is not None:
            return tried
        check_open(link)
        if link["charge_status"] == "secured":
            raise PaymentLinkUsed
        await _clear_the_way(link["charge_id"])
        if save_consent:
            await db.execute("update payment set save_consent = true where id = $1", payment_id)
        return await plan_authorization(
            payment_id=payment_id,
            charge_ids=[link["charge_id"]],
            amount=Money(link["amount_minor"], link["currency"]),
            payer=await payer_of(payment_id),
            token=instrument_token,
            save=save_consent,
            capture=payment["capture_policy"] == AT_PLACEMENT,
            return_url=return_url,
            inline=True,
        )


async def _clear_the_way(charge_id: UUID) -> None:
    """One attempt at a time: an unanswered one is waited for, one that the payer left unfinished is let go."""
    rows = await db.fetch(
        "select a.*, o.status in ('planned', 'sent', 'unknown') as under_way from payment_authorization a"
        " join provider_operation o on o.subject_id = a.id and o.kind = 'authorize'"
        " where a.charge_ids @> array[$1::uuid] and a.on_session"
        " and a.status in ('pending', 'requires_action', 'declined')",
        charge_id,
    )
    if any(row["under_way"] for row in rows):
        raise PaymentInProgress
    for row in rows:
        await plan_void(row)
