"""The conditions of return that a customer accepts when confirming, and their version (RMA-12, RMA-14, RMA-15).

Whoever changes a sentence raises the version: what was accepted stays known by it.
"""

from __future__ import annotations

from store.kernel.i18n import N_

TERMS_VERSION = "2026-01"
TERMS = (
    N_("Only the items listed in this return are accepted; each is inspected when it has arrived."),
    N_("The parcel carries the RMA number on its outside. Without it the parcel can't be assigned and may be refused."),
    N_("You send the items with tracking and keep the proof of posting; they travel at your risk until they arrive."),
    N_(
        "Items ordered by mistake come back unused, complete and in their original packaging; a restocking fee applies."
    ),
    N_("A fault that is not covered by the warranty is repaired only at the price that you have accepted."),
    N_("Items that are not accepted are sent back to the return address that you have given."),
)
