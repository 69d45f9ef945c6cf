"""What stands at the head and the foot of every e-mail of a market: the seller, and when support answers (SUP-2)."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name

from store.kernel.i18n import babel_locale
from store.markets import Market
from store.support.opening_hours import hours_lines


def letterhead(market: Market, locale: str) -> dict[str, Any]:
    """`seller` and `support` of an e-mail's context; the zone's name is that of all seasons, as e-mails are kept."""
    entity, support = market.legal_entity, market.support
    return {
        "seller": {"name": entity.name, "address": entity.address, "registrations": dict(entity.registrations)},
        "support": {
            "email": support.email,
            "phone": support.phone,
            "hours": [line.text for line in hours_lines(support.hours, locale)],
            "time_zone": get_timezone_name(ZoneInfo(support.time_zone), locale=babel_locale(locale)),
        },
    }
