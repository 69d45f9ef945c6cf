"""What the warehouse sends and gets about returns."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import Meta, field

from store.rma.match_parcel import ScannedUnit
from store.web.edge.schemas import Labelled, LongText, Out, RequestBody

Position = Annotated[int, Meta(ge=1, le=10_000)]
AccessoryCodes = Annotated[list[Annotated[str, Meta(min_length=1, max_length=40)]], Meta(max_length=50)]
Rejection = Literal["used", "damaged", "incomplete", "other_item", "no_fault_found", "misuse", "other"]


class ScanBody(RequestBody):
    """An item that lay in the parcel: its serial number, or its position in the return when it has none to read.

    Both: an item with that number came in place of the one at that position. `other`: what came can't be identified,
    but is not what was awaited.
    """

    serial: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    position: Position | None = None
    other: bool = False
    accessories: AccessoryCodes = field(default_factory=list)
    EXAMPLE: ClassVar = {"serial": "AUR1004567", "accessories": ["cable"]}

    def scanned(self) -> ScannedUnit:
        return ScannedUnit(
            serial=self.serial, position=self.position, other=self.other, accessories=tuple(self.accessories)
        )


class Receive(RequestBody):
    """What lay in one parcel. More may come on another day."""

    units: Annotated[list[ScanBody], Meta(min_length=1, max_length=200)]
    EXAMPLE: ClassVar = {"units": [ScanBody.EXAMPLE, {"position": 2}]}


class Inspect(RequestBody):
    """What the inspector found. `as_new`: it can be sold again; `accessories`: everything that came along.

    A rejection needs its reason. `photo_ids` are files that were sent before.
    """

    verdict: Literal["accepted", "rejected", "needs_decision"]
    as_new: bool = False
    rejection: Rejection | None = None
    note: LongText = ""
    accessories: AccessoryCodes | None = None
    photo_ids: Annotated[list[UUID], Meta(max_length=20)] = field(default_factory=list)
    EXAMPLE: ClassVar = {
        "verdict": "rejected",
        "rejection": "damaged",
        "note": "The headband is broken.",
        "photo_ids": ["01980d3e-7a10-7c3b-9d51-3f2b6e0c4a11"],
    }


class NotRepairable(RequestBody):
    """Why the workshop gives up."""

    note: LongText = ""
    EXAMPLE: ClassVar = {"note": "No spare part to be had."}


class CheckedAccessoryOut(Out):
    """`sent` as the customer said, `received` as it was found; null: nobody has looked yet."""

    code: str
    name: str
    sent: bool
    received: bool | None


class ReturnedUnitOut(Out):
    """An item of a return as the warehouse sees it: no prices."""

    position: int
    sku: str
    name: str
    serial: str | None
    received_serial: str | None
    reason: Labelled
    wish: Labelled
    symptom: Labelled | None
    description: str
    received_sku: str | None
    in_warranty: bool
    selected: bool
    reception: Labelled
    acceptance: Labelled
    rejection: Labelled | None
    obstacle: Labelled | None
    outcome: Labelled | None
    as_new: bool | None
    inspection_note: str
    inspected_by: str | None
    inspected_at: datetime | None
    evidence_ids: list[UUID]
    inspection_ids: list[UUID]
    in_workshop: bool
    repaired_at: datetime | None
    closed_at: datetime | None
    accessories: list[CheckedAccessoryOut]


class WarehouseReturnOut(Out):
    """A return as the warehouse sees it. `sender_label` is where it comes from and goes back to."""

    number: str
    status: str
    status_label: str
    market: str
    customer_reference: str | None
    carrier: str | None
    tracking_number: str | None
    posted_on: date | None
    confirmed_at: datetime
    expires_at: datetime
    received_at: datetime | None
    closed_at: datetime | None
    sender_label: list[str]
    units: list[ReturnedUnitOut]
