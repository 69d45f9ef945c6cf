"""Apple Pay and PayPal: charged in full at once, and given back in part (PAY-2, PAY-7, ORD-5)."""

from __future__ import annotations

from store.cli.demo.shop import Json, Order, buy, confirm, minor
from store.cli.demo.simulator import Statement
from store.cli.demo.stage import Stage
from store.cli.demo.warehouse import ship

SKU = "AUR-ONE-WHT"


async def wallets(stage: Stage) -> None:
    await _apple_pay(stage)
    order, total = await _paypal(stage)
    await _cancel_one(stage, order, total)
    await stage.check_books()


async def _apple_pay(stage: Stage) -> None:
    order = await buy(stage, [(SKU, 1), ("AUR-CUSH-SAND", 2)], "apple_pay", email="leo@example.com")
    seen = await order.look()
    bank = await stage.simulator.statement(order.number)
    stage.teller.say(f"{order.number} by Apple Pay: {seen['payment']['charged']['formatted']} are charged at once.")
    stage.teller.check("Apple Pay: the whole order is captured right after placement", _all_taken(seen, bank), bank)
    await ship(stage, order)
    await order.until(lambda seen: seen["shipments"][0]["status"] == "dispatched", "the parcel left")
    bank = await stage.simulator.statement(order.number)
    stage.teller.check("nothing more is taken when it ships", len(bank.captures) == 1, bank)


async def _paypal(stage: Stage) -> tuple[Order, int]:
    order = await buy(stage, [(SKU, 3), ("PIN-FLAT-2M", 1)], "paypal", email="ines@example.com")
    seen = await order.look()
    total = minor(seen["total"])
    stage.teller.say(f"{order.number} by PayPal, {seen['total']['formatted']}: the payer is sent to PayPal's page.")
    stage.teller.check("PayPal: pending and uncharged until the payer approves", _is_pending(seen), seen["status"])
    back = await stage.simulator.approve_paypal(seen["payment"]["next_action"]["url"])
    stage.teller.check(
        "PayPal sends the payer back to the shop", back.startswith("https://shop.example.com/back"), back
    )
    seen = await confirm(order)
    bank = await stage.simulator.statement(order.number)
    stage.teller.check("PayPal: the whole order is captured once the payer is back", _all_taken(seen, bank), bank)
    return order, total


async def _cancel_one(stage: Stage, order: Order, total: int) -> None:
    body = {"lines": [{"sku": SKU, "quantity": 1}], "reason": "one too many"}
    canceled = await order.owner.post(f"{order.path}/cancel", body)
    back = minor(canceled["refunded"])
    stage.teller.say(f"One of three is cancelled: {canceled['message']} {canceled['refunded']['formatted']} go back.")
    stage.teller.check("the cancellation is partial and names the money", _is_partial(canceled.body), canceled.body)
    await order.until(lambda seen: minor(seen["payment"]["refunded"]) == back, "the refund has arrived")
    bank = await stage.simulator.statement(order.number)
    stage.teller.check("PayPal gave back exactly that, once", bank.refunds == (back,), bank)
    await ship(stage, order)
    seen = await order.until(lambda seen: seen["shipments"][0]["status"] == "dispatched", "the rest left")
    kept = minor(seen["payment"]["charged"]) - minor(seen["payment"]["refunded"])
    stage.teller.check("what is kept is the price of what was sent", kept == total - back == _value(seen), kept)


def _all_taken(order: Json, bank: Statement) -> bool:
    total = minor(order["total"])
    return order["status"] == "confirmed" and minor(order["payment"]["charged"]) == total and bank.captures == (total,)


def _is_pending(order: Json) -> bool:
    action = order["payment"]["next_action"] or {}
    return order["status"] == "pending" and not minor(order["payment"]["charged"]) and action.get("type") == "redirect"


def _is_partial(canceled: Json) -> bool:
    return canceled["outcome"] == "partly_canceled" and minor(canceled["refunded"]) > 0 == minor(canceled["released"])


def _value(order: Json) -> int:
    """What the units that were not cancelled cost, with the delivery."""
    goods: int = sum(
        minor(line["total"]) * (line["quantity"] - line["canceled_quantity"]) // line["quantity"]
        for line in order["lines"]
    )
    return goods + minor(order["totals"]["shipping"])
