"""Hold our books against the providers' own (PAY-13).

Every movement that a provider lists is stored once and matched with a capture, refund or dispute of ours. What a lost
webhook should have told is fetched and applied; fees and payouts are posted; what stays different becomes an
exception for a person. Running it again, or over windows that overlap, changes nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from store.kernel import audit, clock, db
from store.kernel.money import Money
from store.payments.match_movement import match_movement
from store.payments.port import Movement, get_provider, providers

GRACE = timedelta(days=1)
BATCH = 500


@dataclass(slots=True, kw_only=True)
class ReconcileReport:
    """What was compared, what was mended, and the exceptions that were opened or are still open."""

    since: datetime
    until: datetime
    movements: int = 0
    matched: int = 0
    healed: int = 0
    fees: int = 0
    payouts: int = 0
    exceptions: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.exceptions


async def reconcile(
    since: datetime, until: datetime | None = None, *, provider: str | None = None, grace: timedelta = GRACE
) -> ReconcileReport:
    """Compare one provider, or all. Raises OutcomeUnknown or ProviderRefused when its list can't be had."""
    report = ReconcileReport(since=since, until=until or clock.now())
    for name in [provider] if provider else sorted(providers()):
        report.movements += await _store_movements(name, report.since, report.until)
        for row in await _unmatched(name, report.since, report.until):
            await _match(row, report)
        await _find_missing(name, report, grace)
    return report


async def _store_movements(name: str, since: datetime, until: datetime) -> int:
    """Each line once; lines that are alike in everything are counted by their place among each other."""
    seen: Counter[tuple[object, ...]] = Counter()
    count, rows = 0, list[tuple[object, ...]]()
    async for movement in get_provider(name).movements(since, until):
        alike = (movement.provider_ref, movement.kind, movement.moved_at, movement.amount.amount_minor)
        rows.append(_row(movement, seen[alike]))
        seen[alike] += 1
        count += 1
        if len(rows) == BATCH:
            await _insert(rows)
            rows = []
    await _insert(rows)
    return count


def _row(movement: Movement, occurrence: int) -> tuple[object, ...]:
    return (
        movement.provider,
        movement.provider_ref,
        movement.kind,
        movement.parent_ref,
        movement.amount.currency,
        movement.amount.amount_minor,
        movement.fee.amount_minor,
        movement.moved_at,
        occurrence,
    )


async def _insert(rows: list[tuple[object, ...]]) -> None:
    await db.executemany(
        "insert into provider_movement (provider, provider_ref, kind, parent_ref, currency, amount_minor, fee_minor,"
        " moved_at, occurrence) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        rows,
    )


async def _unmatched(name: str, since: datetime, until: datetime) -> list[db.Row]:
    return await db.fetch(
        "select * from provider_movement where matched_id is null and provider = $1 and moved_at >= $2"
        " and moved_at < $3 order by moved_at, occurrence",
        name,
        since,
        until,
    )


async def _match(row: db.Row, report: ReconcileReport) -> None:
    outcome = await match_movement(row)
    report.matched += outcome.matched
    report.healed += outcome.healed
    report.fees += outcome.fee_posted
    report.payouts += outcome.matched and row["kind"] == "payout"
    if outcome.difference:
        subject = f"{row['provider']}:{row['provider_ref']}:{row['kind']}"
        amount = Money(row["amount_minor"], row["currency"])
        report.exceptions.append(f"{outcome.difference} {subject} {amount.to_decimal()} {amount.currency}")
        async with db.unit_of_work():
            await audit.open_exception(
                outcome.difference,
                subject,
                order_id=outcome.order_id,
                amount=amount.to_decimal(),
                currency=amount.currency,
                moved_at=row["moved_at"].isoformat(),
                ours=outcome.ours,
            )


async def _find_missing(name: str, report: ReconcileReport, grace: timedelta) -> None:
    """What we hold for settled and the provider's list doesn't show after a while."""
    for kind, table in (("capture", "capture"), ("refund", "payment_refund")):
        rows = await db.fetch(
            f"select t.* from {table} t where t.provider = $1 and t.status = 'succeeded' and t.settled_at >= $2"
            f" and t.settled_at < $3 and not exists (select from provider_movement m where m.matched_kind = '{kind}'"
            "  and m.matched_id = t.id)" + (" and t.origin <> 'manual'" if kind == "refund" else "") + " limit 1000",
            name,
            report.since,
            min(report.until, clock.now() - grace),
        )
        for row in rows:
            amount = Money(row["amount_minor"], row["currency"])
            report.exceptions.append(f"{kind}_missing {row['id']} {amount.to_decimal()} {amount.currency}")
            async with db.unit_of_work():
                await audit.open_exception(
                    f"{kind}_missing",
                    str(row["id"]),
                    order_id=row["order_id"],
                    provider=name,
                    provider_ref=row["provider_ref"],
                    amount=amount.to_decimal(),
                    currency=amount.currency,
                )
