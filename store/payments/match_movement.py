"""Find what a line of a provider's books is with us, after fetching what a lost webhook should have told (PAY-13)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from store.kernel import db
from store.kernel.ids import new_id
from store.kernel.money import Money
from store.payments.apply_snapshot import apply_snapshot
from store.payments.book import book_fee, book_payout, book_provider_fee
from store.payments.port import OutcomeUnknown, ProviderRefused, get_provider
from store.payments.tables import lock_payment

# Which of our tables a kind of movement speaks of, and which sign the amount bears there.
_OURS = {
    "capture": ("capture", 1),
    "refund": ("payment_refund", -1),
    "refund_failure": ("payment_refund", 1),
    "dispute": ("dispute", -1),
    "dispute_reversal": ("dispute", 1),
}
# The statuses in which our row agrees with the movement. A refund that failed later has both lines.
_AGREES = {
    "capture": {"succeeded"},
    "refund": {"succeeded", "failed"},
    "refund_failure": {"failed"},
    "dispute": {"open", "won", "lost"},
    "dispute_reversal": {"won"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchOutcome:
    matched: bool = False
    healed: bool = False
    fee_posted: bool = False
    difference: str | None = None  # movement_unknown | movement_differs
    order_id: UUID | None = None
    ours: str | None = None


async def match_movement(row: db.Row) -> MatchOutcome:
    """Match one stored movement and post what it tells beyond our own rows: fees and payouts."""
    if row["kind"] in {"payout", "fee"}:
        return await _post_own(row)
    if row["kind"] not in _OURS:
        return MatchOutcome(difference="movement_unknown")
    ours = await _find(row)
    healed = False
    if ours is None or ours["status"] not in _AGREES[row["kind"]]:
        await _heal(row, ours)
        ours = await _find(row)
        healed = ours is not None and ours["status"] in _AGREES[row["kind"]]
    if ours is None:
        return MatchOutcome(difference="movement_unknown")
    if ours["status"] not in _AGREES[row["kind"]] or _differs(row, ours):
        facts = f"{ours['status']} {Money(ours['amount_minor'], ours['currency']).to_decimal()} {ours['currency']}"
        return MatchOutcome(difference="movement_differs", order_id=ours["order_id"], ours=facts)
    async with db.unit_of_work():
        await lock_payment(ours["payment_id"])
        fee_posted = await _post_fee(row, ours)
        await _mark(row, ours["id"])
    return MatchOutcome(matched=True, healed=healed, fee_posted=fee_posted)


def _differs(row: db.Row, ours: db.Row) -> bool:
    """A movement in another currency was converted by the provider and can't be compared."""
    _, sign = _OURS[row["kind"]]
    same_currency: bool = row["currency"] == ours["currency"]
    return same_currency and bool(row["amount_minor"] * sign != ours["amount_minor"])


async def _find(row: db.Row) -> db.Row | None:
    """Ours by reference; of several that share it, one that no other movement has explained, the same amount first."""
    table, sign = _OURS[row["kind"]]
    return await db.fetchrow(
        f"select t.* from {table} t where t.provider = $1 and t.provider_ref = $2"
        " and not exists (select from provider_movement m where m.matched_kind = $3 and m.matched_id = t.id)"
        " order by t.amount_minor = $4 desc, t.id limit 1",
        row["provider"],
        row["provider_ref"],
        row["kind"],
        row["amount_minor"] * sign,
    )


async def _heal(row: db.Row, ours: db.Row | None) -> None:
    """Fetch the truth that should have reached us. What can't be fetched stays different until the next run."""
    provider = get_provider(row["provider"])
    try:
        if row["kind"] in {"refund", "refund_failure"}:
            await apply_snapshot(await provider.fetch_refund(row["provider_ref"]))
        elif row["kind"] == "capture":
            reference = await _authorization_ref(row, ours)
            if reference is not None:
                await apply_snapshot(await provider.fetch_authorization(reference))
    except (OutcomeUnknown, ProviderRefused):
        return


async def _authorization_ref(row: db.Row, ours: db.Row | None) -> str | None:
    """The authorization that a capture belongs to: ours knows it, or the movement names it."""
    if ours is not None and ours["authorization_id"] is not None:
        found: str | None = await db.fetchval(
            "select provider_ref from payment_authorization where id = $1", ours["authorization_id"]
        )
        return found
    known: str | None = await db.fetchval(
        "select provider_ref from payment_authorization where provider = $1 and provider_ref = $2",
        row["provider"],
        row["parent_ref"],
    )
    return known


async def _post_fee(row: db.Row, ours: db.Row) -> bool:
    """The fee of a capture is booked with it, or here when it became known later; other fees are booked here."""
    fee = Money(row["fee_minor"], row["currency"])
    if not fee:
        return False
    if row["kind"] != "capture":
        await book_provider_fee(row["provider"], _source(row), fee, order_id=ours["order_id"])
        return True
    if ours["fee_minor"] is not None:
        return False
    await db.execute("update capture set fee_minor = $2 where id = $1", ours["id"], fee.amount_minor)
    await book_fee(ours, fee)
    return True


async def _post_own(row: db.Row) -> MatchOutcome:
    """Payouts and fees of the account: the provider's list is the only source."""
    amount = Money(row["amount_minor"], row["currency"])
    fee = Money(row["fee_minor"], row["currency"])
    async with db.unit_of_work():
        if row["kind"] == "payout":
            await book_payout(row["provider"], _source(row), -amount)
        else:
            await book_provider_fee(row["provider"], _source(row), -amount)
        if fee:
            await book_provider_fee(row["provider"], f"{_source(row)}:fee", fee)
        await _mark(row, new_id())
    return MatchOutcome(matched=True, fee_posted=row["kind"] == "fee" or bool(fee))


def _source(row: db.Row) -> str:
    facts = (row["provider"], row["provider_ref"], row["kind"], row["moved_at"].isoformat(), row["amount_minor"])
    return ":".join(str(fact) for fact in (*facts, row["occurrence"]))


async def _mark(row: db.Row, matched_id: UUID) -> None:
    await db.execute(
        "update provider_movement set matched_kind = kind, matched_id = $7 where provider = $1 and provider_ref = $2"
        " and kind = $3 and moved_at = $4 and amount_minor = $5 and occurrence = $6",
        row["provider"],
        row["provider_ref"],
        row["kind"],
        row["moved_at"],
        row["amount_minor"],
        row["occurrence"],
        matched_id,
    )
