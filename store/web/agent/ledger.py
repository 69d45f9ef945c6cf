"""Are the books right? What `store ledger check` prints, over HTTP (PAY-13)."""

from __future__ import annotations

from litestar import Router, get
from litestar.di import NamedDependency

from store import ledger
from store.kernel.money import Money
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import MoneyOut, Out, money_out


class BalanceOut(Out):
    """Debits are positive, credits negative."""

    account: str
    balance: MoneyOut


class TrialBalanceOut(Out):
    """`ok`: every journal sums to zero, and captures and refunds agree with the journals that tell of them."""

    ok: bool
    balances: list[BalanceOut]
    unbalanced_journals: list[str]
    disagreements: list[str]


@get("/check", opt=requires(*DESK), summary="Check the books")
async def check(locale: NamedDependency[str]) -> TrialBalanceOut:
    """Sum every account and every journal, and hold the ledger against the captures and refunds."""
    trial = await ledger.check()
    return TrialBalanceOut(
        ok=trial.ok,
        balances=[
            BalanceOut(account=account, balance=money_out(Money(amount, currency), locale))
            for (account, currency), amount in trial.balances.items()
        ],
        unbalanced_journals=trial.unbalanced,
        disagreements=trial.disagreements,
    )


router = Router(path="/api/v1/agent/ledger", route_handlers=[check], tags=["Agent: audit"])
