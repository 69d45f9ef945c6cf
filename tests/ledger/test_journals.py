"""Journals balance, and stay as they were written (PAY-13)."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.kernel import db
from store.kernel.ids import new_id
from store.kernel.money import Money
from store.ledger import Account, check, order_balance, post

pytestmark = pytest.mark.requirement("PAY-13")


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


async def sale(source: str = "s1", amount: int = 1000) -> bool:
    async with db.unit_of_work():
        return await post("sale", source, [(Account.RECEIVABLE, eur(amount)), (Account.REVENUE_GOODS, eur(-amount))])


async def test_a_fact_is_posted_once_whoever_posts_it(database):
    assert sorted(await asyncio.gather(*(sale() for _ in range(10)))) == [False] * 9 + [True]
    balance = await check()
    assert balance.ok
    assert balance.balances == {("receivable", "EUR"): 1000, ("revenue_goods", "EUR"): -1000}


async def test_an_unbalanced_journal_is_refused_before_and_at_the_commit(database):
    with pytest.raises(ValueError, match="does not balance"):
        async with db.unit_of_work():
            await post("sale", "s1", [(Account.RECEIVABLE, eur(5)), (Account.REVENUE_GOODS, eur(-4))])
    with pytest.raises(asyncpg.CheckViolationError, match="does not balance"):
        async with db.unit_of_work():
            await _insert([("receivable", "EUR", 5), ("revenue_goods", "EUR", -4)])
    with pytest.raises(asyncpg.CheckViolationError, match="does not balance"):
        async with db.unit_of_work():
            await _insert([("receivable", "EUR", 5), ("revenue_goods", "USD", -5)])
    assert await db.fetchval("select count(*) from journal") == 0


async def _insert(entries):
    journal_id = new_id()
    await db.execute(
        "insert into journal (id, occurred_at, kind, source_id) values ($1, now(), 'x', $2)",
        journal_id,
        str(journal_id),
    )
    for position, (account, currency, amount) in enumerate(entries):
        await db.insert(
            "journal_entry",
            journal_id=journal_id,
            position=position,
            account=account,
            currency=currency,
            amount_minor=amount,
        )


@pytest.mark.parametrize("table", ["journal", "journal_entry"])
@pytest.mark.parametrize("statement", ["update {} set order_id = null", "delete from {}", "truncate {} cascade"])
async def test_nothing_is_changed_or_deleted(database, table, statement):
    await sale()
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute(statement.format(table))
    assert (await check()).balances[("receivable", "EUR")] == 1000


async def test_zeros_are_left_out_and_nothing_is_no_journal(database):
    async with db.unit_of_work():
        assert not await post("sale", "s0", [(Account.RECEIVABLE, eur(0)), (Account.REVENUE_GOODS, eur(0))])
        assert await post(
            "sale", "s1", [(Account.RECEIVABLE, eur(2)), (Account.TAX_PAYABLE, eur(0)), (Account.BANK, eur(-2))]
        )
    assert await db.fetchval("select count(*) from journal_entry") == 2


async def test_an_order_is_balanced_for_itself(database):
    order_id = uuid4()
    async with db.unit_of_work():
        await post("a", "1", [(Account.RECEIVABLE, eur(7)), (Account.BANK, eur(-7))], order_id=order_id)
        await post("b", "1", [(Account.RECEIVABLE, eur(-2)), (Account.BANK, eur(2))], order_id=order_id)
    await sale()
    assert await order_balance(order_id, Account.RECEIVABLE) == {"EUR": 5}


async def test_sums_that_disagree_are_found(database):
    payment_id = uuid4()
    await db.execute(
        "insert into payment (id, order_id, order_number, method, provider, capture_policy, currency, total_minor,"
        " shipping_quoted_minor, captured_minor, created_at)"
        " values ($1, $2, 'x', 'card', 'stripe', 'at_shipment', 'EUR', 10, 0, 10, now())",
        payment_id,
        uuid4(),
    )
    balance = await check()
    assert not balance.ok
    assert str(payment_id) in balance.disagreements[0]


@given(
    st.lists(st.tuples(st.sampled_from(list(Account)), st.sampled_from(["EUR", "JPY"]), st.integers(-9, 9)), max_size=6)
)
def test_what_does_not_sum_to_zero_is_never_posted(entries):
    sums = {}
    for _, currency, amount in entries:
        sums[currency] = sums.get(currency, 0) + amount
    lines = [(account, Money(amount, currency)) for account, currency, amount in entries]
    if any(sums.values()):
        with pytest.raises(ValueError, match="balance"):
            asyncio.run(post("x", "y", lines))
