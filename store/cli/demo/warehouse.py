"""What the warehouse does: receive, release, dispatch, take back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from store.cli.demo.call import Answer, Caller, Unexpected, until
from store.cli.demo.shop import Json, Order
from store.cli.demo.stage import Stage

PATH = "/api/v1/warehouse/shipments"
PARIS = "PAR"
MOST_UNITS = 40
UNIT_SECONDS = 2.0  # for the background work that gives arrived goods to waiting orders


def shipment_path(order: Order, sequence: int = 1) -> str:
    return f"{PATH}/{order.number}-{sequence}"


async def release(stage: Stage, order: Order, sequence: int = 1, **how: Any) -> Answer:
    return await stage.with_key("warehouse").post(f"{shipment_path(order, sequence)}/release", **how)


async def parcel(warehouse: Caller, order: Order, sequence: int = 1) -> Json:
    """Tracking and freshly read serial numbers for everything in the shipment."""
    shipment = await warehouse.get(shipment_path(order, sequence))
    return {
        "tracking_number": f"8R{uuid4().int % 10**11:011d}",
        "serials": {
            line["sku"]: [uuid4().hex[:12].upper() for _ in range(line["quantity"])]
            for line in shipment["lines"]
            if line["serialized"] and line["quantity"]
        },
    }


async def ship(stage: Stage, order: Order, sequence: int = 1) -> Answer:
    """Release and dispatch."""
    warehouse = stage.with_key("warehouse")
    await release(stage, order, sequence)
    body = await parcel(warehouse, order, sequence)
    return await warehouse.post(f"{shipment_path(order, sequence)}/dispatch", body)


async def receive(stage: Stage, sku: str, quantity: int, warehouse: str = PARIS) -> Answer:
    body = {"warehouse": warehouse, "sku": sku, "quantity": quantity, "reference": f"DEMO-{uuid4().hex[:8].upper()}"}
    return await stage.with_key("warehouse").post("/api/v1/warehouse/receipts", body)


async def receive_for(stage: Stage, order: Order, sequence: int, sku: str) -> None:
    """Receive one unit after the other until the shipment has what it waits for: older orders are served first."""
    warehouse = stage.with_key("warehouse")

    async def has_all() -> bool:
        shipment = await warehouse.get(shipment_path(order, sequence))
        return all(line["reserved"] >= line["quantity"] for line in shipment["lines"])

    for _ in range(MOST_UNITS):
        await receive(stage, sku, 1)
        try:
            await until(has_all, "the goods are given to the order", seconds=UNIT_SECONDS)
        except Unexpected:
            continue
        return
    raise Unexpected(f"{MOST_UNITS} units of {sku} came in, and {order.number}-{sequence} still waits")
