"""What is not accepted, or not repaired, goes back to its owner; what never came is closed (RMA-18)."""

from __future__ import annotations

from collections.abc import Mapping

from store.kernel import clock, db, outbox
from store.kernel.money import Money
from store.orders.open_service_order import Origin, ServiceLine, ServiceOrder
from store.rma import history
from store.rma.find_returns import WholeReturn
from store.rma.open_order import open_order
from store.rma.statuses import Outcome
from store.rma.write_unit import close_unit, item_of, set_unit


async def send_back_unit(whole: WholeReturn, unit: db.Row) -> None:
    """The customer's own goods become a parcel; the item stays open until it has left. The return is locked."""
    order = await own_goods_order(whole, unit, "return")
    await set_unit(unit, outcome=Outcome.SENT_BACK, outcome_at=clock.now(), return_shipment_id=order.shipment_id)
    await history.record(whole.rma["id"], "unit_sent_back", unit_id=unit["id"], item=item_of(unit))
    await give_up_repair(unit)
    await outbox.stage("rma.unit_settled", rma_id=whole.rma["id"], rma_unit_id=unit["id"])


async def keep_nothing(whole: WholeReturn, unit: db.Row) -> None:
    """It never came: nothing is owed for it. The return is locked."""
    await history.record(whole.rma["id"], "unit_not_sent", unit_id=unit["id"], item=item_of(unit))
    await give_up_repair(unit)
    await outbox.stage("rma.unit_settled", rma_id=whole.rma["id"], rma_unit_id=unit["id"])
    await close_unit(whole, unit, outcome=Outcome.NOT_SENT, outcome_at=clock.now())


async def give_up_repair(unit: db.Row) -> None:
    """Nobody repairs it any more: the worker cancels the order, which takes its invoice back or pays it back."""
    if unit["repair_order_id"] is None or unit["repair_given_up"]:
        return
    await set_unit(unit, repair_given_up=True)
    if unit["quote_minor"]:
        await history.record(
            unit["rma_id"],
            "repair_given_up",
            unit_id=unit["id"],
            item=item_of(unit),
            amount=Money(unit["quote_minor"], await currency_of(unit)),
        )
    await outbox.stage("repair.given_up", order_id=unit["repair_order_id"])


async def currency_of(unit: db.Row) -> str:
    return str(await db.fetchval("select currency from rma where id = $1", unit["rma_id"]))


async def own_goods_order(whole: WholeReturn, unit: db.Row, origin: Origin, *, ready: bool = True) -> ServiceOrder:
    """A free order for the very item that the customer sent; its number stands in its name, for who packs it."""
    serial = unit["received_serial"] or unit["serial"]
    line = ServiceLine(
        variant_id=unit["variant_id"],
        product_id=unit["product_id"],
        sku=unit["sku"],
        names=named(unit["names"], serial),
        kind="return" if origin == "return" else "repair",
    )
    return await open_order(whole.rma, origin, line, ready=ready)


def named(names: Mapping[str, str], serial: str | None) -> dict[str, str]:
    """A line's names with the serial number of the very item."""
    return {locale: f"{name} ({serial})" if serial else name for locale, name in names.items()}


outbox.declare("repair.given_up")
