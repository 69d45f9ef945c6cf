"""Limits by network address: nobody talks himself out of them, and proxies of ours don't lump callers together."""

from __future__ import annotations

import pytest

from api.shop import EMAIL, Shop
from store.kernel import db


async def look_up(shop: Shop, *forwarded: str) -> int:
    headers = {"X-Forwarded-For": ", ".join(forwarded)} if forwarded else {}
    return (await shop.post("/orders/lookup", {"number": "FR-0000-0000", "email": EMAIL}, **headers)).status_code


@pytest.mark.requirement("ORD-2", "ACC-1")
async def test_a_header_that_anybody_can_write_frees_nobody(shop):
    codes = [await look_up(shop, f"203.0.113.{number}") for number in range(11)]
    assert codes == [404] * 10 + [429]


@pytest.mark.requirement("ACC-1")
async def test_registering_is_limited_by_network_address(shop):
    for number in range(31):
        answer = await shop.post("/accounts", {"email": f"{number}@example.com", "name": "A", "password": "x" * 12})
        assert answer.status_code == (201 if number < 30 else 429), number
    assert await db.fetchval("select count(*) from account") == 30


@pytest.mark.requirement("ACC-1")
async def test_asking_for_passwords_is_limited_by_network_address(shop):
    codes = [
        (await shop.post("/password-resets", {"email": f"{number}@example.com"})).status_code for number in range(31)
    ]
    assert codes == [202] * 30 + [429]


class TestBehindAProxy:
    @pytest.fixture
    def settings_changes(self):
        return {"trusted_proxies": 1}

    @pytest.mark.requirement("ORD-2", "ACC-1")
    async def test_callers_are_counted_apart_by_the_hop_that_the_proxy_wrote(self, shop):
        codes = [await look_up(shop, f"198.51.100.{number}", "203.0.113.7") for number in range(11)]
        assert codes == [404] * 10 + [429]
        assert await look_up(shop, "203.0.113.7", "203.0.113.8") == 404
