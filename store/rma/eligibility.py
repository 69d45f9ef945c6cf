"""Can this be returned, and how: yes or no with the rule, the facts, the deadline and a sentence (RMA-1 … RMA-8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from store.kernel import clock
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.money import Money
from store.markets import local_date
from store.refunds import Verdict
from store.rma.caller import Caller, bought
from store.rma.check_item import conditions, deadline, needs
from store.rma.errors import rule_of
from store.rma.gather_items import gather, identify
from store.rma.item import Item, ItemRequest, Source
from store.rma.quote_repair import repair_tax
from store.rma.reasons import REASONS, ReasonCode
from store.rma.routes import RouteCode
from store.rma.sold_lines import lines_of_order
from store.warranty import Coverage

# What is said when all is well, by reason or route: (rule, code, sentence).
ELIGIBLE = {
    "wrong_order": (
        "RMA-2",
        "wrong_order_accepted",
        N_(
            "{item} left on {dispatched_on} and can be returned until {last_day}, unused and in its original"
            " packaging. {fee} is kept back as a restocking fee."
        ),
    ),
    "wrong_delivery": (
        "RMA-3",
        "wrong_delivery_accepted",
        N_(
            "{item} left on {dispatched_on}. Tell us until {last_day} what was received instead; we replace it or"
            " refund it in full."
        ),
    ),
    RouteCode.MANUFACTURER_CONFIRMS: (
        "RMA-5",
        "in_warranty_with_ticket",
        N_("{item} is in warranty until {until}. It can be returned with the ticket number of {manufacturer}."),
    ),
    RouteCode.STORE_CONFIRMS: (
        "RMA-4",
        "in_warranty",
        N_("{item} is in warranty until {until}, and its fault is confirmed. Returning it costs nothing."),
    ),
    RouteCode.REPAIR: (
        "RMA-8",
        "repair_at_a_price",
        N_("{item} is out of warranty. A repair costs {quote}; send it only if you accept this price."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnEligibility:
    """`needs` are codes of what has to be given; `quote` and `fee` are zero where they don't apply."""

    reason: ReasonCode
    verdict: Verdict
    item: str
    sku: str | None
    names: dict[str, str]
    product_id: UUID | None
    asked_on: date | None
    deadline: date | None
    route: str | None
    portal_url: str
    wishes: tuple[str, ...]
    needs: tuple[str, ...]
    cover: Coverage | None
    quote: Money | None
    fee: Money | None
    goods: Money | None


async def return_eligibility(
    request: ItemRequest, caller: Caller, *, as_of: datetime | None = None
) -> ReturnEligibility:
    """Whether the item can be returned for that reason, had it been asked for at `as_of` (now by default).

    The refusal is the error that registering would raise, without looking at what is still to be given.
    """
    found = (await identify([request], caller))[0]
    if isinstance(found, StoreError):
        return _unknown(request, found)
    return (await _answer([found], caller, as_of or clock.now()))[0]


async def order_eligibility(
    order_id: UUID, caller: Caller, *, as_of: datetime | None = None
) -> list[ReturnEligibility]:
    """For each line of an order and each reason that a piece of it can be returned for without its serial number.

    Raises NotFound for an order that isn't the caller's.
    """
    lines = [line for line in await lines_of_order(order_id) if line.kind != "service"]
    if not lines:
        return []
    order = {"order_id": order_id, "account_id": lines[0].account_id, "partner_id": lines[0].partner_id}
    if not bought(caller, order):
        raise NotFound
    reasons: Sequence[ReasonCode] = ("wrong_order", "wrong_delivery")
    sources = [
        Source(request=ItemRequest(reason=reason, order_number=line.order_number, sku=line.sku), unit=None, line=line)
        for line in lines
        for reason in reasons
    ]
    return await _answer(sources, caller, as_of or clock.now(), apart=True)


async def _answer(
    sources: Sequence[Source], caller: Caller, asked_at: datetime, *, apart: bool = False
) -> list[ReturnEligibility]:
    """`apart`: the sources are alternatives, not pieces of one return."""
    tax = await repair_tax(sources[0].market_code, None, account_id=caller.account_id, partner_id=caller.partner_id)
    items = await gather(sources, caller, asked_at=asked_at, tax=tax, alternatives=apart)
    return [_eligibility(item) for item in items]


def _eligibility(item: Item) -> ReturnEligibility:
    against = conditions(item)
    currency = item.market.currency
    fee, quote = Money(item.fee_minor, currency), Money(item.quote.total_minor, currency)
    verdict = refused(against[0]) if against else _eligible(item, fee, quote)
    return ReturnEligibility(
        reason=item.request.reason,
        verdict=verdict,
        item=item.name,
        sku=item.source.sku,
        names=dict(item.source.names),
        product_id=item.source.product_id,
        asked_on=item.asked_on,
        # When somebody else's parcel left is nobody's business.
        deadline=(deadline(item) if item.ownership.bought else None) or (item.cover.until if item.cover else None),
        route=item.route.value,
        portal_url=item.maker.portal_url if item.request.reason == "defective" else "",
        wishes=item.wishes,
        needs=tuple(needs(item)),
        cover=item.cover,
        quote=quote,
        fee=fee if item.ownership.bought else None,
        goods=Money(item.goods_minor, currency) if item.ownership.bought else None,
    )


def _eligible(item: Item, fee: Money, quote: Money) -> Verdict:
    reason = item.request.reason
    rule, code, sentence = ELIGIBLE[item.route if reason == "defective" else reason]
    left = item.line.dispatched_at if item.line else None
    facts: dict[str, Any] = {
        **item.facts(),
        "dispatched_on": local_date(item.market, left) if left else None,
        "last_day": deadline(item),
        "until": item.cover.until if item.cover else None,
        "manufacturer": item.maker.manufacturer,
        "fee": fee,
        "quote": quote,
    }
    return Verdict(eligible=True, rule=rule, code=code, sentence=sentence, facts=facts)


def refused(error: StoreError) -> Verdict:
    return Verdict(
        eligible=False,
        rule=rule_of(error),
        code=error.code,
        sentence=error.detail or error.title,
        facts=error.facts,
    )


def _unknown(request: ItemRequest, error: StoreError) -> ReturnEligibility:
    """Nothing is known of the item but why."""
    return ReturnEligibility(
        reason=request.reason,
        verdict=refused(error),
        item=request.serial or request.sku or "",
        sku=request.sku,
        names={},
        product_id=None,
        asked_on=None,
        deadline=None,
        route=None,
        portal_url="",
        wishes=REASONS[request.reason].wishes,
        needs=(),
        cover=None,
        quote=None,
        fee=None,
        goods=None,
    )
