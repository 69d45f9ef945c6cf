"""A certificate for ten devices, used by twelve requests at once: ten have the service (CER-1 … CER-4)."""

from __future__ import annotations

from store.cli.demo.call import Answer, Caller, until
from store.cli.demo.mail import mails
from store.cli.demo.returns.devices import certificate_of, register, sold, unit
from store.cli.demo.shop import Order, buy
from store.cli.demo.stage import Stage
from store.cli.demo.tally import tally, together

SERVICE, DEVICE = "SVC-CARE-24M-10U", "AUR-ONE-WHT"
FOR, DEVICES = 10, 12


async def certificate(stage: Stage) -> None:
    camille = await stage.sign_in("camille@example.com", "customer")
    order, number = await _bought(stage, camille)
    _, serials = await sold(stage, camille, DEVICE, DEVICES)
    await _race(stage, camille, number, serials)
    await _shown(stage, serials)
    await _not_refunded(stage, order)
    await _sent_again(stage, order, number)
    await stage.check_books()


async def _bought(stage: Stage, camille: Caller) -> tuple[Order, str]:
    order = await buy(stage, [(SERVICE, 1)], "card", caller=camille)
    seen = await order.until(lambda seen: seen["shipments"][0]["status"] == "delivered", "it is delivered by e-mail")
    stage.teller.say(f"{order.number}: {seen['lines'][0]['name']}, {seen['total']['formatted']}, without a warehouse.")
    stage.teller.check("nothing is charged for its delivery", seen["totals"]["shipping"]["amount_minor"] == 0, seen)
    number = await certificate_of(camille, order)

    async def mailed() -> str | None:
        for mail_id in await mails(stage, order.number, "certificate_issued"):
            return str((await stage.storefront.get(f"/dev/mail/{mail_id}", quiet=True)).body)
        return None

    link = f"/register?certificate={number}"
    page = await until(mailed, "the e-mail with the certificate")
    stage.teller.check(f"Camille's e-mail has {number} and the link that fills the form", link in page, link)
    form = (await stage.storefront.get(f"/api/v1/registrations/form?market=FR&certificate={number}"))["certificate"]
    stage.teller.check(f"the form knows the service, for {FOR} devices", form["left"] == form["units"] == FOR, form)
    stage.teller.check("and nothing of its buyer", "email" not in form and order.number not in str(form), form)
    return order, number


async def _race(stage: Stage, camille: Caller, number: str, serials: list[str]) -> None:
    with stage.teller.in_short():
        answers: list[Answer] = await together(
            register(camille, [{"serial": serial, "certificates": [number]}], expect=()) for serial in serials
        )
        seen = await stage.storefront.get(f"/api/v1/certificates/{number}")
    registered = [answer for answer in answers if answer.status == 201]
    refused = [answer for answer in answers if answer.status != 201]
    codes = {error["code"] for answer in refused for error in answer.body.get("errors", ())}
    stage.teller.figure(f"{DEVICES} × POST /registrations at once, with one certificate for {FOR}", tally(answers))
    stage.teller.check(f"{FOR} devices are registered with the service", len(registered) == FOR, tally(answers))
    stage.teller.check("the others are told that it is used up", codes == {"certificate_used_up"}, codes)
    stage.teller.check("no unit is left, and none is missing", seen["left"] == 0, seen.body)


async def _shown(stage: Stage, serials: list[str]) -> None:
    passports = [(serial, (await unit(stage, serial)).body[0]) for serial in serials]
    served = [(serial, found) for serial, found in passports if found["services"]]
    stage.teller.check(f"exactly {FOR} passports have the service", len(served) == FOR, [each for each, _ in served])
    found = (await stage.storefront.get(f"/api/v1/warranty/{served[0][0]}"))["items"][0]
    stage.teller.say(f"{served[0][0]}: {found['warranty']['message']}")
    stage.teller.check(
        "the public look-up tells the extension, and nothing of the owner",
        found["services"][0]["reference"] == "CARE-24M" and "Moreau" not in str(found),
        found,
    )


async def _not_refunded(stage: Stage, order: Order) -> None:
    body = {"lines": [{"sku": SERVICE, "quantity": 1}], "reason": "withdrawal"}
    agent = stage.with_key("agent")
    refused = await agent.post(f"/api/v1/agent/orders/{order.number}/refunds/preview", body, expect=())
    stage.teller.say(refused.detail)
    stage.teller.check("a service that is in use is not refunded", refused.code == "service_used", refused)


async def _sent_again(stage: Stage, order: Order, number: str) -> None:
    path = "/api/v1/certificates/resend"
    known = await stage.storefront.post(path, {"order_number": order.number}, expect=(202,))
    unknown = await stage.storefront.post(path, {"order_number": f"{order.number[:-1]}?"}, expect=(202,))
    stage.teller.check("asked for again, the answer tells nothing", known.body == unknown.body, (known, unknown))

    async def mailed() -> bool:
        return bool(await mails(stage, order.number, "certificate_resent"))

    again = await until(mailed, "the certificate's second e-mail")
    stage.teller.check(f"but {number} is sent again, to its buyer", again)
