"""What a repair out of warranty costs, and the tax in it (RMA-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from store.customers import exemption_for
from store.kernel import clock
from store.kernel.money import apply_rate
from store.markets import Address, Market, get_market, line_tax, local_date, tax_rate
from store.markets.tax import TaxQuote
from store.rma.policies import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """`total_minor` includes `tax_minor`; `price_minor` is the price as the market shows it. 0: not applicable."""

    price_minor: int = 0
    total_minor: int = 0
    tax_minor: int = 0


FREE = Quote()
MILLION = 1_000_000


def repair_price(terms: Terms, goods_price_minor: int | None) -> int | None:
    """As the market shows prices: the flat price, else a share of the article's price today. None: no price."""
    if terms.repair_flat_minor is not None:
        return terms.repair_flat_minor
    if goods_price_minor is None:
        return None
    return max(apply_rate(goods_price_minor, terms.repair_share_ppm), terms.repair_min_minor)


def quote_repair(market: Market, price_minor: int, tax: TaxQuote) -> Quote:
    """The price with the tax of the place that the repaired item goes back to (MKT-2, MKT-3, MKT-4)."""
    _, tax_minor, total = line_tax(market, tax, price_minor)
    return Quote(price_minor=price_minor, total_minor=total, tax_minor=tax_minor)


def invoiced_quote(market: Market, price_minor: int, tax: TaxQuote, *, accepted_minor: int) -> Quote:
    """The quote at the tax of the day it is invoiced: never more than was accepted, whatever became of the tax."""
    quote = quote_repair(market, price_minor, tax)
    if quote.total_minor <= accepted_minor:
        return quote
    net_minor = accepted_minor * MILLION // (MILLION + tax.rate_ppm)
    return Quote(price_minor=price_minor, total_minor=accepted_minor, tax_minor=accepted_minor - net_minor)


async def repair_tax(
    market_code: str, address: Mapping[str, Any] | None, *, account_id: UUID | None, partner_id: UUID | None
) -> TaxQuote:
    """The tax on a service that goes to `address`; home's without one."""
    market = get_market(market_code)
    exempt = await exemption_for(account_id, partner_id, market.code, local_date(market, clock.now())) is not None
    destination = msgspec.convert(address, Address) if address else None
    return tax_rate(market, destination, "standard", exempt)
