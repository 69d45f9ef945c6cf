"""Proving the books: `store ledger check`."""

from __future__ import annotations

from dataclasses import dataclass

from store.kernel import db


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Balances by (account, currency), journals that don't balance, and sums that disagree with the payments."""

    balances: dict[tuple[str, str], int]
    unbalanced: list[str]
    disagreements: list[str]

    @property
    def ok(self) -> bool:
        sums: dict[str, int] = {}
        for (_, currency), amount in self.balances.items():
            sums[currency] = sums.get(currency, 0) + amount
        return not self.unbalanced and not self.disagreements and not any(sums.values())


async def check() -> TrialBalance:
    """Sum every account, every journal, and hold the ledger against the captures and refunds of each provider."""
    balances = {
        (row["account"], row["currency"]): row["amount"]
        for row in await db.fetch(
            "select account, currency, sum(amount_minor)::bigint as amount from journal_entry"
            " group by account, currency order by account, currency"
        )
    }
    unbalanced = [
        str(row["journal_id"])
        for row in await db.fetch(
            "select journal_id from journal_entry group by journal_id, currency having sum(amount_minor) <> 0"
        )
    ]
    return TrialBalance(balances, unbalanced, await _disagreements())


async def _disagreements() -> list[str]:
    """Every settled capture and refund has its journal over its amount, and the payment's sums agree with its rows."""
    found: list[str] = []
    for what, kind, clause in (
        ("capture", "capture", "status = 'succeeded'"),
        ("payment_refund", "refund", "status = 'succeeded'"),
    ):
        rows = await db.fetch(
            f"select t.id from {what} t left join journal j on j.kind = '{kind}' and j.source_id = t.id::text"
            f" where t.{clause} and j.id is null limit 100"
        )
        found += [f"{what} {row['id']} has no journal" for row in rows]
    rows = await db.fetch(
        "select p.id from payment p"
        " left join (select payment_id, sum(amount_minor) as amount from capture where status = 'succeeded'"
        "   group by payment_id) c on c.payment_id = p.id"
        " left join (select payment_id, sum(amount_minor) as amount from payment_refund where status <> 'failed'"
        "   group by payment_id) r on r.payment_id = p.id"
        " where p.captured_minor <> coalesce(c.amount, 0) or p.refunded_minor <> coalesce(r.amount, 0) limit 100"
    )
    return found + [f"payment {row['id']}: its sums disagree with its captures and refunds" for row in rows]
