"""Are the books right? What `store ledger check` and `store reconcile` tell, over HTTP (PAY-13)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from store import ledger
from store.customers import Principal
from store.kernel import audit
from store.kernel.money import Money
from store.orders.errors import PaymentProviderUnavailable
from store.payments.port import OutcomeUnknown, ProviderRefused
from store.payments.reconcile import reconcile
from store.web.edge.documented import problems
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import MoneyOut, Out, RequestBody, money_out

Moment = Annotated[datetime, Meta(tz=True)]


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


class Reconcile(RequestBody):
    """The window of time; without `until` it ends now."""

    since: Moment
    until: Moment | None = None
    EXAMPLE: ClassVar = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z"}


class ReconciliationOut(Out):
    """How many movements the providers list, how many of them were found in our books (again and again: none anew).

    `healed`: what a lost message should have told. `exceptions` are for a person, who finds them in the queue, too.
    """

    ok: bool
    movements: int
    matched: int
    healed: int
    fees: int
    payouts: int
    exceptions: list[str]


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


@post(
    "/reconciliations",
    opt=requires("admin"),
    status_code=200,
    responses=problems(PaymentProviderUnavailable),
    summary="Hold our books against the providers'",
)
async def run_reconciliation(data: JSONBody[Reconcile], principal: NamedDependency[Principal]) -> ReconciliationOut:
    """Fetch what the providers say they moved, post fees that only they know, and open an exception where we differ.

    May be run again, and over windows that overlap: what was matched stays matched.
    """
    try:
        report = await reconcile(data.since, data.until)
    except (OutcomeUnknown, ProviderRefused) as error:
        raise PaymentProviderUnavailable from error
    await audit.record(principal.name, "reconcile", "ledger", "providers", exceptions=len(report.exceptions))
    return ReconciliationOut(
        ok=report.ok,
        movements=report.movements,
        matched=report.matched,
        healed=report.healed,
        fees=report.fees,
        payouts=report.payouts,
        exceptions=report.exceptions,
    )


router = Router(path="/api/v1/agent/ledger", route_handlers=[check, run_reconciliation], tags=["Agent: audit"])
