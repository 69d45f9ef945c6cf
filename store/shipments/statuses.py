"""The life of a shipment."""

from __future__ import annotations

from enum import StrEnum

from store.kernel.i18n import N_
from store.kernel.machine import Machine
from store.kernel.wording import register_labels


class ShipmentStatus(StrEnum):
    WAITING = "waiting"  # for stock
    READY = "ready"  # its goods are reserved; it may be released
    ON_HOLD = "on_hold"  # its money isn't secured (PAY-6)
    RELEASED = "released"  # in the warehouse's hands
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    RETURNED = "returned"  # undeliverable, came back (SHP-6)
    CANCELED = "canceled"


S = ShipmentStatus
SHIPMENT = Machine(
    "shipment",
    {
        S.WAITING: {S.READY, S.ON_HOLD, S.CANCELED},
        S.READY: {S.RELEASED, S.ON_HOLD, S.WAITING, S.CANCELED},
        S.ON_HOLD: {S.READY, S.WAITING, S.CANCELED},
        S.RELEASED: {S.DISPATCHED, S.READY, S.ON_HOLD},  # back, as its money lapsed
        S.DISPATCHED: {S.DELIVERED, S.RETURNED},
        S.DELIVERED: set(),
        S.RETURNED: set(),
        S.CANCELED: set(),
    },
)
NOT_RELEASED = (S.WAITING, S.READY, S.ON_HOLD)

register_labels(
    {
        S.WAITING: N_("waiting for stock"),
        S.READY: N_("ready to leave"),
        S.ON_HOLD: N_("on hold"),
        S.RELEASED: N_("released"),
        S.DISPATCHED: N_("shipped"),
        S.DELIVERED: N_("delivered"),
        S.RETURNED: N_("returned to sender"),
        S.CANCELED: N_("cancelled"),
    }
)
