"""The last day for a refund, and a refund that has to be asked for elsewhere (REF-1, REF-2, REF-4, ORD-8)."""

from __future__ import annotations

import re
from uuid import uuid4
from zoneinfo import ZoneInfo

from store.cli.demo.call import Answer
from store.cli.demo.refund_desk import commit, preview
from store.cli.demo.shop import ADDRESSES, Order, buy, minor
from store.cli.demo.stage import Stage
from store.cli.demo.warehouse import ship

SKU = "AUR-ONE-BLK"
PLACE = "eBay"
SHANGHAI = ZoneInfo("Asia/Shanghai")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH = re.compile(r"\b[a-z]{3,}\b")  # numbers of shipments are in capitals


async def last_day(stage: Stage) -> None:
    fang = stage.storefront.speaking("zh-Hans")
    order = await buy(stage, [(SKU, 2)], "card", caller=fang, market="CN", email="fang@example.com")
    await ship(stage, order)
    seen = await order.until(lambda seen: minor(seen["payment"]["charged"]), "the shipment is charged")
    stage.teller.say(f"{order.number}: {seen['payment']['charged']['formatted']} for two, charged when they left.")
    now = (await stage.advance(days=30)).astimezone(SHANGHAI)
    stage.teller.say(f"Day 30 ({now:%d %B %Y}): Wang Fang asks to give one back.")
    asked = await _ask(order)
    stage.teller.check("on day 30 the request is accepted", asked.status == 201, asked)
    await _refund_one(stage, order, asked["number"])
    now = (await stage.advance(days=1)).astimezone(SHANGHAI)
    stage.teller.say(f"Day 31 ({now:%d %B %Y}): she asks for the other one.")
    refused = await _ask(order)
    stage.teller.say(f"{refused.body['title']} {refused.detail}")
    stage.teller.check(
        "on day 31 it is refused: 409 refund_deadline_over",
        refused.status == 409 and refused.code == "refund_deadline_over",
        refused,
    )
    stage.teller.check("the reason is told in Chinese", _is_chinese(refused), refused.body)
    bank = await stage.simulator.statement(order.number)
    stage.teller.check("one unit went back, no more", len(bank.refunds) == 1, bank)
    await stage.check_books()


async def _ask(order: Order) -> Answer:
    body = {"lines": [{"sku": SKU, "quantity": 1}], "reason": "withdrawal"}
    return await order.owner.post(f"{order.path}/refund-requests", body, expect=())


async def _refund_one(stage: Stage, order: Order, request: str) -> None:
    """The agent decides the case: previewed, committed, settled."""
    agent = await stage.sign_in("agent@store.example.com", "staff")
    previewed = await preview(agent, order, SKU, 1, request=request)
    back = minor(previewed["total"])
    done = await commit(agent, order, previewed)
    stage.teller.check("what was previewed is granted without a second person", done.status == 201, done)
    seen = await order.until(lambda seen: minor(seen["payment"]["refunded"]) == back, "the refund has arrived")
    bank = await stage.simulator.statement(order.number)
    notes = [note["number"] for note in seen["credit_notes"]]
    stage.teller.say(
        f"{seen['payment']['refunded']['formatted']} went back to her card; credit note {', '.join(notes)}."
    )
    stage.teller.check(
        "exactly one unit's price goes back to the card, with a credit note",
        bank.refunds == (back,) and 2 * back == minor(seen["lines"][0]["total"]) and len(notes) == 1,
        (bank, notes),
    )


def _is_chinese(problem: Answer) -> bool:
    """Both the title and the detail; dates alone would be Chinese in an English sentence, too."""
    texts = [str(problem.body.get("title", "")), problem.detail]
    return all(_CHINESE.search(text) and not _ENGLISH.search(text) for text in texts)


async def bought_elsewhere(stage: Stage) -> None:
    """An order that the store knows from a marketplace."""
    body = {
        "market": "FR",
        "channel": "ebay",
        "reference": f"27-{uuid4().int % 10**10:010d}",
        "email": "lina@example.com",
        "address": ADDRESSES["FR"],
        "lines": [{"sku": SKU, "quantity": 1, "paid_minor": 7490}],
    }
    imported = await stage.with_key("agent").post("/api/v1/agent/channel-orders", body)
    number = imported["order"]["number"]
    stage.teller.say(f"{number} was bought on {PLACE}; its buyer asks the store for a refund.")
    found = await stage.storefront.post("/api/v1/orders/lookup", {"number": number, "email": body["email"]})
    order = Order(number, stage.storefront.with_order(found["order_token"]))
    action = next(each for each in found["actions"] if each["action"] == "request_refund")
    stage.teller.check("the order says beforehand that it can't be asked for here", not action["possible"], action)
    refused = await _ask(order)
    stage.teller.say(refused.detail)
    stage.teller.check(
        "refused: 409 bought_elsewhere", refused.status == 409 and refused.code == "bought_elsewhere", refused
    )
    told = refused.body.get("place") == PLACE and str(refused.body.get("url", "")).startswith("https://www.ebay.fr/")
    stage.teller.check("with the place to go", told and PLACE in refused.detail, refused.body)
    agent = stage.with_key("agent")
    tried = await agent.post(
        f"/api/v1/agent/orders/{number}/refunds/preview",
        {"lines": [{"sku": SKU, "quantity": 1}], "reason": "goodwill"},
        expect=(),
    )
    stage.teller.check("customer service can't refund it either", tried.code == "bought_elsewhere", tried)
