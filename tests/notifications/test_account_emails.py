"""E-mails with links into an account leave whole, and are kept without what opens it (ACC-1, DOC-1)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store import customers, notifications
from store.customers import confirm_password_reset, create_account, link_token, purge_links, request_password_reset
from store.customers.account_links import LinkNotValid
from store.kernel import clock, db, outbox, signing

NEW = "staple battery horse"


@pytest.fixture
async def composed(database, monkeypatch):
    """Accounts and e-mails, and nothing else."""
    signing.configure(b"the secret of the tests")
    monkeypatch.setattr(outbox, "_consumers", {})
    monkeypatch.setattr(outbox, "_subscriptions", {})
    outbox.declare("account.email_verified")
    for topic, consumer in (*customers.consumers(), *notifications.consumers()):
        outbox.subscribe(topic, consumer)
    return await create_account(kind="customer", email="ada@example.com", name="Ada & <b>", locale="fr")


def bodies(message) -> list[str]:
    return [message.get_body((kind,)).get_content() for kind in ("plain", "html")]


@pytest.mark.requirement("ACC-1", "DOC-1")
async def test_the_token_is_in_the_mail_and_nowhere_in_the_database(composed, smtp):
    await request_password_reset("customer", "ada@example.com")
    await outbox.drain()
    (message,) = smtp.received
    assert message["To"] == "ada@example.com"
    assert message["Content-Language"] == "fr"
    link_id = await db.fetchval("select id from account_link")
    token = link_token("password_reset", link_id)
    text, html = bodies(message)
    address = f"https://shop.example.com/password-reset?token={token}"
    assert address in text
    assert f'href="{address}"' in html
    assert "<b>" not in html.replace("&lt;b&gt;", "")
    kept = [
        dict(row) for table in ("email", "account_link", "outbox") for row in await db.fetch(f"select * from {table}")
    ]
    assert token not in str(kept)
    await confirm_password_reset(token, NEW)
    await outbox.drain()
    assert token not in "".join(bodies(smtp.received[-1]))


async def test_a_link_that_was_replaced_before_its_mail_was_written_is_not_mailed(composed, smtp):
    await request_password_reset("customer", "ada@example.com")
    for outbox_id in await outbox.lease():
        await outbox.consume(outbox_id)
    await db.execute("update account_link set closed_at = $1", clock.now())
    await outbox.drain()
    assert smtp.received == []


async def test_links_that_are_long_over_are_forgotten(composed, smtp):
    await request_password_reset("customer", "ada@example.com")
    await outbox.drain()
    token = link_token("password_reset", await db.fetchval("select id from account_link"))
    clock.set_offset(timedelta(days=31))
    assert await purge_links() == 1
    with pytest.raises(LinkNotValid):
        await confirm_password_reset(token, NEW)
