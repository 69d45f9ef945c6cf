"""A return is confirmed, its label is there, its parcel is on its way (RMA-10, RMA-13, RMA-15); a fault was decided."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.i18n import DEFAULT_LOCALE, normalize_locale, pick
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.markets import get_market, local_date
from store.notifications import kinds
from store.notifications.letterhead import letterhead
from store.notifications.return_address import marked_advice_address, marked_label_address, marked_return_address
from store.notifications.write_email import is_written, write_email
from store.rma.fault_reports import get_fault_report
from store.rma.find_returns import WholeReturn, load_return


async def on_return_confirmed(rma_id: str, **_: Any) -> None:
    """Consumer of rma.confirmed: first the RMA number with the summary and the quotes, then the label (RMA-13)."""
    whole = await load_return(UUID(rma_id))
    if not await is_written(f"rma.confirmed:{rma_id}"):
        await _write(f"rma.confirmed:{rma_id}", kinds.RMA_CONFIRMED, whole, **_summary(whole))
    if not await is_written(f"rma.label:{rma_id}"):
        await _write(f"rma.label:{rma_id}", kinds.RMA_LABEL, whole, **_label(whole))


async def on_tracking_reported(rma_id: str, **_: Any) -> None:
    """Consumer of rma.tracking_reported: one e-mail per number that was told."""
    whole = await load_return(UUID(rma_id))
    rma = whole.rma
    key = f"rma.tracking:{rma_id}:{rma['carrier']}:{rma['tracking_number']}:{rma['posted_on']}"
    if rma["tracking_number"] is None or await is_written(key):
        return
    await _write(
        key,
        kinds.RMA_TRACKING,
        whole,
        carrier=rma["carrier"],
        tracking_number=rma["tracking_number"],
        posted_on=rma["posted_on"],
    )


async def on_return_canceled(rma_id: str, **_: Any) -> None:
    """Consumer of rma.canceled: nothing has to be sent any more."""
    key = f"rma.canceled:{rma_id}"
    if await is_written(key):
        return
    whole = await load_return(UUID(rma_id))
    await _write(
        key,
        kinds.RMA_CANCELED,
        whole,
        items=[_item(row, whole) for row in whole.units],
        invoiced=any(row["repair_order_id"] for row in whole.units),
    )


async def on_fault_decided(report_id: str) -> None:
    """Consumer of fault_report.decided: confirmed until a day, or declined with the reason."""
    key = f"fault_report.decided:{report_id}"
    if await is_written(key):
        return
    report = await get_fault_report(UUID(report_id))
    locale = normalize_locale(report["locale"]) or DEFAULT_LOCALE
    await write_email(
        key=key,
        kind=kinds.FAULT_REPORT_DECIDED,
        recipient=report["email"],
        locale=locale,
        context={
            "subject_facts": {"number": report["number"]},
            "number": report["number"],
            "name": "",
            **letterhead(get_market(report["market"]), locale),
            "confirmed": report["status"] == "confirmed",
            "item": pick(report["names"], locale),
            "serial": report["serial"],
            "decision": report["decision"],
            "valid_until": report["valid_until"],
        },
    )


def _summary(whole: WholeReturn) -> dict[str, Any]:
    """What is sent, what it costs, and until when."""
    rma, locale = whole.rma, _locale(whole)
    sent = [row for row in whole.units if row["confirmed_at"] is not None]
    priced = [row for row in sent if row["quote_minor"]]
    fees = sum(row["fee_minor"] for row in sent)
    return {
        "items": [_item(row, whole) for row in sent],
        "kept": [_item(row, whole) for row in whole.units if row["confirmed_at"] is None],
        "rows": [(row["serial"] or row["sku"], status_label(row["reason"], locale)) for row in sent],
        "quotes": [(row["serial"] or row["sku"], _money(whole, row["quote_minor"])) for row in priced],
        "quote_total": _money(whole, sum(row["quote_minor"] for row in priced)),
        "fees": _money(whole, fees),
        "last_day": local_date(get_market(rma["market"]), rma["expires_at"]),
    }


def _label(whole: WholeReturn) -> dict[str, Any]:
    rma, locale = whole.rma, _locale(whole)
    carrier = get_market(rma["market"]).return_carrier
    return {
        "label_url": marked_label_address(rma["id"], locale),
        "advice_url": marked_advice_address(rma["id"], locale),
        "carrier": pick(carrier.names, locale) or carrier.carrier,
        "paper_label": rma["paper_label"],
    }


async def _write(key: str, kind: str, whole: WholeReturn, **context: Any) -> None:
    rma = whole.rma
    address = rma["return_address"] or {}
    await write_email(
        key=key,
        kind=kind,
        recipient=rma["email"],
        locale=_locale(whole),
        rma_id=rma["id"],
        context={
            "subject_facts": {"number": rma["number"]},
            "number": rma["number"],
            "name": address.get("name") or address.get("company") or "",
            "customer_reference": rma["customer_reference"],
            "url": marked_return_address(rma["id"]),
            **letterhead(get_market(rma["market"]), _locale(whole)),
            **context,
        },
    )


def _locale(whole: WholeReturn) -> str:
    """The return's, never the caller's (L10N-3)."""
    return normalize_locale(whole.rma["locale"]) or DEFAULT_LOCALE


def _money(whole: WholeReturn, amount_minor: int) -> Money:
    return Money(amount_minor, whole.rma["currency"])


def _item(row: db.Row, whole: WholeReturn) -> dict[str, Any]:
    return {
        "name": pick(row["names"], _locale(whole)),
        "sku": row["sku"],
        "quantity": 1,
        "amount": None,
        "serials": [row["serial"]] if row["serial"] else [],
    }
