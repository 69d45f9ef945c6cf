"""Returns as the warehouse sees them; two statements for any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from store.kernel import db
from store.kernel.i18n import pick
from store.kernel.wording import status_label
from store.markets import Address, format_address, get_market
from store.rma.find_returns import WholeReturn, load_returns
from store.web.edge.schemas import Labelled, labelled
from store.web.warehouse.return_shapes import CheckedAccessoryOut, ReturnedUnitOut, WarehouseReturnOut

_SAME = (
    "position", "sku", "serial", "received_serial", "description", "received_sku", "in_warranty", "selected", "as_new",
    "inspection_note", "inspected_by", "inspected_at", "evidence_ids", "inspection_ids", "repaired_at", "closed_at",
)  # fmt: skip


async def returns_out(ids: Sequence[UUID], locale: str) -> list[WarehouseReturnOut]:
    """In the order of the ids."""
    return [return_out(whole, locale) for whole in await load_returns(ids)]


def return_out(whole: WholeReturn, locale: str) -> WarehouseReturnOut:
    rma = whole.rma
    same = (
        "number", "status", "market", "customer_reference", "carrier", "tracking_number", "posted_on", "confirmed_at",
        "expires_at", "received_at", "closed_at",
    )  # fmt: skip
    address = msgspec.convert(rma["return_address"], Address)
    return WarehouseReturnOut(
        **{name: rma[name] for name in same},
        status_label=status_label(rma["status"], locale),
        sender_label=format_address(address, rma["locale"], origin=get_market(rma["market"]).home_country),
        units=[unit_out(unit, locale) for unit in whole.units],
    )


def unit_out(unit: db.Row, locale: str) -> ReturnedUnitOut:
    in_workshop = unit["repair_order_id"] is not None and not unit["repair_given_up"] and unit["repaired_at"] is None
    return ReturnedUnitOut(
        **{name: unit[name] for name in _SAME},
        name=pick(unit["names"], locale),
        reason=labelled(unit["reason"], locale),
        wish=labelled(unit["wish"], locale),
        symptom=labelled(unit["symptom"], locale) if unit["symptom"] else None,
        reception=labelled(unit["reception_status"], locale),
        acceptance=labelled(unit["acceptance_status"], locale),
        rejection=_coded("rejection", unit["rejection"], locale),
        obstacle=_coded("obstacle", unit["obstacle"], locale),
        outcome=labelled(unit["outcome"], locale) if unit["outcome"] else None,
        in_workshop=in_workshop and unit["acceptance_status"] == "accepted" and unit["outcome"] is None,
        accessories=[
            CheckedAccessoryOut(
                code=each["code"], name=pick(each["names"], locale), sent=each["sent"], received=each["received"]
            )
            for each in unit["accessories"]
        ],
    )


def _coded(kind: str, code: str | None, locale: str) -> Labelled | None:
    return Labelled(code=code, label=status_label(f"{kind}_{code}", locale)) if code else None
