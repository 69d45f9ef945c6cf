"""A card order of three lines, one of them on backorder: two shipments, two charges (CRT-3, PAY-3…6)."""

from __future__ import annotations

from typing import Any

from store.cli.demo.call import Answer, until
from store.cli.demo.mail import payment_link_token
from store.cli.demo.shop import Json, Lines, Order, fill_cart, minor, order_of, out_of_stock_sku, place
from store.cli.demo.stage import Stage
from store.cli.demo.warehouse import receive_for, release, ship

IN_STOCK: Lines = [("AUR-ONE-BLK", 2), ("PIN-BRD-2M-BLK", 1)]
BACKORDERED = ("HAL-DVID-BLK", "VEN-HALO-OUT", "TON-BAR-BLK", "NOR-CALM-GRN", "LUM-BAR-L")


async def backorder(stage: Stage) -> None:
    order, sku, (first, second) = await _order(stage, "pm_card_visa")
    await _ship_first(stage, order, first)

    now = await stage.advance(days=20)
    stage.teller.say(f"20 days later ({now:%d %B %Y}) {sku} arrives; the saved card is authorised again, nobody asked.")
    await receive_for(stage, order, 2, sku)
    await order.until(lambda seen: seen["shipments"][1]["charge"]["status"] == "secured", "the second share is held")
    bank = await stage.simulator.statement(order.number)
    stage.teller.check(
        "the second share, and nothing else, is held on the card now",
        bank.open == second and bank.holds == (first, second),
        bank,
    )
    await _ship_second(stage, order, first + second)
    await stage.check_books()


async def declined(stage: Stage) -> None:
    order, sku, (first, second) = await _order(stage, "pm_sim_decline_off_session")
    await _ship_first(stage, order, first)

    await stage.advance(days=20)
    stage.teller.say(f"20 days later {sku} arrives, but the bank says no: insufficient funds.")
    await receive_for(stage, order, 2, sku)
    await order.until(lambda seen: seen["shipments"][1]["status"] == "on_hold", "the shipment is held")
    refused = await release(stage, order, 2, expect=())
    stage.teller.check(
        f"the warehouse does not get it: {refused.status} {refused.code}",
        refused.status in {402, 409} and refused.code == "funds_not_secured",
        refused,
    )
    await _pay_by_link(stage, order, second)
    await order.until(lambda seen: seen["shipments"][1]["status"] == "ready", "the shipment may leave")
    await _ship_second(stage, order, first + second)
    await stage.check_books()


async def _order(stage: Stage, card: str) -> tuple[Order, str, tuple[int, int]]:
    """The order, the SKU that it waits for, and the two charges that the customer was shown."""
    teller = stage.teller
    camille = await stage.sign_in("camille@example.com", "customer")
    sku = await out_of_stock_sku(camille, BACKORDERED)
    cart = await fill_cart(camille, [*IN_STOCK, (sku, 1)], "card")
    total, shipping = cart["totals"]["total"], cart["totals"]["shipping"]
    teller.say(
        f"Camille's cart: 3 lines, {total['formatted']} with {shipping['formatted']} for the delivery. {sku} is on"
        " backorder. What she is told before she orders:"
    )
    plan = cart["charge_plan"]
    for charge in plan:
        teller.say(f"  {charge['amount']['formatted']}: “{charge['when_label']}”, about {charge['on']}")
    amounts = tuple(minor(charge["amount"]) for charge in plan)
    teller.check("two shipments, two charges, and they sum to the total", _two_charges(cart, amounts), plan)
    held_now = [charge["authorized_now"] for charge in plan]
    teller.check("only the first is to be held on the card now", held_now == [True, False], held_now)
    order = order_of(camille, await place(camille, cart, token=card))
    seen = await order.look()
    bank = await stage.simulator.statement(order.number)
    teller.say(f"Order {order.number} is {seen['status']}; {plan[0]['amount']['formatted']} is held, nothing taken.")
    teller.check("only the first shipment is authorised", bank.open == amounts[0], bank)
    teller.check("nothing is charged yet", minor(seen["payment"]["charged"]) == bank.captured == 0, bank)
    return order, sku, (amounts[0], amounts[1])


def _two_charges(cart: Answer, amounts: tuple[int, ...]) -> bool:
    kinds = [shipment["kind"]["code"] for shipment in cart["shipments"]]
    return kinds == ["stock", "backorder"] and len(amounts) == 2 and sum(amounts) == minor(cart["totals"]["total"])


async def _ship_first(stage: Stage, order: Order, share: int) -> None:
    await ship(stage, order, 1)
    seen = await order.until(lambda seen: minor(seen["payment"]["charged"]), "the first share is charged")
    bank = await stage.simulator.statement(order.number)
    stage.teller.say(f"{seen['shipments'][0]['number']} left; {seen['payment']['charged']['formatted']} was charged.")
    stage.teller.check(
        "exactly the first shipment's share is captured",
        minor(seen["payment"]["charged"]) == share and bank.captures == (share,),
        (seen["payment"]["charged"], bank),
    )


async def _ship_second(stage: Stage, order: Order, total: int) -> None:
    await ship(stage, order, 2)
    seen = await order.until(lambda seen: minor(seen["payment"]["charged"]) == total, "the second share is charged")
    bank = await stage.simulator.statement(order.number)
    stage.teller.say(f"{seen['shipments'][1]['number']} left, too; {seen['payment']['charged']['formatted']} in total.")
    stage.teller.check(
        "both shares are captured, together the order's total",
        bank.captured == total == minor(seen["total"]) and len(bank.captures) == 2 and bank.open == 0,
        bank,
    )
    stage.teller.check("the shipping charged in total is the shipping quoted", *_shipping(seen))


def _shipping(order: Json) -> tuple[bool, Any]:
    charged = sum(minor(charge["shipping"]) for charge in order["payment"]["charges"])
    quoted = minor(order["totals"]["shipping"])
    return charged == quoted > 0, (charged, quoted)


async def _pay_by_link(stage: Stage, order: Order, share: int) -> None:
    token = await until(lambda: payment_link_token(stage, order.number), "the e-mail with the payment link")
    path = f"/api/v1/payment-links/{token}"
    link = await stage.storefront.get(path)
    stage.teller.say(f"Camille's e-mail has a link to pay {link['amount']['formatted']} for the held shipment.")
    stage.teller.check("the link asks for exactly the held shipment's share", minor(link["amount"]) == share, link.body)
    refused = await stage.storefront.post(f"{path}/pay", {"token": "pm_card_chargeDeclined"}, expect=())
    stage.teller.check("another declined card leaves the link open", refused.status == 402, refused)
    paid = await stage.storefront.post(f"{path}/pay", {"token": "pm_card_mastercard"})
    stage.teller.check("her other card is authorised", paid["status"] == "authorized", paid.body)
    again = await stage.storefront.post(f"{path}/pay", {"token": "pm_card_amex"}, expect=())
    stage.teller.check("the link pays once", again.code == "payment_link_used", again)
