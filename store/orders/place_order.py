"""Place an order: freeze the quote, reserve the stock, open the payment, then ask the provider (CRT-6…8, MKT-6).

tx1 writes everything that the order is; the provider is called outside of any transaction; tx2 settles. A crash
between leaves a pending order whose operation the outbox takes up again.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import asyncpg

from store.carts import Quote, make_quote, take_cart
from store.customers import get_partner, use_credit
from store.kernel import clock, db, outbox
from store.kernel.ids import new_id, new_number
from store.orders import history
from store.orders.errors import (
    CheckoutIncomplete,
    PaymentDeclined,
    PaymentProviderUnavailable,
    PaymentTokenInvalid,
    PurchaseOrderNotAllowed,
    PurchaseOrderNumberUsed,
    QuoteChanged,
    SaveConsentRequired,
)
from store.orders.find_orders import WholeOrder
from store.orders.freeze_quote import insert_order, new_shipments, payment_of
from store.orders.placement import PlacedOrder, PlaceOrder, WrittenOrder
from store.orders.settle_placement import settle_placement
from store.payments.methods import check_instrument, method_for
from store.payments.perform_operation import perform
from store.payments.port import Declined, Instrument, OutcomeUnknown, ProviderRefused, get_provider
from store.shipments import open_shipments, reserve_for

outbox.declare("order.confirmed", "order.not_placed")


async def place_order(command: PlaceOrder) -> PlacedOrder:
    """Returns the order, confirmed or pending with what the payer has to do next; the same one when placed twice.

    Raises QuoteChanged, StockGone, CheckoutIncomplete, PaymentDeclined, PaymentTokenInvalid, CreditLimitExceeded, …;
    nothing is left behind by a refusal.
    """
    instrument = await _inspect(command)
    for attempt in range(3):
        try:
            written = await _write(command, instrument)
            break
        except asyncpg.UniqueViolationError as error:
            known = await _explain(command, error)
            if known is not None:
                return await placement_of(known)
            if attempt == 2:
                raise
    if isinstance(written, UUID):
        return await placement_of(written)
    placed, operations = written
    if not operations:
        return placed
    for operation_id in operations:
        await perform(operation_id)
    await settle_placement(placed.order_id)
    return await placement_of(placed.order_id)


async def _inspect(command: PlaceOrder) -> Instrument | None:
    """Read what the token stands for before anything is written: it decides the timing (PAY-2)."""
    missing = [
        name
        for name, value in (
            ("email", command.email),
            ("address", command.request.address),
            ("shipping_method", command.request.shipping_method),
            ("payment_method", command.request.payment_method),
        )
        if not value
    ]
    if missing:
        raise CheckoutIncomplete(missing=missing)
    method = method_for(command.request.market, command.request.payment_method or "")
    if method.provider != "stripe":
        return None
    if not command.token:
        raise PaymentTokenInvalid
    try:
        instrument = await get_provider(method.provider).inspect(command.token)
    except (ProviderRefused, Declined) as refused:
        raise PaymentTokenInvalid from refused
    except OutcomeUnknown as unknown:
        raise PaymentProviderUnavailable from unknown
    check_instrument(method, instrument)
    return instrument


async def _write(command: PlaceOrder, instrument: Instrument | None) -> UUID | tuple[PlacedOrder, list[UUID]]:
    """tx1: the order and the operations to perform now, or the id of the order that the cart has become before."""
    order_id = new_id()
    async with db.unit_of_work():
        if command.cart_id is not None:
            known = await take_cart(command.cart_id, order_id, command.cart_version)
            if known is not None:
                return known
        at = clock.now()
        quote = await make_quote(replace(command.request, at=at))
        _check_shown(command, quote)
        _check_consent(command, quote)
        number = new_number(quote.market.order_prefix)
        calls_provider = quote.policy in {"at_placement", "at_shipment"} and bool(quote.total)
        status = "pending" if calls_provider else "confirmed"
        order, lines = await insert_order(command, quote, order_id, number, at, status=status)
        planned = new_shipments(quote, number, [line["id"] for line in lines])
        shipments = await open_shipments(order_id, quote.market.code, quote.market.currency, planned, at)
        net_days = await _take_credit(command, quote)
        payment = await payment_of(command, quote, order_id, number, planned, instrument, net_days)
        await history.record(order_id, "placed", actor=command.actor, total=quote.total)
        if not calls_provider:
            await outbox.stage("order.confirmed", order_id=order_id)
        await reserve_for(planned, reference=order_id)
    whole = WholeOrder(order=order, lines=lines, shipments=shipments)
    written = WrittenOrder(whole=whole, payment=payment.summary)
    return PlacedOrder(order_id=order_id, number=number, status=status, written=written), payment.operations


def _check_shown(command: PlaceOrder, quote: Quote) -> None:
    if quote.problem is not None:
        raise quote.problem
    changed = command.shown is not None and command.shown != quote.fingerprint
    changed |= command.expected_total is not None and command.expected_total != quote.total
    if changed:
        raise QuoteChanged(total=quote.total, quote=quote.fingerprint)


def _check_consent(command: PlaceOrder, quote: Quote) -> None:
    later = sum(1 for charge in quote.charges if charge.amount)
    if quote.policy == "at_shipment" and not command.save_consent and later > 1:
        raise SaveConsentRequired
    everything_later = quote.policy == "at_shipment" and not any(charge.authorized_now for charge in quote.charges)
    if everything_later and not command.save_consent and quote.total:
        raise SaveConsentRequired


async def _take_credit(command: PlaceOrder, quote: Quote) -> int | None:
    """PAY-11: the limit holds under concurrency by one conditional update; returns the partner's terms."""
    if command.request.payment_method != "purchase_order":
        return quote.market.policy.wire_expiry_days if command.request.payment_method == "wire" else None
    partner_id = command.request.partner_id
    if partner_id is None:
        raise PurchaseOrderNotAllowed
    if not command.purchase_order_number:
        raise CheckoutIncomplete(missing=["purchase_order_number"])
    await use_credit(partner_id, quote.total.amount_minor, currency=quote.market.currency)
    return (await get_partner(partner_id)).net_days


async def _explain(command: PlaceOrder, error: asyncpg.UniqueViolationError) -> UUID | None:
    """What a violated constraint means: the same placement before, a PO number used, or a number drawn twice."""
    if error.constraint_name == "payment_purchase_order":
        raise PurchaseOrderNumberUsed(number=command.purchase_order_number) from error
    if error.constraint_name == "sales_order_placement_key_key":
        known: UUID = await db.fetchval("select id from sales_order where placement_key = $1", command.placement_key)
        return known
    return None


async def placement_of(order_id: UUID) -> PlacedOrder:
    """How a placement stands. Raises PaymentDeclined when it was refused."""
    row = await db.fetchrow(
        "select o.id, o.number, o.status, a.next_action, a.decline_code from sales_order o"
        " left join lateral (select next_action, decline_code from payment_authorization"
        "   where order_id = o.id and on_session order by created_at desc limit 1) a on true where o.id = $1",
        order_id,
    )
    assert row is not None
    if row["status"] == "declined":
        raise PaymentDeclined(decline_code=row["decline_code"] or "declined", order_number=row["number"])
    return PlacedOrder(order_id=row["id"], number=row["number"], status=row["status"], next_action=row["next_action"])


__all__ = ["PlaceOrder", "PlacedOrder", "place_order", "placement_of"]
