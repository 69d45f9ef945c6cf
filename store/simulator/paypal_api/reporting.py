"""Transaction search: the list of movements that a merchant reconciles with."""

import math
from datetime import UTC, datetime
from typing import Any

from store.simulator.currencies import paypal_money
from store.simulator.paypal_api.documents import Answer, Call, Json, link
from store.simulator.paypal_api.errors import invalid_request

LONGEST_RANGE_DAYS = 31
# PayPal's event codes: checkout payment, refund, chargeback, its reversal, and the money of a failed refund.
CODES = {"capture": "T0006", "refund": "T1107", "dispute": "T1201", "dispute_won": "T1202", "refund_failed": "T1110"}
_LEAVES = frozenset({"refund", "dispute"})


def transactions(call: Call) -> Answer:
    start, end = _moment(call, "start_date"), _moment(call, "end_date")
    if end < start or (end - start).days > LONGEST_RANGE_DAYS:
        raise invalid_request("INVALID_REQUEST", "The date range is at most 31 days.", "/end_date")
    size, page = _number(call, "page_size", 100, 500), _number(call, "page", 1, 2**31 - 1)
    fees = {row["ref"]: row["amount_minor"] for row in _rows(call) if row["kind"] == "fee"}
    wanted = call.query.get("transaction_id")
    rows = [
        row
        for row in _rows(call)
        if row["kind"] in CODES
        and start <= datetime.fromisoformat(row["at"]) <= end
        and wanted in {None, _transaction_id(row)}
        and call.query.get("transaction_currency", row["currency"].upper()) == row["currency"].upper()
    ]
    shown = [{"transaction_info": _info(row, fees)} for row in rows[(page - 1) * size : page * size]]
    body: Json = {
        "transaction_details": shown,
        "account_number": "SIMMERCHANT2345",
        "start_date": call.world.iso(int(start.timestamp())),
        "end_date": call.world.iso(int(end.timestamp())),
        "last_refreshed_datetime": call.world.iso(),
        "page": page,
        "total_items": len(rows),
        "total_pages": max(1, math.ceil(len(rows) / size)),
        "links": [link(call.base_url, "/v1/reporting/transactions", "self")],
    }
    return Answer(200, body)


def _rows(call: Call) -> list[Json]:
    return [row for row in call.world.all("movements") if row["provider"] == "paypal"]


def _moment(call: Call, name: str) -> datetime:
    text = call.query.get(name, "").replace(" ", "+")  # A plus sign in an address decodes to a space.
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid_request("INVALID_REQUEST", f"{name} must be an Internet date and time.", f"/{name}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(call: Call, name: str, default: int, most: int) -> int:
    text = call.query.get(name, str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid_request("INVALID_REQUEST", f"{name} must be between 1 and {most}.", f"/{name}")
    return int(text)


def _transaction_id(row: Json) -> str:
    return str(row.get("transaction") or row["ref"])


def _info(row: Json, fees: dict[str, int]) -> Json:
    currency = row["currency"].upper()
    sign = -1 if row["kind"] in _LEAVES else 1
    info: dict[str, Any] = {
        "transaction_id": _transaction_id(row),
        "transaction_event_code": CODES[row["kind"]],
        "transaction_initiation_date": row["at"],
        "transaction_updated_date": row["at"],
        "transaction_amount": paypal_money(sign * row["amount_minor"], currency),
        "transaction_status": "S",
        "invoice_id": row.get("invoice_id"),
        "custom_field": row.get("custom_id"),
    }
    if row["kind"] == "capture":
        info["fee_amount"] = paypal_money(-fees.get(row["ref"], 0), currency)
    else:
        info |= {"paypal_reference_id": row["parent_ref"], "paypal_reference_id_type": "TXN"}
    return {name: value for name, value in info.items() if value is not None}
