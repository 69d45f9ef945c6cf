"""A return is confirmed, its label is there, its parcel is on its way (RMA-10, RMA-13, RMA-15); a fault was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.i18n import DEFAULT_LOCALE, normalize_locale, pick
from store.kernel.wording import status_label
from store.markets import get_market, local_date
from store.notifications import kinds
from store.notifications.letterhead import letterhead
from store.notifications.return_address import marked_advice_address, marked_label_address
from store.notifications.return_facts import described_item, given_up, return_locale, return_money, write_about
from store.notifications.write_email import is_written, write_email
from store.rma.fault_reports import get_fault_report
from store.rma.find_returns import WholeReturn, load_return


async def on_return_confirmed(rma_id: str, **_: Any) -> None:
    """Consumer of rma.confirmed: first the RMA number with the summary and the quotes, then the label (RMA-13)."""
    whole = await load_return(UUID(rma_id))
    if not await is_written(f"rma.confirmed:{rma_id}"):
        await write_about(f"rma.confirmed:{rma_id}", kinds.RMA_CONFIRMED, whole, **summary(whole))
    if not await is_written(f"rma.label:{rma_id}"):
        await write_about(f"rma.label:{rma_id}", kinds.RMA_LABEL, whole, **label(whole))


async def on_tracking_reported(rma_id: str, **_: Any) -> None:
    """Consumer of rma.tracking_reported: one e-mail per number that was told."""
    whole = await load_return(UUID(rma_id))
    rma = whole.rma
    key = f"rma.tracking:{rma_id}:{rma['carrier']}:{rma['tracking_number']}:{rma['posted_on']}"
    if rma["tracking_number"] is None or await is_written(key):
        return
    await write_about(
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
    await write_about(key, kinds.RMA_CANCELED, whole, **given_up(whole))


async def on_fault_decided(report_id: str) -> None:
    """Consumer of fault_report.decided: confirmed until a day, or declined with the reason."""
    key = f"fault_report.decided:{report_id}"
    if await is_written(key):
        return
    report = await get_fault_report(UUID(report_id))
    await write_email(
        key=key,
        kind=kinds.FAULT_REPORT_DECIDED,
        recipient=report["email"],
        locale=report["locale"],
        context=fault_context(report),
    )


def fault_context(report: Mapping[str, Any] | db.Row) -> dict[str, Any]:
    locale = normalize_locale(report["locale"]) or DEFAULT_LOCALE
    return {
        "subject_facts": {"number": report["number"]},
        "number": report["number"],
        "name": "",
        **letterhead(get_market(report["market"]), locale),
        "confirmed": report["status"] == "confirmed",
        "item": pick(report["names"], locale),
        "serial": report["serial"],
        "decision": report["decision"],
        "valid_until": report["valid_until"],
    }


def summary(whole: WholeReturn) -> dict[str, Any]:
    """What is sent, what it costs, and until when."""
    rma, locale = whole.rma, return_locale(whole)
    sent = [row for row in whole.units if row["confirmed_at"] is not None]
    priced = [row for row in sent if row["quote_minor"]]
    fees = sum(row["fee_minor"] for row in sent)
    return {
        "items": [described_item(row, whole) for row in sent],
        "kept": [described_item(row, whole) for row in whole.units if row["confirmed_at"] is None],
        "rows": [(row["serial"] or row["sku"], status_label(row["reason"], locale)) for row in sent],
        "quotes": [(row["serial"] or row["sku"], return_money(whole, row["quote_minor"])) for row in priced],
        "quote_total": return_money(whole, sum(row["quote_minor"] for row in priced)),
        "fees": return_money(whole, fees),
        "last_day": local_date(get_market(rma["market"]), rma["expires_at"]),
    }


def label(whole: WholeReturn) -> dict[str, Any]:
    rma, locale = whole.rma, return_locale(whole)
    carrier = get_market(rma["market"]).return_carrier
    return {
        "label_url": marked_label_address(rma["id"], locale),
        "advice_url": marked_advice_address(rma["id"], locale),
        "carrier": pick(carrier.names, locale) or carrier.carrier,
        "paper_label": rma["paper_label"],
    }
