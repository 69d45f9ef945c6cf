"""Markets and catalogue as a shop reads them."""

from __future__ import annotations

import asyncio

import pytest

from store.cli.seed import seed_demo_catalogue
from store.kernel import db
from store.web.storefront import listing_cache


@pytest.fixture
async def shop(client, keys):
    await seed_demo_catalogue()

    async def ask(path, **headers):
        return await client.get(f"/api/v1{path}", headers={**keys.storefront, **headers})

    return ask


async def test_markets_tell_what_a_shop_needs(shop):
    markets = (await shop("/markets")).json()
    assert {"FR", "US"} <= {market["code"] for market in markets}
    market = (await shop("/markets/us")).json()
    assert market["tax_mode"]["code"] == "exclusive"
    assert market["support"]["hours"]
    assert isinstance(market["support"]["open_now"], bool)
    assert market["shipping_methods"][0]["price"]["formatted"].startswith("$")
    unknown = await shop("/markets/XX", **{"X-Locale": "fr"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_market")


async def test_the_list_speaks_the_reader_s_language_and_pages(shop):
    first = (await shop("/products?market=FR&limit=3")).json()
    assert len(first["items"]) == 3
    assert first["items"][0]["price_from"]["formatted"].endswith("€")
    second = (await shop(f"/products?market=FR&limit=3&cursor={first['next_cursor']}")).json()
    assert not {item["slug"] for item in first["items"]} & {item["slug"] for item in second["items"]}
    chinese = (await shop("/products?market=FR&limit=3", **{"X-Locale": "zh"})).json()
    assert chinese["items"][0]["name"] != first["items"][0]["name"]
    assert chinese["items"][0]["slug"] == first["items"][0]["slug"]


@pytest.mark.requirement("CAT-2", "CAT-3")
async def test_refurbished_is_left_out_unless_asked_for(shop):
    default = (await shop("/products?market=FR&limit=100&kind=device")).json()["items"]
    assert all(item["condition"]["code"] == "new" for item in default)
    shown = (await shop("/products?market=FR&limit=100&kind=device&include_refurbished=true")).json()["items"]
    assert len(shown) > len(default)
    device = default[0]["slug"]
    accessories = (await shop(f"/products/{device}/accessories?market=FR")).json()
    assert "items" in accessories
    assert (await shop("/products/none/accessories?market=FR")).status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "market"),
        ("?market=FR&limit=0", "limit"),
        ("?market=FR&limit=x", "limit"),
        ("?market=FR&kind=x", "kind"),
        ("?market=FR&sort=x", "sort"),
        ("?market=FR&cursor=x", "cursor"),
        ("?market=FR&include_refurbished=5", "include_refurbished"),
    ],
)
async def test_bad_queries_name_the_parameter(shop, query, field):
    answer = await shop(f"/products{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.requirement("CAT-4")
async def test_suggestions_show_where_the_serial_number_is(shop):
    name = (await shop("/products?market=FR&limit=1")).json()["items"][0]["name"]
    found = (await shop(f"/products/suggestions?market=FR&q={name[:5].upper()}")).json()
    assert found
    assert found[0]["serial_pictures"][0]["url"].startswith("/media/")
    picture = await shop("")
    assert picture.status_code == 404


async def test_pictures_are_served_and_nothing_beside_them(client, shop):
    item = (await shop("/products?market=FR&limit=1")).json()["items"][0]
    picture = await client.get(item["media"][0]["url"])
    assert picture.status_code == 200
    assert picture.headers["content-type"].startswith("image/svg")
    for path in (
        "/media/demo/../products/phones.toml",
        "/media/demo/%2e%2e/check_catalogue.py",
        "/media/demo/none.svg",
    ):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.requirement("CAT-5")
async def test_a_ready_list_follows_the_stock_within_two_seconds(shop, monkeypatch):
    monkeypatch.setattr(listing_cache, "FRESH_SECONDS", 0.1)
    monkeypatch.setattr(listing_cache, "STALE_SECONDS", 0.3)
    first = await shop("/products?market=FR&limit=100")
    again = await shop("/products?market=FR&limit=100")
    assert again.content == first.content
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["content-encoding"] == "gzip"
    plain = await shop("/products?market=FR&limit=100", **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == first.content
    assert (await shop("/products?market=FR&limit=100", **{"If-None-Match": first.headers["etag"]})).status_code == 304
    await db.execute("update stock set on_hand = 0, reserved = 0")
    await asyncio.sleep(0.15)
    assert (await shop("/products?market=FR&limit=100")).content == first.content
    await asyncio.sleep(0.1)
    changed = await shop("/products?market=FR&limit=100")
    assert changed.headers["etag"] != first.headers["etag"]
    variants = [variant for item in changed.json()["items"] for variant in item["variants"]]
    assert not any(v["availability"]["code"] == "in_stock" and v["available_quantity"] for v in variants)
    assert any(v["availability"]["code"] == "backorder" and v["expected_on"] for v in variants)


async def test_a_ready_list_still_asks_for_the_key(client, shop, keys):
    await shop("/products?market=FR")
    await shop("/products?market=FR")
    assert (await client.get("/api/v1/products?market=FR")).status_code == 401
    wrong = await client.get("/api/v1/products?market=FR", headers={"Authorization": "Bearer pk_wrong"})
    assert wrong.status_code == 401
    staff = await client.get("/api/v1/products?market=FR", headers=keys.agent)
    assert staff.status_code == 403


async def test_one_product(shop):
    slug = (await shop("/products?market=US&limit=1")).json()["items"][0]["slug"]
    one = await shop(f"/products/{slug}?market=US")
    assert one.json()["slug"] == slug
    assert (await shop(f"/products/{slug}?market=US", **{"If-None-Match": one.headers["etag"]})).status_code == 304
    assert (await shop("/products/none?market=US")).json()["code"] == "not_found"
