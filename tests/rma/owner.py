"""Somebody who bought things from the shop and now returns them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from refunds.desk import Desk

from store.kernel import db, signing
from store.rma.caller import Caller
from store.rma.confirm_return import ConfirmReturn, confirm_return
from store.rma.fault_reports import AskFaultReport, confirm_fault_directly
from store.rma.find_returns import WholeReturn, load_return
from store.rma.item import ItemRequest
from store.rma.register_return import OpenReturn, open_return
from store.rma.review_return import ReviewReturn, review_return
from store.rma.terms_text import TERMS_VERSION

# A headset of a maker whose faults we confirm; a phone whose maker confirms; gateways whose maker handles it; a cable.
OURS, THEIRS, PORTAL, CABLE = "AUR-ONE-BLK", "LIN-L4-BLK", "SAL-GW-2", "PIN-FLAT-1M"
HOME = {"name": "Camille Moreau", "line1": "12 rue de Rivoli", "postcode": "75001", "city": "Paris", "country": "FR"}
AGENT = Caller(name="agent:test Alex", identity="account:alex", staff=True)


def guest(*order_ids: UUID, name: str = "guest") -> Caller:
    """Who holds the tokens of these orders."""
    return Caller(name=name, identity="key:shop", tokens=tuple(signing.make_token("order", each) for each in order_ids))


def customer(account_id: UUID) -> Caller:
    return Caller(name="customer:test", identity=f"account:{account_id}", account_id=account_id)


async def sold(desk: Desk, *lines: tuple[str, int], **facts: Any) -> UUID:
    """An order that has left and was paid; its serialised items have their units."""
    order_id = await desk.shipped(list(lines or [(OURS, 1)]), **facts)
    await desk.work()
    return order_id


async def serials_of(order_id: UUID) -> list[str]:
    rows = await db.fetch("select serial from unit where order_id = $1 order by serial", order_id)
    return [row["serial"] for row in rows]


async def order_number(order_id: UUID) -> str:
    return str(await db.fetchval("select number from sales_order where id = $1", order_id))


def mistaken(serial: str, **facts: Any) -> ItemRequest:
    return ItemRequest(reason="wrong_order", serial=serial, unused=True, **facts)


def broken(serial: str, **facts: Any) -> ItemRequest:
    return ItemRequest(**{"reason": "defective", "serial": serial, "symptom": "no_audio", **facts})


async def fault_confirmed(serial: str) -> UUID:
    """Our technical support has looked at it."""
    return await confirm_fault_directly(
        AskFaultReport(caller=AGENT, serial=serial, symptom="no_audio", description="Silent.", locale="fr"),
        decision="The speaker is broken.",
    )


async def draft(caller: Caller, *items: ItemRequest, ready: bool = True, **facts: Any) -> UUID:
    """A draft; `ready`: with its return address, so that it can be confirmed."""
    rma_id = await open_return(OpenReturn(**{"caller": caller, "locale": "fr", "items": items, **facts}))
    if ready:
        await review_return(ReviewReturn(rma_id=rma_id, return_address=HOME))
    return rma_id


async def confirm(rma_id: UUID, caller: Caller, **facts: Any) -> WholeReturn:
    facts = {"terms_version": TERMS_VERSION, "terms_accepted": True, **facts}
    await confirm_return(ConfirmReturn(rma_id=rma_id, caller=caller, **facts))
    return await load_return(rma_id)
