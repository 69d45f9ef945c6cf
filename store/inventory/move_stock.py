"""Every change of stock: reserve, release, ship, receive, restock, adjust (CRT-7).

One statement each: it locks the rows in the order of (variant, warehouse), so that concurrent orders can't lock each
other out, then changes all of them or none, and notes each change in `stock_movement`, whose sums are the stock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from store.kernel import clock, db, outbox
from store.kernel.errors import StoreError
from store.kernel.i18n import N_

FREED = "stock.freed"  # {"items": [[variant_id, warehouse], …]}: somebody may be waiting for it (SHP-3)
outbox.declare(FREED)


class StockGone(StoreError):
    """Someone else was faster. `items` tell what was wanted and what is left of each variant and warehouse."""

    code = "stock_gone"
    status = 409
    title = N_("Some items are no longer available.")
    detail = N_("Some items were sold while you were ordering. Please look at your cart again.")


class StockMismatch(StoreError):
    """The stock doesn't hold what is to be given back, shipped or taken away: the books and the shelf differ."""

    code = "stock_mismatch"
    status = 409
    title = N_("The stock does not allow this.")
    detail = N_("The warehouse would hold less than what orders have reserved.")


@dataclass(frozen=True, slots=True)
class Want:
    """A quantity of a variant in a warehouse."""

    variant_id: UUID
    warehouse: str
    quantity: int

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            msg = f"quantity must be positive, got {self.quantity}"
            raise ValueError(msg)


async def reserve(wants: Sequence[Want], *, reference: str | UUID = "") -> None:
    """Hold goods for an order: all of them, or StockGone and nothing changed."""
    refused = await _move("reserve", wants, on_hand=0, reserved=1, reference=reference)
    if refused:
        raise StockGone(items=refused, variant_ids=sorted({item["variant_id"] for item in refused}))


async def release(wants: Sequence[Want], *, reference: str | UUID = "") -> None:
    """Give back what was reserved and not shipped. Raises StockMismatch when less is reserved."""
    await _move_or_mismatch("release", wants, on_hand=0, reserved=-1, reference=reference)
    await _tell_freed(wants)


async def ship(wants: Sequence[Want], *, reference: str | UUID = "") -> None:
    """Reserved goods leave the warehouse. Raises StockMismatch when less is reserved."""
    await _move_or_mismatch("ship", wants, on_hand=-1, reserved=-1, reference=reference)


async def receive(variant_id: UUID, warehouse: str, quantity: int, reference: str | UUID = "") -> None:
    """Goods arrive from a supplier."""
    await _add("receive", [Want(variant_id, warehouse, quantity)], reference)


async def restock(wants: Sequence[Want], *, reference: str | UUID = "") -> None:
    """Goods that came back from customers can be sold again."""
    await _add("restock", wants, reference)


async def adjust(variant_id: UUID, warehouse: str, difference: int, *, reason: str, actor: str) -> None:
    """Correct the count after a look at the shelf; never below what is reserved (StockMismatch)."""
    if not reason.strip():
        msg = "an adjustment needs a reason"
        raise ValueError(msg)
    reference = f"{actor}: {reason}"
    if difference > 0:
        await _add("adjust", [Want(variant_id, warehouse, difference)], reference)
    elif difference < 0:
        taken = [Want(variant_id, warehouse, -difference)]
        await _move_or_mismatch("adjust", taken, on_hand=-1, reserved=0, reference=reference)


async def lock_stock(pairs: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
    """Lock the rows of (variant, warehouse) until the unit of work ends and tell what is free in each.

    For giving arrived goods to those who wait: nobody else can take them meanwhile. Pairs without a row are absent.
    """
    _needs_unit_of_work()
    wanted = sorted(set(pairs))
    rows = await db.fetch(
        "select s.variant_id, s.warehouse, s.on_hand - s.reserved as free from stock s"
        " join unnest($1::uuid[], $2::text[]) as w (variant_id, warehouse) using (variant_id, warehouse)"
        " order by s.variant_id, s.warehouse for update of s",
        [variant_id for variant_id, _ in wanted],
        [warehouse for _, warehouse in wanted],
    )
    return {(variant_id, warehouse): free for variant_id, warehouse, free in rows}


_MOVE = """
with wanted as (
    select * from unnest($1::uuid[], $2::text[], $3::int[]) as w (variant_id, warehouse, quantity)
), locked as (
    select s.variant_id, s.warehouse, s.on_hand - s.reserved as free, w.quantity,
           s.on_hand + w.quantity * $4::int as on_hand, s.reserved + w.quantity * $5::int as reserved
    from stock s join wanted w using (variant_id, warehouse)
    order by s.variant_id, s.warehouse for update of s
), refused as (
    select w.variant_id, w.warehouse, w.quantity, coalesce(l.free, 0) as free
    from wanted w left join locked l using (variant_id, warehouse)
    where l.variant_id is null or l.reserved not between 0 and l.on_hand
), changed as (
    update stock s set on_hand = l.on_hand, reserved = l.reserved
    from locked l
    where s.variant_id = l.variant_id and s.warehouse = l.warehouse and not exists (select from refused)
), noted as (
    insert into stock_movement (at, variant_id, warehouse, kind, on_hand_change, reserved_change, reference)
    select $6, variant_id, warehouse, $7, quantity * $4, quantity * $5, $8
    from locked where not exists (select from refused)
)
select variant_id, warehouse, quantity, free from refused order by variant_id, warehouse
"""


async def _move(
    kind: str, wants: Sequence[Want], *, on_hand: int, reserved: int, reference: str | UUID
) -> list[dict[str, Any]]:
    """Add `on_hand` and `reserved` times each quantity to the stock; returns what could not be met (then no change)."""
    _needs_unit_of_work()
    if not wants:
        return []
    rows = await db.fetch(_MOVE, *_columns(wants), on_hand, reserved, clock.now(), kind, str(reference))
    return [
        {"variant_id": variant_id, "warehouse": warehouse, "wanted": quantity, "available": free}
        for variant_id, warehouse, quantity, free in rows
    ]


async def _move_or_mismatch(
    kind: str, wants: Sequence[Want], *, on_hand: int, reserved: int, reference: str | UUID
) -> None:
    refused = await _move(kind, wants, on_hand=on_hand, reserved=reserved, reference=reference)
    if refused:
        raise StockMismatch(items=refused, step=kind)


_ADD = """
with wanted as (
    select * from unnest($1::uuid[], $2::text[], $3::int[]) as w (variant_id, warehouse, quantity)
), added as (
    insert into stock as s (variant_id, warehouse, on_hand)
    select variant_id, warehouse, quantity from wanted order by variant_id, warehouse
    on conflict (variant_id, warehouse) do update set on_hand = s.on_hand + excluded.on_hand
)
insert into stock_movement (at, variant_id, warehouse, kind, on_hand_change, reserved_change, reference)
select $4, variant_id, warehouse, $5, quantity, 0, $6 from wanted
"""


async def _add(kind: str, wants: Sequence[Want], reference: str | UUID) -> None:
    """Put goods on the shelf; the first of a variant in a warehouse makes its row."""
    _needs_unit_of_work()
    if wants:
        await db.execute(_ADD, *_columns(wants), clock.now(), kind, str(reference))
        await _tell_freed(wants)


async def _tell_freed(wants: Sequence[Want]) -> None:
    if wants:
        items = sorted({(str(want.variant_id), want.warehouse) for want in wants})
        await outbox.stage(FREED, items=items)


def _columns(wants: Sequence[Want]) -> tuple[list[UUID], list[str], list[int]]:
    """The wants as columns, each variant and warehouse once."""
    sums: Counter[tuple[UUID, str]] = Counter()
    for want in wants:
        sums[want.variant_id, want.warehouse] += want.quantity
    keys = sorted(sums)
    return [key[0] for key in keys], [key[1] for key in keys], [sums[key] for key in keys]


def _needs_unit_of_work() -> None:
    if not db.in_unit_of_work():
        msg = "stock changes only inside a unit of work"
        raise RuntimeError(msg)
