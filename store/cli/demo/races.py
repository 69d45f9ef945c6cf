"""Many at once, over HTTP, in figures: one winner each, no 5xx, nothing taken twice (CRT-7, REF-7, PAY-8, PAY-12)."""

from __future__ import annotations

import time

from store.cli.demo.refund_races import refunds
from store.cli.demo.shop import buy, fill_cart, minor, order_of, place
from store.cli.demo.stage import Stage
from store.cli.demo.tally import tally, together
from store.cli.demo.warehouse import parcel, receive, release, shipment_path

TEN = "AUR-ONE-SAND"  # ten of it in stock, in Paris
STOCK = 10
BUYERS = 50
TIMES = 20


async def races(stage: Stage) -> None:
    await checkouts(stage)
    await dispatches(stage)
    await refunds(stage)
    await redirect_against_webhook(stage)


async def checkouts(stage: Stage) -> None:
    """Fifty buyers of ten units."""
    teller = stage.teller
    free = await _ten_in_stock(stage)
    buyers = free + BUYERS - STOCK
    with teller.in_short():
        shop = stage.storefront
        carts = await together(
            fill_cart(shop, [(TEN, 1)], "card", email=f"buyer{number}@example.com") for number in range(buyers)
        )
        began = time.monotonic()
        answers = await together(place(shop, cart, expect=()) for cart in carts)
        seconds = time.monotonic() - began
    teller.figure(f"{buyers} × POST …/place at once, {free} in stock", f"{tally(answers)} in {seconds:.2f} s")
    placed = [order_of(shop, answer) for answer in answers if answer.status == 201]
    refused = [answer for answer in answers if answer.status != 201]
    teller.check(f"{free} units give exactly {free} orders", len(placed) == free, tally(answers))
    clear = all(answer.status == 409 and answer.code == "stock_gone" for answer in refused)
    teller.check("the others are told 409 stock_gone, none gets a 5xx", clear, tally(answers))
    with teller.in_short():
        held = [(await stage.simulator.statement(order.number)).open for order in placed]
        agent = stage.with_key("agent")
        await together(
            agent.post(f"/api/v1/agent/orders/{order.number}/cancel", {"reason": "demo"}) for order in placed
        )
    totals = [minor(answer["total"]) for answer in answers if answer.status == 201]
    teller.check("each card is held for its order's total", held == totals, (held, totals))
    teller.say("The orders are cancelled again, so that the next visitor finds the stock as it was.")


async def _ten_in_stock(stage: Stage) -> int:
    """How many are free; missing ones are received before."""
    free = await _free(stage)
    if free < STOCK:
        await receive(stage, TEN, STOCK - free)
        free = await _free(stage)
    return free


async def _free(stage: Stage) -> int:
    body = {"market": "FR", "lines": [{"sku": TEN, "quantity": 1}]}
    most = 0
    for quantity in range(1, 2 * STOCK + 1):
        body["lines"] = [{"sku": TEN, "quantity": quantity}]
        cart = await stage.storefront.post("/api/v1/carts", body, quiet=True)
        if cart["problem"] or cart["lines"][0]["available_now"] < quantity:
            break
        most = quantity
    return most


async def dispatches(stage: Stage) -> None:
    """The warehouse's scanner sends the same dispatch twenty times."""
    order = await buy(stage, [("AUR-ONE-WHT", 1)], "card", email="chloe@example.com")
    await release(stage, order)
    warehouse = stage.with_key("warehouse")
    body = await parcel(warehouse, order)
    with stage.teller.in_short():
        answers = await together(
            warehouse.post(f"{shipment_path(order)}/dispatch", body, expect=()) for _ in range(TIMES)
        )
        seen = await order.until(lambda seen: minor(seen["payment"]["charged"]), "the shipment is charged")
        bank = await stage.simulator.statement(order.number)
    stage.teller.figure(f"{TIMES} × POST …/dispatch at once", f"{tally(answers)}; captured {len(bank.captures)} time")
    stage.teller.check(
        f"{TIMES} dispatches of a shipment capture its money once",
        bank.captures == (minor(seen["total"]),) and all(answer.status in {200, 409} for answer in answers),
        (tally(answers), bank),
    )


async def redirect_against_webhook(stage: Stage) -> None:
    """The payer's way back and PayPal's report at the same moment."""
    order = await buy(stage, [("AUR-ONE-WHT", 1)], "paypal", email="adam@example.com")
    page = (await order.look())["payment"]["next_action"]["url"]
    with stage.teller.in_short():
        _, *answers = await together(
            [
                stage.simulator.approve_paypal(page),
                *(order.owner.post(f"{order.path}/payment/confirm", expect=()) for _ in range(TIMES)),
            ]
        )
        seen = await order.until(lambda seen: seen["status"] == "confirmed", "the order is confirmed")
        bank = await stage.simulator.statement(order.number)
    stage.teller.figure(
        f"PayPal's report and {TIMES} × POST …/payment/confirm at once",
        f"{tally(answers)}; captured {len(bank.captures)} time",
    )
    stage.teller.check(
        "redirect and webhook together capture once",
        bank.captures == (minor(seen["total"]),) and all(answer.status < 500 for answer in answers),
        (tally(answers), bank),
    )
