"""The whole shop, a mail server, and what was written to whom."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
from orders.conftest import *  # noqa: F403 - the fixtures of a whole shop

from notifications.smtp_server import SmtpServer
from store import notifications
from store.kernel import db, i18n, outbox, signing
from store.kernel.settings import Settings
from store.notifications.mail_settings import _settings

SETTINGS = {"mail_from": "Exemple <no-reply@store.example.com>", "storefront_url": "https://shop.example.com"}


@pytest.fixture(autouse=True)
def mail(monkeypatch):
    """Configured with the local folder; `mail(smtp_url=…)` configures anew."""

    def configure(**changes):
        notifications.configure(Settings(**{**SETTINGS, **changes}))

    configure()
    yield configure
    _settings.clear()


@pytest.fixture
async def smtp(mail) -> AsyncIterator[SmtpServer]:
    server = SmtpServer()
    await server.start()
    mail(smtp_url=server.url)
    yield server
    await server.stop()


@pytest.fixture
def emails():
    """`await emails(order_id)` gives the rows of its e-mails, oldest first; of one kind if asked."""

    async def read(order_id=None, kind=None):
        return await db.fetch(
            "select * from email where ($1::uuid is null or order_id = $1) and ($2::text is null or kind = $2)"
            " order by created_at, id",
            order_id,
            kind,
        )

    return read


@pytest.fixture
def outbox_of_mail(database, monkeypatch):
    """Only e-mails are composed: what is written is delivered, and nothing else happens."""
    signing.configure(b"the secret of the tests")
    monkeypatch.setattr(outbox, "_consumers", {})
    monkeypatch.setattr(outbox, "_subscriptions", {})
    outbox.subscribe("email.written", notifications.deliver_email)


@pytest.fixture
def french(tmp_path, monkeypatch):
    """A French catalogue with some texts of e-mails, whatever the shipped one has."""
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "store.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Order {number}: thank you for your order"\nmsgstr "Commande {number} : merci pour votre commande"\n\n'
        'msgid "Hello {name},"\nmsgstr "Bonjour {name}, l’été & <ça> va ?"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(i18n, "LOCALES_DIR", tmp_path)
    i18n.catalogue.cache_clear()
    yield
    shutil.rmtree(folder)
    i18n.catalogue.cache_clear()
