"""What is sent when something is returned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from store.customers import AddressOwner, Principal, get_address
from store.rma.item import ItemRequest
from store.rma.reasons import ReasonCode, Wish
from store.web.edge.fields import invalid
from store.web.edge.schemas import Email, LongText, RequestBody, Sku, Text
from store.web.storefront.order_bodies import AddressBody

Serial = Annotated[str, Meta(max_length=80, examples=["HD1001"])]
Ticket = Annotated[str, Meta(max_length=60)]
SymptomCode = Annotated[str, Meta(max_length=40, examples=["no_audio"])]
EvidenceIds = Annotated[list[UUID], Meta(max_length=10, description="Ids of files that were sent before.")]
AccessoryCodes = Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=30)]
Reference = Annotated[str, Meta(max_length=80, description="The customer's own; empty takes it away.")]
MOST_ITEMS = 50


class ReturnItemBody(RequestBody):
    """By `serial` (with `product`, a slug, when several have it), or by `order_number` and `sku`.

    `no_readable_serial` says that there is none to read. `accessories` are codes of what comes along; left out: all.
    """

    reason: ReasonCode
    serial: Serial | None = None
    no_readable_serial: bool = False
    product: Text | None = None
    order_number: Annotated[str, Meta(max_length=40)] | None = None
    sku: Sku | None = None
    quantity: Annotated[int, Meta(ge=1, le=MOST_ITEMS)] = 1
    wish: Wish | None = None
    symptom: SymptomCode | None = None
    description: LongText = ""
    received_sku: Sku | None = None
    unused: bool = False
    evidence_ids: EvidenceIds = field(default_factory=list)
    ticket_number: Ticket | None = None
    accessories: AccessoryCodes | None = None
    accept_quote: bool | None = None
    EXAMPLE: ClassVar = {
        "reason": "defective",
        "serial": "AUR1004567",
        "symptom": "no_audio",
        "description": "The left side went silent after an update.",
        "wish": "repair",
    }

    def items(self) -> list[ItemRequest]:
        """One per piece."""
        request = ItemRequest(
            reason=self.reason,
            serial=self.serial,
            unreadable=self.no_readable_serial,
            product=self.product,
            order_number=self.order_number,
            sku=self.sku,
            wish=self.wish,
            symptom=self.symptom,
            description=self.description,
            received_sku=self.received_sku,
            unused=self.unused,
            evidence_ids=tuple(self.evidence_ids),
            ticket_number=self.ticket_number,
            accessories=None if self.accessories is None else tuple(self.accessories),
            accept_quote=self.accept_quote,
        )
        return [request] * self.quantity


Items = Annotated[list[ReturnItemBody], Meta(min_length=1, max_length=MOST_ITEMS)]


def all_items(bodies: list[ReturnItemBody]) -> list[ItemRequest]:
    """Raises Invalid for a serial number that is there more than once by its quantity."""
    for position, body in enumerate(bodies):
        if body.quantity > 1 and body.serial is not None:
            raise invalid({"field": f"units.{position}.quantity", "code": "too_large", "limit": "1"})
    return [item for body in bodies for item in body.items()]


class ReviewFields(RequestBody):
    """What stays the same is left out. `return_address_id` is an entry of the signed-in caller's address book."""

    email: Email | None = None
    customer_reference: Reference | None = None
    return_address: AddressBody | None = None
    return_address_id: UUID | None = None
    paper_label: bool | None = None
    EXAMPLE: ClassVar = {
        "email": "camille@example.com",
        "customer_reference": "Desk 14",
        "return_address": AddressBody.EXAMPLE,
        "paper_label": False,
    }

    async def address(self, principal: Principal) -> Mapping[str, Any] | None:
        """Raises NotFound for an address that is not in the caller's book."""
        if self.return_address_id is None:
            return self.return_address.fields() if self.return_address else None
        if self.return_address is not None:
            raise invalid({"field": "return_address_id", "code": "not_allowed"})
        entry = await get_address(AddressOwner.of(principal), self.return_address_id)
        return {name: getattr(entry.address, name) for name in entry.address.__struct_fields__}


class RegisterReturn(ReviewFields, kw_only=True):
    """Up to 50 items, each by its serial number, or by order and article."""

    units: Items
    EXAMPLE: ClassVar = {
        "units": [
            ReturnItemBody.EXAMPLE,
            {"reason": "wrong_order", "order_number": "FR-7K3M-9QX2", "sku": "AUR-CUSH-BLK", "unused": True},
        ],
        "email": "camille@example.com",
        "customer_reference": "Desk 14",
    }


class AddUnits(RequestBody):
    units: Items
    EXAMPLE: ClassVar = {"units": [ReturnItemBody.EXAMPLE]}


class ChangeUnit(RequestBody):
    """What is left out stays as it is; the item is checked anew. `accept_quote` decides about its repair."""

    reason: ReasonCode | UnsetType = UNSET
    wish: Wish | UnsetType | None = UNSET
    symptom: SymptomCode | UnsetType | None = UNSET
    description: LongText | UnsetType = UNSET
    received_sku: Sku | UnsetType | None = UNSET
    unused: bool | UnsetType = UNSET
    evidence_ids: EvidenceIds | UnsetType = UNSET
    ticket_number: Ticket | UnsetType | None = UNSET
    accessories: AccessoryCodes | UnsetType = UNSET
    accept_quote: bool | UnsetType | None = UNSET
    EXAMPLE: ClassVar = {"symptom": "no_audio", "accept_quote": True}

    def changes(self) -> dict[str, Any]:
        """The fields that were given."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
            if value is not UNSET
        }


class ConfirmBody(RequestBody):
    """The conditions of return, in the version that was shown."""

    terms_version: Annotated[str, Meta(max_length=20, examples=["2026-01"])]
    terms_accepted: bool
    EXAMPLE: ClassVar = {"terms_version": "2026-01", "terms_accepted": True}


class TrackingBody(RequestBody):
    """`posted_on` is today when it is left out."""

    carrier: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]
    tracking_number: Annotated[str, Meta(min_length=3, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]*$")]
    posted_on: date | None = None
    EXAMPLE: ClassVar = {"carrier": "Example Parcel", "tracking_number": "EX123456789FR", "posted_on": "2026-03-12"}


class CancelBody(RequestBody):
    reason: LongText = ""
    EXAMPLE: ClassVar = {"reason": "It works again."}
