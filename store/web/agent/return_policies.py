"""The conditions of return by market, category and manufacturer: what applies, and new versions (RMA-1, RMA-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, field

from store.customers import Principal
from store.kernel import db
from store.markets import UnknownMarket, get_market
from store.rma.policies import AddPolicy, Applied, add_policy, effective_terms, list_policies
from store.rma.step_errors import PolicyInvalid
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Cursor, Limit, LongText, Out, Page, RequestBody

Scope = Annotated[str, Meta(min_length=1, max_length=80)]
ScopeParameter = Annotated[str | None, QueryParameter(max_length=80, description="A slug of the catalogue.")]


class KeepPolicy(RequestBody):
    """`terms` names only what differs; an empty one takes the earlier version of this scope away.

    Figures: restocking_fee_ppm, restocking_fee_min_minor, restocking_fee_max_minor, restocking_fee_cap_ppm,
    wrong_order_days, wrong_delivery_days, fault_report_days, expiry_days, quote_days, repair_flat_minor,
    repair_share_ppm, repair_min_minor; lists by reason: requires, wishes. Amounts need a market.
    """

    terms: Annotated[dict[str, Any], Meta(max_length=20, examples=[{"restocking_fee_ppm": 100000}])]
    market: Scope | None = None
    category: Scope | None = None
    manufacturer: Scope | None = None
    note: LongText = field(default="")
    EXAMPLE: ClassVar = {
        "terms": {"restocking_fee_ppm": 100000, "wrong_order_days": 30},
        "market": "FR",
        "category": "headsets",
        "note": "From the spring campaign on.",
    }


class PolicyOut(Out):
    """A version of what applies to a scope; null stands for all."""

    id: UUID
    version: int
    market: str | None
    category: str | None
    manufacturer: str | None
    terms: dict[str, Any]
    note: str
    created_by: str
    created_at: datetime


class EffectiveTermsOut(Out):
    """What applies to an item, the market's figures overlaid by the policies, the weakest first."""

    market: str
    version: int | None
    terms: dict[str, Any]
    policies: list[PolicyOut]


@get("/", opt=requires(*DESK), summary="List the conditions of return")
async def show_policies(cursor: Cursor = None, limit: Limit = 25) -> Page[PolicyOut]:
    """Every version there ever was, the newest first: returns keep the one they were registered under."""
    after = decode_cursor(cursor, int)
    rows = await list_policies(before_version=after[0] if after else None, limit=limit + 1)
    shown = rows[:limit]
    return Page(
        items=[policy_out(row) for row in shown],
        next_cursor=encode_cursor(shown[-1]["version"]) if len(rows) > limit else None,
    )


@get(
    "/effective",
    opt=requires(*DESK),
    responses=problems(UnknownMarket),
    summary="Show which conditions apply",
)
async def show_effective(
    market: Annotated[str, QueryParameter(max_length=16)],
    category: ScopeParameter = None,
    manufacturer: ScopeParameter = None,
) -> EffectiveTermsOut:
    """More specific policies win, figure by figure: market < category < manufacturer, and their combinations."""
    found = get_market(market)
    return effective_out(found.code, await effective_terms(found, category, manufacturer))


@post(
    "/",
    opt=requires("admin", idempotent=True),
    responses=problems(PolicyInvalid, UnknownMarket),
    summary="Change the conditions of return",
)
async def keep_policy(data: JSONBody[KeepPolicy], principal: NamedDependency[Principal]) -> PolicyOut:
    """Adds a version; it counts for what is registered from now on."""
    row = await add_policy(
        AddPolicy(
            market=data.market,
            category=data.category,
            manufacturer=data.manufacturer,
            terms=data.terms,
            note=data.note,
            actor=principal.name,
        )
    )
    return policy_out(row)


def policy_out(row: db.Row) -> PolicyOut:
    return PolicyOut(**{name: row[name] for name in PolicyOut.__struct_fields__})


def effective_out(market: str, applied: Applied) -> EffectiveTermsOut:
    return EffectiveTermsOut(
        market=market,
        version=applied.version,
        terms=msgspec.to_builtins(applied.terms),
        policies=[policy_out(row) for row in applied.policies],
    )


router = Router(
    path="/api/v1/agent/return-policies",
    route_handlers=[show_policies, show_effective, keep_policy],
    tags=["Agent: returns"],
)
