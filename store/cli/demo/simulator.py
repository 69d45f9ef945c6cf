"""The payment world behind the store: its bank statement, and what banks, payers and dashboards do there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from store.cli.demo.call import Unexpected
from store.cli.demo.teller import Teller

WORLD = "store"  # as `store serve` names it


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the providers' books say about one order, in minor units.

    `holds` are the authorizations in their order; `open` is what of them is held on the card now, not taken.
    """

    holds: tuple[int, ...]
    open: int
    captures: tuple[int, ...]
    refunds: tuple[int, ...]
    disputed: int
    references: tuple[str, ...]

    @property
    def captured(self) -> int:
        return sum(self.captures)

    @property
    def refunded(self) -> int:
        return sum(self.refunds)


@dataclass(frozen=True, slots=True)
class Simulator:
    http: httpx.AsyncClient
    teller: Teller
    url: str

    async def do(self, path: str, *, quiet: bool = False, refusals: bool = False, **facts: Any) -> dict[str, Any]:
        """A call of its control API. With `refusals` a refusal is an answer, too (it has `error`)."""
        answer = await self.http.post(f"{self.url}/_sim/{path}", json={"world": WORLD, **facts})
        if not quiet:
            self.teller.called("POST", f"simulator/_sim/{path}", answer.status_code)
        if answer.status_code != 200 and not refusals:
            raise Unexpected(f"simulator {path} → {answer.status_code} {answer.text[:200]}")
        return dict(answer.json())

    async def look(self, path: str) -> dict[str, Any]:
        answer = await self.http.get(f"{self.url}/_sim/{path}", params={"world": WORLD})
        return dict(answer.json())

    async def approve_paypal(self, page_url: str) -> str:
        """Press "Approve" on PayPal's page as the payer does; gives the address that the payer is sent back to."""
        page = await self.http.get(page_url)
        self.teller.called("GET", "simulator/paypal/approve/…", page.status_code)
        pressed = await self.http.post(page_url, data={"answer": "approve"}, follow_redirects=False)
        self.teller.called("POST", "simulator/paypal/approve/…", pressed.status_code)
        if not pressed.has_redirect_location:
            raise Unexpected(f"PayPal's page → {pressed.status_code} {pressed.text[:200]}")
        return pressed.headers["location"]

    async def statement(self, number: str) -> Statement:
        """Everything that the providers booked for an order."""
        booked = (await self.look("books"))["movements"]
        about = {row["ref"] for row in booked if _is_about(row, number)}
        movements = [row for row in booked if row["ref"] in about or row["parent_ref"] in about]
        signs = {"authorization": 1, "release": -1, "capture": -1}
        held: dict[str, int] = {}
        for row in movements:
            if row["provider"] == "stripe" and row["kind"] in signs:
                held[row["parent_ref"]] = held.get(row["parent_ref"], 0) + signs[row["kind"]] * row["amount_minor"]
        captures = [row for row in movements if row["kind"] == "capture"]
        return Statement(
            holds=tuple(row["amount_minor"] for row in movements if row["kind"] == "authorization"),
            open=sum(amount for amount in held.values() if amount > 0),
            captures=tuple(row["amount_minor"] for row in captures),
            refunds=tuple(row["amount_minor"] for row in movements if row["kind"] == "refund"),
            disputed=sum(row["amount_minor"] for row in movements if row["kind"] == "dispute"),
            references=tuple(row["ref"] for row in captures),
        )


def _is_about(movement: dict[str, Any], number: str) -> bool:
    """Stripe carries the order's number in its metadata, PayPal as the beginning of the invoice's."""
    about = (movement.get("metadata") or {}).get("order_number")
    return bool(about == number or (movement.get("invoice_id") or "").startswith(f"{number}-"))
