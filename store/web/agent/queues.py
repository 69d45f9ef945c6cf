"""What waits for customer service: shipments on hold and disputes (PAY-6, PAY-12)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency

from store.kernel import db
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.orders.find_orders import order_numbers
from store.payments.disputes import open_disputes
from store.shipments import queue
from store.web.agent.order_shapes import DisputeOut, HoldOut
from store.web.agent.order_view import dispute_out
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Cursor, Limit, Page, money_out
from store.web.storefront.order_view import SeenOrder, see_orders


@get("/holds", opt=requires(*DESK), summary="Show the shipments on hold")
async def show_holds(locale: NamedDependency[str], cursor: Cursor = None, limit: Limit = 25) -> Page[HoldOut]:
    """Those of the oldest orders first. The customer has a payment link; after the market's days it is cancelled."""
    after = decode_cursor(cursor, datetime, UUID)
    rows = await queue(None, ["on_hold"], after=(after[0], after[1]) if after else None, limit=limit + 1)
    shown = rows[:limit]
    seen = {each.order["id"]: each for each in await see_orders(list({row["order_id"] for row in shown}))}
    return Page(
        items=[_hold(row, seen[row["order_id"]], locale) for row in shown],
        next_cursor=encode_cursor(shown[-1]["placed_at"], shown[-1]["id"]) if len(rows) > limit else None,
    )


@get("/disputes", opt=requires(*DESK), summary="Show the open disputes")
async def show_disputes(locale: NamedDependency[str], limit: Limit = 100) -> list[DisputeOut]:
    """Chargebacks that the provider has told us of, the oldest first."""
    rows = await open_disputes(limit)
    numbers = await order_numbers([row["order_id"] for row in rows])
    return [dispute_out(_with_amount(row), numbers.get(row["order_id"]), locale) for row in rows]


def _with_amount(row: db.Row) -> dict[str, Any]:
    return {**row, "amount": Money(row["amount_minor"], row["currency"])}


def _hold(row: db.Row, seen: SeenOrder, locale: str) -> HoldOut:
    charges = (seen.payment or {}).get("charges", ())
    charge = next((each for each in charges if each["shipment_id"] in {row["id"], None}), None)
    reason = row["hold_reason"]
    return HoldOut(
        shipment=row["number"],
        order_number=seen.order["number"],
        market=row["market"],
        hold_reason=reason,
        hold_reason_label=status_label(reason or "on_hold", locale),
        email=seen.order["email"],
        ship_on=row["ship_on"],
        amount=money_out(charge["amount"] if charge else Money.zero(row["currency"]), locale),
        payment_link_open=bool(charge and charge["link_open"]),
        placed_at=row["placed_at"],
    )


router = Router(path="/api/v1/agent", route_handlers=[show_holds, show_disputes], tags=["Agent: orders"])
