"""The life of a unit."""

from __future__ import annotations

from enum import StrEnum

from store.kernel.i18n import N_
from store.kernel.machine import Machine


class UnitStatus(StrEnum):
    ACTIVE = "active"  # with its owner
    RETURNED = "returned"  # back with us; it may be sold again
    REPLACED = "replaced"  # another unit has the rest of its warranty
    SCRAPPED = "scrapped"


S = UnitStatus
UNIT = Machine(
    "unit",
    {
        S.ACTIVE: {S.RETURNED, S.REPLACED, S.SCRAPPED},
        S.RETURNED: {S.ACTIVE, S.REPLACED, S.SCRAPPED},
        S.REPLACED: {S.ACTIVE, S.RETURNED, S.SCRAPPED},  # mended and sold again, maybe
        S.SCRAPPED: {S.REPLACED},  # it was thrown away before its replacement left
    },
)

# "Returned" is said of parcels, too, and means something else there: units have their own words.
UNIT_STATUS_LABELS = {
    S.ACTIVE: N_("in use"),
    S.RETURNED: N_("taken back"),
    S.REPLACED: N_("replaced by another device"),
    S.SCRAPPED: N_("disposed of"),
}
