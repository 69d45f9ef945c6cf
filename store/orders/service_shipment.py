"""The one parcel of a service order: from the shelf, awaited, or the customer's own goods, which no stock holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from store.carts.make_quote import default_warehouse
from store.inventory import VariantStock, availability, lock_stock
from store.kernel.ids import new_id
from store.markets import Market, ShippingMethod
from store.markets.calendar import local_date, promised_date, ship_date
from store.shipments import NewLine, NewShipment


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the goods come from and, when they are awaited, from which day on."""

    warehouse: str
    kind: str
    ready_on: date | None = None


async def service_shipment(
    market: Market,
    number: str,
    lines: Sequence[NewLine],
    *,
    method: ShippingMethod,
    at: datetime,
    ready: bool,
) -> NewShipment:
    """From the nearest warehouse that has all of it, else on backorder; `ready` False waits for the workshop.

    Locks the stock that it counts on until the unit of work ends, so it is called late.
    """
    wanted: dict[UUID, int] = {}
    for line in lines:
        if line.tracks_stock:
            wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    place = await _place(market, wanted, at) if wanted else await _workshop(market, at, ready=ready)
    return NewShipment(
        id=new_id(),
        sequence=1,
        number=f"{number}-1",
        warehouse=place.warehouse,
        kind=place.kind,
        not_before=None,
        ship_on=ship_date(market, at, place.ready_on),
        promised_on=promised_date(market, at, place.ready_on, method),
        shipping_minor=0,
        shipping_tax_minor=0,
        lines=lines,
    )


async def _workshop(market: Market, at: datetime, *, ready: bool) -> _Place:
    """A repair takes as long as the market's longest wait for goods, as far as anybody can tell (CRT-2)."""
    return _Place(await default_warehouse(market.code), "service", None if ready else _longest_wait(market, at))


async def _place(market: Market, wanted: dict[UUID, int], at: datetime) -> _Place:
    found = await availability(market.code, wanted)
    places = [place.warehouse for place in next(iter(found.values())).warehouses]
    free = await lock_stock([(variant_id, warehouse) for variant_id in wanted for warehouse in places])
    for warehouse in places:
        if all(free.get((variant_id, warehouse), 0) >= units for variant_id, units in wanted.items()):
            return _Place(warehouse, "stock")
    return await _awaited(market, list(found.values()), places, at)


async def _awaited(market: Market, stocks: Sequence[VariantStock], places: Sequence[str], at: datetime) -> _Place:
    """The warehouse that the next delivery goes to; the market's longest wait when none is announced."""
    today = local_date(market, at)
    coming = [each for stock in stocks for each in stock.inbound if each.expected_on >= today]
    warehouse = coming[0].warehouse if coming else next(iter(places), await default_warehouse(market.code))
    ready_on = max(each.expected_on for each in coming) if coming else _longest_wait(market, at)
    return _Place(warehouse, "backorder", ready_on)


def _longest_wait(market: Market, at: datetime) -> date:
    return local_date(market, at) + timedelta(days=market.policy.backorder_days[1])
