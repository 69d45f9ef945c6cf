"""How many statements a checkout costs."""

from __future__ import annotations

import pytest

from api.shop import EMAIL, PARIS
from store.kernel import db

STATEMENTS_MAX = 30


@pytest.fixture
def statements(database_url):
    """Every statement that the store sends, BEGIN and COMMIT included."""
    sent: list[str] = []

    def listen(query):
        sent.append(" ".join(query.query.split()))

    db.query_listeners.append(listen)
    yield sent
    db.query_listeners.remove(listen)


async def test_a_checkout_costs_at_most_thirty_statements(statements, shop):
    await shop.order(("AUR-ONE-BLK", 1))  # caches
    statements.clear()
    made = await shop.post(
        "/carts",
        {
            "market": "FR",
            "lines": [{"sku": "AUR-ONE-BLK", "quantity": 1}, {"sku": "AUR-DUO-BLK", "quantity": 2}],
            "email": EMAIL,
            "address": PARIS,
        },
    )
    cart = made.json()
    cart = (await shop.patch(f"/carts/{cart['id']}", {"shipping_method": "standard", "payment_method": "wire"})).json()
    placed = await shop.place(cart)
    assert placed.status_code == 201, placed.text
    for number, statement in enumerate(statements, 1):
        print(f"{number:3} {statement[:110]}")  # noqa: T201 - shown with -s
    assert len(statements) <= STATEMENTS_MAX
