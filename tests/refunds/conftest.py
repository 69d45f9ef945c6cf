"""A shop with providers in memory, and customer service at its desk."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from payments.fake_provider import FakeProvider

from refunds.desk import Desk
from store import composition
from store.kernel import db, signing
from store.markets import load_markets
from store.payments import payment_links, port
from store.payments.port import use_provider


@pytest.fixture
async def desk(seeded_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(port, "_providers", {})
    load_markets(None)
    await db.connect(seeded_url, pool_size=30)
    signing.configure(b"the secret of the tests")
    payment_links.configure(b"the secret of the tests")
    composition.connect_rooms()
    stripe, paypal = FakeProvider("stripe"), FakeProvider("paypal")
    use_provider(stripe)
    use_provider(paypal)
    yield Desk(stripe, paypal, seeded_url)
    await db.disconnect()
