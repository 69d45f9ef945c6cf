"""Support on the demo catalogue, with e-mails that stay in the local folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from store import composition, customers, notifications, support
from store.customers import Principal
from store.kernel import db, signing
from store.kernel.ids import new_id
from store.kernel.settings import Settings
from store.markets import load_markets
from store.notifications.mail_settings import _settings


@pytest.fixture
async def demo(seeded_url: str) -> AsyncIterator[None]:
    load_markets(None)
    await db.connect(seeded_url, pool_size=20)
    signing.configure(b"the secret of the tests")
    notifications.configure(Settings(mail_from="no-reply@store.example.com", storefront_url="https://shop.example.com"))
    composition.connect_rooms()
    yield
    _settings.clear()
    await db.disconnect()


@pytest.fixture
def agent() -> Principal:
    return Principal(kind="agent", key_id=new_id(), display_name="Desk")


@pytest.fixture
def guest() -> Principal:
    return Principal(kind="storefront", key_id=new_id(), display_name="Shop")


@pytest.fixture
def write(guest):
    """`await write(topic="other", …)` opens a case."""

    async def open_one(**facts):
        command = {
            "topic": "product_question",
            "message": "Does it come in blue?",
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "locale": "en",
            "market": "FR",
            "principal": guest,
            **facts,
        }
        return await support.open_case(support.OpenCase(**command))

    return open_one


@pytest.fixture
async def customer():
    """`await customer()` is somebody with an account; facts of the account otherwise by name."""

    async def make(email: str = "ada@example.com", kind: str = "customer", **facts) -> Principal:
        account = await customers.create_account(kind=kind, email=email, name="Ada", **facts)
        return Principal(kind=kind, account_id=account.id, display_name=account.name)

    return make
