"""Read everything that decides about items, in a fixed number of statements beside the look-up of the serials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from store.catalog import load_variants, variant_ids
from store.catalog.serial_numbers import look_alikes, read_serial
from store.kernel import db
from store.kernel.errors import StoreError
from store.kernel.ids import normalize_number
from store.markets import Market, get_market, local_date
from store.markets.tax import TaxQuote
from store.rma.caller import Caller, Ownership, bought, ownership_of
from store.rma.errors import SerialNotKnown, SerialRequired, SerialUnreadable, SeveralProducts, UnknownReturnItem
from store.rma.item import Item, ItemRequest, Source, quote_of
from store.rma.policies import Applied, load_terms
from store.rma.sold_lines import SoldLine, find_lines, load_lines
from store.warranty.coverage import coverage
from store.warranty.units import Unit, find_units

Found = Source | StoreError


async def identify(requests: Sequence[ItemRequest], caller: Caller) -> list[Found]:
    """Which item each of them means, or why that can't be said; in the order of the requests."""
    lines = await _ordered_lines(requests)
    used: dict[UUID, int] = {}
    found: list[Found] = []
    for request in requests:
        try:
            if request.serial is not None and not request.unreadable:
                found.append(Source(request=request, unit=await _unit(request), line=None))
            else:
                found.append(_piece(request, caller, lines, used))
        except StoreError as error:
            found.append(error)
    units = [each.unit for each in found if isinstance(each, Source) and each.unit]
    sold = await load_lines({unit.shipment_line_id for unit in units if unit.shipment_line_id})
    return [_with_line(each, sold) for each in found]


async def _unit(request: ItemRequest) -> Unit:
    assert request.serial is not None
    serial = read_serial(request.serial)
    units = await find_units(serial)
    fitting = [unit for unit in units if request.product in {None, unit.product_slug}]
    if not fitting:
        raise SerialNotKnown(serial=serial, look_alikes=look_alikes(serial))
    if len(fitting) > 1:
        raise SeveralProducts(serial=serial, products=[unit.product_slug for unit in fitting])
    return fitting[0]


def _piece(
    request: ItemRequest,
    caller: Caller,
    lines: Mapping[tuple[str, str], Sequence[SoldLine]],
    used: dict[UUID, int],
) -> Source:
    """A piece of an order's line, the last that left first; RMA-7 for what has no number that could be read."""
    if request.unreadable or not request.order_number or not request.sku:
        raise SerialUnreadable
    own = [line for line in lines.get(_key(request), ()) if bought(caller, _order_of(line))]
    if not own:
        raise UnknownReturnItem(sku=request.sku, order=normalize_number(request.order_number))
    if own[0].serialized and request.reason != "wrong_delivery":
        raise SerialRequired(sku=request.sku)
    line = next((line for line in own if line.left > used.get(line.id, 0)), own[0])
    used[line.id] = used.get(line.id, 0) + 1
    return Source(request=request, unit=None, line=line)


def _with_line(found: Found, sold: Mapping[UUID, SoldLine]) -> Found:
    if isinstance(found, Source) and found.unit and found.unit.shipment_line_id:
        return Source(request=found.request, unit=found.unit, line=sold.get(found.unit.shipment_line_id))
    return found


async def _ordered_lines(requests: Sequence[ItemRequest]) -> dict[tuple[str, str], list[SoldLine]]:
    wanted = {_key(request) for request in requests if request.order_number and request.sku}
    return await find_lines(sorted(wanted)) if wanted else {}


def _key(request: ItemRequest) -> tuple[str, str]:
    return normalize_number(request.order_number or ""), (request.sku or "").strip()


def _order_of(line: SoldLine) -> dict[str, object]:
    return {"order_id": line.order_id, "account_id": line.account_id, "partner_id": line.partner_id}


async def gather(
    sources: Sequence[Source],
    caller: Caller,
    *,
    asked_at: datetime,
    tax: TaxQuote,
    except_rma: UUID | None = None,
    before: Mapping[UUID, int] | None = None,
    kept: Mapping[int, tuple[Applied, bool]] | None = None,
    alternatives: bool = False,
) -> list[Item]:
    """All facts about the items, which share one market.

    `except_rma`: the return that they are in. `before`: pieces of each line that it has already. `kept`: by index, the
    terms and the coverage that an item was registered under. `alternatives`: one of them, not all, would be returned.
    """
    if not sources:
        return []
    market = get_market(sources[0].market_code)
    unit_ids = [source.unit.id for source in sources if source.unit]
    owners = await ownership_of(caller, unit_ids)
    terms = await load_terms(market, [source.kind for source in sources])
    prices = await load_variants(market.code, ids=[source.variant_id for source in sources])
    received = await variant_ids([source.request.received_sku for source in sources if source.request.received_sku])
    reports = await _fault_reports(unit_ids, market, asked_at)
    holding = await _open_returns(unit_ids, except_rma)
    pieces = dict(before or {})
    items = []
    for index, source in enumerate(sources):
        applied, in_warranty = (kept or {}).get(index, (terms[source.kind], None))
        cover = coverage(source.unit, local_date(market, asked_at)) if source.unit else None
        covered = in_warranty if in_warranty is not None else cover is not None and cover.in_warranty
        price = prices.get(source.variant_id)
        items.append(
            Item(
                source=source,
                caller=caller,
                market=market,
                asked_at=asked_at,
                ownership=_ownership(source, caller, owners),
                cover=cover,
                in_warranty=covered,
                applied=applied,
                before=0 if alternatives else _count(pieces, source),
                price_minor=price.unit_price_minor if price else None,
                quote=quote_of(
                    source, market, applied.terms, price.unit_price_minor if price else None, tax, free=covered
                ),
                received_variant=received.get(source.request.received_sku or ""),
                fault_report=reports.get(source.unit.id) if source.unit else None,
                open_return=holding.get(source.unit.id) if source.unit else None,
            )
        )
    return items


def _count(pieces: dict[UUID, int], source: Source) -> int:
    if source.line is None:
        return 0
    seen = pieces.get(source.line.id, 0)
    pieces[source.line.id] = seen + 1
    return seen


def _ownership(source: Source, caller: Caller, owners: Mapping[UUID, Ownership]) -> Ownership:
    if source.unit:
        return owners[source.unit.id]
    assert source.line is not None
    return Ownership(bought=bought(caller, _order_of(source.line)), holds=False, known=True)


async def _fault_reports(unit_ids: Sequence[UUID], market: Market, asked_at: datetime) -> dict[UUID, db.Row]:
    """The confirmed reports that are valid on that day and that no earlier return has used up (RMA-4)."""
    rows = await db.fetch(
        "select distinct on (f.unit_id) f.* from fault_report f where f.unit_id = any($1) and f.status = 'confirmed'"
        " and f.valid_until >= $2 and not exists (select from rma_unit u where u.unit_id = f.unit_id"
        " and u.fault_report_id = f.id and u.closed_at is not null and u.outcome <> 'not_sent')"
        " order by f.unit_id, f.valid_until desc, f.id desc",
        unit_ids,
        local_date(market, asked_at),
    )
    return {row["unit_id"]: row for row in rows}


async def _open_returns(unit_ids: Sequence[UUID], except_rma: UUID | None) -> dict[UUID, db.Row]:
    rows = await db.fetch(
        "select u.unit_id, r.id, r.number, r.account_id, r.partner_id from rma_unit u join rma r on r.id = u.rma_id"
        " where u.unit_id = any($1) and u.confirmed_at is not null and u.closed_at is null"
        " and ($2::uuid is null or u.rma_id <> $2)",
        unit_ids,
        except_rma,
    )
    return {row["unit_id"]: row for row in rows}
