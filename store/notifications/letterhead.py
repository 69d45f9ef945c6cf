"""What stands at the head and the foot of every e-mail of a market: the seller, and when support answers (SUP-2)."""

from __future__ import annotations

from typing import Any

from store.markets import Market
from store.support import support_channels


def letterhead(market: Market, locale: str) -> dict[str, Any]:
    """`seller` and `support` of an e-mail's context."""
    entity, channels = market.legal_entity, support_channels(market, locale)
    return {
        "seller": {"name": entity.name, "address": entity.address, "registrations": dict(entity.registrations)},
        "support": {
            "email": channels.email,
            "phone": channels.phone,
            "hours": [line.text for line in channels.hours],
            "time_zone": channels.time_zone_name,
        },
    }
