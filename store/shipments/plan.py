"""Which goods leave together, from where and when: the shipment plan, before anything is ordered (CRT-3, SHP-1, SHP-2).

A pure function of the lines, the stock and the calendar, used by the cart to show the plan and by the placement to
carry it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from store.catalog import SellableVariant
from store.inventory import StockGone, VariantStock, expected_on
from store.markets import Market, ShippingMethod
from store.markets.calendar import local_date, promised_date, ship_date, ships_soon


@dataclass(frozen=True, slots=True)
class Item:
    """A line as far as planning needs it; `index` is its place in the cart."""

    index: int
    variant: SellableVariant
    quantity: int


class _Group(NamedTuple):
    """What units must have in common to leave together."""

    warehouse: str
    kind: str
    ready_on: date | None = None
    not_before: date | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShipment:
    """`lines` are (index of the line, quantity). `soon`: it leaves before an authorization made now would expire.

    `estimated`: no delivery is announced, and the market's longest wait stands in for its day (CRT-2).
    """

    warehouse: str
    kind: str  # stock | backorder | preorder
    ready_on: date | None
    not_before: date | None
    ship_on: date
    promised_on: date
    soon: bool
    estimated: bool
    lines: tuple[tuple[int, int], ...]


def plan_shipments(
    items: Sequence[Item],
    stock: Mapping[UUID, VariantStock],
    waiting: Mapping[UUID, int],
    market: Market,
    method: ShippingMethod | None,
    ordered_at: datetime,
    default_warehouse: str,
) -> list[PlannedShipment]:
    """What leaves now comes first, then what is awaited by date. Raises StockGone for what can't be had at all.

    `waiting` is how many units of each variant older orders wait for.
    """
    now_lines, rest = _from_stock(items, stock, market, ordered_at)
    groups: dict[_Group, list[tuple[int, int]]] = {}
    missing = []
    for item, quantity in rest:
        group = _awaited(item, quantity, stock[item.variant.variant_id], waiting, market, ordered_at, default_warehouse)
        if group is None:
            free = item.quantity - quantity
            missing.append(
                {
                    "variant_id": item.variant.variant_id,
                    "sku": item.variant.sku,
                    "wanted": item.quantity,
                    "available": free,
                }
            )
        else:
            groups.setdefault(group, []).append((item.index, quantity))
    if missing:
        raise StockGone(items=missing)
    _place_services(items, now_lines, default_warehouse)
    planned = [
        _shipment(market, method, ordered_at, _Group(warehouse, "stock"), lines)
        for warehouse, lines in now_lines.items()
    ]
    planned += [
        _shipment(market, method, ordered_at, group, lines)
        for group, lines in sorted(
            groups.items(), key=lambda entry: (entry[0].ready_on or date.max, entry[0].warehouse)
        )
    ]
    return planned


def _from_stock(
    items: Sequence[Item], stock: Mapping[UUID, VariantStock], market: Market, ordered_at: datetime
) -> tuple[dict[str, list[tuple[int, int]]], list[tuple[Item, int]]]:
    """Take what is free, from as few warehouses as possible; returns the parcels and what is left to await."""
    today = local_date(market, ordered_at)
    left: dict[int, int] = {}
    free: dict[str, dict[UUID, int]] = {}
    for item in items:
        variant = item.variant
        if not variant.tracks_stock:
            continue
        left[item.index] = item.quantity
        if variant.sells == "unavailable" or (
            variant.sells == "preorder" and variant.release_on is not None and variant.release_on > today
        ):
            continue
        for place in stock[variant.variant_id].warehouses:
            free.setdefault(place.warehouse, {})[variant.variant_id] = max(place.free, 0)
    parcels: dict[str, list[tuple[int, int]]] = {}
    while free:
        best = max(free, key=lambda code: _covered(items, left, free[code]))  # the first of equals: by position
        shelf = free.pop(best)
        for item in items:
            take = min(left.get(item.index, 0), shelf.get(item.variant.variant_id, 0))
            if take:
                parcels.setdefault(best, []).append((item.index, take))
                left[item.index] -= take
                shelf[item.variant.variant_id] -= take
    return parcels, [(item, left[item.index]) for item in items if left.get(item.index)]


def _covered(items: Sequence[Item], left: Mapping[int, int], shelf: Mapping[UUID, int]) -> int:
    return sum(min(left.get(item.index, 0), shelf.get(item.variant.variant_id, 0)) for item in items)


def _awaited(
    item: Item,
    quantity: int,
    stock: VariantStock,
    waiting: Mapping[UUID, int],
    market: Market,
    ordered_at: datetime,
    default_warehouse: str,
) -> _Group | None:
    """With what units beyond the stock leave, or None when they can't be ordered."""
    variant, today = item.variant, local_date(market, ordered_at)
    ready_on = expected_on(
        stock,
        variant.sells,
        variant.release_on,
        market.policy,
        today,
        quantity=quantity,
        waiting=waiting.get(variant.variant_id, 0),
    )
    if ready_on is None:
        return None
    warehouse = next((delivery.warehouse for delivery in stock.inbound), None) or next(
        (place.warehouse for place in stock.warehouses), default_warehouse
    )
    preorder = variant.sells == "preorder" and variant.release_on is not None and variant.release_on > today
    if preorder:
        return _Group(warehouse, "preorder", ready_on, variant.release_on)
    announced = any(delivery.expected_on == ready_on for delivery in stock.inbound)
    return _Group(warehouse, "backorder", ready_on, estimated=not announced)


def _place_services(
    items: Sequence[Item],
    parcels: dict[str, list[tuple[int, int]]],
    default_warehouse: str,
) -> None:
    """Services need no stock: they go with the first parcel."""
    services = [(item.index, item.quantity) for item in items if not item.variant.tracks_stock]
    if services:
        first = next(iter(parcels), default_warehouse)
        parcels.setdefault(first, []).extend(services)


def _shipment(
    market: Market,
    method: ShippingMethod | None,
    ordered_at: datetime,
    group: _Group,
    lines: list[tuple[int, int]],
) -> PlannedShipment:
    return PlannedShipment(
        warehouse=group.warehouse,
        kind=group.kind,
        ready_on=group.ready_on,
        not_before=group.not_before,
        ship_on=ship_date(market, ordered_at, group.ready_on),
        promised_on=promised_date(market, ordered_at, group.ready_on, method),
        soon=ships_soon(market, ordered_at, group.ready_on),
        estimated=group.estimated,
        lines=tuple(lines),
    )
