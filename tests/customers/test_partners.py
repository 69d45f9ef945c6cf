"""The credit limit holds whatever races, and an undone order gives its credit back (PAY-11)."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from store.customers import (
    CreditLimitExceeded,
    PartnerNotApproved,
    create_partner,
    free_credit,
    get_partner,
    use_credit,
)
from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.ids import new_id
from store.kernel.money import CurrencyMismatch, Money


async def reseller(**changes):
    return await create_partner(
        **{"name": "Reseller", "currency": "EUR", "credit_limit_minor": 100_00, "approved": True, **changes}
    )


@pytest.mark.requirement("PAY-11")
async def test_the_credit_limit_holds_under_concurrency(database):
    partner = await reseller()

    async def order():
        async with db.unit_of_work():
            await use_credit(partner.id, 30_00)

    results = await asyncio.gather(*(order() for _ in range(15)), return_exceptions=True)
    assert sum(result is None for result in results) == 3
    refusals = [result for result in results if result is not None]
    assert all(isinstance(refusal, CreditLimitExceeded) for refusal in refusals)
    assert (await get_partner(partner.id)).available == Money(10_00, "EUR")
    assert refusals[-1].facts["needed"] == Money(30_00, "EUR")


async def test_an_undone_order_gives_its_credit_back(database):
    partner = await reseller()

    async def undone():
        async with db.unit_of_work():
            await use_credit(partner.id, 100_00)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await undone()
    await use_credit(partner.id, 100_00)
    await free_credit(partner.id, 40_00)
    assert (await get_partner(partner.id)).available == Money(40_00, "EUR")
    with pytest.raises(asyncpg.CheckViolationError):
        await free_credit(partner.id, 60_01)


async def test_who_may_not_buy_on_credit_is_told_why(database):
    with pytest.raises(PartnerNotApproved):
        await use_credit((await reseller(approved=False)).id, 1)
    with pytest.raises(CurrencyMismatch):
        await use_credit((await reseller()).id, 1, currency="USD")
    with pytest.raises(NotFound):
        await use_credit(new_id(), 1)
    with pytest.raises(NotFound):
        await free_credit(new_id(), 1)
