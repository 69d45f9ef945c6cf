"""The providers' reports arrive late, backwards, and each of them twice (PAY-9, REF-10)."""

from __future__ import annotations

from typing import Any

from store.cli.demo.shop import Order, buy, minor
from store.cli.demo.simulator import Simulator
from store.cli.demo.stage import Stage
from store.cli.demo.warehouse import ship

SKU = "AUR-ONE-WHT"
GIVEN_MINOR = 500


async def webhooks(stage: Stage) -> None:
    await stage.simulator.do("webhooks/mode", mode="hold")
    try:
        await _happen(stage)
    finally:
        await stage.simulator.do("webhooks/mode", mode="normal")
        await stage.simulator.do("webhooks/flush", order="reverse", times=2)
    await stage.check_books()


async def _happen(stage: Stage) -> None:
    teller = stage.teller
    teller.say("From now on the providers keep their reports back.")
    card = await buy(stage, [(SKU, 1), ("QUO-SHD-CRL", 1)], "card", email="jade@example.com")
    await ship(stage, card)
    seen = await card.until(lambda seen: minor(seen["payment"]["charged"]), "the card is charged")
    charged = minor(seen["payment"]["charged"])
    bank = await stage.simulator.statement(card.number)
    await stage.simulator.do(
        "dashboard/refund", provider="stripe", charge_or_capture=bank.references[0], amount_minor=GIVEN_MINOR
    )
    paypal = await buy(stage, [(SKU, 1)], "paypal", email="hugo@example.com")
    page = (await paypal.look())["payment"]["next_action"]["url"]
    await stage.simulator.approve_paypal(page)
    teller.say("A payer approved at PayPal and closed the browser; a colleague gave 5.00 back in Stripe's dashboard.")
    teller.check("the store knows of neither yet", await _knows_neither(card, paypal))

    sent = await _backwards_and_twice(stage.simulator)
    teller.figure(f"{len(sent)} reports, backwards, each twice", f"{_acknowledged(sent)} acknowledged with 200")
    teller.check("every report is acknowledged, the second time too", _acknowledged(sent) == 2 * len(sent) > 0, sent)
    seen = await paypal.until(lambda seen: seen["status"] == "confirmed", "PayPal's report confirms the order")
    later = await _backwards_and_twice(stage.simulator)
    teller.check("so are those that followed from them", _acknowledged(later) == 2 * len(later), later)
    total = minor(seen["total"])
    bank = await stage.simulator.statement(paypal.number)
    teller.check("the PayPal order is charged by the report alone, once", bank.captures == (total,), bank)
    await _given_back_once(stage, card, charged)
    await ship(stage, paypal)


async def _knows_neither(card: Order, paypal: Order) -> bool:
    refunded = minor((await card.look())["payment"]["refunded"])
    return refunded == 0 and (await paypal.look())["status"] == "pending"


async def _given_back_once(stage: Stage, card: Order, charged: int) -> None:
    seen = await card.until(lambda seen: minor(seen["payment"]["refunded"]), "the dashboard's refund shows up")
    bank = await stage.simulator.statement(card.number)
    paid = seen["payment"]
    stage.teller.check(
        "the card order is charged once, and shows the refund from the dashboard once",
        bank.captures == (charged,) and minor(paid["charged"]) == charged and minor(paid["refunded"]) == GIVEN_MINOR,
        (paid["charged"], paid["refunded"], bank),
    )


async def _backwards_and_twice(simulator: Simulator) -> list[dict[str, Any]]:
    return list((await simulator.do("webhooks/flush", order="reverse", times=2))["delivered"])


def _acknowledged(sent: list[dict[str, Any]]) -> int:
    return sum(status == 200 for each in sent for status in each["statuses"])
