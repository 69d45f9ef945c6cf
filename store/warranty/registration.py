"""What is registered, for whom, and what came of it (WAR-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from store.kernel.errors import StoreError
from store.markets import Market


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The owner as `read_holder` checked it: country ISO 3166, phone E.164, contact_preference email, phone or post."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUnit:
    """One unit, as its owner names it.

    `product` is a slug or SKU, for units that nobody told us of; `certificates` are numbers of service certificates,
    and `service_reference`, where it is given, has to be theirs; `attachment_ids` are proofs of purchase.
    """

    serial: str
    purchased_on: date | None = None
    product: str | None = None
    certificates: tuple[str, ...] = ()
    service_reference: str | None = None
    attachment_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A unit and its owner: an import has one of each in every row."""

    holder: Holder
    unit: RegisterUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """Who registers: a customer, a partner for its customers, a guest, or staff. `identity` is whose files they are."""

    market: Market
    locale: str
    actor: str
    identity: str
    account_id: UUID | None = None
    partner_id: UUID | None = None
    staff: bool = False
    import_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong with one field of an entry; `error` is the refusal of a rule."""

    field: str
    error: StoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an entry: mistakes, or its registration. `new` is false for one that was there before unchanged."""

    position: int
    serial: str
    mistakes: tuple[Mistake, ...] = ()
    unit_id: UUID | None = None
    registration_id: UUID | None = None
    batch_id: UUID | None = None
    new: bool = False


def holder_json(holder: Holder) -> Mapping[str, Any]:
    return {name: getattr(holder, name) for name in Holder.__slots__}
