"""The rows of a return's items: written from what decided about them, and read back as what was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

import msgspec

from store.kernel import attachments, db
from store.kernel.ids import new_id
from store.rma.accessories import checklist
from store.rma.item import Item, ItemRequest, Source
from store.rma.policies import Applied, Terms
from store.rma.sold_lines import load_lines
from store.rma.statuses import Acceptance, Reception
from store.warranty import load_units


async def insert_item(rma_id: UUID, position: int, item: Item) -> UUID:
    """Add an item to a draft; its evidence belongs to it from now on."""
    row_id = new_id()
    await db.insert(
        "rma_unit",
        id=row_id,
        rma_id=rma_id,
        position=position,
        unit_id=item.unit.id if item.unit else None,
        serial=item.unit.serial if item.unit else None,
        shipment_line_id=item.line.id if item.line else None,
        order_id=item.line.order_id if item.line else None,
        product_id=item.source.product_id,
        variant_id=item.source.variant_id,
        sku=item.source.sku,
        names=dict(item.source.names),
        reception_status=Reception.AWAITED,
        acceptance_status=Acceptance.PENDING,
        **_values(item),
    )
    await _link(row_id, item)
    return row_id


async def update_item(row_id: UUID, item: Item) -> None:
    """Write an item of a draft anew, after something about it was changed."""
    values = _values(item)
    names = ", ".join(f"{name} = ${position}" for position, name in enumerate(values, start=2))
    await db.execute(f"update rma_unit set {names} where id = $1", row_id, *values.values())
    await _link(row_id, item)


async def _link(row_id: UUID, item: Item) -> None:
    await attachments.link_files(
        item.request.evidence_ids,
        owner_kind="rma_unit",
        owner_id=row_id,
        by=None if item.caller.staff else item.caller.identity,
    )


def _values(item: Item) -> dict[str, Any]:
    request, quote = item.request, item.quote
    accepted = request.accept_quote if quote.total_minor else None
    return {
        "reason": request.reason,
        "wish": item.wish,
        "symptom": request.symptom,
        "description": request.description,
        "received_sku": request.received_sku,
        "unused": request.unused,
        "evidence_ids": list(request.evidence_ids),
        "policy": msgspec.to_builtins(item.terms),
        "policy_version": item.applied.version,
        "coverage": coverage_facts(item),
        "in_warranty": item.in_warranty,
        "route": item.route.value,
        "ticket_number": (request.ticket_number or "").strip() or None,
        "fault_report_id": item.fault_report["id"] if item.fault_report else None,
        "goods_minor": item.goods_minor,
        "fee_minor": item.fee_minor,
        "quote_price_minor": quote.price_minor,
        "quote_minor": quote.total_minor,
        "quote_tax_minor": quote.tax_minor,
        "quote_accepted": accepted,
        # RMA-8: what costs nothing is sent unless it is taken out; what has a price only once it is accepted.
        "selected": accepted is True or not quote.total_minor,
        "accessories": checklist(item.source.kind[0], request.accessories, item.name),
    }


def coverage_facts(item: Item) -> dict[str, Any]:
    """The warranty as it was on the day of contact: {in_warranty, rule, code, sentence, starts_on, until, …}."""
    if item.cover is None:
        return {"in_warranty": False, "code": "no_serial_number"}
    cover = item.cover
    return {
        "in_warranty": cover.in_warranty,
        "rule": cover.rule,
        "code": cover.code,
        "sentence": cover.sentence,
        "as_of": cover.as_of.isoformat(),
        "starts_on": cover.starts_on.isoformat(),
        "standard_until": cover.standard_until.isoformat(),
        "until": cover.until.isoformat(),
        "days_left": cover.days_left,
        "serial": cover.facts["serial"],
        "since": cover.facts["since"].isoformat(),
    }


def request_of(row: db.Row, **changes: Any) -> ItemRequest:
    """What was asked for with an item, with `changes`."""
    request = ItemRequest(
        reason=row["reason"],
        serial=row["serial"],
        sku=row["sku"],
        wish=row["wish"],
        symptom=row["symptom"],
        description=row["description"],
        received_sku=row["received_sku"],
        unused=row["unused"],
        evidence_ids=tuple(row["evidence_ids"]),
        ticket_number=row["ticket_number"],
        accessories=tuple(each["code"] for each in row["accessories"] if each["sent"]),
        accept_quote=row["quote_accepted"],
    )
    return replace(request, **changes)


async def sources_of(rows: Iterable[db.Row], **changes: Any) -> list[Source]:
    """The items of rows as they are today: units and lines are read anew."""
    rows = list(rows)
    units = await load_units([row["unit_id"] for row in rows if row["unit_id"]])
    lines = await load_lines({row["shipment_line_id"] for row in rows if row["shipment_line_id"]})
    return [
        Source(
            request=request_of(row, **changes),
            unit=units[row["unit_id"]] if row["unit_id"] else None,
            line=lines.get(row["shipment_line_id"]),
        )
        for row in rows
    ]


def kept_terms(row: db.Row) -> tuple[Applied, bool]:
    """The terms and the coverage that an item was registered under."""
    terms = msgspec.convert(row["policy"], Terms)
    return Applied(terms=terms, version=row["policy_version"], policies=()), row["in_warranty"]


def changes_of(change: Any) -> dict[str, Any]:
    """The fields of a change that were given."""
    return {name: value for name, value in asdict(change).items() if value is not None}
