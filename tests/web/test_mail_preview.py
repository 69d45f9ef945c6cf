"""Every e-mail can be looked at in every language, without a script and without anything from outside."""

from __future__ import annotations

import pytest

from store.kernel.i18n import LOCALES
from store.notifications.samples import sample_names

pytestmark = pytest.mark.requirement("DOC-1", "DOC-4")


async def test_every_email_has_its_preview_in_every_language(client):
    assert "/dev/mail/previews" in (await client.get("/dev/mail")).text
    table = (await client.get("/dev/mail/previews")).text
    for name in sample_names():
        for locale in LOCALES:
            assert f"href='/dev/mail/previews/{name}/{locale}'" in table
    for locale, greeting in (("en", "Hello"), ("fr", "Bonjour"), ("zh-Hans", "您好")):
        address = f"/dev/mail/previews/order_canceled/{locale}"
        page = await client.get(address)
        assert (page.status_code, greeting in page.text) == (200, True)
        assert f"src='{address}/html?dark=false'" in page.text
        html = await client.get(f"{address}/html")
        assert greeting in html.text
        assert "cid:" not in html.text
        assert "sandbox" in html.headers["content-security-policy"]


async def test_a_preview_is_shown_for_a_phone_and_at_night(client):
    address = "/dev/mail/previews/refunded/fr"
    page = (await client.get(f"{address}?width=narrow&dark=true")).text
    assert "width:360px" in page
    assert f"src='{address}/html?dark=true'" in page
    assert "prefers-color-scheme: dark" in (await client.get(f"{address}/html")).text
    assert "prefers-color-scheme: dark" not in (await client.get(f"{address}/html?dark=true")).text


@pytest.mark.parametrize("path", ["nothing/fr", "refunded/xx", "refunded-nothing/fr", "refunded/fr_FR", "<b>/en"])
async def test_what_has_no_preview_is_not_found(client, path):
    for address in (f"/dev/mail/previews/{path}", f"/dev/mail/previews/{path}/html"):
        assert (await client.get(address)).status_code == 404
    assert (await client.get("/dev/mail/previews/refunded/fr?width=<b>")).text.count("<b>") == 0
