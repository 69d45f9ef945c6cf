"""The address book over HTTP, and the cart that takes an address from it (ACC-3)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from api.shop import NEW_YORK, PARIS, Shop, signed_in
from store.customers import create_partner
from store.kernel import db

BOOK = "/me/addresses"
SHENZHEN = {
    "name": "王芳",
    "line1": "深南大道1号",
    "district": "南山区",
    "city": "深圳市",
    "region": "广东省",
    "postcode": "518000",
    "country": "CN",
    "phone": "+8675586000000",
}


@pytest.fixture
async def ada(shop) -> Shop:
    return shop.as_(await signed_in())


@pytest.fixture
async def eve(shop) -> Shop:
    return shop.as_(await signed_in(email="eve@example.com"))


async def kept(caller: Shop, label="Home", address=None, **flags):
    answer = await caller.post(BOOK, {"label": label, "address": address or PARIS, **flags})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def delete(caller: Shop, path: str):
    return await caller.client.delete(f"/api/v1{path}", headers=caller.headers)


@pytest.mark.requirement("ACC-2", "ACC-3")
async def test_an_entry_is_made_shown_changed_and_deleted(ada):
    entry = await kept(ada, default_shipping=True)
    assert entry["lines"] == ["Camille Moreau", "12 rue de Rivoli", "75001 PARIS", "France"]
    assert (await ada.get(f"{BOOK}/{entry['id']}")).json() == entry
    chinese = await kept(ada, "深圳", SHENZHEN)
    assert chinese["lines"][-1] == "王芳" or chinese["lines"][0] in {"中国", "China"}
    assert [each["label"] for each in (await ada.get(BOOK)).json()] == ["Home", "深圳"]
    changed = await ada.put(f"{BOOK}/{entry['id']}", {"label": "Office", "address": NEW_YORK, "default_returns": True})
    assert (changed.json()["label"], changed.json()["address"]["region"]) == ("Office", "NY")
    assert (changed.json()["default_shipping"], changed.json()["default_returns"]) == (False, True)
    assert (await delete(ada, f"{BOOK}/{entry['id']}")).status_code == 204
    assert (await ada.get(f"{BOOK}/{entry['id']}")).status_code == 404


@pytest.mark.requirement("ACC-3")
async def test_a_default_moves_from_one_entry_to_the_other(ada):
    first, second = await kept(ada, default_shipping=True), await kept(ada, "Office")
    made = await ada.post(f"{BOOK}/{second['id']}/default", {"purpose": "shipping"})
    assert (made.status_code, made.json()["default_shipping"]) == (200, True)
    assert not (await ada.get(f"{BOOK}/{first['id']}")).json()["default_shipping"]
    assert (await ada.post(f"{BOOK}/{second['id']}/default", {"purpose": "holidays"})).status_code == 422


@pytest.mark.requirement("ACC-3", "ACC-4")
async def test_a_foreign_entry_is_not_found(ada, eve):
    entry = await kept(ada)
    path = f"{BOOK}/{entry['id']}"
    answers = [
        await eve.get(path),
        await eve.put(path, {"label": "Mine", "address": PARIS}),
        await eve.post(f"{path}/default", {"purpose": "shipping"}),
        await delete(eve, path),
        await eve.get(f"{BOOK}/{uuid4()}"),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}
    assert (await eve.get(BOOK)).json() == []
    assert (await ada.get(path)).json() == entry


@pytest.mark.requirement("ACC-3", "CRT-5")
async def test_what_is_wrong_is_said_in_the_readers_language_and_nothing_is_kept(ada):
    async def refused(address, **more):
        answer = await ada.post(BOOK, {"label": "X", "address": address, **more}, **{"X-Locale": "fr"})
        return answer.status_code, answer.json()["code"]

    assert await refused({**PARIS, "line1": "BP 12"}) == (422, "post_box_refused")
    assert await refused({**PARIS, "country": "AQ"}) == (422, "country_not_supported")
    assert await refused({**PARIS, "city": ""}) == (422, "invalid_address")
    assert await refused({**PARIS, "planet": "Mars"}) == (422, "invalid_request")
    assert await refused(PARIS, owner="eve") == (422, "invalid_request")
    assert await refused(None) == (422, "invalid_request")
    for label in ("", "x" * 81, 5, None):
        assert (await ada.post(BOOK, {"label": label, "address": PARIS})).status_code == 422
    assert (await ada.get(BOOK)).json() == []


@pytest.mark.requirement("ACC-1", "ACC-3")
async def test_white_space_is_no_name(shop, ada):
    refused = [
        await ada.post(BOOK, {"label": " ", "address": PARIS}),
        await ada.patch("/me", {"name": " \t "}),
        await shop.post("/accounts", {"email": "new@example.com", "name": "  ", "password": "long-enough-1"}),
    ]
    assert [(answer.status_code, answer.json()["errors"][0]["code"]) for answer in refused] == [
        (422, "wrong_format")
    ] * 3
    assert (await ada.get("/me")).json()["name"]


async def test_sent_twice_an_entry_is_kept_once(ada):
    body = {"label": "Home", "address": PARIS}
    first, again = [await ada.post(BOOK, body, key="once") for _ in range(2)]
    assert first.json() == again.json()
    assert await db.fetchval("select count(*) from address_book_entry") == 1


@pytest.mark.requirement("ACC-3", "CRT-4")
async def test_a_cart_takes_an_address_from_its_owners_book(ada):
    entry = await kept(ada)
    cart = await ada.cart(address=None, address_id=entry["id"])
    assert cart["address"] == entry["address"]
    office = await kept(ada, "Office", {**PARIS, "line1": "5 avenue Montaigne", "postcode": "75008"})
    changed = await ada.patch(f"/carts/{cart['id']}", {"address_id": office["id"]})
    assert changed.json()["address"]["line1"] == "5 avenue Montaigne"
    assert (await delete(ada, f"{BOOK}/{office['id']}")).status_code == 204
    order = await ada.place(changed.json())
    assert order.json()["shipping_address"]["line1"] == "5 avenue Montaigne"  # the cart has its own copy


@pytest.mark.requirement("ACC-3", "ACC-4")
async def test_a_cart_takes_no_address_from_a_foreign_book(shop, ada, eve):
    entry = await kept(ada)
    for caller in (eve, shop):  # somebody else, and a guest
        cart = await caller.cart()
        refused = await caller.patch(f"/carts/{cart['id']}", {"address_id": entry["id"]})
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
        assert (await caller.get(f"/carts/{cart['id']}")).json()["address"] == cart["address"]


async def test_an_address_is_given_in_one_way(ada):
    entry = await kept(ada)
    cart = await ada.cart()
    both = await ada.patch(f"/carts/{cart['id']}", {"address_id": entry["id"], "address": PARIS})
    assert both.status_code == 422
    assert (await ada.patch(f"/carts/{cart['id']}", {"address_id": "mine"})).status_code == 422
    assert (await ada.patch(f"/carts/{cart['id']}", {"address_id": None})).status_code == 422


@pytest.mark.requirement("ACC-3")
async def test_the_book_is_shared_by_a_partners_people(shop):
    partner = await create_partner(name="Reseller", currency="EUR")
    one, two = [
        shop.as_(await signed_in("partner", email=email, partner_id=partner.id))
        for email in ("a@example.com", "b@example.com")
    ]
    entry = await kept(one)
    assert (await two.get(f"{BOOK}/{entry['id']}")).json() == entry
