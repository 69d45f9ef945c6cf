"""A defective device in warranty: the road that its maker wants (RMA-4, RMA-5)."""

from __future__ import annotations

from uuid import uuid4

from store.cli.demo.call import Caller, until
from store.cli.demo.returns.devices import sold, unit
from store.cli.demo.returns.returning import arrives, confirm, of, open_return, post_parcel, refusal, repaired, said
from store.cli.demo.shop import Json, Order, minor
from store.cli.demo.stage import Stage
from store.cli.demo.warehouse import ship

TICKET_MAKER, PORTAL_MAKER, OURS = "LIN-L4-BLK", "CIR-CEIL-WHT", "HAL-D200-BLK"


def _fault(serial: str, **more: str) -> Json:
    return {"serial": serial, "reason": "defective", "symptom": "no_audio", "description": "It is silent.", **more}


async def ticket(stage: Stage) -> None:
    """The maker's support confirms first: without its ticket number nothing is opened (RMA-5 b)."""
    camille = await stage.sign_in("camille@example.com", "customer")
    _, (serial,) = await sold(stage, camille, TICKET_MAKER)
    refused = await open_return(camille, _fault(serial), expect=())
    why = refusal(refused)
    stage.teller.say(said(why))
    stage.teller.check("refused without the maker's ticket", why["code"] == "ticket_required", refused)
    stage.teller.check("with the place to open one", "helpdesk.grandstream.com" in str(why), why)
    opened = await open_return(camille, _fault(serial, ticket_number=f"GS-{uuid4().int % 10**6:06d}"))
    item = opened["units"][0]
    stage.teller.check("accepted with it, free of charge", not item["quote"]["applicable"] and item["selected"], item)
    ret = of(camille, opened)
    number = await confirm(stage, ret)
    await post_parcel(ret)
    await arrives(stage, number, serial, "accepted")
    order = await repaired(stage, ret, number)
    await ship(stage, order)
    await ret.outcome("repaired")
    total = (await order.look())["total"]
    stage.teller.check("repaired and sent home for nothing", minor(total) == 0, total)
    await stage.check_books()


async def portal(stage: Stage) -> None:
    """The maker takes care of it itself: the customer is sent there (RMA-5 a)."""
    camille = await stage.sign_in("camille@example.com", "customer")
    _, (serial,) = await sold(stage, camille, PORTAL_MAKER)
    refused = await open_return(camille, _fault(serial), expect=())
    why = refusal(refused)
    stage.teller.say(said(why))
    stage.teller.check("nothing is opened here", why["code"] == "manufacturer_handles", refused)
    stage.teller.check("she gets the link to the maker's portal", why.get("portal_url") == "https://rma.ui.com", why)
    mine = await camille.get("/api/v1/returns?limit=100")
    stage.teller.check("and no return is left behind", serial not in str(mine.body), mine.body)


async def confirmed_by_us(stage: Stage) -> None:
    """Our technical support confirms the fault, then the return opens; the new device inherits (RMA-5 c, RMA-18)."""
    camille = await stage.sign_in("camille@example.com", "customer")
    _, (serial,) = await sold(stage, camille, OURS)
    refused = await open_return(camille, _fault(serial), expect=())
    stage.teller.check("our technical support comes first", refusal(refused)["code"] == "fault_not_confirmed", refused)
    report = await _confirmed_fault(stage, camille, serial)
    stage.teller.say(f"{report['number']} is confirmed until {report['valid_until']}.")
    ret = of(camille, await open_return(camille, {**_fault(serial), "wish": "replacement"}))
    number = await confirm(stage, ret)
    await post_parcel(ret)
    await arrives(stage, number, serial, "accepted")
    item = await ret.outcome("replaced")
    replacement = Order(str(item["replacement_order"]), camille)
    await ship(stage, replacement)
    seen = await replacement.until(lambda seen: seen["shipments"][0]["status"] == "dispatched", "it has left")
    (new,) = seen["shipments"][0]["lines"][0]["serials"]
    await _inherited(stage, serial, new)
    await stage.check_books()


async def _confirmed_fault(stage: Stage, camille: Caller, serial: str) -> Json:
    body = {"serial": serial, "symptom": "no_audio", "description": "No sound, with three headsets."}
    asked = await camille.post("/api/v1/fault-reports", body)
    stage.teller.check("she is offered answers before", isinstance(asked["faq"], list), asked.body)
    decided = {"confirmed": True, "decision": "Confirmed: the amplifier is broken."}
    agent = stage.with_key("agent")
    return dict((await agent.post(f"/api/v1/agent/fault-reports/{asked['number']}/decide", decided)).body)


async def _inherited(stage: Stage, serial: str, new: str) -> None:
    """The rest of the warranty goes over to the new device, and both passports tell it."""

    async def told() -> tuple[Json, Json] | None:
        old = (await unit(stage, serial)).body[0]
        if old["status"] != "replaced":
            return None
        return old, (await unit(stage, new)).body[0]  # Looked at after the old one: both change at once.

    old, fresh = await until(told, "the new device has inherited")
    stage.teller.say(f"{new}: {fresh['warranty']['message']}")
    stage.teller.check("the old device is replaced, its warranty is over", not old["warranty"]["in_warranty"], old)
    stage.teller.check(
        "the new one has the rest of it, not a new start",
        fresh["warranty"]["in_warranty"] and fresh["replaces_unit_id"] == old["id"],
        fresh,
    )
