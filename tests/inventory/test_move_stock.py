"""Stock is reserved all or nothing, never below zero, and every change is noted."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from store import inventory
from store.inventory import StockGone, StockMismatch, Want
from store.kernel import db, outbox
from store.kernel.wording import problem


async def test_reserved_goods_are_not_free_and_released_ones_are_again(variants, put, shelf):
    await put(variants["A"], "PAR", 10)
    want = Want(variants["A"], "PAR", 4)
    async with db.unit_of_work():
        await inventory.reserve([want])
    assert await shelf() == {(variants["A"], "PAR"): (10, 4)}
    async with db.unit_of_work():
        await inventory.release([replace(want, quantity=1)])
        await inventory.ship([replace(want, quantity=3)])
    assert await shelf() == {(variants["A"], "PAR"): (7, 0)}


@pytest.mark.requirement("CRT-7")
async def test_an_order_gets_all_its_goods_or_none(variants, put, shelf):
    await put(variants["A"], "PAR", 10)
    await put(variants["B"], "PAR", 1)
    before = await shelf()
    wants = [
        Want(variants["A"], "PAR", 1),
        Want(variants["B"], "PAR", 2),
        Want(variants["C"], "PAR", 1),
    ]
    with pytest.raises(StockGone) as caught:
        async with db.unit_of_work():
            await inventory.reserve(wants)
    gone = {item["variant_id"]: (item["wanted"], item["available"]) for item in caught.value.facts["items"]}
    assert gone == {variants["B"]: (2, 1), variants["C"]: (1, 0)}
    assert await shelf() == before


async def test_a_refusal_changes_nothing_even_if_the_caller_goes_on(variants, put, shelf):
    await put(variants["A"], "PAR", 10)
    await put(variants["B"], "PAR", 1)
    before = await shelf()
    async with db.unit_of_work():
        with pytest.raises(StockGone):
            await inventory.reserve([Want(variants["A"], "PAR", 1), Want(variants["B"], "PAR", 2)])
    assert await shelf() == before


async def test_wants_for_the_same_goods_are_added_up(variants, put, shelf):
    await put(variants["A"], "PAR", 3)
    with pytest.raises(StockGone):
        async with db.unit_of_work():
            await inventory.reserve([Want(variants["A"], "PAR", 2), Want(variants["A"], "PAR", 2)])
    async with db.unit_of_work():
        await inventory.reserve([Want(variants["A"], "PAR", 1), Want(variants["A"], "PAR", 2)])
    assert await shelf() == {(variants["A"], "PAR"): (3, 3)}


async def test_a_refusal_reads_as_a_problem_in_every_language():
    error = StockGone(items=[{"variant_id": uuid4(), "warehouse": "PAR", "wanted": 2, "available": 1}], variant_ids=[])
    for locale in ("en", "fr", "zh-Hans"):
        told = problem(error, locale)
        assert (told["status"], told["code"]) == (409, "stock_gone")
        assert told["items"][0]["available"] == 1


@pytest.mark.parametrize("step", [inventory.release, inventory.ship])
async def test_no_more_is_given_back_or_shipped_than_was_reserved(variants, put, shelf, step):
    await put(variants["A"], "PAR", 10)
    async with db.unit_of_work():
        await inventory.reserve([Want(variants["A"], "PAR", 2)])
    before = await shelf()
    with pytest.raises(StockMismatch):
        async with db.unit_of_work():
            await step([Want(variants["A"], "PAR", 3)])
    assert await shelf() == before


async def test_an_adjustment_never_goes_below_what_is_reserved(variants, put, shelf):
    await put(variants["A"], "PAR", 5)
    async with db.unit_of_work():
        await inventory.reserve([Want(variants["A"], "PAR", 3)])
        await inventory.adjust(variants["A"], "PAR", -2, reason="broken", actor="sam")
    with pytest.raises(StockMismatch):
        async with db.unit_of_work():
            await inventory.adjust(variants["A"], "PAR", -1, reason="broken", actor="sam")
    async with db.unit_of_work():
        await inventory.adjust(variants["A"], "PAR", 4, reason="found", actor="sam")
    assert await shelf() == {(variants["A"], "PAR"): (7, 3)}
    with pytest.raises(ValueError, match="reason"):
        await inventory.adjust(variants["A"], "PAR", 1, reason=" ", actor="sam")


async def test_every_change_is_noted_and_the_notes_can_not_be_changed(variants, put, shelf):
    await put(variants["A"], "PAR", 5)
    want = Want(variants["A"], "PAR", 2)
    async with db.unit_of_work():
        await inventory.reserve([want], reference="FR-1")
        await inventory.ship([want], reference="FR-1-1")
        await inventory.restock([want], reference="RMA-1")
    rows = await db.fetch("select kind, on_hand_change, reserved_change, reference from stock_movement order by id")
    assert [tuple(row) for row in rows] == [
        ("receive", 5, 0, "test"),
        ("reserve", 0, 2, "FR-1"),
        ("ship", -2, -2, "FR-1-1"),
        ("restock", 2, 0, "RMA-1"),
    ]
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("delete from stock_movement")


async def test_stock_changes_only_inside_a_unit_of_work(variants):
    with pytest.raises(RuntimeError):
        await inventory.reserve([Want(variants["A"], "PAR", 1)])
    with pytest.raises(RuntimeError):
        await inventory.receive(variants["A"], "PAR", 1)
    with pytest.raises(RuntimeError):
        await inventory.lock_stock([(variants["A"], "PAR")])


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_want_is_for_something(quantity):
    with pytest.raises(ValueError, match="positive"):
        Want(uuid4(), "PAR", quantity)


async def test_nothing_wanted_asks_the_database_nothing(database):
    async with db.unit_of_work():
        await inventory.reserve([])
        await inventory.release([])
        await inventory.restock([])


@pytest.mark.requirement("SHP-3")
async def test_goods_that_come_free_are_told_to_those_who_wait(variants, put, monkeypatch):
    monkeypatch.setattr(outbox, "_consumers", {})
    monkeypatch.setattr(outbox, "_subscriptions", {})
    told = []

    async def wait(items):
        told.append(items)

    outbox.subscribe(inventory.FREED, wait, name="wait")
    await put(variants["A"], "PAR", 5)
    want = Want(variants["A"], "PAR", 2)
    async with db.unit_of_work():
        await inventory.reserve([want])
        await inventory.release([want])
    await outbox.drain()
    assert told == [[[str(variants["A"]), "PAR"]]] * 2


async def test_locked_stock_tells_what_is_free(variants, put):
    await put(variants["A"], "PAR", 5)
    await put(variants["B"], "LEI", 1)
    pairs = [(variants["B"], "LEI"), (variants["A"], "PAR"), (variants["C"], "PAR"), (variants["A"], "PAR")]
    async with db.unit_of_work():
        await inventory.reserve([Want(variants["A"], "PAR", 2)])
        assert await inventory.lock_stock(pairs) == {(variants["A"], "PAR"): 3, (variants["B"], "LEI"): 1}
