"""Files sent over HTTP: by their content, within limits, and only staff reads them."""

from __future__ import annotations

import pytest

from api.shop import Shop, signed_in
from store.kernel import db
from store.kernel.attachments import MAX_BYTES
from store.web.storefront import attachments

PDF = b"%PDF-1.7\ninvoice"
NAME = "re%C3%A7u%20%E5%8F%91%E7%A5%A8.pdf"


async def send(shop, content=PDF, **headers):
    return await shop.raw("POST", "/attachments", content, **{"Content-Type": "application/pdf", **headers})


@pytest.mark.requirement("WAR-8")
async def test_a_file_is_sent_as_the_body_or_in_a_form_and_is_the_same(shop, keys):
    answer = await send(shop, **{"X-File-Name": NAME})
    assert answer.status_code == 201, answer.text
    sent = answer.json()
    assert (sent["name"], sent["media_type"], sent["size_bytes"]) == ("reçu 发票.pdf", "application/pdf", len(PDF))
    form = await shop.client.post("/api/v1/attachments", files={"file": ("a.pdf", PDF)}, headers=shop.headers)
    assert form.json()["id"] == sent["id"], form.text
    read = await shop.as_(keys.agent).get(f"/agent/attachments/{sent['id']}")
    assert (read.status_code, read.content) == (200, PDF)
    assert read.headers["content-disposition"].startswith("attachment")
    assert read.headers["x-content-type-options"] == "nosniff"


async def test_files_of_different_callers_are_different_files(shop):
    other = shop.as_(await signed_in(email="other@example.com"))
    assert (await send(shop)).json()["id"] != (await send(other)).json()["id"]


@pytest.mark.requirement("WAR-8", "L10N-2")
@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"MZ program", 422, "file_refused"),
        (b"", 422, "file_empty"),
        (PDF.ljust(MAX_BYTES + 1), 413, "file_too_large"),
        (PDF.ljust(MAX_BYTES + 100_000), 413, "body_too_large"),
    ],
)
async def test_other_files_are_refused_in_the_readers_language(shop, content, status, code):
    sentences = set()
    for locale in ("en", "fr", "zh-Hans"):
        answer = await send(shop, content, **{"X-Locale": locale})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "{" not in answer.json()["detail"]
        sentences.add(answer.json()["title"])
    assert len(sentences) == 3
    assert await db.fetchval("select count(*) from attachment") == 0


async def test_a_huge_file_is_refused_before_it_is_read(shop):
    sent = 0

    async def body():
        nonlocal sent
        for _ in range(200):
            sent += 1024 * 1024
            yield bytes(1024 * 1024)

    answer = await shop.client.post("/api/v1/attachments", content=body(), headers=shop.headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.json()["limit_bytes"] > MAX_BYTES
    assert sent < 20 * 1024 * 1024


async def test_a_form_without_a_file_is_refused(shop):
    for files in ({"a": ("a.pdf", PDF), "b": ("b.pdf", PDF)}, {"a": (None, "text")}):
        answer = await shop.client.post("/api/v1/attachments", files=files, headers=shop.headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    broken = await shop.raw("POST", "/attachments", b"--x\r\nbroken", **{"Content-Type": "multipart/form-data"})
    assert broken.status_code == 422


@pytest.mark.requirement("ACC-4")
async def test_only_staff_downloads_and_a_stranger_sends_nothing(shop: Shop, keys):
    sent = (await send(shop)).json()
    customer = shop.as_(await signed_in())
    for caller in (shop, customer):
        assert (await caller.get(f"/agent/attachments/{sent['id']}")).status_code == 403
    assert (await send(shop.as_({}))).status_code == 401
    assert (await shop.as_(keys.warehouse).get(f"/agent/attachments/{sent['id']}")).status_code == 200
    missing = await shop.as_(keys.agent).get("/agent/attachments/00000000-0000-7000-8000-000000000000")
    assert missing.status_code == 404


async def test_nobody_fills_the_disk(shop, keys, monkeypatch):
    monkeypatch.setattr(attachments, "FILES_MOST", 2)
    assert [(await send(shop, PDF + bytes([number]))).status_code for number in range(3)] == [201, 201, 429]
    for number in range(3):
        assert (await send(shop.as_(keys.agent), PDF + bytes([number]))).status_code == 201, "staff is trusted"
