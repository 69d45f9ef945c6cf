"""The warehouse's work on shipments: release, dispatch, delivery, parcels that come back (SHP)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, field

from store.catalog.serial_numbers import InvalidSerial
from store.customers import Principal
from store.kernel.errors import NotFound, WrongState
from store.orders.dispatch_shipment import (
    DispatchShipment,
    deliver_shipment,
    dispatch_shipment,
    take_back_undeliverable,
)
from store.orders.errors import FundsNotSecured, NotYetReleasable, OrderNotConfirmed
from store.orders.release_shipment import release_shipment
from store.shipments import SerialsMismatch, SerialTaken, find_shipment, queue
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import requires
from store.web.edge.schemas import Cursor, Limit, Page, RequestBody, Sku
from store.web.warehouse.shapes import WarehouseShipmentOut
from store.web.warehouse.view import shipments_out

QueueStatus = Literal["waiting", "ready", "on_hold", "released"]
Serial = Annotated[str, Meta(max_length=64)]  # its own rules say more than a pattern (WAR-2)


class Dispatch(RequestBody):
    """`serials` are the serial numbers by SKU, one for each unit of a serialised item.

    Without `carrier` it is that of the shipping method, and the tracking link is made from its pattern.
    """

    tracking_number: Annotated[str, Meta(min_length=3, max_length=80, pattern=r"^\S(.*\S)?$")]
    carrier: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    tracking_url: Annotated[str, Meta(max_length=500, pattern=r"^https?://\S+$")] | None = None
    serials: Annotated[dict[Sku, Annotated[list[Serial], Meta(max_length=10_000)]], Meta(max_length=100)] = field(
        default_factory=dict
    )
    EXAMPLE: ClassVar = {"tracking_number": "EX123456789FR", "serials": {"AUR-ONE-BLK": ["AUR1004567", "AUR1004568"]}}


class Undeliverable(RequestBody):
    """`restock`: the goods can be sold again."""

    restock: bool = True
    EXAMPLE: ClassVar = {"restock": True}


@get("/", opt=requires("warehouse", "admin"), summary="Show the queue")
async def show_queue(
    locale: NamedDependency[str],
    status: Annotated[QueueStatus, QueryParameter()] = "ready",
    warehouse: Annotated[str | None, QueryParameter(max_length=16)] = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> Page[WarehouseShipmentOut]:
    """Shipments in a status, those of the oldest orders first."""
    after = decode_cursor(cursor, datetime, UUID)
    rows = await queue(warehouse, [status], after=(after[0], after[1]) if after else None, limit=limit + 1)
    shown = rows[:limit]
    return Page(
        items=await shipments_out(shown, locale),
        next_cursor=encode_cursor(shown[-1]["placed_at"], shown[-1]["id"]) if len(rows) > limit else None,
    )


@get("/{number:str}", opt=requires("warehouse", "admin"), responses=problems(NotFound), summary="Show a shipment")
async def show_shipment(number: FromPath[str], locale: NamedDependency[str]) -> WarehouseShipmentOut:
    """By its number, e.g. FR-7K3M-9QX2-1."""
    return await _shown(number, locale)


@post(
    "/{number:str}/release",
    opt=requires("warehouse", "admin", idempotent=True),
    status_code=200,
    responses=problems(NotFound, FundsNotSecured, NotYetReleasable, OrderNotConfirmed, WrongState),
    summary="Release a shipment",
)
async def release(
    number: FromPath[str], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> WarehouseShipmentOut:
    """The gate: its money must be secured beyond its dispatch; a card is authorised again if need be (PAY-6).

    Refused when the bank refuses: the shipment is put on hold and the customer gets a payment link.
    """
    shipment = await find_shipment(number)
    await release_shipment(shipment["id"], actor=principal.name)
    return await _shown(number, locale)


@post(
    "/{number:str}/dispatch",
    opt=requires("warehouse", "admin", idempotent=True),
    status_code=200,
    responses=problems(NotFound, InvalidSerial, SerialsMismatch, SerialTaken, WrongState),
    summary="Dispatch a shipment",
)
async def dispatch(
    number: FromPath[str],
    data: JSONBody[Dispatch],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> WarehouseShipmentOut:
    """The parcel has left: its share is charged, its e-mail is sent, its refund deadline begins (SHP-4, SHP-8)."""
    shipment = await find_shipment(number)
    await dispatch_shipment(
        DispatchShipment(
            shipment_id=shipment["id"],
            tracking_number=data.tracking_number,
            carrier=data.carrier,
            tracking_url=data.tracking_url,
            serials=data.serials,
            actor=principal.name,
        )
    )
    return await _shown(number, locale)


@post(
    "/{number:str}/deliver",
    opt=requires("warehouse", "admin", idempotent=True),
    status_code=200,
    responses=problems(NotFound, WrongState),
    summary="Report a delivery",
)
async def deliver(
    number: FromPath[str], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> WarehouseShipmentOut:
    """The carrier has handed it over."""
    shipment = await find_shipment(number)
    await deliver_shipment(shipment["id"], actor=principal.name)
    return await _shown(number, locale)


@post(
    "/{number:str}/undeliverable",
    opt=requires("warehouse", "admin", idempotent=True),
    status_code=200,
    responses=problems(NotFound, WrongState),
    summary="Take back an undeliverable parcel",
)
async def undeliverable(
    number: FromPath[str],
    data: JSONBody[Undeliverable],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> WarehouseShipmentOut:
    """It came back: the goods go on the shelf, and the customer is refunded without asking (SHP-6)."""
    shipment = await find_shipment(number)
    await take_back_undeliverable(shipment["id"], actor=principal.name, restock=data.restock)
    return await _shown(number, locale)


async def _shown(number: str, locale: str) -> WarehouseShipmentOut:
    (shipment,) = await shipments_out([await find_shipment(number)], locale)
    return shipment


router = Router(
    path="/api/v1/warehouse/shipments",
    route_handlers=[show_queue, show_shipment, release, dispatch, deliver, undeliverable],
    tags=["Warehouse"],
)
