"""A cancellation against the warehouse's release, at the same moment; and a parcel that comes back (ORD-4, SHP-6)."""

from __future__ import annotations

import asyncio
from collections import Counter

from store.cli.demo.call import Answer
from store.cli.demo.shop import Order, buy, minor
from store.cli.demo.stage import Stage
from store.cli.demo.warehouse import parcel, release, ship, shipment_path

SKU = "AUR-ONE-WHT"
# How much later the customer is, from round to round: a release asks whether the money is secured, and takes longer.
LATER_SECONDS = (0.0, 0.0, 0.002, 0.004, 0.007, 0.01, 0.02, 0.05)


async def cancellation_against_release(stage: Stage) -> None:
    winners: Counter[str] = Counter()
    unclear: list[object] = []
    wrong: list[object] = []
    with stage.teller.in_short():
        for later in LATER_SECONDS:
            order = await buy(stage, [(SKU, 1)], "card", email="noah@example.com")
            canceled, released = await _at_once(stage, order, later)
            if {canceled.status, released.status} != {200, 409}:
                unclear.append((order.number, canceled, released))
                continue
            winner = "customer" if canceled.status == 200 else "warehouse"
            winners[winner] += 1
            if not await _is_consequent(stage, order, winner):
                wrong.append((order.number, winner))
    stage.teller.figure(
        f"{len(LATER_SECONDS)} × (POST …/cancel and POST …/release at the same moment)",
        f"the customer was first {winners['customer']} times, the warehouse {winners['warehouse']}",
    )
    stage.teller.check("each round has exactly one winner, and the other gets a clear 409", not unclear, unclear)
    stage.teller.check("cancelled orders hold no money, released ones are charged once", not wrong, wrong)
    await stage.check_books()


async def _at_once(stage: Stage, order: Order, later_seconds: float) -> tuple[Answer, Answer]:
    async def cancel() -> Answer:
        await asyncio.sleep(later_seconds)
        return await order.owner.post(f"{order.path}/cancel", {"reason": "changed my mind"}, expect=())

    return await asyncio.gather(cancel(), release(stage, order, expect=()))


async def _is_consequent(stage: Stage, order: Order, winner: str) -> bool:
    """Money and goods follow the winner."""
    if winner == "customer":
        seen = await order.until(lambda seen: seen["status"] == "canceled", "the order is cancelled")
        for _ in range(100):
            bank = await stage.simulator.statement(order.number)
            if not bank.open:
                break
            await asyncio.sleep(0.05)
        return bank.open == 0 and not bank.captures and not minor(seen["payment"]["charged"])
    warehouse = stage.with_key("warehouse")
    body = await parcel(warehouse, order)
    await warehouse.post(f"{shipment_path(order)}/dispatch", body)
    seen = await order.until(lambda seen: minor(seen["payment"]["charged"]), "the shipment is charged")
    bank = await stage.simulator.statement(order.number)
    return bank.captures == (minor(seen["total"]),)


async def undeliverable(stage: Stage) -> None:
    order = await buy(stage, [(SKU, 1), ("NOR-CASE-BLU", 1)], "card", email="emma@example.com")
    await ship(stage, order)
    seen = await order.until(lambda seen: minor(seen["payment"]["charged"]), "the shipment is charged")
    charged = seen["payment"]["charged"]
    warehouse = stage.with_key("warehouse")
    await warehouse.post(f"{shipment_path(order)}/undeliverable", {"restock": True})
    stage.teller.say(f"{order.number}-1 comes back undelivered; {charged['formatted']} had been charged.")
    seen = await order.until(lambda seen: minor(seen["payment"]["refunded"]), "the refund has arrived")
    bank = await stage.simulator.statement(order.number)
    refunded = minor(seen["payment"]["refunded"])
    stage.teller.check(
        "everything is refunded, with the delivery, without anybody asking",
        refunded == minor(charged) == bank.refunded and len(bank.refunds) == 1,
        (seen["payment"]["refunded"], bank),
    )
    stage.teller.check("the shipment is back in the warehouse", seen["shipments"][0]["status"] == "returned", seen)
    await stage.check_books()
