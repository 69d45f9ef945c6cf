"""How a defective item gets back to its maker: three routes, told by data of the manufacturer (RMA-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from store.kernel.i18n import N_
from store.kernel.wording import register_labels


class RouteCode(StrEnum):
    MANUFACTURER_HANDLES = "manufacturer_handles"  # (a) the customer is sent to the maker's portal
    MANUFACTURER_CONFIRMS = "manufacturer_confirms"  # (b) the maker's support gives a ticket number first
    STORE_CONFIRMS = "store_confirms"  # (c) our technical support confirms the fault first
    REPAIR = "repair_quote"  # out of warranty: at a price
    STORE = "store"  # not defective: between the customer and us


register_labels(
    {
        RouteCode.MANUFACTURER_HANDLES: N_("The manufacturer handles it"),
        RouteCode.MANUFACTURER_CONFIRMS: N_("The manufacturer’s support confirms first"),
        RouteCode.STORE_CONFIRMS: N_("Our technical support confirms first"),
        RouteCode.REPAIR: N_("Repair at a quoted price"),
        RouteCode.STORE: N_("Return to us"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`portal_url` is where the maker's support is reached; empty where ours confirms."""

    code: RouteCode
    manufacturer: str = ""
    portal_url: str = ""


def manufacturer_route(rma_route: Mapping[str, Any], manufacturer: str) -> Route:
    """The route that a manufacturer's data names; who names none is served by us (RMA-5 c)."""
    try:
        code = RouteCode(rma_route.get("route") or RouteCode.STORE_CONFIRMS)
    except ValueError:
        code = RouteCode.STORE_CONFIRMS
    portal_url = rma_route.get("portal_url") or ""
    if code is RouteCode.MANUFACTURER_HANDLES and not portal_url:
        code = RouteCode.STORE_CONFIRMS  # Nobody is sent away to nowhere.
    return Route(code=code, manufacturer=manufacturer, portal_url=portal_url)
