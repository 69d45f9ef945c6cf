"""How long a document takes: `python -m bench.documents` typesets invoices and labels in one process.

Each invoice differs, so that nothing is served from what typst remembers of the one before.
"""

from __future__ import annotations

import asyncio
import json
import platform
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from statistics import median, quantiles
from typing import Any

import msgspec

from store.documents import ReturnLabel, make_label
from store.documents.electronic_invoice import invoice_xml
from store.documents.invoice_document import invoice_data
from store.documents.typeset import paper_of, typeset
from store.markets import get_market, load_markets

AT = datetime(2026, 1, 2, 10, tzinfo=UTC)
WARM = 100
POSTAL = {
    "name": "Camille Moreau",
    "line1": "12 rue de Rivoli",
    "postcode": "75001",
    "city": "Paris",
    "country": "FR",
}
MARKETS = (("FR", "fr"), ("US", "en"), ("CN", "zh-Hans"))


def invoice(market: str, locale: str, number: int, lines: int = 5) -> dict[str, Any]:
    """A row as the table keeps it; amounts depend on the number."""
    seller = msgspec.to_builtins(get_market(market).legal_entity)
    line = {"sku": "AUR-ONE-BLK", "kind": "device", "names": {"en": "Headset", "fr": "Casque", "zh-Hans": "耳机"}}
    goods = [{**line, **_figures(units, number)} for units in range(1, lines + 1)]
    amount, tax = sum(each["goods_minor"] for each in goods), sum(each["tax_minor"] for each in goods)
    address = ["Camille Moreau", "12 rue de Rivoli", "75001 PARIS"]
    return {
        "number": f"{seller['code']}-2026-{number:06d}",
        "order_number": f"{market}-7K3M-{number:04d}",
        "locale": locale,
        "currency": get_market(market).currency,
        "amount_minor": amount,
        "tax_minor": tax,
        "shipping_minor": 0,
        "shipping_tax_minor": 0,
        "tax_name": "VAT",
        "tax_region": market,
        "tax_exemption": None,
        "return_number": None,
        "lines": goods,
        "taxes": [{"rate_ppm": 200_000, "net_minor": amount - tax, "tax_minor": tax}],
        "seller": seller,
        "buyer": {
            "name": "Camille Moreau",
            "address": address,
            "postal": POSTAL,
            "country": "FR",
            "email": "camille@example.com",
            "vat_id": None,
            "business": True,
        },
        "ship_to": None,
        "deliver_to": POSTAL,
        "supplied_on": date(2026, 1, 2),
        "customer_reference": "4711",
        "payment_method": "wire",
        "transfer_reference": "RF18539007547034",
        "purchase_order_number": "PO-1",
        "issued_on": date(2026, 1, 2),
        "due_on": date(2026, 2, 1),
    }


def _figures(units: int, number: int) -> dict[str, int]:
    net = 1000 * units + number
    return {"quantity": units, "goods_minor": net + net // 5, "tax_minor": net // 5, "tax_rate_ppm": 200_000}


async def make_invoice(market: str, locale: str, number: int, lines: int = 5) -> bytes:
    row = invoice(market, locale, number, lines)
    xml = invoice_xml(row)  # type: ignore[arg-type]
    data = invoice_data(row)  # type: ignore[arg-type]
    return await typeset("invoice", data, locale=locale, paper=paper_of(market), at=AT, electronic=xml)


async def make_return_label(market: str, locale: str, number: int) -> bytes:
    label = ReturnLabel(
        rma_number=f"RMA-7K3M-{number:04d}",
        market=market,
        locale=locale,
        return_address=get_market(market).return_address.lines,
        sender=("Camille Moreau", "12 rue de Rivoli", "75001 PARIS"),
        units=[(f"SN-{unit:04}", "Aurora One") for unit in range(3)],
        issued_at=AT,
    )
    return await make_label(replace(label, customer_reference=str(number)))


async def measured(what: str, make: Callable[[int], Awaitable[bytes]]) -> dict[str, Any]:
    """Milliseconds of one after the other, and how many a second when eight are wanted at once."""
    times, size = [], 0
    for number in range(1, WARM + 1):
        begin = time.perf_counter()
        size = len(await make(number))
        times.append((time.perf_counter() - begin) * 1000)
    begin = time.perf_counter()
    for start in range(WARM + 1, 2 * WARM, 8):
        await asyncio.gather(*(make(number) for number in range(start, start + 8)))
    together = len(range(WARM + 1, 2 * WARM, 8)) * 8 / (time.perf_counter() - begin)
    return {
        "what": what,
        "first_ms": round(times[0], 1),
        "median_ms": round(median(times[1:]), 2),
        "p99_ms": round(quantiles(times[1:], n=100)[98], 2),
        "per_second": round(together),
        "bytes": size,
    }


async def main() -> None:
    load_markets()
    rows = []
    for market, locale in MARKETS:
        rows.append(await measured(f"invoice, {locale}", partial(make_invoice, market, locale)))
        rows.append(await measured(f"return label, {locale}", partial(make_return_label, market, locale)))
    rows.append(await measured("invoice of 100 lines, fr", lambda number: make_invoice("FR", "fr", number, 100)))
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"python": platform.python_version(), "peak_mb": peak}))


if __name__ == "__main__":
    asyncio.run(main())
