"""When a variant can leave: in stock, on backorder, before its release, or not at all (CAT-5, CRT-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from store.inventory.availability import VariantStock
from store.kernel.i18n import N_
from store.kernel.wording import register_labels
from store.markets.market import MarketPolicy


class Availability(StrEnum):
    IN_STOCK = "in_stock"
    BACKORDER = "backorder"
    PREORDER = "preorder"
    UNAVAILABLE = "unavailable"


register_labels(
    {
        Availability.IN_STOCK: N_("In stock"),
        Availability.BACKORDER: N_("On backorder"),
        Availability.PREORDER: N_("Preorder"),
        Availability.UNAVAILABLE: N_("Unavailable"),
    }
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a shopper is told of a variant.

    `free` units can leave now; None means without limit (a service). `expected_on` is when a unit beyond them is in the
    warehouse; `estimated` when no delivery or release tells the day and the market's longest wait stands in for it.
    """

    availability: Availability
    free: int | None
    expected_on: date | None = None
    estimated: bool = False


def outlook(
    stock: VariantStock,
    sells: str,
    release_on: date | None,
    policy: MarketPolicy,
    today: date,
    *,
    waiting: int = 0,
) -> Outlook:
    """The availability of a variant in a market today.

    `waiting` units of the deliveries on their way are already promised to older orders. A variant sold only from stock
    is unavailable once it is gone; one whose release day has come is sold like a backordered one.
    """
    if sells == "always":
        return Outlook(Availability.IN_STOCK, None)
    if sells == "unavailable":
        return Outlook(Availability.UNAVAILABLE, 0)
    if sells == "preorder" and release_on is not None and release_on > today:
        arrives = _arrival(stock, waiting + 1, today) if stock.free < 1 else None
        return Outlook(Availability.PREORDER, 0, max(release_on, arrives or release_on))
    expected, estimated = None, False
    if sells != "stock":
        expected = _arrival(stock, waiting + 1, today)
        estimated = expected is None
        expected = expected or today + timedelta(days=policy.backorder_days[1])
    if stock.free > 0:
        return Outlook(Availability.IN_STOCK, stock.free, expected, estimated)
    if expected is None:
        return Outlook(Availability.UNAVAILABLE, 0)
    return Outlook(Availability.BACKORDER, 0, expected, estimated)


def expected_on(
    stock: VariantStock,
    sells: str,
    release_on: date | None,
    policy: MarketPolicy,
    today: date,
    *,
    quantity: int = 1,
    waiting: int = 0,
) -> date | None:
    """When `quantity` units beyond the free stock are in the warehouse; None when they can't be ordered."""
    if sells in ("always", "unavailable", "stock"):
        return None
    arrives = _arrival(stock, waiting + quantity, today)
    if sells == "preorder" and release_on is not None and release_on > today:
        return max(release_on, arrives or release_on)
    return arrives or today + timedelta(days=policy.backorder_days[1])


def _arrival(stock: VariantStock, quantity: int, today: date) -> date | None:
    """The day on which the deliveries make up the quantity; one that is overdue is no promise and doesn't count."""
    for delivery in stock.inbound:
        if delivery.expected_on < today:
            continue
        quantity -= delivery.quantity
        if quantity <= 0:
            return delivery.expected_on
    return None
