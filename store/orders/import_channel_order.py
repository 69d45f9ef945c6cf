"""Orders bought elsewhere, known to the store so that people are sent to the right place (ORD-8, REF-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from store.catalog import load_variants
from store.kernel import clock, db
from store.kernel.ids import new_id, new_number
from store.markets import get_market
from store.markets.addresses import normalize_address
from store.orders import history
from store.orders.errors import ChannelOrderKnown


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChannelOrder:
    """`channel` is a retail place of the market (ebay, amazon, …); `lines` are (sku, quantity, paid in total)."""

    market: str
    channel: str
    reference: str
    email: str
    locale: str
    address: Mapping[str, Any]
    lines: Sequence[tuple[str, int, int]]
    actor: str
    bought_at: datetime | None = None


async def import_channel_order(command: ImportChannelOrder) -> UUID:
    """Write the order without payment or shipments: both happened elsewhere. Raises ChannelOrderKnown."""
    market = get_market(command.market)
    address = msgspec.to_builtins(normalize_address(command.address))
    variants = await load_variants(market.code, skus=[sku for sku, _, _ in command.lines])
    order_id, at = new_id(), clock.now()
    total = sum(paid for _, _, paid in command.lines)
    try:
        async with db.unit_of_work():
            await db.insert(
                "sales_order",
                id=order_id,
                number=new_number(market.order_prefix),
                market=market.code,
                legal_entity=market.legal_entity.code,
                channel=command.channel,
                channel_reference=command.reference,
                locale=command.locale,
                status="confirmed",
                email=command.email,
                phone=address.get("phone"),
                shipping_address=address,
                billing_address=address,
                shipping_method="external",
                payment_method="external",
                currency=market.currency,
                tax_mode=market.tax_mode,
                tax_rate_ppm=0,
                tax_name="",
                tax_region="",
                goods_minor=total,
                discount_minor=0,
                tax_minor=0,
                shipping_minor=0,
                shipping_tax_minor=0,
                total_minor=total,
                placed_at=command.bought_at or at,
                confirmed_at=at,
                closed_at=at,
            )
            for position, (sku, quantity, paid) in enumerate(command.lines, start=1):
                variant = variants.get(sku)
                if variant is None:
                    continue
                await db.insert(
                    "order_line",
                    id=new_id(),
                    order_id=order_id,
                    position=position,
                    variant_id=variant.variant_id,
                    product_id=variant.product_id,
                    sku=sku,
                    names=variant.names,
                    quantity=quantity,
                    unit_price_minor=paid // quantity,
                    discount_minor=0,
                    tax_minor=0,
                    tax_rate_ppm=0,
                    total_minor=paid,
                    serialized=variant.serialized,
                    kind=variant.kind,
                )
            await history.record(order_id, "placed", actor=command.actor, channel=command.channel)
    except asyncpg.UniqueViolationError as error:
        raise ChannelOrderKnown(channel=command.channel, reference=command.reference) from error
    return order_id
