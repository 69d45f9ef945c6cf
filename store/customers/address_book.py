"""The address book: of a customer, or of all people of a partner together (ACC-3).

Changes of one book happen one after the other (its owner's row is locked), so the limit and the defaults hold
whatever races; indexes hold them as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

import msgspec

from store.customers.principal import Principal
from store.kernel import clock, db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.kernel.ids import new_id
from store.markets import Address, market_for_country, normalize_address

ENTRIES_MAX = 100
Purpose = Literal["shipping", "returns"]


class AddressBookFull(StoreError):
    code = "address_book_full"
    status = 409
    title = N_("The address book is full.")
    detail = N_("It holds {maximum} addresses. Please delete one that you no longer need.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressOwner:
    """Whose book: exactly one of both is set."""

    account_id: UUID | None = None
    partner_id: UUID | None = None

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """The book of a signed-in caller; a partner's people share one. Raises NotFound for all others."""
        if principal.kind == "partner" and principal.partner_id is not None:
            return cls(partner_id=principal.partner_id)
        if principal.kind == "customer" and principal.account_id is not None:
            return cls(account_id=principal.account_id)
        raise NotFound

    @property
    def columns(self) -> tuple[UUID | None, UUID | None]:
        return self.account_id, self.partner_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressEntry:
    """An address under a name of its owner's choice."""

    id: UUID
    label: str
    address: Address
    default_shipping: bool
    default_returns: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressDraft:
    """What an entry is to be: `address` as a person typed it, checked when it is kept."""

    label: str
    address: Mapping[str, Any]
    default_shipping: bool = False
    default_returns: bool = False


_MINE = "(account_id = $1 or partner_id = $2)"


async def list_addresses(owner: AddressOwner) -> list[AddressEntry]:
    """The whole book, at most ENTRIES_MAX, in the order in which it was filled."""
    rows = await db.fetch(f"select * from address_book_entry where {_MINE} order by created_at, id", *owner.columns)
    return [_entry(row) for row in rows]


async def get_address(owner: AddressOwner, entry_id: UUID) -> AddressEntry:
    """One entry of this book. Raises NotFound, for an entry of somebody else as well."""
    row = await db.fetchrow(f"select * from address_book_entry where id = $3 and {_MINE}", *owner.columns, entry_id)
    if row is None:
        raise NotFound
    return _entry(row)


async def default_address(owner: AddressOwner, purpose: Purpose) -> AddressEntry | None:
    """The address that goods are sent to, or come back from, unless another one is chosen."""
    row = await db.fetchrow(f"select * from address_book_entry where default_{purpose} and {_MINE}", *owner.columns)
    return _entry(row) if row else None


async def add_address(owner: AddressOwner, draft: AddressDraft) -> AddressEntry:
    """Raises AddressBookFull, InvalidAddress, PostBoxRefused, CountryNotSupported."""
    address = checked_address(draft.address)
    entry_id, now = new_id(), clock.now()
    async with db.unit_of_work():
        await _lock(owner)
        slot = await db.fetchval(
            f"select min(free) from generate_series(1, $3::int) free where not exists"
            f" (select from address_book_entry where slot = free and {_MINE})",
            *owner.columns,
            ENTRIES_MAX,
        )
        if slot is None:
            raise AddressBookFull(maximum=ENTRIES_MAX)
        await _make_way(owner, draft, entry_id)
        await db.insert(
            "address_book_entry",
            id=entry_id,
            account_id=owner.account_id,
            partner_id=owner.partner_id,
            slot=slot,
            label=draft.label.strip(),
            address=msgspec.to_builtins(address),
            default_shipping=draft.default_shipping,
            default_returns=draft.default_returns,
            created_at=now,
            updated_at=now,
        )
    return await get_address(owner, entry_id)


async def change_address(owner: AddressOwner, entry_id: UUID, draft: AddressDraft) -> AddressEntry:
    """Replace an entry; orders keep the address that they were placed with. Raises NotFound, and as add_address."""
    await get_address(owner, entry_id)  # before anything is said about what was sent
    address = checked_address(draft.address)
    async with db.unit_of_work():
        await _lock(owner)
        await get_address(owner, entry_id)
        await _make_way(owner, draft, entry_id)
        await db.execute(
            "update address_book_entry set label = $2, address = $3, default_shipping = $4, default_returns = $5,"
            " updated_at = $6 where id = $1",
            entry_id,
            draft.label.strip(),
            msgspec.to_builtins(address),
            draft.default_shipping,
            draft.default_returns,
            clock.now(),
        )
    return await get_address(owner, entry_id)


async def make_default(owner: AddressOwner, entry_id: UUID, purpose: Purpose) -> AddressEntry:
    """This entry in place of the one before; of two at the same time the later one counts. Raises NotFound."""
    column = f"default_{purpose}"
    async with db.unit_of_work():
        await _lock(owner)
        await get_address(owner, entry_id)
        await db.execute(
            f"update address_book_entry set {column} = false where {column} and {_MINE} and id <> $3",
            *owner.columns,
            entry_id,
        )
        await db.execute(
            f"update address_book_entry set {column} = true, updated_at = $2 where id = $1 and not {column}",
            entry_id,
            clock.now(),
        )
    return await get_address(owner, entry_id)


async def delete_address(owner: AddressOwner, entry_id: UUID) -> None:
    """Raises NotFound, for one that was deleted before as well."""
    if not await db.execute(f"delete from address_book_entry where id = $3 and {_MINE}", *owner.columns, entry_id):
        raise NotFound


def checked_address(raw: Mapping[str, Any]) -> Address:
    """By the rules of its country and of the market that delivers there; post boxes are refused."""
    country = raw.get("country")
    known = isinstance(country, str) and country.strip()
    return normalize_address(raw, market_for_country(str(country).strip()) if known else None)


async def _lock(owner: AddressOwner) -> None:
    table, owner_id = ("account", owner.account_id) if owner.account_id else ("partner", owner.partner_id)
    if not await db.fetchval(f"select true from {table} where id = $1 for no key update", owner_id):
        raise NotFound


async def _make_way(owner: AddressOwner, draft: AddressDraft, entry_id: UUID) -> None:
    """The defaults that the draft takes are taken from the others."""
    await db.execute(
        "update address_book_entry set default_shipping = default_shipping and not $3,"
        f" default_returns = default_returns and not $4 where {_MINE} and id <> $5",
        *owner.columns,
        draft.default_shipping,
        draft.default_returns,
        entry_id,
    )


def _entry(row: db.Row) -> AddressEntry:
    facts = {name: row[name] for name in AddressEntry.__slots__}
    return AddressEntry(**{**facts, "address": msgspec.convert(row["address"], Address)})
