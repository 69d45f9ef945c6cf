"""A wrong order comes back unused: a credit note less the restocking fee (RMA-1, RMA-2, REF-8)."""

from __future__ import annotations

from store.cli.demo.returns.devices import sold, unit
from store.cli.demo.returns.returning import (
    arrives,
    confirm,
    desk_view,
    eligibility,
    of,
    open_return,
    post_parcel,
    refusal,
    said,
)
from store.cli.demo.shop import minor
from store.cli.demo.stage import Stage

DEVICE = "AUR-DUO-BLK"


async def wrong_order(stage: Stage) -> None:
    camille = await stage.sign_in("camille@example.com", "customer")
    order, (serial,) = await sold(stage, camille, DEVICE)
    told = await eligibility(camille, serial=serial, reason="wrong_order")
    paid, fee = minor(told["paid"]), minor(told["restocking_fee"])
    stage.teller.say(f"{told['verdict']['message']} Paid: {told['paid']['formatted']}.")
    allowed = told["verdict"]["eligible"]
    stage.teller.check("it may come back, and the fee is told beforehand", allowed and 0 < fee < paid, told)
    item = {"serial": serial, "reason": "wrong_order"}
    refused = await open_return(camille, item, expect=())
    stage.teller.say(said(refusal(refused)))
    stage.teller.check("only unused and in its packaging", refusal(refused)["code"] == "must_be_unused", refused)
    ret = of(camille, await open_return(camille, {**item, "unused": True}, customer_reference="CM-4711"))
    number = await confirm(stage, ret)
    await post_parcel(ret)
    await arrives(stage, number, serial, "accepted", as_new=True)
    await ret.outcome("credited")
    seen = await order.until(lambda seen: minor(seen["payment"]["refunded"]), "the money is on its way back")
    bank = await stage.simulator.statement(order.number)
    note = seen["credit_notes"][0]
    stage.teller.say(f"Credit note {note['number']}: {note['amount']['formatted']} go back to her card.")
    stage.teller.check(
        "the credit note is the price less the fee, and so is what the card gets back",
        minor(note["amount"]) == paid - fee == sum(bank.refunds),
        (note, bank),
    )
    closed = await ret.until(lambda seen: seen["status"] == "closed", "the return is closed")
    stage.teller.check("her own reference is kept", closed["customer_reference"] == "CM-4711", closed)
    stage.teller.check("the refund is named at the desk", (await desk_view(stage, number))["refund"], number)
    passport = (await unit(stage, serial)).body[0]
    stage.teller.check("the device is on the shelf again", passport["status"] == "returned", passport)
    await stage.check_books()
