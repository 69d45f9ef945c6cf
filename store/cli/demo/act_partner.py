"""A partner orders on purchase orders: within its credit, invoiced as it ships, paid by transfer (PAY-10, PAY-11)."""

from __future__ import annotations

from uuid import uuid4

from store.cli.demo.call import Caller, until
from store.cli.demo.shop import Json, Lines, Order, fill_cart, minor, order_of, out_of_stock_sku, place
from store.cli.demo.stage import Stage
from store.cli.demo.warehouse import receive_for, ship

IN_STOCK: Lines = [("AUR-ONE-BLK", 2)]
BACKORDERED = ("VEN-HALO-OUT", "HAL-DVID-BLK", "TON-BAR-BLK", "NOR-CALM-GRN")
EXPENSIVE = "QUO-LPL-USBC"  # light, so that a parcel can carry many
MOST_UNITS = 999


async def purchase_orders(stage: Stage) -> None:
    partner = await stage.sign_in("buyer@partner.example.com", "partner")
    credit = await _credit(partner)
    stage.teller.say(f"Example Reseller has {credit['formatted']} of its credit left.")
    await _over_the_limit(stage, partner, minor(credit))
    order, total = await _under_it(stage, partner)
    after = await _credit(partner)
    stage.teller.check("its total is taken from the credit line", minor(credit) - minor(after) == total, after)
    await _pay(stage, partner, order, minor(credit))
    await stage.check_books()


async def _over_the_limit(stage: Stage, partner: Caller, credit_minor: int) -> None:
    price = await fill_cart(partner, [(EXPENSIVE, 1)], "purchase_order")
    unit = minor(price["lines"][0]["unit_price"])
    quantity = min(credit_minor // unit + 1, MOST_UNITS)
    cart = await fill_cart(partner, [(EXPENSIVE, quantity)], "purchase_order")
    refused = await place(partner, cart, purchase_order_number=_new_number(), expect=())
    stage.teller.say(f"{quantity} × {EXPENSIVE} for {cart['totals']['total']['formatted']}: {refused.detail}")
    stage.teller.check(
        "over the credit limit: refused", refused.status == 409 and refused.code == "credit_limit_exceeded", refused
    )


async def _under_it(stage: Stage, partner: Caller) -> tuple[Order, int]:
    sku = await out_of_stock_sku(partner, BACKORDERED)
    cart = await fill_cart(partner, [*IN_STOCK, (sku, 1)], "purchase_order")
    number = _new_number()
    order = order_of(partner, await place(partner, cart, purchase_order_number=number))
    again = await fill_cart(partner, IN_STOCK, "purchase_order")
    refused = await place(partner, again, purchase_order_number=number, expect=())
    stage.teller.check("a purchase order's number is used once", refused.code == "purchase_order_number_used", refused)
    seen = await order.look()
    stage.teller.say(f"{order.number}, {seen['total']['formatted']} on {number}: nothing is invoiced yet.")
    await ship(stage, order, 1)
    seen = await order.until(lambda seen: "invoiced" in _statuses(seen), "the first shipment is invoiced")
    statuses = _statuses(seen)
    stage.teller.check("the first shipment is invoiced, the second not", _only_first(statuses), statuses)
    await receive_for(stage, order, 2, sku)
    await order.until(lambda seen: seen["shipments"][1]["status"] == "ready", "the second shipment may leave")
    await ship(stage, order, 2)
    seen = await order.until(lambda seen: _statuses(seen) == ["invoiced"] * 2, "the second shipment is invoiced")
    invoiced = [charge["amount"] for charge in seen["payment"]["charges"]]
    total = minor(seen["total"])
    stage.teller.say("Invoiced per shipment: " + " and ".join(amount["formatted"] for amount in invoiced))
    stage.teller.check("the two invoices sum to the order's total", sum(map(minor, invoiced)) == total, invoiced)
    bank = await stage.simulator.statement(order.number)
    stage.teller.check("no card or wallet was touched", not (bank.holds or bank.captures), bank)
    return order, total


async def _pay(stage: Stage, partner: Caller, order: Order, credit_minor: int) -> None:
    """One transfer per invoice, as the bank's statement tells it."""
    seen = await order.look()
    reference = seen["payment"]["transfer"]["reference"]
    rows = [
        f"{seen['placed_at'][:10]};{minor(charge['amount']) / 100:.2f};EUR;{reference};Example Reseller"
        for charge in seen["payment"]["charges"]
    ]
    statement = "\n".join(["booked_on;amount;currency;reference;payer", *rows])
    report = await stage.with_key("agent").upload("/api/v1/agent/bank-statements", statement, "text/csv")
    stage.teller.check("both transfers find their invoices by the reference", report["matched"] == len(rows), report)
    await order.until(lambda seen: minor(seen["payment"]["charged"]) == minor(seen["total"]), "it is paid")

    async def is_free() -> bool:
        return minor(await _credit(partner)) == credit_minor

    stage.teller.check("paid to the cent, and the credit is free again", await until(is_free, "the credit is free"))


async def _credit(partner: Caller) -> Json:
    return dict((await partner.get("/api/v1/me"))["partner"]["credit_available"])


def _statuses(order: Json) -> list[str]:
    return [charge["status"] for charge in order["payment"]["charges"]]


def _only_first(statuses: list[str]) -> bool:
    return statuses[0] == "invoiced" and "invoiced" not in statuses[1:]


def _new_number() -> str:
    return f"PO-{uuid4().hex[:8].upper()}"
