"""What a cart tells before anything is ordered."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from api.shop import NEW_YORK, PARIS, signed_in
from store.kernel import clock, db


def minor(amount: dict) -> int:
    return amount["amount_minor"]


def adds_up(totals: dict) -> bool:
    added = 0 if totals["tax"]["included"] else minor(totals["tax"]["amount"])
    parts = minor(totals["goods"]) - minor(totals["discount"]) + minor(totals["shipping"]) - minor(totals["exempted"])
    return parts + added == minor(totals["total"])


@pytest.mark.requirement("CRT-1", "MKT-2")
async def test_a_cart_is_priced_with_discount_tax_shipping_and_dates(shop):
    cart = await shop.cart(("AUR-ONE-BLK", 2), ("AUR-DUO-BLK", 1), coupon="WELCOME10")
    totals = cart["totals"]
    assert adds_up(totals)
    assert minor(totals["discount"]) > 0
    assert (totals["tax"]["included"], totals["tax"]["rate_percent"]) == (True, "20")
    assert sum(minor(line["total"]) for line in cart["lines"]) == minor(totals["goods"]) - minor(totals["discount"])
    codes = [option["code"] for option in cart["shipping_options"]]
    assert codes == ["standard", "two_day", "express"]
    assert [option["chosen"] for option in cart["shipping_options"]] == [True, False, False]
    dates = [date.fromisoformat(option["promised_on"]) for option in cart["shipping_options"]]
    assert dates == sorted(dates, reverse=True)
    assert cart["lines"][0]["name"] == "Casque-micro USB-C Aurelvo One – Noir"
    assert cart["totals"]["total"]["formatted"].endswith("€")


@pytest.mark.requirement("MKT-3")
async def test_american_tax_is_a_line_of_its_own_by_destination(shop):
    cart = await shop.cart(("AUR-ONE-BLK", 1), market="US", address=None)
    assert minor(cart["totals"]["tax"]["amount"]) == 0
    there = (await shop.patch(f"/carts/{cart['id']}", {"address": NEW_YORK})).json()
    assert not there["totals"]["tax"]["included"]
    assert minor(there["totals"]["tax"]["amount"]) > 0
    assert there["totals"]["tax"]["region"] == "NY"
    assert adds_up(there["totals"])
    assert minor(there["totals"]["total"]) == minor(cart["totals"]["total"]) + minor(there["totals"]["tax"]["amount"])
    oregon = {**NEW_YORK, "city": "Portland", "region": "OR", "postcode": "97201"}
    untaxed = (await shop.patch(f"/carts/{cart['id']}", {"address": oregon})).json()
    assert minor(untaxed["totals"]["tax"]["amount"]) == 0


@pytest.mark.requirement("CRT-2")
async def test_lines_out_of_stock_tell_when_they_leave(shop):
    cart = await shop.cart(
        ("AUR-ONE-BLK", 1), ("HAL-DVID-BLK", 1), ("TON-BAR-BLK", 1), ("QUO-AIR-1TX", 1), ("SVC-CARE-12M-1U", 1)
    )
    by_sku = {line["sku"]: line for line in cart["lines"]}
    assert [line["availability"]["code"] for line in cart["lines"]] == [
        "in_stock",
        "backorder",
        "backorder",
        "preorder",
        "in_stock",
    ]
    assert by_sku["AUR-ONE-BLK"]["expected_ship_on"] is None
    assert by_sku["HAL-DVID-BLK"]["expected_ship_on"]
    assert by_sku["HAL-DVID-BLK"]["expected_window"] is None
    window = by_sku["TON-BAR-BLK"]["expected_window"]
    today = clock.today("Europe/Paris")
    assert date.fromisoformat(window["earliest"]) >= today + timedelta(days=14)
    assert timedelta(days=21) <= date.fromisoformat(window["latest"]) - today <= timedelta(days=25)
    assert all(line["available_now"] == 0 for line in cart["lines"] if line["availability"]["code"] != "in_stock")


@pytest.mark.requirement("CRT-2")
async def test_what_is_partly_in_stock_says_so(shop):
    free = await db.fetchval(
        "select sum(s.on_hand - s.reserved) from stock s join variant v on v.id = s.variant_id"
        " join warehouse_market m on m.warehouse = s.warehouse and m.market = 'FR' where v.sku = 'VEN-CORE-48'"
    )
    (line,) = (await shop.cart(("VEN-CORE-48", free + 1)))["lines"]
    assert (line["availability"]["code"], line["available_now"]) == ("partly_in_stock", free)
    assert line["expected_ship_on"]


@pytest.mark.requirement("CRT-3", "PAY-2", "PAY-3")
@pytest.mark.parametrize(
    ("method", "when", "charges", "authorized"),
    [
        ("card", "at_shipment", 2, [True, False]),
        ("wire", "invoice_at_shipment", 2, [False, False]),
        ("paypal", "at_placement", 1, [False]),
        ("apple_pay", "at_placement", 1, [False]),
        ("google_pay", "at_placement", 1, [False]),
    ],
)
async def test_the_plans_tell_what_leaves_when_and_what_is_charged_when(shop, method, when, charges, authorized):
    cart = await shop.cart(("AUR-ONE-BLK", 1), ("TON-BAR-BLK", 1), payment_method=method)
    assert [[line["sku"] for line in shipment["lines"]] for shipment in cart["shipments"]] == [
        ["AUR-ONE-BLK"],
        ["TON-BAR-BLK"],
    ]
    assert "warehouse" not in cart["shipments"][0]
    assert cart["shipments"][0]["ship_on"] < cart["shipments"][1]["ship_on"]
    assert sum(minor(each["total"]) for each in cart["shipments"]) == minor(cart["totals"]["total"])
    assert sum(minor(each["shipping"]) for each in cart["shipments"]) == minor(cart["totals"]["shipping"])
    plan = cart["charge_plan"]
    assert [charge["when"] for charge in plan] == [when] * charges
    assert [charge["authorized_now"] for charge in plan] == authorized
    assert sum(minor(charge["amount"]) for charge in plan) == minor(cart["totals"]["total"])
    if charges == 2:
        assert [charge["shipment"] for charge in plan] == [1, 2]
        assert [charge["on"] for charge in plan] == [each["ship_on"] for each in cart["shipments"]]


@pytest.mark.requirement("SHP-2")
async def test_in_stock_and_two_day_is_three_working_days(shop):
    cart = await shop.cart(shipping_method="two_day")
    assert cart["shipments"][0]["promised_on"] == cart["shipping_options"][1]["promised_on"]
    day, worked = clock.today("Europe/Paris"), 0
    while worked < 3:
        day += timedelta(days=1)
        worked += day.weekday() < 5
    assert date.fromisoformat(cart["shipments"][0]["promised_on"]) >= day


async def test_a_change_leaves_what_it_does_not_name_and_null_empties(shop):
    cart = await shop.cart(coupon="WELCOME10")
    changed = (await shop.patch(f"/carts/{cart['id']}", {"coupon": None, "shipping_method": "express"})).json()
    assert (changed["coupon"], changed["shipping_method"]) == (None, "express")
    assert (changed["email"], changed["address"], changed["lines"][0]["sku"]) == (
        cart["email"],
        cart["address"],
        "AUR-ONE-BLK",
    )
    emptied = (await shop.patch(f"/carts/{cart['id']}", {"lines": [], "shipping_method": None})).json()
    assert (emptied["lines"], emptied["quote"], emptied["totals"]) == ([], None, None)
    assert (await shop.get(f"/carts/{cart['id']}")).json() == emptied


async def test_the_same_sku_twice_is_one_line(shop):
    cart = await shop.cart(("AUR-ONE-BLK", 1), ("AUR-DUO-BLK", 1), ("AUR-ONE-BLK", 2))
    assert [(line["sku"], line["quantity"]) for line in cart["lines"]] == [("AUR-ONE-BLK", 3), ("AUR-DUO-BLK", 1)]


async def test_goods_that_are_gone_are_the_carts_problem(shop):
    cart = await shop.cart(("AUR-MONO-RJ9", 1))
    assert cart["quote"] is None
    assert cart["problem"]["code"] == "stock_gone"
    assert cart["problem"]["items"][0]["sku"] == "AUR-MONO-RJ9"
    assert cart["lines"][0]["availability"]["code"] == "unavailable"
    refused = await shop.place(cart)
    assert (refused.status_code, refused.json()["code"]) == (409, "stock_gone")


@pytest.mark.requirement("CRT-4")
async def test_an_unsupported_country_is_refused_with_those_that_are(shop):
    answer = await shop.post("/carts", {"market": "FR", "address": {**PARIS, "country": "JP", "postcode": "100-0001"}})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "country_not_supported")
    assert set(body["supported"]) == {"FR", "MC", "BE", "LU"}
    cart = await shop.cart(shipping_method=None)
    belgium = {**PARIS, "line1": "Rue Neuve 1", "postcode": "1000", "city": "Bruxelles", "country": "BE", "phone": ""}
    there = (await shop.patch(f"/carts/{cart['id']}", {"address": belgium})).json()
    assert [option["code"] for option in there["shipping_options"]] == ["standard"]
    refused = await shop.patch(f"/carts/{cart['id']}", {"shipping_method": "express"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_shipping_method")


@pytest.mark.requirement("CRT-5")
@pytest.mark.parametrize("line", ["BP 123", "Boîte postale 4", "PO Box 12", "P.O. Box 7", "邮政信箱 5号"])
async def test_post_boxes_are_refused_in_the_readers_language(shop, line):
    for locale in ("en", "fr", "zh-Hans"):
        answer = await shop.post(
            "/carts", {"market": "FR", "address": {**PARIS, "line1": line}}, **{"X-Locale": locale}
        )
        body = answer.json()
        assert (answer.status_code, body["code"]) == (422, "post_box_refused"), body
        assert body["errors"][0]["field"] == "address.line1"
        assert answer.headers["content-language"] == locale


@pytest.mark.requirement("CRT-5")
async def test_ordinary_streets_are_not_taken_for_post_boxes(shop):
    for line in ("12 rue de la Boîte", "3 impasse du Postillon", "1 rue BP Martin"):
        answer = await shop.post("/carts", {"market": "FR", "address": {**PARIS, "line1": line}})
        assert answer.status_code == 201, answer.text


async def test_a_cart_ends_by_itself(shop):
    cart = await shop.cart()
    clock.set_offset(timedelta(days=31))
    for answer in (
        await shop.get(f"/carts/{cart['id']}"),
        await shop.patch(f"/carts/{cart['id']}", {"coupon": None}),
        await shop.place(cart),
    ):
        assert (answer.status_code, answer.json()["code"]) == (410, "cart_expired")


@pytest.mark.requirement("ACC-4")
async def test_a_cart_of_an_account_is_that_accounts_alone(shop, keys):
    mine = shop.as_(await signed_in())
    other = shop.as_(await signed_in(email="other@example.com"))
    cart = await mine.cart()
    for stranger in (other, shop):
        for answer in (
            await stranger.get(f"/carts/{cart['id']}"),
            await stranger.patch(f"/carts/{cart['id']}", {"coupon": None}),
            await stranger.place(cart),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await shop.as_(keys.agent).get(f"/carts/{cart['id']}")).status_code == 200
    assert (await mine.get(f"/carts/{cart['id']}")).status_code == 200
    assert (await shop.get(f"/carts/{uuid4()}")).status_code == 404


async def test_a_guests_cart_becomes_that_of_who_signs_in(shop):
    cart = await shop.cart()
    mine = shop.as_(await signed_in())
    assert (await mine.patch(f"/carts/{cart['id']}", {"shipping_method": "express"})).status_code == 200
    assert (await shop.get(f"/carts/{cart['id']}")).status_code == 404


@pytest.mark.parametrize("coupon", ["SUMMER2024", "NONE"])
async def test_coupons_that_do_not_hold_are_refused(shop, coupon):
    cart = await shop.cart()
    answer = await shop.patch(f"/carts/{cart['id']}", {"coupon": coupon})
    assert (answer.status_code, answer.json()["code"]) == (422, "coupon_not_valid")
    assert (await shop.get(f"/carts/{cart['id']}")).json()["coupon"] is None


@pytest.mark.requirement("MKT-4")
async def test_the_exempt_pay_no_tax_and_see_why(shop, keys):
    mine = shop.as_(await signed_in())
    account = (await mine.get("/me")).json()["id"]
    granted = await shop.as_(keys.agent).post(
        "/agent/tax-exemptions",
        {
            "market": "FR",
            "document": "CERT-1",
            "expires_on": str(clock.today("UTC") + timedelta(days=30)),
            "holder": {"kind": "account", "id": account},
        },
    )
    assert granted.status_code == 201, granted.text
    totals = (await mine.cart())["totals"]
    assert minor(totals["tax"]["amount"]) == 0
    assert minor(totals["exempted"]) > 0
    assert adds_up(totals)


@pytest.mark.requirement("CRT-1", "CER-1", "SHP-4")
async def test_nothing_is_charged_for_the_delivery_of_what_comes_by_email(shop):
    alone = await shop.cart(("SVC-CARE-12M-1U", 1))
    assert minor(alone["totals"]["shipping"]) == 0
    assert {minor(option["price"]) for option in alone["shipping_options"]} == {0}
    # Beside goods on backorder it leaves first, and the whole cost of shipping stays with the parcel.
    mixed = await shop.cart(("SVC-CARE-12M-1U", 1), ("HAL-DVID-BLK", 1), shipping_method="express")
    by_email, parcel = mixed["shipments"]
    assert by_email["kind"]["code"] == "stock"
    assert minor(by_email["shipping"]) == 0
    assert minor(parcel["shipping"]) == minor(mixed["totals"]["shipping"]) > 0
