"""No return for: no readable number, a mistyped one, somebody else's device (RMA-7, WAR-2, ACC-4)."""

from __future__ import annotations

from store.cli.demo.returns.devices import sold
from store.cli.demo.returns.returning import open_return, refusal, said
from store.cli.demo.stage import Stage

DEVICE = "HAL-D200-BLK"


async def unreadable(stage: Stage) -> None:
    camille = await stage.sign_in("camille@example.com", "customer")
    fault = {"reason": "defective", "symptom": "no_power", "description": "It stays dark."}
    refused = await open_return(camille, {**fault, "no_readable_serial": True}, expect=())
    stage.teller.say(said(refusal(refused)))
    stage.teller.check("without a readable number: refused", refusal(refused)["code"] == "serial_unreadable", refused)
    _, (serial,) = await sold(stage, stage.storefront, DEVICE)
    mistyped = await open_return(camille, {**fault, "serial": f"S{serial[1:]}"}, expect=())
    stage.teller.say(said(refusal(mistyped)))
    stage.teller.check(
        "a letter S in it: what was meant is suggested",
        refusal(mistyped)["code"] == "invalid_serial" and f"5{serial[1:]}" in str(refusal(mistyped)),
        mistyped,
    )
    foreign = await open_return(camille, {**fault, "serial": serial}, expect=())
    stage.teller.say(said(refusal(foreign)))
    stage.teller.check("somebody else's device: refused", refusal(foreign)["code"] == "unit_not_yours", foreign)
    mine = await camille.get("/api/v1/returns?limit=100")
    stage.teller.check("nothing is left behind of any of them", serial not in str(mine.body), mine.body)
