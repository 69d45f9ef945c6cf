"""One hold for all that ships soon, taken parcel by parcel, where the contract with Stripe has it (PAY-5)."""

from __future__ import annotations

import pytest

from api.shop import CARD, simulated
from store.kernel import db, outbox


@pytest.fixture
def settings_changes(world):
    return {**simulated(world), "stripe_multicapture": True}


async def two_parcels(shop, *, one_call: bool):
    """More than one warehouse has of something: the rest comes from another."""
    most = await db.fetchval(
        "select max(on_hand - reserved) from stock s join variant v on v.id = s.variant_id where v.sku = 'AUR-CUSH-BLK'"
    )
    cart = await shop.cart(("AUR-CUSH-BLK", most + 1), payment_method="card")
    assert len(cart["shipments"]) == 2
    if one_call:
        fields = ("market", "email", "address", "shipping_method")
        body = {name: cart[name] for name in fields} | {
            "lines": [{"sku": line["sku"], "quantity": line["quantity"]} for line in cart["lines"]],
            "payment_method": "card",
            "expected_total": {name: cart["totals"]["total"][name] for name in ("amount_minor", "currency")},
            "payment": CARD,
        }
        answer = await shop.post("/orders", body, key=f"order-{cart['id']}")
    else:
        answer = await shop.place(cart, payment=CARD)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def authorizations():
    return await db.fetch("select status, amount_minor from payment_authorization order by created_at")


@pytest.mark.requirement("PAY-3", "PAY-5")
@pytest.mark.parametrize("one_call", [False, True])
async def test_parcels_that_ship_soon_share_one_hold_and_are_taken_one_by_one(shop, keys, world, one_call):
    world.sim("settings", multicapture=True)
    order = await two_parcels(shop, one_call=one_call)
    await outbox.drain()
    total = order["total"]["amount_minor"]
    assert [tuple(row) for row in await authorizations()] == [("authorized", total)]
    taken = 0
    for shipment in order["shipments"]:
        await shop.as_(keys.warehouse).ship(shipment["number"])
        await outbox.drain()
        taken += shipment["total"]["amount_minor"]
        assert world.books("stripe", "eur")["captured"] == taken
    assert taken == total
    assert world.books("stripe", "eur")["authorized_open"] == 0
    assert [tuple(row) for row in await authorizations()] == [("captured", total)]


@pytest.mark.requirement("PAY-3", "PAY-5", "PAY-6")
async def test_a_card_without_it_is_saved_and_held_again_for_the_second_parcel(shop, keys, world):
    order = await two_parcels(shop, one_call=False)
    for shipment in order["shipments"]:
        await shop.as_(keys.warehouse).ship(shipment["number"])
        await outbox.drain()
        await outbox.drain()
    assert (await shop.see(order))["payment_status"] == "charged"
    assert world.books("stripe", "eur")["captured"] == order["total"]["amount_minor"]
    assert world.books("stripe", "eur")["authorized_open"] == 0
    assert not await db.fetchval("select count(*) from payment_link")
