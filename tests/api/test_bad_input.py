"""Whatever is sent: a problem with a stable code, in the reader's language, and a database that has not changed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from api.shop import CARD, EMAIL, NEW_YORK, PARIS, row_counts

LOCALES = ("en", "fr", "zh-Hans")
LINE = {"sku": "AUR-ONE-BLK", "quantity": 1}


def cart_body(**changes: Any) -> dict[str, Any]:
    return {"market": "FR", "lines": [LINE], "email": EMAIL, "address": PARIS, **changes}


def order_body(**changes: Any) -> dict[str, Any]:
    chosen = {
        "shipping_method": "standard",
        "payment_method": "wire",
        "expected_total": {"amount_minor": 8580, "currency": "EUR"},
    }
    return cart_body(**{**chosen, **changes})


BAD_CARTS = [
    (cart_body(market="XX"), 404, "unknown_market", None),
    (cart_body(market=5), 422, "invalid_request", "market"),
    ({"lines": [LINE]}, 422, "invalid_request", "market"),
    (cart_body(color="red"), 422, "invalid_request", "color"),
    (cart_body(lines=[{**LINE, "price": 1}]), 422, "invalid_request", "lines.0.price"),
    (cart_body(lines={"sku": 1}), 422, "invalid_request", "lines"),
    (cart_body(lines=[LINE] * 101), 422, "invalid_request", "lines"),
    (cart_body(lines=[{"sku": "AUR-ONE-BLK", "quantity": 0}]), 422, "invalid_request", "lines.0.quantity"),
    (cart_body(lines=[{"sku": "AUR-ONE-BLK", "quantity": -3}]), 422, "invalid_request", "lines.0.quantity"),
    (cart_body(lines=[{"sku": "AUR-ONE-BLK", "quantity": 1.5}]), 422, "invalid_request", "lines.0.quantity"),
    (cart_body(lines=[{"sku": "AUR-ONE-BLK", "quantity": "1"}]), 422, "invalid_request", "lines.0.quantity"),
    (cart_body(lines=[{"sku": "AUR-ONE-BLK", "quantity": True}]), 422, "invalid_request", "lines.0.quantity"),
    (cart_body(lines=[{"sku": "AUR-ONE-BLK", "quantity": 10**30}]), 422, "invalid_request", "lines.0.quantity"),
    (cart_body(lines=[{"sku": "AUR-ONE-BLK", "quantity": 600}] * 2), 422, "bad_quantity", None),
    (cart_body(lines=[{"sku": "NO-SUCH-SKU", "quantity": 1}]), 422, "unknown_items", None),
    (cart_body(lines=[{"sku": "'; drop table cart; --", "quantity": 1}]), 422, "invalid_request", "lines.0.sku"),
    (cart_body(lines=[{"sku": "x" * 65, "quantity": 1}]), 422, "invalid_request", "lines.0.sku"),
    (cart_body(lines=[{"sku": "a\0b", "quantity": 1}]), 422, "invalid_request", "lines.0.sku"),
    (cart_body(email="nobody"), 422, "invalid_request", "email"),
    (cart_body(email="a@" + "b" * 300), 422, "invalid_request", "email"),
    (cart_body(email="<a@example.com>"), 422, "invalid_request", "email"),
    (cart_body(email="a@example..com"), 422, "invalid_request", "email"),
    (cart_body(email="a..b@example.com"), 422, "invalid_request", "email"),
    (cart_body(email="a,b@example.com"), 422, "invalid_request", "email"),
    (cart_body(email="a@example.com\n"), 422, "invalid_request", "email"),
    (cart_body(email="a@-example.com"), 422, "invalid_request", "email"),
    (cart_body(address="Paris"), 422, "invalid_request", "address"),
    (cart_body(address={**PARIS, "planet": "Earth"}), 422, "invalid_request", "address.planet"),
    (cart_body(address={**PARIS, "country": "JP"}), 422, "country_not_supported", None),
    (cart_body(address={**PARIS, "country": ""}), 422, "invalid_address", "address.country"),
    (cart_body(address={**PARIS, "postcode": "ABC"}), 422, "invalid_address", "address.postcode"),
    (cart_body(address={**PARIS, "line1": "", "city": ""}), 422, "invalid_address", "address.line1"),
    (cart_body(address={**PARIS, "line1": "BP 12"}), 422, "post_box_refused", "address.line1"),
    (cart_body(address=NEW_YORK), 422, "country_not_supported", None),
    (cart_body(billing_address={**PARIS, "postcode": "1"}), 422, "invalid_address", "billing_address.postcode"),
    (cart_body(shipping_method="rocket"), 422, "unknown_shipping_method", None),
    (cart_body(payment_method="bitcoin"), 422, "payment_method_not_offered", None),
    (cart_body(coupon="SUMMER2024"), 422, "coupon_not_valid", None),
]


def ids(value: Any) -> str | None:
    return str(value)[:60] if isinstance(value, (str, dict)) else None


async def check(answer, status: int, code: str, field: str | None, locale: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == locale
    assert body["title"]
    assert body["detail"]
    if field is not None:
        assert field in [error["field"] for error in body["errors"]], body["errors"]
        assert all(error["message"] for error in body["errors"])


@pytest.mark.requirement("L10N-2", "CRT-5", "CRT-4")
async def test_bad_carts_are_refused_in_three_languages_and_change_nothing(shop):
    before = await row_counts()
    for body, status, code, field in BAD_CARTS:
        for locale in LOCALES:
            await check(await shop.post("/carts", body, **{"X-Locale": locale}), status, code, field, locale)
    assert await row_counts() == before


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"expected_total": {"amount_minor": 8580, "currency": "USD"}}, 409, "quote_changed", None),
        ({"expected_total": {"amount_minor": 1, "currency": "EUR"}}, 409, "quote_changed", None),
        (
            {"expected_total": {"amount_minor": -1, "currency": "EUR"}},
            422,
            "invalid_request",
            "expected_total.amount_minor",
        ),
        ({"expected_total": {"amount_minor": 1, "currency": "eur"}}, 422, "invalid_request", "expected_total.currency"),
        ({"lines": []}, 422, "invalid_request", "lines"),
        ({"payment": {"token": 5}}, 422, "invalid_request", "payment.token"),
        ({"payment": {"card_number": "1"}}, 422, "invalid_request", "payment.card_number"),
        ({"payment": {"return_url": "javascript:alert(1)"}}, 422, "invalid_request", "payment.return_url"),
        ({"payment_method": "purchase_order"}, 403, "purchase_order_not_allowed", None),
        ({"customer_reference": "x" * 201}, 422, "invalid_request", "customer_reference"),
        ({"lines": [{"sku": "AUR-MONO-RJ9", "quantity": 1}]}, 409, "stock_gone", None),
    ],
    ids=ids,
)
async def test_bad_orders_are_refused_in_three_languages_and_change_nothing(shop, change, status, code, field):
    before = await row_counts()
    for locale in LOCALES:
        answer = await shop.post("/orders", order_body(**change), key=uuid4().hex, **{"X-Locale": locale})
        await check(answer, status, code, field, locale)
    assert await row_counts() == before


async def test_bodies_that_are_no_requests_are_refused(shop):
    before = await row_counts()
    for content, headers, status, code in (
        (b"", {}, 422, "invalid_request"),
        (b"{", {}, 400, "malformed_json"),
        (b"[]", {}, 422, "invalid_request"),
        (b"null", {}, 422, "invalid_request"),
        (b'"text"', {}, 422, "invalid_request"),
        (b"\xff\xfe", {}, 400, "malformed_json"),
        (b"{" * 100_000, {}, 400, "malformed_json"),
        (b'{"market": "\\ud800"}', {}, 400, "malformed_json"),
        (b'{"market": "FR"}', {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (b'{"market": "' + b"x" * 1024 * 1024 + b'"}', {}, 413, "body_too_large"),
    ):
        answer = await shop.raw("POST", "/carts", content, **{"Content-Type": "application/json", **headers})
        assert (answer.status_code, answer.json()["code"]) == (status, code), content[:40]
    assert await row_counts() == before


async def test_paths_and_cursors_of_strangers_are_not_found_or_refused(shop, keys):
    desk, depot = shop.as_(keys.agent), shop.as_(keys.warehouse)
    before = await row_counts()
    for caller, path, status, code in (
        (shop, "/carts/5", 404, "not_found"),
        (shop, f"/carts/{uuid4()}", 404, "not_found"),
        (shop, "/orders/XX-0000-0000", 404, "not_found"),
        (shop, "/orders/" + "x" * 500, 404, "not_found"),
        (shop, "/orders/%F0%9F%98%80", 404, "not_found"),
        (shop, "/orders/a%00b", 422, "invalid_request"),
        (desk, "/agent/orders?cursor=nonsense", 422, "invalid_request"),
        (desk, "/agent/orders?limit=0", 422, "invalid_request"),
        (desk, "/agent/orders?limit=1000", 422, "invalid_request"),
        (desk, "/agent/orders?market=XX", 404, "unknown_market"),
        (desk, "/agent/orders?query=" + "x" * 300, 422, "invalid_request"),
        (desk, "/agent/refunds?status=whatever", 422, "invalid_request"),
        (desk, "/agent/refunds/RF-0000-0000", 404, "not_found"),
        (desk, f"/agent/partners/{uuid4()}", 404, "not_found"),
        (depot, "/warehouse/shipments?status=dispatched", 422, "invalid_request"),
        (depot, "/warehouse/shipments/FR-0000-0000-1", 404, "not_found"),
        (depot, "/warehouse/shipments/nonsense", 404, "not_found"),
    ):
        answer = await caller.get(path)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (path, answer.text)
    assert await row_counts() == before


async def test_the_warehouses_mistakes_change_nothing(shop, keys):
    depot = shop.as_(keys.warehouse)
    number = (await shop.order())["shipments"][0]["number"]
    before = await row_counts()
    receipt = {"warehouse": "PAR", "sku": "AUR-ONE-BLK", "quantity": 1, "reference": "x"}
    for path, body, status, code in (
        (f"/warehouse/shipments/{number}/dispatch", {}, 422, "invalid_request"),
        (f"/warehouse/shipments/{number}/dispatch", {"tracking_number": "  "}, 422, "invalid_request"),
        (
            f"/warehouse/shipments/{number}/dispatch",
            {"tracking_number": "T-123", "serials": []},
            422,
            "invalid_request",
        ),
        (f"/warehouse/shipments/{number}/dispatch", {"tracking_number": "T-123"}, 409, "wrong_state"),
        (f"/warehouse/shipments/{number}/deliver", {}, 409, "wrong_state"),
        (f"/warehouse/shipments/{number}/undeliverable", {}, 409, "wrong_state"),
        ("/warehouse/receipts", {**receipt, "quantity": 0}, 422, "invalid_request"),
        ("/warehouse/receipts", {**receipt, "quantity": -5}, 422, "invalid_request"),
        ("/warehouse/receipts", {**receipt, "sku": "NONE"}, 404, "not_found"),
        ("/warehouse/receipts", {**receipt, "warehouse": "XXX"}, 422, "unknown_warehouse"),
        (f"/warehouse/inbound/{uuid4()}/receive", {}, 404, "not_found"),
    ):
        answer = await depot.post(path, body, key=uuid4().hex)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (path, body, answer.text)
    assert await row_counts() == before


async def test_the_desks_mistakes_change_nothing(shop, keys):
    desk = shop.as_(keys.agent)
    order = await shop.order()
    before = await row_counts()
    lines = [{"sku": "AUR-ONE-BLK", "quantity": 1}]
    refunds = f"/agent/orders/{order['number']}/refunds"
    for path, body, status, code in (
        (f"{refunds}/preview", {"lines": [], "reason": "withdrawal"}, 422, "invalid_request"),
        (f"{refunds}/preview", {"lines": [{"quantity": 1}], "reason": "withdrawal"}, 422, "invalid_request"),
        (f"{refunds}/preview", {"lines": lines, "reason": "because"}, 422, "unknown_refund_reason"),
        (refunds, {"lines": lines, "reason": "withdrawal"}, 422, "invalid_request"),
        (
            refunds,
            {"lines": lines, "reason": "withdrawal", "fingerprint": "x", "fee_minor": -1},
            422,
            "invalid_request",
        ),
        ("/agent/refunds/RF-0000-0000/approve", {}, 404, "not_found"),
        ("/agent/refund-requests/RQ-0000-0000/decline", {"reason": "no way"}, 404, "not_found"),
        (f"/agent/bank-lines/{uuid4()}/allocation", {"charge_id": str(uuid4())}, 404, "not_found"),
        (f"/agent/bank-lines/{uuid4()}/dismissal", {"note": "nothing"}, 404, "not_found"),
        ("/agent/channel-orders", {"market": "FR"}, 422, "invalid_request"),
    ):
        answer = await desk.post(path, body, key=uuid4().hex)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (path, body, answer.text)
    statement = await desk.raw("POST", "/agent/bank-statements", b"nothing", **{"Content-Type": "text/csv"})
    assert (statement.status_code, statement.json()["code"]) == (422, "bad_statement")
    assert await row_counts() == before


@pytest.mark.requirement("PAY-14")
async def test_a_card_number_is_refused_before_anything_is_read(shop):
    before = await row_counts()
    for locale in LOCALES:
        body = order_body(payment={**CARD, "token": "4242 4242 4242 4242"})
        answer = await shop.post("/orders", body, key=uuid4().hex, **{"X-Locale": locale})
        await check(answer, 422, "card_number_refused", None, locale)
        assert "4242" not in answer.text
    assert await row_counts() == before


@pytest.mark.requirement("PAY-14")
@pytest.mark.parametrize(
    "change",
    [
        {"customer_reference": "4242424242424242"},
        {"customer_reference": "card 5555-5555-5555-4444, 12/30"},
        {"address": {**PARIS, "line2": "3782 822463 10005"}},
        {"billing_address": {**PARIS, "name": "4242.4242.4242.4242"}},
        {"payment": {**CARD, "token": "４２４２４２４２４２４２４２４２"}},
    ],
    ids=ids,
)
async def test_a_card_number_is_refused_where_people_write(shop, change):
    before = await row_counts()
    answer = await shop.post("/orders", order_body(**change), key=uuid4().hex)
    assert (answer.status_code, answer.json()["code"]) == (422, "card_number_refused")
    assert await row_counts() == before


@pytest.mark.requirement("PAY-14")
@pytest.mark.parametrize("reference", ["490154203237518", "4006381333931", "4242424242424243", "PO-2026-000000000001"])
async def test_references_that_are_no_card_numbers_are_taken(shop, reference):
    """An IMEI, an EAN, a number with a wrong check digit, an order number of the customer's own."""
    answer = await shop.post("/orders", order_body(customer_reference=reference), key=uuid4().hex)
    assert answer.json().get("code") != "card_number_refused", answer.text
