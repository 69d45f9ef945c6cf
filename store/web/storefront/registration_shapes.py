"""What is sent to register devices, and what is answered (WAR-3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, field

from store.kernel import db
from store.markets import Market
from store.warranty import Outcome, RegisterUnit, Unit, coverage, unit_day
from store.warranty.registration_notes import registration_notes
from store.web.edge.schemas import Email, Out, RequestBody, Sku, Text
from store.web.storefront.certificate_shapes import CertificateOut
from store.web.storefront.order_bodies import MarketCode
from store.web.storefront.warranty_shapes import DeviceWarrantyOut, said, warranty_facts

ContactPreference = Literal["email", "phone", "post"]
_Attachments = Annotated[list[UUID], Meta(max_length=20)]


class HolderBody(RequestBody):
    """Who owns the devices; `company` stays empty for a private person."""

    first_name: Text
    last_name: Text
    email: Email
    address: Text
    postcode: Annotated[str, Meta(max_length=20)]
    city: Text
    country: Annotated[str, Meta(min_length=2, max_length=2, description="ISO 3166, two letters.", examples=["FR"])]
    phone: Annotated[str, Meta(min_length=1, max_length=40)]
    contact_preference: ContactPreference
    company: Annotated[str, Meta(max_length=200)] = ""
    EXAMPLE: ClassVar = {
        "first_name": "Camille",
        "last_name": "Durand",
        "email": "camille@example.com",
        "address": "12 rue des Lilas",
        "postcode": "75011",
        "city": "Paris",
        "country": "FR",
        "phone": "+33 1 99 00 12 34",
        "contact_preference": "email",
    }

    def fields(self) -> dict[str, Any]:
        return msgspec.structs.asdict(self)


class UnitBody(RequestBody):
    """A device. Of those that this store sold the serial number is enough.

    Others need `purchased_on` and a proof of purchase (`attachment_ids`, from `POST /attachments`); one that nobody
    told us of needs its `product` as well: a slug or a SKU. `certificates` are numbers of service certificates.
    """

    serial: Annotated[str, Meta(max_length=200)]
    purchased_on: date | None = None
    product: Sku | None = None
    certificates: Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(max_length=10)] = field(
        default_factory=list
    )
    attachment_ids: _Attachments = field(default_factory=list)
    EXAMPLE: ClassVar = {"serial": "AUR1004567", "purchased_on": "2026-03-12", "product": "aurelvo-one"}

    def unit(self, shared: Sequence[UUID]) -> RegisterUnit:
        return RegisterUnit(
            serial=self.serial,
            purchased_on=self.purchased_on,
            product=self.product,
            certificates=tuple(self.certificates),
            attachment_ids=tuple(dict.fromkeys([*self.attachment_ids, *shared])),
        )


class RegisterBody(RequestBody):
    """The owner once, and the devices: at most as many as the market's form takes. `attachment_ids` belong to all."""

    market: MarketCode
    holder: HolderBody
    units: Annotated[list[UnitBody], Meta(min_length=1, max_length=1000)]
    attachment_ids: _Attachments = field(default_factory=list)
    EXAMPLE: ClassVar = {
        "market": "FR",
        "holder": HolderBody.EXAMPLE,
        "units": [UnitBody.EXAMPLE],
        "attachment_ids": ["01980d3e-7a10-7c3b-9d51-3f2b6e0c4a11"],
    }


class NoteOut(Out):
    """What was missed by registering late, or until when something can still be done."""

    rule: Annotated[str, Meta(examples=["WAR-11"])]
    code: Annotated[str, Meta(examples=["registered_late", "services_until"])]
    message: str


class RegisteredUnitOut(DeviceWarrantyOut, kw_only=True):
    """A registered device; `new` is false for one that this owner had registered before."""

    position: int
    serial: str
    registration_id: UUID
    new: bool
    notes: list[NoteOut]


class RegisteredOut(Out):
    """All devices are registered; the confirmation goes to `confirmation_sent_to`."""

    confirmation_sent_to: str
    units: list[RegisteredUnitOut]


class HolderOut(Out):
    first_name: str
    last_name: str
    email: str
    company: str
    address: str
    postcode: str
    city: str
    country: str
    phone: str
    contact_preference: str


class RegistrationOut(DeviceWarrantyOut, kw_only=True):
    """A registration with the device as it is today; `ended_at` is null for a current one."""

    id: UUID
    serial: str
    holder: HolderOut
    purchased_on: date
    registered_at: datetime
    ended_at: datetime | None


class FormOut(Out):
    """What the form asks for. `certificate` is what `?certificate=` filled it with."""

    units_max: int
    required_holder_fields: list[str]
    contact_preferences: list[str]
    certificate: CertificateOut | None


def registered_unit_out(outcome: Outcome, unit: Unit, market: Market, locale: str) -> RegisteredUnitOut:
    assert outcome.registration_id
    today = unit_day(unit)
    notes = registration_notes(unit, today, late_days=market.policy.late_registration_days)
    return RegisteredUnitOut(
        **warranty_facts(unit, coverage(unit, today), locale),
        position=outcome.position,
        serial=unit.serial,
        registration_id=outcome.registration_id,
        new=outcome.new,
        notes=[
            NoteOut(rule=note.rule, code=note.code, message=said(note.sentence, note.facts, locale)) for note in notes
        ],
    )


def registration_out(row: db.Row, unit: Unit, locale: str) -> RegistrationOut:
    return RegistrationOut(
        **warranty_facts(unit, coverage(unit, unit_day(unit)), locale),
        id=row["id"],
        serial=unit.serial,
        holder=holder_out(row["holder"]),
        purchased_on=row["purchased_on"],
        registered_at=row["registered_at"],
        ended_at=row["ended_at"],
    )


def holder_out(holder: dict[str, Any]) -> HolderOut:
    return HolderOut(**{name: holder.get(name, "") for name in HolderOut.__struct_fields__})
