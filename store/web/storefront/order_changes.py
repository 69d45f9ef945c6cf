"""What can be done with a placed order: confirm the payment, cancel, another address; nothing else (ORD-3…6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar
from uuid import UUID

from litestar import Request, patch, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from store.customers import Principal
from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.i18n import N_, translate
from store.kernel.wording import status_label
from store.markets import CountryNotSupported, InvalidAddress, PostBoxRefused, get_market
from store.orders.cancel_order import Cancellation, CancelOrder, NothingToCancel, cancel_order
from store.orders.change_address import change_address
from store.orders.errors import (
    AddressChangeRefused,
    AddressChangeTooLate,
    CancellationDayOver,
    CancellationTooLate,
    OrderNotConfirmed,
    OrderNotEditable,
)
from store.orders.find_orders import load_orders
from store.orders.settle_placement import settle_placement
from store.payments.take_webhook import confirm_payment
from store.refunds.errors import BoughtAtUnknownPlace, BoughtElsewhere
from store.web.edge.documented import problems
from store.web.edge.fields import invalid
from store.web.edge.locale import locale_for
from store.web.edge.roles import DESK, SHOPPERS, requires
from store.web.edge.schemas import MoneyOut, Out, Quantity, RequestBody, Sku, money_out
from store.web.storefront.order_access import order_for
from store.web.storefront.order_actions import bought_elsewhere
from store.web.storefront.order_bodies import AddressBody
from store.web.storefront.order_shapes import OrderOut
from store.web.storefront.order_view import order_out, see_order

BOUGHT_ELSEWHERE = (BoughtElsewhere, BoughtAtUnknownPlace)
ADDRESS_CHANGE_PROBLEMS = (
    NotFound,
    AddressChangeTooLate,
    AddressChangeRefused,
    OrderNotConfirmed,
    *BOUGHT_ELSEWHERE,
    CountryNotSupported,
    InvalidAddress,
    PostBoxRefused,
)
Reason = Annotated[str, Meta(max_length=500)]


class CancelLine(RequestBody):
    """Units of a line, named by its id or by its SKU."""

    quantity: Quantity
    order_line_id: UUID | None = None
    sku: Sku | None = None
    EXAMPLE: ClassVar = {"sku": "AUR-ONE-BLK", "quantity": 1}


class Cancel(RequestBody):
    """Everything that can be cancelled, or only these lines."""

    reason: Reason = ""
    lines: Annotated[list[CancelLine], Meta(min_length=1, max_length=100)] | None = None
    EXAMPLE: ClassVar = {"reason": "Ordered one too many.", "lines": [CancelLine.EXAMPLE]}


class CancellationOut(Out):
    """`outcome` is canceled or partly_canceled. `released` won't be charged, `refunded` was charged and goes back."""

    outcome: str
    outcome_label: str
    message: str
    canceled_shipments: list[str]
    kept_shipments: list[str]
    released: MoneyOut
    refunded: MoneyOut


class ChangeAddress(AddressBody, kw_only=True):
    """The new shipping address, whole."""

    reason: Reason = ""
    EXAMPLE: ClassVar = {**AddressBody.EXAMPLE, "line2": "Building B", "reason": "The entrance is at the back."}

    def fields(self) -> Mapping[str, Any]:
        return {name: value for name, value in super().fields().items() if name != "reason"}


MESSAGES = {
    "canceled": N_("Your order was cancelled. Nothing of it will be sent."),
    "partly_canceled": N_("Part of your order was cancelled. The rest is on its way or will be sent as planned."),
}


@post(
    "/{number:str}/payment/confirm",
    opt=requires(*SHOPPERS, *DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound),
    summary="The payer is back",
)
async def confirm(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
) -> OrderOut:
    """Ask the payment provider how it went, take what was approved, and settle the order (PAY-7).

    May be called at any time and as often as one likes; what the provider reports by itself comes to the same.
    `payment.next_action` tells whether the payer still has something to do.
    """
    order = await order_for(number, principal, order_token)
    if order["status"] in {"pending", "confirmed"}:
        await confirm_payment(order["id"])
        await settle_placement(order["id"])
    seen = await see_order(order["id"])
    return order_out(seen, locale_for(request, order["locale"], market=seen.market))


@post(
    "/{number:str}/cancel",
    opt=requires(*SHOPPERS, idempotent=True),
    status_code=200,
    responses=problems(
        NotFound, CancellationTooLate, CancellationDayOver, NothingToCancel, OrderNotConfirmed, *BOUGHT_ELSEWHERE
    ),
    summary="Cancel an order, or some of it",
)
async def cancel(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    data: JSONBody[Cancel],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
) -> CancellationOut:
    """On the day of the order, and only what the warehouse does not have yet; the answer is final (ORD-4)."""
    order = await order_for(number, principal, order_token)
    return await cancellation(request, order, data, actor=principal.name, any_day=False)


async def cancellation(
    request: Request[Any, Any, Any], order: db.Row, data: Cancel, *, actor: str, any_day: bool
) -> CancellationOut:
    (whole,) = await load_orders([order["id"]])
    if elsewhere := bought_elsewhere(whole):
        raise elsewhere
    done = await cancel_order(
        CancelOrder(
            order_id=order["id"],
            actor=actor,
            reason=data.reason,
            units=_units(data.lines or (), whole.lines),
            any_day=any_day,
        )
    )
    return _cancellation_out(done, locale_for(request, order["locale"], market=get_market(order["market"])))


@post(
    "/{number:str}/address",
    opt=requires(*SHOPPERS, idempotent=True),
    status_code=200,
    responses=problems(*ADDRESS_CHANGE_PROBLEMS),
    summary="Change the shipping address",
)
async def move(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    data: JSONBody[ChangeAddress],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
) -> OrderOut:
    """Until the first parcel is with the warehouse, and if tax and shipping stay what they are (ORD-6)."""
    order = await order_for(number, principal, order_token)
    return await moved(request, order, data, actor=principal.name)


async def moved(request: Request[Any, Any, Any], order: db.Row, data: ChangeAddress, *, actor: str) -> OrderOut:
    (whole,) = await load_orders([order["id"]])
    if elsewhere := bought_elsewhere(whole):
        raise elsewhere
    await change_address(order["id"], data.fields(), actor=actor, reason=data.reason)
    seen = await see_order(order["id"])
    return order_out(seen, locale_for(request, order["locale"], market=seen.market))


@patch(
    "/{number:str}",
    opt=requires(*SHOPPERS, *DESK),
    responses=problems(NotFound, OrderNotEditable),
    summary="A placed order can't be edited",
)
async def edit(
    number: FromPath[str], principal: NamedDependency[Principal], order_token: NamedDependency[str | None]
) -> OrderOut:
    """Always refused, with what can be done instead (ORD-3)."""
    await order_for(number, principal, order_token)
    raise OrderNotEditable


@put(
    "/{number:str}",
    opt=requires(*SHOPPERS, *DESK),
    responses=problems(NotFound, OrderNotEditable),
    summary="A placed order can't be replaced",
)
async def replace(
    number: FromPath[str], principal: NamedDependency[Principal], order_token: NamedDependency[str | None]
) -> OrderOut:
    """Always refused, with what can be done instead (ORD-3)."""
    await order_for(number, principal, order_token)
    raise OrderNotEditable


def _units(lines: Sequence[CancelLine], order_lines: Sequence[db.Row]) -> dict[UUID, int]:
    """{order line id: units}. Raises Invalid for a line that isn't the order's."""
    by_sku: dict[str, UUID] = {line["sku"]: line["id"] for line in order_lines}
    units: dict[UUID, int] = {}
    for position, line in enumerate(lines):
        line_id = line.order_line_id or by_sku.get(line.sku or "")
        if line_id is None or line_id not in by_sku.values():
            field = "order_line_id" if line.order_line_id else "sku"
            raise invalid({"field": f"lines.{position}.{field}", "code": "wrong_value"})
        units[line_id] = units.get(line_id, 0) + line.quantity
    return units


def _cancellation_out(done: Cancellation, locale: str) -> CancellationOut:
    return CancellationOut(
        outcome=done.outcome,
        outcome_label=status_label(done.outcome, locale),
        message=translate(locale, MESSAGES[done.outcome]),
        canceled_shipments=list(done.canceled_shipments),
        kept_shipments=list(done.kept_shipments),
        released=money_out(done.released_money, locale),
        refunded=money_out(done.refunded_money, locale),
    )


handlers: list[HTTPRouteHandler] = [confirm, cancel, move, edit, replace]
