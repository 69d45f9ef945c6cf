"""Refunds at the same moment: with each other, and with a chargeback (REF-7, PAY-12)."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from store.cli.demo.call import Answer, Caller, until
from store.cli.demo.refund_desk import commit, preview, refunds_path
from store.cli.demo.shop import Json, Order, buy, minor
from store.cli.demo.simulator import Statement
from store.cli.demo.stage import Stage
from store.cli.demo.tally import tally, together
from store.cli.demo.warehouse import ship

SKU = "AUR-ONE-WHT"
TIMES = 20
# How much later the bank is, from round to round.
LATER_SECONDS = (0.0, 0.03, 0.08, 0.2)


async def refunds(stage: Stage) -> None:
    agent = await stage.sign_in("agent@store.example.com", "staff")
    await _twenty(stage, agent, "the same refund, sent twenty times with one key", f"demo-{uuid4().hex}")
    await _twenty(stage, agent, "the same preview, committed twenty times", "")
    await _against_disputes(stage, agent)


async def _shipped(stage: Stage, quantity: int, email: str) -> Order:
    order = await buy(stage, [(SKU, quantity)], "card", email=email)
    await ship(stage, order)
    await order.until(lambda seen: minor(seen["payment"]["charged"]), "the shipment is charged")
    return order


async def _twenty(stage: Stage, agent: Caller, what: str, key: str) -> None:
    with stage.teller.in_short():
        order = await _shipped(stage, 2, "rose@example.com")
        previewed = await preview(agent, order, SKU, 1)
        answers = await together(commit(agent, order, previewed, key=key) for _ in range(TIMES))
        back = minor(previewed["total"])
        seen = await order.until(lambda seen: minor(seen["payment"]["refunded"]), "the refund has arrived")
        bank = await stage.simulator.statement(order.number)
    made = {answer["id"] for answer in answers if answer.status == 201}
    stage.teller.figure(
        f"{TIMES} × POST …/refunds at once, {what}", f"{tally(answers)}; refunded {len(bank.refunds)} time"
    )
    stage.teller.check(
        f"{what}: refunded once, the others are told so, no 5xx",
        bank.refunds == (back,)
        and minor(seen["payment"]["refunded"]) == back
        and len(made) == 1
        and all(answer.status in {201, 409} for answer in answers),
        (tally(answers), bank),
    )


async def _against_disputes(stage: Stage, agent: Caller) -> None:
    """The customer gets a refund and calls the bank, too: the same money never leaves twice."""
    outcomes: list[str] = []
    wrong: list[object] = []
    with stage.teller.in_short():
        for later in LATER_SECONDS:
            order = await _shipped(stage, 1, "theo@example.com")
            answer, dispute = await _at_once(stage, agent, order, later)
            bank, seen = await _settled(stage, agent, order)
            outcomes.append("refund" if bank.refunded else "chargeback")
            if not _is_right(bank, seen, answer):
                wrong.append((order.number, answer, bank, seen["payment"]))
            if "id" in dispute:
                await stage.simulator.do(
                    "dashboard/dispute/close", provider="stripe", dispute=dispute["id"], outcome="lost"
                )
    counted = ", ".join(f"{name} {outcomes.count(name)} times" for name in ("refund", "chargeback"))
    stage.teller.figure(
        f"{len(LATER_SECONDS)} × (refund and chargeback of the same money at once)", f"first was the {counted}"
    )
    stage.teller.check("refund and chargeback never take the same money twice", not wrong, wrong)


async def _at_once(stage: Stage, agent: Caller, order: Order, later_seconds: float) -> tuple[Answer, Json]:
    previewed = await preview(agent, order, SKU, 1)
    charge = (await stage.simulator.statement(order.number)).references[0]

    async def dispute() -> Json:
        await asyncio.sleep(later_seconds)
        return await stage.simulator.do(
            "dashboard/dispute",
            refusals=True,
            provider="stripe",
            charge_or_capture=charge,
            reason="product_not_received",
        )

    return await asyncio.gather(commit(agent, order, previewed), dispute())


async def _settled(stage: Stage, agent: Caller, order: Order) -> tuple[Statement, Json]:
    """As soon as no refund is on its way any more, and the chargeback is known."""

    async def look() -> tuple[Statement, Json] | None:
        whole = await agent.get(f"/api/v1/agent/orders/{order.number}")
        seen: Json = whole["order"]
        listed = (await agent.get(refunds_path(order))).body
        bank = await stage.simulator.statement(order.number)
        told = sum(minor(each["amount"]) for each in whole["disputes"]) == bank.disputed
        moving = minor(seen["payment"]["refunds_pending"]) or any(
            part["status"] in {"pending", "unknown"} for refund in listed for part in refund["parts"]
        )
        return (bank, seen) if told and not moving else None

    found: tuple[Statement, Json] = await until(look, f"{order.number}: refund and chargeback are settled")
    return found


def _is_right(bank: Statement, seen: Json, answer: Answer) -> bool:
    once = bank.refunded + bank.disputed <= bank.captured and (bank.refunded or bank.disputed)
    return bool(once) and minor(seen["payment"]["refunded"]) == bank.refunded and answer.status in {201, 409}
