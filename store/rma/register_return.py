"""Register what is to be returned, before anything is sent: a draft with its items (RMA-6, RMA-8, RMA-12).

A draft holds nothing: the same unit may stand in two, and the first that is confirmed gets it. One that was left lying
therefore never stands in anybody's way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from store.kernel import audit, clock, db
from store.kernel.errors import StoreError
from store.kernel.ids import new_id
from store.markets import Market, get_market, last_moment, local_date, normalize_address
from store.rma import history
from store.rma.caller import Caller
from store.rma.check_item import refusals
from store.rma.find_returns import WholeReturn, lock_return
from store.rma.gather_items import Found, gather, identify
from store.rma.item import Item, ItemRequest, Source
from store.rma.keep_items import insert_item, sources_of, update_item
from store.rma.quote_repair import repair_tax
from store.rma.return_owner import owner_of_return
from store.rma.statuses import ReturnStatus
from store.rma.step_errors import (
    NoQuoteToAccept,
    OtherMarket,
    ReturnExpired,
    ReturnNotEditable,
    TooManyReturnUnits,
    UnitsNotReturnable,
    UnitTwice,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReturn:
    """`email` and `return_address` may come later; a signed-in caller's e-mail is the default.

    `usual_address` stands in for the return address if it can: one that the market doesn't deliver to is left aside.
    """

    caller: Caller
    locale: str
    items: Sequence[ItemRequest]
    email: str | None = None
    customer_reference: str | None = None
    return_address: Mapping[str, Any] | None = None
    usual_address: Mapping[str, Any] | None = None
    paper_label: bool = False


async def open_return(command: OpenReturn) -> UUID:
    """A draft with its items, all or nothing.

    Raises the refusal of a single item, or UnitsNotReturnable with those of several; OtherMarket, TooManyReturnUnits,
    ReturnEmailMissing, and the refusals of an address.
    """
    async with db.unit_of_work():
        found = await identify(command.items, command.caller)
        sources = _identified(found)
        market = get_market(sources[0].market_code)
        owner = await owner_of_return(command.caller, command.email, sources[0])
        at, rma_id = clock.now(), new_id()
        await db.insert(
            "rma",
            id=rma_id,
            status=ReturnStatus.DRAFT,
            market=market.code,
            locale=command.locale,
            currency=market.currency,
            account_id=owner["account_id"],
            partner_id=owner["partner_id"],
            email=owner["email"],
            customer_reference=command.customer_reference or None,
            return_address=_address(command, market),
            paper_label=command.paper_label,
            asked_by=command.caller.name,
            identity=command.caller.identity,
            created_at=at,
            expires_at=_quotes_end(market, at, market.policy.repair_quote_days),
        )
        await history.record(rma_id, "started", actor=command.caller.name)
        if command.caller.staff:
            await audit.record(command.caller.name, "open_return", "rma", rma_id, items=len(sources))
        await _add(await lock_return(rma_id), sources, command.caller)
    return rma_id


async def add_items(rma_id: UUID, requests: Sequence[ItemRequest], caller: Caller) -> None:
    """Add items to a draft, all or nothing. Raises as `open_return` does, and ReturnNotEditable, UnitTwice."""
    async with db.unit_of_work():
        whole = await lock_draft(rma_id)
        await _add(whole, _identified(await identify(requests, caller)), caller)
        await touch(rma_id)


async def change_item(rma_id: UUID, position: int, changes: Mapping[str, Any], caller: Caller) -> None:
    """Change what was said about an item of a draft; it is then checked anew. Raises as `open_return` does."""
    async with db.unit_of_work():
        whole = await lock_draft(rma_id)
        row = whole.unit(position)
        changed = dict(changes)
        if "reason" in changed and "wish" not in changed and changed["reason"] != row["reason"]:
            changed["wish"] = None  # The old wish belongs to the old reason.
        sources = await sources_of([row], **changed)
        items = await _gathered(whole, sources, caller, without=row["id"])
        _refuse(items)
        if changed.get("accept_quote") and not items[0].quote.total_minor:
            raise NoQuoteToAccept(item=items[0].name)
        await update_item(row["id"], items[0])
        await _shorten(whole, items)
        await _record_quote(whole, row, items[0], caller)
        await touch(rma_id)


async def remove_item(rma_id: UUID, position: int, caller: Caller) -> None:
    """Take an item out of a draft. Raises NotFound, ReturnNotEditable."""
    async with db.unit_of_work():
        whole = await lock_draft(rma_id)
        row = whole.unit(position)
        await db.execute("delete from rma_unit where id = $1", row["id"])
        await history.record(rma_id, "unit_removed", actor=caller.name, item=item_name(row))
        await touch(rma_id)


async def lock_draft(rma_id: UUID) -> WholeReturn:
    """Raises NotFound, ReturnNotEditable, ReturnExpired."""
    whole = await lock_return(rma_id)
    if whole.rma["status"] == ReturnStatus.DRAFT and clock.now() > whole.rma["expires_at"]:
        raise ReturnExpired(expires_on=local_date(get_market(whole.rma["market"]), whole.rma["expires_at"]))
    if whole.rma["status"] != ReturnStatus.DRAFT:
        raise ReturnNotEditable(state=ReturnStatus(whole.rma["status"]))
    return whole


async def touch(rma_id: UUID) -> None:
    await db.execute("update rma set version = version + 1 where id = $1", rma_id)


def item_name(row: db.Row) -> str:
    """How entries and sentences call an item: by its serial number, else by its SKU."""
    return str(row["serial"] or row["sku"])


async def _add(whole: WholeReturn, sources: Sequence[Source], caller: Caller) -> None:
    most = get_market(whole.rma["market"]).policy.form_units_max
    if len(whole.units) + len(sources) > most:
        raise TooManyReturnUnits(most=most)
    _once(whole, sources)
    items = await _gathered(whole, sources, caller)
    _refuse(items)
    first = max((row["position"] for row in whole.units), default=0) + 1
    for position, item in enumerate(items, start=first):
        row_id = await insert_item(whole.rma["id"], position, item)
        await history.record(whole.rma["id"], "unit_added", unit_id=row_id, actor=caller.name, item=item.name)
    await _shorten(whole, items)


def _address(command: OpenReturn, market: Market) -> dict[str, Any] | None:
    if command.return_address is not None:
        return msgspec.structs.asdict(normalize_address(command.return_address, market))
    if command.usual_address is None:
        return None
    try:
        return msgspec.structs.asdict(normalize_address(command.usual_address, market))
    except StoreError:
        return None


def _once(whole: WholeReturn, sources: Sequence[Source]) -> None:
    seen = {row["unit_id"] for row in whole.units if row["unit_id"]}
    for position, source in enumerate(sources):
        if source.market_code != whole.rma["market"]:
            raise OtherMarket(item=source.unit.serial if source.unit else source.sku, position=position)
        if source.unit is None:
            continue
        if source.unit.id in seen:
            raise UnitTwice(item=source.unit.serial, position=position)
        seen.add(source.unit.id)


async def _gathered(
    whole: WholeReturn, sources: Sequence[Source], caller: Caller, *, without: UUID | None = None
) -> list[Item]:
    rma = whole.rma
    tax = await repair_tax(
        rma["market"], rma["return_address"], account_id=rma["account_id"], partner_id=rma["partner_id"]
    )
    before: dict[UUID, int] = {}
    for row in whole.units:
        if row["shipment_line_id"] and row["id"] != without:
            before[row["shipment_line_id"]] = before.get(row["shipment_line_id"], 0) + 1
    return await gather(sources, caller, asked_at=clock.now(), tax=tax, except_rma=rma["id"], before=before)


def _identified(found: Sequence[Found]) -> list[Source]:
    """All of them, or the refusals of those that can't be told."""
    raise_together([(index, each) for index, each in enumerate(found) if isinstance(each, StoreError)], len(found))
    return [each for each in found if isinstance(each, Source)]


def _refuse(items: Sequence[Item]) -> None:
    found = [(index, against[0]) for index, item in enumerate(items) if (against := refusals(item))]
    raise_together(found, len(items))


def raise_together(found: Sequence[tuple[int, StoreError]], asked: int) -> None:
    """The refusal of the only item as it is; those of several as one, each with its `position` in the request."""
    if not found:
        return
    if asked == 1:
        raise found[0][1]
    for position, error in found:
        error.facts["position"] = position
    raise UnitsNotReturnable(units=[error for _, error in found])


async def _shorten(whole: WholeReturn, items: Sequence[Item]) -> None:
    """A quote is good for so many days: a draft ends with the first of its quotes."""
    days = [item.terms.quote_days for item in items if item.quote.total_minor]
    if days:
        ends = _quotes_end(get_market(whole.rma["market"]), clock.now(), min(days))
        await db.execute("update rma set expires_at = least(expires_at, $2) where id = $1", whole.rma["id"], ends)


def _quotes_end(market: Market, at: datetime, days: int) -> datetime:
    return last_moment(market, local_date(market, at) + timedelta(days=days))


async def _record_quote(whole: WholeReturn, row: db.Row, item: Item, caller: Caller) -> None:
    accepted = item.request.accept_quote if item.quote.total_minor else None
    kind = "unit_changed"
    facts: dict[str, Any] = {"item": item.name}
    if accepted is not None and accepted is not row["quote_accepted"]:
        kind = "quote_accepted" if accepted else "quote_declined"
        facts["amount"] = {"amount_minor": item.quote.total_minor, "currency": whole.rma["currency"]}
    await history.record(whole.rma["id"], kind, unit_id=row["id"], actor=caller.name, **facts)
