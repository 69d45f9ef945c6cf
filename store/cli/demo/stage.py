"""Everything that an act plays with: the callers, the clock, the payment world, the books."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from store.cli.demo.call import Access, Caller, Unexpected, until
from store.cli.demo.simulator import Simulator
from store.cli.demo.teller import Teller
from store.cli.seed_accounts import DEMO_KEYS, DEMO_PASSWORD

DAY_SECONDS = 86_400
LIST_SECONDS = 1.1  # the lists are by the second, and end before the one that runs

Book = dict[tuple[str, str], int]  # minor units by provider and currency


@dataclass(frozen=True, slots=True)
class Stage:
    http: httpx.AsyncClient
    teller: Teller
    simulator: Simulator

    def with_key(self, role: str) -> Caller:
        """A caller with the demo key of a role: storefront, agent, warehouse, admin."""
        token = next(key.token for key in DEMO_KEYS if key.role == role)
        return Caller(self.http, self.teller, Access(token))

    @property
    def storefront(self) -> Caller:
        return self.with_key("storefront")

    async def sign_in(self, email: str, door: str) -> Caller:
        body = {"email": email, "password": DEMO_PASSWORD, "as": door}

        async def token(*, quiet: bool = True) -> str:
            return str((await self.storefront.post("/api/v1/sessions", body, quiet=quiet))["token"])

        return Caller(self.http, self.teller, Access(await token(quiet=False), token))

    async def advance(self, *, days: int) -> datetime:
        """Move the store's clock and the payment world's."""
        moved = await self.storefront.post("/dev/clock", {"advance_seconds": days * DAY_SECONDS})
        if moved["simulator_moved"] is not True:
            raise Unexpected("the payment simulator's clock did not move with the store's")
        return datetime.fromisoformat(moved["now"])

    async def reconcile(self, since: datetime) -> None:
        """Read the providers' lists, as is done every night: only they tell what a chargeback cost."""
        await asyncio.sleep(LIST_SECONDS)
        report = await self.with_key("admin").post("/api/v1/agent/ledger/reconciliations", {"since": since.isoformat()})
        self.teller.figure(
            "Held against the providers' lists",
            f"{report['movements']} movements, {report['fees']} fees of chargebacks, "
            f"{len(report['exceptions'])} differences",
        )
        self.teller.check("the providers list nothing that the store does not know", report["ok"], report.body)

    async def now(self) -> datetime:
        return datetime.fromisoformat((await self.storefront.get("/dev/clock", quiet=True))["now"])

    async def check_books(self) -> None:
        """The ledger balances, and agrees with the providers' books to the cent; webhooks may need a moment."""
        agent = self.with_key("agent")
        found: list[object] = []

        async def agree() -> bool:
            trial = (await agent.get("/api/v1/agent/ledger/check", quiet=True)).body
            ours, theirs = _clearing(trial), _net(await self.simulator.look("books"))
            found[:] = [trial["unbalanced_journals"], trial["disagreements"], f"ours {ours}, theirs {theirs}"]
            return bool(trial["ok"]) and ours == theirs

        try:
            agreed = bool(await until(agree, "the books agree"))
        except Unexpected:
            agreed = False
        self.teller.check("the ledger balances and agrees with the providers' books to the cent", agreed, found)


def _clearing(trial: dict[str, Any]) -> Book:
    """What the ledger says that each provider holds for us, by currency."""
    return {
        (row["account"].removeprefix("clearing:"), row["balance"]["currency"].lower()): row["balance"]["amount_minor"]
        for row in trial["balances"]
        if row["account"].startswith("clearing:") and row["balance"]["amount_minor"]
    }


def _net(books: dict[str, Any]) -> Book:
    """What the providers say that they hold for us."""
    return {
        (provider, currency): book["net"]
        for provider in ("stripe", "paypal")
        for currency, book in books[provider].items()
        if book["net"]
    }


Act = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Story:
    """Acts by their names, each with its title, and about what one telling takes from the shelves."""

    acts: Mapping[str, tuple[str, Act]]
    sold: Mapping[tuple[str, str], int]  # units by SKU and warehouse

    def chosen(self, only: str | None) -> list[str]:
        """Names of acts in the story's order. Raises KeyError for one that there is not."""
        names = [name.strip().lower() for name in only.split(",") if name.strip()] if only else list(self.acts)
        for name in names:
            self.acts[name]
        return [name for name in self.acts if name in names]
