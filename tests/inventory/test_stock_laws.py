"""Random sequences of everything that can happen to stock: the laws hold after every step."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import inventory
from store.inventory import StockGone, StockMismatch, Want
from store.kernel import db

STEPS = ("receive", "restock", "reserve", "release", "ship", "adjust")
steps = st.lists(
    st.tuples(
        st.sampled_from(STEPS),
        st.lists(
            st.tuples(st.sampled_from("AB"), st.sampled_from(["PAR", "LEI"]), st.integers(1, 6)), min_size=1, max_size=3
        ),
        st.sampled_from([-1, 1]),
    ),
    max_size=25,
)


class Model:
    """The stock as plain arithmetic."""

    CHANGES: ClassVar = {
        "receive": (1, 0),
        "restock": (1, 0),
        "reserve": (0, 1),
        "release": (0, -1),
        "ship": (-1, -1),
    }

    def __init__(self) -> None:
        self.shelf: dict[tuple[str, str], tuple[int, int]] = {}

    def apply(self, kind: str, wants, sign: int) -> bool:
        """Do all of the step or nothing; whether it was possible."""
        on_hand_change, reserved_change = self.CHANGES.get(kind, (sign, 0))
        after = dict(self.shelf)
        arrives = on_hand_change > 0
        for sku, warehouse, quantity in wants:
            if (sku, warehouse) not in after and not arrives:
                return False
            on_hand, reserved = after.get((sku, warehouse), (0, 0))
            after[sku, warehouse] = (on_hand + on_hand_change * quantity, reserved + reserved_change * quantity)
        if any(not 0 <= reserved <= on_hand for on_hand, reserved in after.values()):
            return False
        self.shelf = after
        return True


async def do(kind: str, wants, sign: int, ids) -> bool:
    wanted = [Want(ids[sku], warehouse, quantity) for sku, warehouse, quantity in wants]
    try:
        async with db.unit_of_work():
            if kind == "adjust":
                (only,) = wanted
                await inventory.adjust(
                    only.variant_id, only.warehouse, sign * only.quantity, reason="count", actor="test"
                )
            elif kind == "receive":
                for want in wanted:
                    await inventory.receive(want.variant_id, want.warehouse, want.quantity)
            else:
                await getattr(inventory, kind)(wanted)
    except (StockGone, StockMismatch):
        return False
    return True


async def test_stock_does_what_arithmetic_says(variants, shelf):
    """Never negative, never more reserved than there is; refused steps change nothing; movements sum to the stock."""
    loop = asyncio.get_running_loop()
    names = {variant_id: sku for sku, variant_id in variants.items()}

    async def play(sequence) -> None:
        await db.execute("truncate stock, stock_movement")
        model = Model()
        for kind, wants, sign in sequence:
            taken = wants[:1] if kind == "adjust" else wants
            assert await do(kind, taken, sign, variants) is model.apply(kind, taken, sign)
            seen = {(names[variant_id], place): amounts for (variant_id, place), amounts in (await shelf()).items()}
            assert seen == model.shelf
        noted = await db.fetch(
            "select variant_id, warehouse, sum(on_hand_change)::int, sum(reserved_change)::int"
            " from stock_movement group by 1, 2"
        )
        assert {(names[row[0]], row[1]): (row[2], row[3]) for row in noted} == model.shelf

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps)
    def law(sequence) -> None:
        asyncio.run_coroutine_threadsafe(play(sequence), loop).result()

    await asyncio.to_thread(law)
