"""What customers, the warehouse and customer service do about a return, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from store.cli.demo.call import Answer, Caller, until
from store.cli.demo.shop import ADDRESSES, Json, Order
from store.cli.demo.stage import Stage

PATH = "/api/v1/returns"


@dataclass(frozen=True, slots=True)
class Return:
    """A return as its owner follows it."""

    id: str
    owner: Caller

    @property
    def path(self) -> str:
        return f"{PATH}/{self.id}"

    async def look(self) -> Json:
        return dict((await self.owner.get(self.path, quiet=True)).body)

    async def until(self, holds: Callable[[Json], object], what: str) -> Json:
        """The return as soon as something holds for it; background work may need a moment."""

        async def seen() -> Json | None:
            found = await self.look()
            return found if holds(found) else None

        found: Json = await until(seen, what)
        return found

    async def outcome(self, code: str) -> Json:
        """Its first item, when it came out like this."""
        found = await self.until(lambda seen: _code(seen["units"][0]["outcome"]) == code, f"the item is {code}")
        return dict(found["units"][0])


async def eligibility(caller: Caller, **query: Any) -> Json:
    """Can it be returned, and what would it cost?"""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return dict((await caller.get(f"{PATH}/eligibility?{asked}")).body)


async def open_return(caller: Caller, unit: Json, *, expect: tuple[int, ...] = (201,), **fields: Any) -> Answer:
    """A draft with one item, or why not."""
    body = {"units": [unit], "return_address": ADDRESSES["FR"], **fields}
    return await caller.post(PATH, body, expect=expect)


def of(caller: Caller, opened: Answer) -> Return:
    return Return(str(opened["id"]), caller)


def refusal(answer: Answer) -> Json:
    """Why its item was refused: the problem itself, or the one that stands with the item's position."""
    listed = answer.body.get("units") if isinstance(answer.body, dict) and answer.status >= 400 else None
    return dict(listed[0]) if listed else dict(answer.body)


def said(why: Json) -> str:
    return str(why.get("detail") or why.get("message") or why.get("title"))


async def confirm(stage: Stage, ret: Return) -> str:
    """Reviewed, conditions accepted; gives the RMA number. There is no label before, and one after."""
    early = await ret.owner.get(f"{ret.path}/label.pdf", expect=(), quiet=True)
    seen = await ret.look()
    accepted = {"terms_version": seen["terms"]["version"], "terms_accepted": True}
    number = str((await ret.owner.post(f"{ret.path}/confirm", accepted))["number"])
    label = await ret.owner.get(f"{ret.path}/label.pdf")
    stage.teller.check(
        f"the label comes with the RMA number {number}, not before",
        early.code == "label_not_ready" and str(label.body).startswith("%PDF"),
        early,
    )
    return number


async def post_parcel(ret: Return) -> None:
    """The customer sends it and tells the tracking number."""
    tracking = {"carrier": "La Poste", "tracking_number": f"6A{uuid4().int % 10**11:011d}"}
    await ret.owner.post(f"{ret.path}/tracking", tracking)


async def arrives(stage: Stage, number: str, serial: str, verdict: str, **found: Any) -> None:
    """The warehouse receives the parcel and inspects what lay in it."""
    warehouse = stage.with_key("warehouse")
    path = f"/api/v1/warehouse/returns/{number}"
    received = await warehouse.post(f"{path}/receive", {"units": [{"serial": serial}]})
    position = received["units"][0]["position"]
    await warehouse.post(f"{path}/units/{position}/inspect", {"verdict": verdict, **found})


async def repaired(stage: Stage, ret: Return, number: str) -> Order:
    """The workshop repairs it; gives the order with which it goes home."""
    seen = await ret.until(lambda seen: seen["units"][0]["repair_order"], "the repair has its order")
    item = seen["units"][0]
    await stage.with_key("warehouse").post(f"/api/v1/warehouse/returns/{number}/units/{item['position']}/repaired")
    return Order(str(item["repair_order"]), ret.owner)


async def desk_view(stage: Stage, number: str) -> Json:
    """The first item as customer service sees it."""
    return dict((await stage.with_key("agent").get(f"/api/v1/agent/returns/{number}", quiet=True))["units"][0])


def _code(labelled: Json | None) -> str | None:
    return str(labelled["code"]) if labelled else None
