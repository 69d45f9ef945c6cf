"""How to send goods back, and at whose cost (REF-5, RMA-15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from store.kernel.i18n import N_
from store.markets import Market
from store.refunds.reasons import reason_of

BUYER_PAYS = N_("The return shipping is at your cost.")
STORE_PAYS = N_("We bear the cost of the return shipping, because the mistake was ours.")
TRACKED = N_("Use a carrier with tracking. We recommend {carrier}.")
KEEP_PROOF = N_("Keep the proof of posting until the refund has arrived; you can upload it to your request.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInstructions:
    """`sentences` are marked for translation; {carrier} in them is the carrier with its service."""

    buyer_pays: bool
    sentences: tuple[str, ...]
    carrier: str
    carrier_services: Mapping[str, str]
    carrier_url: str
    address_lines: tuple[str, ...]
    address_country: str


def return_instructions(market: Market, reasons: Sequence[str]) -> ReturnInstructions | None:
    """None when nothing has to be sent. One mistake of ours makes the whole return ours to pay."""
    coming = [reason_of(code) for code in reasons if reason_of(code).goods_come_back]
    if not coming:
        return None
    ours = any(reason.our_cost for reason in coming)
    return ReturnInstructions(
        buyer_pays=not ours,
        sentences=(STORE_PAYS if ours else BUYER_PAYS, TRACKED, KEEP_PROOF),
        carrier=market.return_carrier.carrier,
        carrier_services=market.return_carrier.names,
        carrier_url=market.return_carrier.url,
        address_lines=market.return_address.lines,
        address_country=market.return_address.country,
    )
