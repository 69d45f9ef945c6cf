"""Tax exemptions hold for whom, where and when they were granted (MKT-4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from store.customers import (
    Principal,
    create_account,
    create_partner,
    exemption_for,
    grant_exemption,
    revoke_exemption,
)
from store.kernel import clock
from store.kernel.errors import Forbidden, NotFound
from store.kernel.ids import new_id

AGENT = Principal(kind="agent", account_id=new_id(), display_name="Claire")


@pytest.mark.requirement("MKT-4")
async def test_an_exemption_holds_for_its_holder_market_and_days(database):
    account = await create_account(kind="customer", email="a@example.com", name="A")
    partner = await create_partner(name="P", currency="USD")
    ends = clock.now().date() + timedelta(days=30)
    own = await grant_exemption(by=AGENT, market="us", document="C-1", expires_on=ends, account_id=account.id)
    shared = await grant_exemption(by=AGENT, market="US", document="C-2", expires_on=ends, partner_id=partner.id)
    assert own.market == "US"
    assert (await exemption_for(account.id, None, "US", ends)).id == own.id
    assert (await exemption_for(new_id(), partner.id, "US", ends)).id == shared.id
    assert await exemption_for(account.id, None, "US", ends + timedelta(days=1)) is None
    assert await exemption_for(account.id, None, "FR", ends) is None
    assert await exemption_for(None, None, "US", ends) is None
    await revoke_exemption(own.id, by=AGENT)
    assert await exemption_for(account.id, None, "US", ends) is None


@pytest.mark.parametrize("kind", ["customer", "partner", "storefront", "warehouse", "anonymous"])
async def test_nobody_else_grants_one(database, kind):
    with pytest.raises(Forbidden):
        await grant_exemption(
            by=Principal(kind=kind), market="US", document="C", expires_on=date(2099, 1, 1), account_id=new_id()
        )


async def test_an_unknown_holder_is_not_found(database):
    with pytest.raises(NotFound):
        await grant_exemption(by=AGENT, market="US", document="C", expires_on=date(2099, 1, 1), account_id=new_id())
