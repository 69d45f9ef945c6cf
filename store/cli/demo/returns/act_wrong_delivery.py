"""Another article than the ordered one was delivered: a replacement, at no cost (RMA-1, RMA-3, RMA-18)."""

from __future__ import annotations

from store.cli.demo.call import until
from store.cli.demo.returns.devices import passport_of, sold
from store.cli.demo.returns.returning import arrives, confirm, of, open_return, post_parcel, refusal
from store.cli.demo.shop import Order, minor
from store.cli.demo.stage import Stage
from store.cli.demo.warehouse import ship

ORDERED, RECEIVED = "NOR-CALM-BLU", "NOR-CALM-SLV"


async def wrong_delivery(stage: Stage) -> None:
    camille = await stage.sign_in("camille@example.com", "customer")
    order, (serial,) = await sold(stage, camille, ORDERED)
    item = {"serial": serial, "reason": "wrong_delivery", "wish": "replacement"}
    refused = await open_return(camille, item, expect=())
    stage.teller.check("what was received has to be named", refusal(refused)["code"] == "evidence_missing", refused)
    opened = await open_return(camille, {**item, "received_sku": RECEIVED})
    stage.teller.check("no fee: the mistake was ours", minor(opened["units"][0]["restocking_fee"]) == 0, opened.body)
    ret = of(camille, opened)
    number = await confirm(stage, ret)
    await post_parcel(ret)
    await arrives(stage, number, serial, "accepted", as_new=True)
    item_seen = await ret.outcome("replaced")
    await _replaced(stage, order, Order(str(item_seen["replacement_order"]), camille))


async def _replaced(stage: Stage, order: Order, replacement: Order) -> None:
    seen = await replacement.look()
    stage.teller.say(f"{replacement.number} replaces it: {seen['total']['formatted']}, {seen['status_label']}.")
    free = minor(seen["total"]) == 0 and seen["payment"] is None
    stage.teller.check("the replacement is a new order at no price", free, seen)
    await ship(stage, replacement)
    seen = await replacement.until(lambda seen: seen["shipments"][0]["status"] == "dispatched", "it has left")
    (new,) = seen["shipments"][0]["lines"][0]["serials"]
    stage.teller.check("the right article has left", seen["shipments"][0]["lines"][0]["sku"] == ORDERED, seen)
    bank = await stage.simulator.statement(order.number)
    stage.teller.check("nothing was charged or refunded for it", len(bank.captures) == 1 and not bank.refunds, bank)
    passport = await until(lambda: passport_of(stage, new), "the new device is known")
    stage.teller.say(f"{new}: {passport['warranty']['message']}")
    await stage.check_books()
