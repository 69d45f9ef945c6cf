"""What applies to a return: the market's figures, overlaid by the newest policies that fit the item (RMA-1, RMA-2).

A policy names only what differs. Of several that fit, the more specific one wins, figure by figure:

    everywhere < market < category < market + category
    < manufacturer < market + manufacturer < category + manufacturer < market + category + manufacturer

Each change of a policy is a new version; an item of a return keeps the terms that it was registered under.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from store.kernel import audit, clock, db
from store.kernel.errors import NotFound
from store.kernel.i18n import N_
from store.kernel.ids import new_id
from store.kernel.money import apply_rate
from store.markets import Market, get_market
from store.rma.reasons import REASONS, Evidence, ReasonCode, Wish
from store.rma.step_errors import PolicyInvalid

DAYS_MAX = 3650
MILLION = 1_000_000
MONEY_MAX = 10**12


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money is in minor units of the market's currency, as its prices are shown; shares are parts per million."""

    restocking_fee_ppm: int
    restocking_fee_min_minor: int
    restocking_fee_max_minor: int | None
    restocking_fee_cap_ppm: int
    wrong_order_days: int
    wrong_delivery_days: int
    fault_report_days: int
    expiry_days: int
    quote_days: int
    repair_flat_minor: int | None
    repair_share_ppm: int
    repair_min_minor: int
    requires: dict[ReasonCode, tuple[Evidence, ...]]
    wishes: dict[ReasonCode, tuple[Wish, ...]]

    def fee_minor(self, goods_minor: int) -> int:
        """The restocking fee on goods of that price: within its bounds, and never above its cap (RMA-2)."""
        fee = max(apply_rate(goods_minor, self.restocking_fee_ppm), self.restocking_fee_min_minor)
        if self.restocking_fee_max_minor is not None:
            fee = min(fee, self.restocking_fee_max_minor)
        return min(fee, goods_minor * self.restocking_fee_cap_ppm // MILLION)


# Which terms are money: only a policy of one market can name them, as no other has a currency.
MONEY_TERMS = frozenset(name for name in Terms.__struct_fields__ if name.endswith("_minor"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Terms with the version of the newest policy among them, and the policies that made them, weakest first."""

    terms: Terms
    version: int | None
    policies: tuple[db.Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPolicy:
    """`terms` holds only what differs; an empty one takes the earlier policy of this scope away."""

    market: str | None
    category: str | None
    manufacturer: str | None
    terms: Mapping[str, Any]
    note: str
    actor: str


def market_terms(market: Market) -> Terms:
    """What applies in a market when no policy says otherwise."""
    figures = market.policy
    own = {name: getattr(figures, name) for name in Terms.__struct_fields__ if hasattr(figures, name)}
    return Terms(
        **own,
        expiry_days=figures.rma_expiry_days,
        quote_days=figures.repair_quote_days,
        requires={reason.code: reason.requires for reason in REASONS.values()},
        wishes={reason.code: reason.wishes for reason in REASONS.values()},
    )


_FITTING = """
select distinct on (market, category, manufacturer) * from rma_policy
where (market is null or market = $1) and (category is null or category = any($2))
and (manufacturer is null or manufacturer = any($3))
order by market, category, manufacturer, version desc
"""


async def load_terms(market: Market, kinds: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Applied]:
    """The terms of any number of (category, manufacturer), in one statement."""
    categories, manufacturers = [kind[0] for kind in kinds], [kind[1] for kind in kinds]
    rows = await db.fetch(_FITTING, market.code, categories, manufacturers)
    return {kind: _overlay(market, [row for row in rows if _fits(row, kind)]) for kind in kinds}


async def effective_terms(market: Market, category: str | None, manufacturer: str | None) -> Applied:
    """What applies to a scope; without a category or a manufacturer only what names none of it counts."""
    kind = (category or "", manufacturer or "")
    return (await load_terms(market, [kind]))[kind]


def _fits(row: db.Row, kind: tuple[str, str]) -> bool:
    return row["category"] in {None, kind[0]} and row["manufacturer"] in {None, kind[1]}


def _weight(row: db.Row) -> int:
    return (row["manufacturer"] is not None) * 4 + (row["category"] is not None) * 2 + (row["market"] is not None)


def _overlay(market: Market, rows: Sequence[db.Row]) -> Applied:
    policies = sorted(rows, key=_weight)
    values = msgspec.structs.asdict(market_terms(market))
    for policy in policies:
        for name, value in policy["terms"].items():
            values[name] = {**values[name], **value} if isinstance(value, dict) else value
    return Applied(
        terms=msgspec.convert(values, Terms),
        version=max((policy["version"] for policy in policies), default=None),
        policies=tuple(policies),
    )


async def add_policy(command: AddPolicy) -> db.Row:
    """Add a version; what is registered already keeps its own. Raises PolicyInvalid, UnknownMarket."""
    market = get_market(command.market).code if command.market else None
    _check_terms(command.terms, money_allowed=market is not None)
    policy_id = new_id()
    async with db.unit_of_work():
        await _check_scope(command)
        await db.insert(
            "rma_policy",
            id=policy_id,
            market=market,
            category=command.category,
            manufacturer=command.manufacturer,
            terms=dict(command.terms),
            note=command.note,
            created_by=command.actor,
            created_at=clock.now(),
        )
        await audit.record(
            command.actor,
            "add_return_policy",
            "rma_policy",
            policy_id,
            market=market,
            category=command.category,
            manufacturer=command.manufacturer,
            terms=dict(command.terms),
        )
    return await get_policy(policy_id)


async def get_policy(policy_id: UUID) -> db.Row:
    """Raises NotFound."""
    row = await db.fetchrow("select * from rma_policy where id = $1", policy_id)
    if row is None:
        raise NotFound
    return row


async def list_policies(*, before_version: int | None = None, limit: int = 25) -> list[db.Row]:
    """Every version there ever was, newest first."""
    return await db.fetch(
        "select * from rma_policy where $1::bigint is null or version < $1 order by version desc limit $2",
        before_version,
        limit,
    )


NOT_A_TERM = N_("There is no such term.")
OUT_OF_RANGE = N_("This figure is out of range.")
NEEDS_A_MARKET = N_("An amount of money can be set for one market only, as each has its own currency.")
BAD_LIST = N_("Give a list of known codes for each reason.")
NO_WISH = N_("At least one wish has to be left for each reason.")
UNKNOWN_SCOPE = N_("This is not known in the catalogue.")


def _check_terms(terms: Mapping[str, Any], *, money_allowed: bool) -> None:
    errors = []
    for name, value in terms.items():
        message = _mistake(name, value, money_allowed=money_allowed)
        if message:
            errors.append({"field": f"terms.{name}"[:80], "message": message})
    if errors:
        raise PolicyInvalid(errors=errors)


def _mistake(name: str, value: Any, *, money_allowed: bool) -> str | None:
    if name not in Terms.__struct_fields__:
        return NOT_A_TERM
    if name in {"requires", "wishes"}:
        return _mistaken_list(name, value)
    if name in MONEY_TERMS and not money_allowed:
        return NEEDS_A_MARKET
    if value is None and name in {"restocking_fee_max_minor", "repair_flat_minor"}:
        return None
    most = MONEY_MAX if name in MONEY_TERMS else MILLION if name.endswith("_ppm") else DAYS_MAX
    if name == "restocking_fee_cap_ppm":
        most = MILLION - 1  # A fee of everything leaves nothing to credit.
    least = 1 if name in {"expiry_days", "quote_days"} else 0  # what is over at once helps nobody
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        return OUT_OF_RANGE
    return None


def _mistaken_list(name: str, value: Any) -> str | None:
    lists: Mapping[ReasonCode, Sequence[str]]
    try:
        if name == "wishes":
            lists = msgspec.convert(value, dict[ReasonCode, tuple[Wish, ...]])
        else:
            lists = msgspec.convert(value, dict[ReasonCode, tuple[Evidence, ...]])
    except msgspec.ValidationError:
        return BAD_LIST
    if name == "wishes" and not all(lists.values()):
        return NO_WISH
    return None


async def _check_scope(command: AddPolicy) -> None:
    known = await db.fetchrow(
        "select exists (select from category where slug = $1) as category,"
        " exists (select from manufacturer where slug = $2) as manufacturer",
        command.category,
        command.manufacturer,
    )
    assert known is not None
    errors = [
        {"field": name, "message": UNKNOWN_SCOPE}
        for name in ("category", "manufacturer")
        if getattr(command, name) is not None and not known[name]
    ]
    if errors:
        raise PolicyInvalid(errors=errors)
