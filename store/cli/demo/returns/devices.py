"""Devices that were sold, or that a reseller told us of; with their serial numbers, owners and services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from store.cli.demo.call import Answer, Caller, until
from store.cli.demo.shop import Json, Order, buy
from store.cli.demo.stage import Stage
from store.cli.demo.warehouse import ship

HOLDER: Json = {
    "first_name": "Camille",
    "last_name": "Moreau",
    "email": "camille@example.com",
    "company": "Moreau SARL",
    "address": "12 rue de Rivoli",
    "postcode": "75001",
    "city": "Paris",
    "country": "FR",
    "phone": "+33142000000",
    "contact_preference": "email",
}
INVOICE = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


async def sold(stage: Stage, caller: Caller, sku: str, quantity: int = 1) -> tuple[Order, list[str]]:
    """An order paid by card whose goods have left and are charged; the store knows each by its serial number."""
    order = await buy(stage, [(sku, quantity)], "card", caller=caller)
    await ship(stage, order)
    seen = await order.until(_is_charged, "the shipment is charged")
    serials = [serial for line in seen["shipments"][0]["lines"] for serial in line["serials"]]
    await until(lambda: known(stage, serials), "the devices are known by their serial numbers")
    return order, serials


async def known(stage: Stage, serials: Sequence[str]) -> bool:
    return all([(await unit(stage, serial, expect=())).status == 200 for serial in serials])


async def unit(stage: Stage, serial: str, **how: Any) -> Answer:
    """Everything that customer service sees about a device; the answer is a list, as makers choose numbers freely."""
    return await stage.with_key("agent").get(f"/api/v1/agent/units/{serial}", quiet=True, **how)


async def passport_of(stage: Stage, serial: str) -> Json | None:
    """The device's, if the store knows it."""
    found = await unit(stage, serial, expect=())
    return dict(found.body[0]) if found.status == 200 else None


async def import_devices(stage: Stage, sku: str, serials: Sequence[str], shipped_on: str) -> Json:
    """A reseller's list of devices that it sold itself (WAR-5)."""
    rows = [f"{serial},{sku},FR,{shipped_on}" for serial in serials]
    content = "\n".join(["serial_number,sku,market,shipped_on", *rows])
    job = await stage.with_key("agent").upload(
        "/api/v1/agent/unit-imports", content, "text/csv", name="devices.csv", expect=(202,)
    )
    return await finished(stage.with_key("agent"), job)


async def finished(caller: Caller, job: Answer) -> Json:
    """The import as it is when all of its rows are done."""

    async def over() -> Json | None:
        seen = await caller.get(f"/api/v1/warranty-imports/{job['id']}", quiet=True)
        return dict(seen.body) if seen["status"] in {"finished", "failed"} else None

    found: Json = await until(over, "the import is finished", seconds=60)
    return found


async def certificate_of(caller: Caller, order: Order) -> str:
    """The number of the certificate that was bought with the order, once it is issued."""

    async def issued() -> str | None:
        own = (await caller.get("/api/v1/certificates?limit=100", quiet=True))["items"]
        return next((str(each["number"]) for each in own if each["order_number"] == order.number), None)

    number: str = await until(issued, f"{order.number}: the certificate is issued")
    return number


async def send_invoice(caller: Caller, name: str = "invoice.pdf") -> str:
    """The id of a proof of purchase; each telling has a file of its own."""
    content = INVOICE + f"% {uuid4()}\n".encode()
    sent = await caller.upload("/api/v1/attachments", content, "application/pdf", name=name, expect=(201,))
    return str(sent["id"])


async def register(
    caller: Caller, units: Sequence[Json], *, expect: tuple[int, ...] = (201,), quiet: bool = False, **fields: Any
) -> Answer:
    body = {"market": "FR", "holder": HOLDER, "units": list(units), **fields}
    return await caller.post("/api/v1/registrations", body, expect=expect, quiet=quiet)


def serial_numbers(count: int) -> list[str]:
    """New ones: hexadecimal digits have no S."""
    return [f"DE-{uuid4().hex[:10].upper()}" for _ in range(count)]


def _is_charged(order: Json) -> bool:
    return int(order["payment"]["charged"]["amount_minor"]) > 0
