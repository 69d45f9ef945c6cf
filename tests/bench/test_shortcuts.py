"""The shortcuts of the hot path keep what they promise: order, atomicity, and nothing old."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from store.carts import CartChange, Visitor, carts, change_cart, create_cart, make_quote
from store.carts.quote import QuoteRequest
from store.kernel import clock, db
from store.markets import get_market, load_markets

SKU = "AUR-ONE-BLK"


@pytest.fixture(autouse=True)
async def database(seeded_url):
    load_markets()
    await db.connect(seeded_url)
    yield
    await db.disconnect()


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    """The statements that reach a connection."""
    statements: list[str] = []
    original = db.StoreTransaction.flush

    async def flush(self):
        if self.writes:
            statements.append(db.merged(tuple(sql for sql, _ in self.writes)))
        await original(self)

    monkeypatch.setattr(db.StoreTransaction, "flush", flush)
    return statements


async def note(action: str) -> None:
    await db.write_row(
        "audit_entry", at=clock.now(), actor="t", action=action, object="x", object_id="1", facts={"a": 1}
    )


async def sequence() -> str:
    return await db.fetchval("select string_agg(action, ' ' order by id) from audit_entry where actor = 't'")


async def test_writes_of_different_tables_go_as_one_statement(sent):
    async with db.unit_of_work():
        await note("one")
        await db.write_rows(
            "number_sequence", {"kind": "text", "year": "int"}, [{"kind": "k", "year": 1}], legal_entity="e"
        )
    assert len(sent) == 1
    assert await sequence() == "one"
    assert await db.fetchval("select last_number from number_sequence where legal_entity = 'e'") == 0


async def test_rows_of_one_table_keep_their_order(sent):
    async with db.unit_of_work():
        for action in ("one", "two", "three"):
            await note(action)
    assert await sequence() == "one two three"
    assert len(sent) == 3


async def test_a_read_sees_what_was_written_before_it():
    async with db.unit_of_work():
        await note("one")
        assert await sequence() == "one"


async def test_a_violation_at_the_commit_rolls_back_and_gives_the_connection_back():
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.unit_of_work():
            await note("one")
            await db.execute("insert into number_sequence values ('e', 'k', 1, 0)")
            await db.write_row("number_sequence", legal_entity="e", kind="k", year=1)
    assert await sequence() is None
    assert db.ENGINE.pool.get_idle_size() == db.ENGINE.pool.get_size()
    assert not db.in_unit_of_work()


async def test_a_new_price_is_quoted_at_once():
    request = QuoteRequest(market=get_market("FR"), lines=[(SKU, 1)], at=clock.now())
    before = await make_quote(request)
    assert (await make_quote(request)).total == before.total  # now remembered
    await db.execute(
        "update price set amount_minor = amount_minor + 100 from variant v"
        " where v.id = price.variant_id and v.sku = $1 and price.market = 'FR'",
        SKU,
    )
    assert (await make_quote(request)).total.amount_minor == before.total.amount_minor + 100


async def test_a_product_taken_from_sale_is_refused_at_once():
    request = QuoteRequest(market=get_market("FR"), lines=[(SKU, 1)], at=clock.now())
    await make_quote(request)
    await db.execute("update variant set active = false where sku = $1", SKU)
    with pytest.raises(carts.UnknownItems):
        await make_quote(request)


async def test_a_change_made_by_another_process_is_not_lost():
    cart, _ = await create_cart(get_market("FR"), "fr", CartChange(lines=[(SKU, 1)]))
    await db.execute("update cart set version = version + 1, email = 'else@example.com' where id = $1", cart.id)
    changed, _ = await change_cart(cart.id, CartChange(lines=[(SKU, 2)]), Visitor())
    assert (changed.email, changed.lines) == ("else@example.com", ((SKU, 2),))


async def test_a_cart_that_was_taken_over_elsewhere_is_no_longer_the_guests():
    cart, _ = await create_cart(get_market("FR"), "fr", CartChange(lines=[(SKU, 1)]))
    await db.execute("update cart set version = version + 1, account_id = $2 where id = $1", cart.id, uuid4())
    with pytest.raises(carts.NotFound):
        await change_cart(cart.id, CartChange(lines=[(SKU, 2)]), Visitor())
