"""Documents over HTTP: for whom they are, under which names, and only the same bytes."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from documents.pdf import text_of

from api.shop import CARD, signed_in, simulated
from store.kernel import db, outbox
from store.web.storefront.documents import disposition


@pytest.fixture
def settings_changes(world):
    return simulated(world)


@pytest.fixture
async def order(shop, keys):
    """One of two units was given back: an invoice and a credit note."""
    cart = await shop.cart(("AUR-ONE-BLK", 2), payment_method="card")
    answer = await shop.place(cart, payment=CARD, customer_reference="Projet 4711/b")
    assert answer.status_code == 201, answer.text
    placed = answer.json()
    await shop.as_(keys.warehouse).ship(placed["shipments"][0]["number"])
    await outbox.drain()
    desk = shop.as_(keys.agent)
    body = {"lines": [{"sku": "AUR-ONE-BLK", "quantity": 1}], "reason": "withdrawal"}
    shown = (await desk.post(f"/agent/orders/{placed['number']}/refunds/preview", body)).json()
    path = f"/agent/orders/{placed['number']}/refunds"
    refunded = await desk.post(path, {**body, "fingerprint": shown["fingerprint"]}, key=uuid4().hex)
    assert refunded.status_code in {200, 201, 202}, refunded.text
    await outbox.drain()
    return {**await shop.see(placed), "order_token": placed["order_token"]}


def token(order: dict) -> dict[str, str]:
    return {"X-Order-Token": order["order_token"]}


def urls(order: dict) -> list[str]:
    (invoice,), (note,) = order["invoices"], order["credit_notes"]
    return [each["pdf_url"].removeprefix("/api/v1") for each in (invoice, note)]


@pytest.mark.requirement("DOC-3", "REF-8")
async def test_the_order_links_its_documents_and_its_owner_gets_them(shop, order):
    for url, listed in zip(urls(order), (order["invoices"][0], order["credit_notes"][0]), strict=True):
        answer = await shop.get(url, **token(order))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/pdf"
        text = text_of(answer.content)
        assert listed["number"] in text
        assert order["number"] in text
        assert "Projet 4711/b" in text


@pytest.mark.requirement("ACC-4", "DOC-3")
async def test_for_everybody_else_there_is_no_such_document(shop, keys, order):
    stranger = shop.as_(await signed_in(email="stranger@example.com"))
    other = await shop.order(("AUR-ONE-BLK", 1))
    for url in urls(order):
        for answer in (
            await shop.get(url),
            await shop.get(url, **token(other)),
            await stranger.get(url),
            await shop.get(url.replace(order["number"], other["number"]), **token(other)),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        for headers, status in ((keys.warehouse, 403), ({}, 401)):
            assert (await shop.as_(headers).get(url)).status_code == status


@pytest.mark.requirement("DOC-3", "REF-8")
async def test_customer_service_gets_the_very_file_of_the_customer(shop, keys, order):
    desk = shop.as_(keys.agent)
    for url in urls(order):
        theirs = await shop.get(url, **token(order))
        ours = await desk.get(f"/agent{url}")
        assert (ours.status_code, ours.content) == (200, theirs.content)
        assert (await desk.get(url)).content == theirs.content
        assert (await shop.get(f"/agent{url}")).status_code == 403


async def test_a_document_that_was_fetched_before_costs_no_bytes(shop, order):
    for url in urls(order):
        first = await shop.get(url, **token(order))
        assert first.headers["cache-control"] == "private, no-cache"
        again = await shop.get(url, **token(order), **{"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_many_at_once_get_the_same_file(shop, order):
    (url, _) = urls(order)
    answers = await asyncio.gather(*(shop.get(url, **token(order)) for _ in range(20)))
    assert len({answer.content for answer in answers}) == 1
    assert await db.fetchval("select count(*) from document_file") == 1


async def test_a_name_that_is_no_documents_is_not_found(shop, order):
    names = (
        "x",
        ".pdf",
        "x.pdf",
        "x.PDF",
        "x.pdf.exe",
        "..%2Fetc%2Fpasswd",
        "a" * 500 + ".pdf",
        "%F0%9F%98%80.pdf",
        "%25.pdf",
    )
    for kind in ("invoices", "credit-notes"):
        for name in names:
            answer = await shop.get(f"/orders/{order['number']}/{kind}/{name}", **token(order))
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), name


async def test_a_damaged_document_is_refused_in_the_readers_words_and_stands_in_the_queue(shop, keys, order):
    (url, _) = urls(order)
    await shop.get(url, **token(order))
    await db.execute("alter table document_file disable trigger document_file_append_only")
    await db.execute("alter table document_file drop constraint document_file_check")
    await db.execute("update document_file set content = content || 'x'")
    answer = await shop.get(url, **token(order), **{"X-Locale": "en"})
    assert (answer.status_code, answer.json()["code"]) == (503, "document_damaged")
    assert order["invoices"][0]["number"] in answer.json()["detail"]
    queued = (await shop.as_(keys.agent).get("/agent/exceptions")).json()
    assert "document_damaged" in str(queued)


def test_a_file_name_is_given_in_ascii_and_as_it_is_written():
    assert disposition("Facture réglée.pdf") == (
        "inline; filename=\"Facture reglee.pdf\"; filename*=UTF-8''Facture%20r%C3%A9gl%C3%A9e.pdf"
    )
    assert disposition("发票A-1.pdf").startswith('inline; filename="A-1.pdf"; ')
    hostile = disposition('a"\r\nSet-Cookie: x=1;\\.pdf')
    assert "\r" not in hostile
    assert "\n" not in hostile
    assert hostile.count('"') == 2


@pytest.mark.requirement("SHP-4", "ACC-4")
async def test_a_packing_slip_is_for_the_warehouse(shop, keys, order):
    path = f"/warehouse/shipments/{order['shipments'][0]['number']}/packing-slip.pdf"
    warehouse = shop.as_(keys.warehouse)
    slip = await warehouse.get(path)
    assert (slip.status_code, slip.headers["content-type"]) == (200, "application/pdf")
    assert order["shipments"][0]["number"] in text_of(slip.content)
    assert (await warehouse.get(path, **{"If-None-Match": slip.headers["etag"]})).status_code == 304
    assert (await shop.get(path)).status_code == 403
    assert (await warehouse.get("/warehouse/shipments/FR-0000-0000-1/packing-slip.pdf")).status_code == 404


@pytest.mark.requirement("ORD-2", "ACC-4")
async def test_an_order_on_paper_is_for_its_owner(shop, order):
    path = f"/orders/{order['number']}/summary.pdf"
    paper = await shop.get(path, **token(order))
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    assert order["number"] in text_of(paper.content)
    assert (await shop.get(path)).status_code == 404
