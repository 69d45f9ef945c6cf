"""Out of warranty: a repair at a quote, invoiced by itself, sent home once it is paid (RMA-8, RMA-9)."""

from __future__ import annotations

from store.cli.demo.call import Caller, until
from store.cli.demo.mail import mails
from store.cli.demo.returns.devices import import_devices, register, send_invoice, serial_numbers
from store.cli.demo.returns.returning import Return, arrives, confirm, of, open_return, post_parcel, repaired
from store.cli.demo.shop import Json, Order, minor
from store.cli.demo.stage import Stage
from store.cli.demo.warehouse import release, ship

DEVICE = "HAL-D400-BLK"
YEARS_OLD = 3


async def repair(stage: Stage) -> None:
    camille = await stage.sign_in("camille@example.com", "customer")
    serial = await _old_device(stage, camille)
    ret, quote = await _quoted(stage, camille, serial)
    number = await confirm(stage, ret)
    order = await _invoiced(stage, ret, quote)
    await post_parcel(ret)
    await arrives(stage, number, serial, "accepted")
    await repaired(stage, ret, number)
    await _paid(stage, order, quote)
    await ship(stage, order)
    await ret.outcome("repaired")
    seen = await ret.until(lambda seen: seen["status"] == "closed", "the return is closed")
    stage.teller.check("the return is closed", seen["status"] == "closed", seen)
    await stage.check_books()


async def _old_device(stage: Stage, camille: Caller) -> str:
    """Sold by a reseller some years ago, and registered with its proof of purchase."""
    (serial,) = serial_numbers(1)
    now = await stage.now()
    bought_on = now.date().replace(year=now.year - YEARS_OLD, day=1).isoformat()
    await import_devices(stage, DEVICE, [serial], bought_on)
    invoice = await send_invoice(camille)
    done = await register(
        camille, [{"serial": serial, "purchased_on": bought_on, "attachment_ids": [invoice]}], expect=(201,)
    )
    warranty = done["units"][0]["warranty"]
    stage.teller.say(f"{serial}: {warranty['message']}")
    stage.teller.check("it is out of warranty", not warranty["in_warranty"], warranty)
    return serial


async def _quoted(stage: Stage, camille: Caller, serial: str) -> tuple[Return, int]:
    fault = {"serial": serial, "reason": "defective", "symptom": "no_power", "description": "It stays dark."}
    opened = await open_return(camille, fault)
    item = opened["units"][0]
    quote = minor(item["quote"]["total"])
    stage.teller.say(f"The repair would cost {item['quote']['total']['formatted']}.")
    waiting = quote > 0 and not item["selected"]
    stage.teller.check("it is not sent before the quote is accepted", waiting, item)
    ret = of(camille, opened)
    refused = await camille.post(f"{ret.path}/confirm", _accepted(opened.body), expect=())
    stage.teller.check("nothing can be confirmed without", refused.code == "nothing_selected", refused)
    seen = await camille.patch(f"{ret.path}/units/{item['position']}", {"accept_quote": True})
    stage.teller.check("accepted, it is in the sum", minor(seen["quotes_accepted"]) == quote, seen.body)
    return ret, quote


def _accepted(seen: Json) -> Json:
    return {"terms_version": seen["terms"]["version"], "terms_accepted": True}


async def _invoiced(stage: Stage, ret: Return, quote: int) -> Order:
    """With the confirmation, without anybody asking."""
    seen = await ret.until(lambda seen: seen["units"][0]["repair_order"], "the repair has its order")
    order = Order(str(seen["units"][0]["repair_order"]), ret.owner)
    shown = await order.until(lambda seen: seen["payment"]["charges"][0]["status"] == "invoiced", "it is invoiced")
    amount = shown["payment"]["charges"][0]["amount"]
    stage.teller.check(f"{amount['formatted']} are invoiced automatically", minor(amount) == quote, shown["payment"])

    async def mailed() -> bool:
        return bool(await mails(stage, order.number, "invoice_due"))

    stage.teller.check("the invoice is in her mailbox", await until(mailed, "the e-mail with the invoice"))
    return order


async def _paid(stage: Stage, order: Order, quote: int) -> None:
    """It is ready, but waits for the transfer."""
    early = await release(stage, order, expect=())
    stage.teller.check("repaired, but not paid: it does not leave", early.code == "funds_not_secured", early)
    seen = await order.look()
    reference = seen["payment"]["transfer"]["reference"]
    rows = [
        "booked_on;amount;currency;reference;payer",
        f"{seen['placed_at'][:10]};{quote / 100:.2f};EUR;{reference};Camille Moreau",
    ]
    report = await stage.with_key("agent").upload("/api/v1/agent/bank-statements", "\n".join(rows), "text/csv")
    stage.teller.check("her transfer finds the invoice", report["matched"] == 1, report.body)
    await order.until(lambda seen: seen["shipments"][0]["status"] == "ready", "it may leave")
