"""The main road: placed, authorised, shipped in parts, charged in parts, to the cent."""

from __future__ import annotations

import pytest

from store.carts import CartChange, Visitor, change_cart, create_cart
from store.kernel import db
from store.markets import get_market
from store.orders.errors import FundsNotSecured, PaymentDeclined, QuoteChanged, SaveConsentRequired
from store.orders.keep_orders import expire_abandoned, remind_and_cancel_holds
from store.orders.place_order import place_order
from store.payments.methods import CardNetworkNotAccepted, PaymentMethodDiffers
from store.payments.pay_link import pay_link
from store.payments.payment_links import link_token
from store.payments.take_webhook import confirm_payment

NOW, LATER, NO_DATE = "AUR-ONE-BLK", "HAL-DVID-BLK", "TON-BAR-BLK"


async def captures(order_id):
    rows = await db.fetch("select amount_minor, status from capture where order_id = $1 order by created_at", order_id)
    return [(row["status"], row["amount_minor"]) for row in rows]


@pytest.mark.requirement("PAY-3", "PAY-4", "PAY-5", "SHP-1", "SHP-3", "CRT-7")
async def test_each_shipment_of_a_card_order_is_charged_when_it_leaves(shop):
    order = await shop.place([(NOW, 2), (LATER, 1)])
    assert order.status == "confirmed"
    first, second = await shop.charges(order.order_id)
    assert (first["status"], second["status"]) == ("secured", "planned")
    held = shop.world.look("books")["stripe"]["eur"]
    assert (held["authorized_open"], held["captured"]) == (first["amount_minor"], 0)

    await shop.ship(order.order_id, 1)
    assert await captures(order.order_id) == [("succeeded", first["amount_minor"])]

    shop.later(days=20)
    await shop.stock_arrives(order.order_id, 2)
    assert (await shop.charges(order.order_id))[1]["status"] == "secured"
    await shop.ship(order.order_id, 2)
    assert [amount for _, amount in await captures(order.order_id)] == [first["amount_minor"], second["amount_minor"]]
    payment = await db.fetchrow("select * from payment where order_id = $1", order.order_id)
    assert payment["captured_minor"] == payment["total_minor"]
    assert payment["shipping_captured_minor"] == payment["shipping_quoted_minor"]
    await shop.check_books()


@pytest.mark.requirement("PAY-6")
async def test_a_declined_later_authorization_holds_the_shipment_until_a_payment_link_is_paid(shop):
    order = await shop.place([(NOW, 1), (NO_DATE, 1)], token="pm_sim_decline_off_session")
    await shop.ship(order.order_id, 1)
    await shop.stock_arrives(order.order_id, 2)
    held = await shop.shipment(order.order_id, 2)
    assert (held["status"], held["hold_reason"]) == ("on_hold", "insufficient_funds")
    with pytest.raises(FundsNotSecured):
        await shop.release(order.order_id, 2)
    link = await db.fetchrow("select * from payment_link where order_id = $1", order.order_id)
    await pay_link(link_token(link["id"]), "pm_card_mastercard", return_url="https://x.example.com", save_consent=True)
    await shop.work()
    assert (await shop.shipment(order.order_id, 2))["status"] == "ready"
    await shop.ship(order.order_id, 2)
    assert [status for status, _ in await captures(order.order_id)] == ["succeeded", "succeeded"]
    await shop.check_books()


@pytest.mark.requirement("PAY-6")
async def test_a_held_shipment_is_reminded_of_and_then_given_up(shop):
    order = await shop.place([(NOW, 1), (NO_DATE, 1)], token="pm_sim_decline_off_session")
    await shop.ship(order.order_id, 1)
    await shop.stock_arrives(order.order_id, 2)
    shop.later(days=2, hours=1)
    await remind_and_cancel_holds()
    await remind_and_cancel_holds()
    kinds = [row["kind"] for row in await db.fetch("select kind from order_event where order_id = $1", order.order_id)]
    assert kinds.count("payment_link_reminded") == 1
    shop.later(days=8)
    await remind_and_cancel_holds()
    await shop.work()
    assert (await shop.shipment(order.order_id, 2))["status"] == "canceled"
    assert (await shop.charges(order.order_id))[1]["status"] == "released"
    line = await db.fetchrow(
        "select * from shipment_line where shipment_id = $1", (await shop.shipment(order.order_id, 2))["id"]
    )
    assert line["reserved_quantity"] == 0
    await shop.check_books()


@pytest.mark.requirement("PAY-2")
@pytest.mark.parametrize("method", ["apple_pay", "google_pay"])
async def test_wallets_are_charged_in_full_right_after_placement(shop, method):
    order = await shop.place([(NOW, 1), (LATER, 1)], method)
    total = await db.fetchval("select total_minor from sales_order where id = $1", order.order_id)
    assert order.status == "confirmed"
    assert await captures(order.order_id) == [("succeeded", total)]
    await shop.ship(order.order_id, 1)
    assert await captures(order.order_id) == [("succeeded", total)]
    await shop.check_books()


@pytest.mark.requirement("PAY-2", "PAY-7")
async def test_paypal_is_charged_in_full_once_the_payer_has_approved(shop):
    order = await shop.place([(NOW, 1)], "paypal")
    assert order.status == "pending"
    assert order.next_action["type"] == "redirect"
    ref = await db.fetchval("select provider_ref from payment_authorization where order_id = $1", order.order_id)
    shop.world.sim("paypal/approve", order=ref)
    await confirm_payment(order.order_id)
    await confirm_payment(order.order_id)
    await shop.work()
    total = await db.fetchval("select total_minor from sales_order where id = $1", order.order_id)
    assert await captures(order.order_id) == [("succeeded", total)]
    assert await shop.status(order.order_id) == "confirmed"
    await shop.check_books()


@pytest.mark.requirement("PAY-1")
@pytest.mark.parametrize(
    "token",
    [
        "pm_card_visa",
        "pm_card_visa_debit",
        "pm_card_mastercard",
        "pm_card_amex",
        "pm_card_discover",
        "pm_card_diners",
        "pm_card_jcb",
    ],
)
async def test_cards_of_the_listed_networks_are_accepted(shop, token):
    assert (await shop.place([(NOW, 1)], token=token)).status == "confirmed"


@pytest.mark.requirement("PAY-1")
async def test_a_card_of_another_network_is_refused_and_nothing_is_left_behind(shop):
    with pytest.raises(CardNetworkNotAccepted):
        await shop.place([(NOW, 1)], token="pm_card_unionpay")
    assert await db.fetchval("select count(*) from sales_order") == 0


@pytest.mark.requirement("PAY-2")
async def test_a_wallet_that_poses_as_a_card_is_not_taken_for_one(shop):
    with pytest.raises(PaymentMethodDiffers):
        await shop.place([(NOW, 1)], token="pm_sim_apple_pay")
    assert await db.fetchval("select count(*) from sales_order") == 0


@pytest.mark.requirement("PAY-5")
async def test_a_card_is_kept_for_later_only_with_consent(shop):
    with pytest.raises(SaveConsentRequired):
        await shop.place([(NOW, 1), (LATER, 1)], save_consent=False)
    order = await shop.place([(NOW, 1)], save_consent=False)
    assert await db.fetchval("select provider_method from payment where order_id = $1", order.order_id) is None


@pytest.mark.requirement("PAY-5")
async def test_an_order_that_ships_later_as_a_whole_saves_the_card_and_holds_nothing(shop):
    order = await shop.place([(LATER, 1)])
    assert order.status == "confirmed"
    assert shop.world.look("books")["stripe"].get("eur", {"authorized_open": 0})["authorized_open"] == 0
    await shop.stock_arrives(order.order_id, 1)
    await shop.ship(order.order_id, 1)
    assert [status for status, _ in await captures(order.order_id)] == ["succeeded"]
    await shop.check_books()


async def test_a_declined_card_leaves_the_cart_free_and_the_stock_untouched(shop):
    command = await shop.command([("AUR-ONE-SAND", 3)], token="pm_card_chargeDeclined")
    with pytest.raises(PaymentDeclined):
        await place_order(command)
    assert await db.fetchval("select order_id from cart where id = $1", command.cart_id) is None
    assert (
        await db.fetchval(
            "select sum(reserved) from stock s join variant v on v.id = s.variant_id where v.sku = 'AUR-ONE-SAND'"
        )
        == 0
    )


@pytest.mark.requirement("PAY-7")
async def test_an_abandoned_3d_secure_gives_the_stock_back(shop):
    order = await shop.place([("AUR-ONE-SAND", 3)], token="pm_card_authenticationRequired")
    assert order.status == "pending"
    assert order.next_action
    shop.later(minutes=30)
    await expire_abandoned()
    assert await shop.status(order.order_id) == "pending"
    shop.later(minutes=31)
    await expire_abandoned()
    await shop.work()
    assert await shop.status(order.order_id) == "expired"
    assert (
        await db.fetchval(
            "select sum(reserved) from stock s join variant v on v.id = s.variant_id where v.sku = 'AUR-ONE-SAND'"
        )
        == 0
    )
    await shop.check_books()


@pytest.mark.requirement("CRT-8")
async def test_a_price_that_rose_since_the_cart_was_shown_must_be_confirmed(shop):
    command = await shop.command([(NOW, 1)])
    await db.execute(
        "update price p set amount_minor = amount_minor + 100, compare_at_minor = null from variant v"
        " where v.id = p.variant_id and v.sku = $1",
        NOW,
    )
    with pytest.raises(QuoteChanged) as refused:
        await place_order(command)
    assert refused.value.facts["total"].amount_minor > 0
    assert await db.fetchval("select count(*) from sales_order") == 0


@pytest.mark.requirement("CRT-3", "MKT-6")
async def test_charge_plan_and_shipments_sum_to_the_total(shop):
    market = get_market("FR")
    cart, _ = await create_cart(
        market, "fr", CartChange(lines=[(NOW, 3), (LATER, 2), ("VEN-CORE-48", 5)], coupon="WELCOME10")
    )
    _, quote = await change_cart(cart.id, CartChange(payment_method="card", shipping_method="express"), Visitor())
    assert sum(shipment.total_minor for shipment in quote.shipments) == quote.total.amount_minor
    assert sum(charge.amount.amount_minor for charge in quote.charges) == quote.total.amount_minor
    assert sum(shipment.tax_minor for shipment in quote.shipments) == quote.total_tax.amount_minor
    assert sum(shipment.shipping_minor for shipment in quote.shipments) == quote.shipping_price.amount_minor
