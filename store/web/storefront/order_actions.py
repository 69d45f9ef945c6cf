"""What can be done with an order now, and why not (ORD-3, ORD-4, ORD-6, REF-1)."""

from __future__ import annotations

from store.kernel import clock
from store.kernel.errors import StoreError
from store.kernel.wording import problem, status_label
from store.markets import get_market, local_date
from store.orders.find_orders import WholeOrder
from store.orders.what_is_possible import why_not_cancel, why_not_change_address
from store.refunds.errors import (
    BoughtAtUnknownPlace,
    BoughtElsewhere,
    NothingToRefund,
    NotShippedYet,
    RefundDeadlineOver,
)
from store.web.storefront.order_shapes import ActionOut, ReasonOut


def actions_out(whole: WholeOrder, locale: str, *, staff: bool = False) -> list[ActionOut]:
    elsewhere = bought_elsewhere(whole)
    refusals = {
        "cancel": elsewhere or why_not_cancel(whole, any_day=staff),
        "change_address": elsewhere or why_not_change_address(whole),
        "request_refund": elsewhere or _why_not_refund(whole),
    }
    return [
        ActionOut(
            action=action,
            label=status_label(action, locale),
            possible=refusal is None,
            reason=_reason(refusal, locale) if refusal else None,
        )
        for action, refusal in refusals.items()
    ]


def bought_elsewhere(whole: WholeOrder) -> StoreError | None:
    """ORD-8: what can be done with a marketplace's order is done there."""
    channel = whole.order["channel"]
    if channel == "web":
        return None
    place = get_market(whole.order["market"]).retail_place(channel)
    if place is None:
        return BoughtAtUnknownPlace(channel=channel)
    return BoughtElsewhere(channel=channel, place=place.name, url=place.url)


def _why_not_refund(whole: WholeOrder) -> StoreError | None:
    """By the dates alone; what exactly can be refunded is told by …/eligibility/refund."""
    if whole.order["origin"] != "shop" and not whole.order["total_minor"]:
        return NothingToRefund()
    left = [shipment for shipment in whole.shipments if shipment["refundable_until"]]
    if not left:
        return NotShippedYet(shipment=whole.order["number"])
    last = max(left, key=lambda shipment: shipment["refundable_until"])
    if clock.now() <= last["refundable_until"]:
        return None
    market = get_market(whole.order["market"])
    return RefundDeadlineOver(
        shipment=last["number"],
        dispatched_on=local_date(market, last["dispatched_at"]),
        last_day=local_date(market, last["refundable_until"]),
        asked_on=local_date(market, clock.now()),
    )


def _reason(refusal: StoreError, locale: str) -> ReasonOut:
    body = problem(refusal, locale)
    return ReasonOut(code=refusal.code, title=body["title"], detail=body["detail"])
