"""Invoices as their table keeps them, of anything a shop could sell to anybody."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from hypothesis import strategies as st

from store.documents.figures import taxes_by_rate
from store.kernel.money import included_tax
from store.markets import get_market, load_markets

RATES = {"FR": [200_000, 55_000, 0], "DE": [190_000, 70_000, 0]}
ANY_NAME = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["<b>&amp;</b>", "]]>", "\u202eabc", "👩‍👩‍👧", "\x07\x0b", " ", "x" * 500, "耳机", "يوسف"]),
)


@st.composite
def invoice_row(draw: st.DrawFn) -> dict[str, Any]:
    """Lines of several rates, some discounted or free, shipping or none, taxed or not, paid or due."""
    load_markets()
    market = draw(st.sampled_from(["FR", "DE"]))
    seller = msgspec.to_builtins(get_market(market).legal_entity)
    untaxed = draw(st.booleans())
    rates = [0] if untaxed else RATES[market]
    lines = [draw(_line(rates)) for _ in range(draw(st.integers(1, 6)))]
    shipping = draw(st.integers(0, 5000))
    shipping_rate = 0 if untaxed else RATES[market][0]
    shipping_tax = included_tax(shipping, shipping_rate)
    parts = [(line["tax_rate_ppm"], line["goods_minor"], line["tax_minor"]) for line in lines]
    if shipping:
        parts.append((shipping_rate if shipping_tax else 0, shipping, shipping_tax))
    postal = {"name": draw(ANY_NAME), "line1": draw(ANY_NAME), "postcode": "1", "city": draw(ANY_NAME)}
    buyer_country, ship_country = (draw(st.sampled_from(["FR", "DE", "MC", "NL"])) for _ in range(2))
    return {
        "number": f"{seller['code']}-2026-{draw(st.integers(1, 999_999)):06d}",
        "order_number": f"{market}-7K3M-9QX2",
        "locale": draw(st.sampled_from(["en", "fr", "zh-Hans"])),
        "currency": "EUR",
        "amount_minor": sum(line["goods_minor"] for line in lines) + shipping,
        "tax_minor": sum(line["tax_minor"] for line in lines) + shipping_tax,
        "shipping_minor": shipping,
        "shipping_tax_minor": shipping_tax,
        "tax_name": "VAT",
        "tax_region": market,
        "tax_exemption": draw(st.none() | ANY_NAME),
        "lines": lines,
        "taxes": taxes_by_rate(parts),
        "seller": seller,
        "buyer": {
            "name": draw(ANY_NAME),
            "address": ["x"],
            "postal": postal | {"country": buyer_country},
            "country": buyer_country,
            "email": draw(st.sampled_from(["", "a@example.com"])),
            "vat_id": draw(st.sampled_from([None, "", "DE129273398", "fr 11 123456782", "no id", "12"])),
            "business": draw(st.booleans()),
        },
        "deliver_to": postal | {"country": ship_country},
        "supplied_on": draw(st.none() | st.just(date(2026, 1, 3))),
        "due_on": draw(st.none() | st.just(date(2026, 2, 1))),
        "issued_on": date(2026, 1, 2),
        "payment_method": draw(st.sampled_from(["card", "paypal", "wire", "purchase_order", "apple_pay"])),
        "customer_reference": draw(st.none() | ANY_NAME),
        "purchase_order_number": draw(st.none() | ANY_NAME),
        "transfer_reference": draw(st.none() | st.just("RF18539007547034")),
        "return_number": None,
    }


@st.composite
def _line(draw: st.DrawFn, rates: list[int]) -> dict[str, Any]:
    rate, gross = draw(st.sampled_from(rates)), draw(st.integers(0, 1_000_000))
    return {
        "sku": "AUR-ONE-BLK",
        "names": {"en": draw(ANY_NAME)},
        "kind": draw(st.sampled_from(["device", "service", "repair"])),
        "quantity": draw(st.integers(1, 50)),
        "goods_minor": gross,
        "tax_minor": included_tax(gross, rate),
        "tax_rate_ppm": rate,
        "discount_minor": draw(st.integers(0, 500)),
    }
