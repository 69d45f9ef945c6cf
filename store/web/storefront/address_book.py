"""The address book of a signed-in customer, or of a partner's people together (ACC-3)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from store.customers import (
    AddressBookFull,
    AddressDraft,
    AddressEntry,
    AddressOwner,
    Principal,
    add_address,
    change_address,
    delete_address,
    get_address,
    list_addresses,
    make_default,
)
from store.kernel.errors import NotFound
from store.markets import Address, CountryNotSupported, InvalidAddress, PostBoxRefused, format_address
from store.web.edge.documented import problems
from store.web.edge.roles import SIGNED_IN, requires
from store.web.edge.schemas import Out, RequestBody
from store.web.storefront.order_bodies import AddressBody


class KeepAddress(RequestBody):
    """An address under a name of one's own. A default that is taken is taken from the entry that had it."""

    label: Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\S", examples=["Office"])]
    address: AddressBody
    default_shipping: bool = False
    default_returns: bool = False
    EXAMPLE: ClassVar = {"label": "Office", "address": AddressBody.EXAMPLE, "default_shipping": True}

    def draft(self) -> AddressDraft:
        return AddressDraft(
            label=self.label,
            address=self.address.fields(),
            default_shipping=self.default_shipping,
            default_returns=self.default_returns,
        )


class MakeDefault(RequestBody):
    """What the address is to be the first choice for."""

    purpose: Literal["shipping", "returns"]
    EXAMPLE: ClassVar = {"purpose": "shipping"}


class AddressEntryOut(Out):
    """`lines` is the address as its country writes it."""

    id: UUID
    label: str
    address: Address
    lines: list[str]
    default_shipping: bool
    default_returns: bool
    created_at: datetime
    updated_at: datetime


_REFUSED = (InvalidAddress, PostBoxRefused, CountryNotSupported)


@get("/", opt=requires(*SIGNED_IN), summary="List my addresses")
async def show_addresses(principal: NamedDependency[Principal], locale: NamedDependency[str]) -> list[AddressEntryOut]:
    """The whole book, at most a hundred entries, the oldest first. A partner's people share one."""
    return [entry_out(entry, locale) for entry in await list_addresses(AddressOwner.of(principal))]


@post(
    "/",
    opt=requires(*SIGNED_IN, idempotent=True),
    responses=problems(AddressBookFull, *_REFUSED),
    summary="Add an address",
)
async def create_entry(
    data: JSONBody[KeepAddress], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> AddressEntryOut:
    """Checked by the rules of its country. Post boxes and countries that we don't deliver to are refused."""
    return entry_out(await add_address(AddressOwner.of(principal), data.draft()), locale)


@get("/{address_id:uuid}", opt=requires(*SIGNED_IN), responses=problems(NotFound), summary="Show an address")
async def show_entry(
    address_id: FromPath[UUID], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> AddressEntryOut:
    """An entry of one's own book."""
    return entry_out(await get_address(AddressOwner.of(principal), address_id), locale)


@put(
    "/{address_id:uuid}",
    opt=requires(*SIGNED_IN),
    responses=problems(NotFound, *_REFUSED),
    summary="Change an address",
)
async def edit_entry(
    address_id: FromPath[UUID],
    data: JSONBody[KeepAddress],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AddressEntryOut:
    """Replace the entry. Orders keep the address that they were placed with."""
    return entry_out(await change_address(AddressOwner.of(principal), address_id, data.draft()), locale)


@post(
    "/{address_id:uuid}/default",
    opt=requires(*SIGNED_IN),
    status_code=200,
    responses=problems(NotFound),
    summary="Make an address the default",
)
async def choose_default(
    address_id: FromPath[UUID],
    data: JSONBody[MakeDefault],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AddressEntryOut:
    """For deliveries, or for goods that come back from there."""
    return entry_out(await make_default(AddressOwner.of(principal), address_id, data.purpose), locale)


@delete("/{address_id:uuid}", opt=requires(*SIGNED_IN), responses=problems(NotFound), summary="Delete an address")
async def remove_entry(address_id: FromPath[UUID], principal: NamedDependency[Principal]) -> None:
    """Orders and returns keep what they were made with."""
    await delete_address(AddressOwner.of(principal), address_id)


def entry_out(entry: AddressEntry, locale: str) -> AddressEntryOut:
    return AddressEntryOut(
        id=entry.id,
        label=entry.label,
        address=entry.address,
        lines=format_address(entry.address, locale),
        default_shipping=entry.default_shipping,
        default_returns=entry.default_returns,
        created_at=entry.created_at,
        updated_at=entry.updated_at,
    )


router = Router(
    path="/api/v1/me/addresses",
    route_handlers=[show_addresses, create_entry, show_entry, edit_entry, choose_default, remove_entry],
    tags=["Address book"],
)
