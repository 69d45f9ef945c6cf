"""Write a quote down as an order: its lines, shipments and charges with exact shares (MKT-6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from stdnum.iso7064 import mod_97_10

from store.carts import Quote
from store.kernel import db
from store.kernel.ids import new_id
from store.kernel.money import Money
from store.orders.placement import PlaceOrder
from store.payments.methods import AT_PLACEMENT, PREPAID, method_for
from store.payments.open_payment import OpenedPayment, OpenPayment, Share, open_payment
from store.payments.port import Instrument, Payer
from store.shipments import NewLine, NewShipment


async def insert_order(
    command: PlaceOrder, quote: Quote, order_id: UUID, number: str, at: datetime, *, status: str
) -> tuple[db.Row, list[db.Row]]:
    """Two statements; returns the rows of the order and of its lines, in the cart's order, without reading them."""
    request, market = command.request, quote.market
    address = msgspec.to_builtins(request.address)
    order = {
        "id": order_id,
        "number": number,
        "market": market.code,
        "legal_entity": market.legal_entity.code,
        "locale": command.locale,
        "status": status,
        "account_id": request.account_id,
        "partner_id": request.partner_id,
        "email": command.email,
        "phone": request.address.phone if request.address else None,
        "shipping_address": address,
        "billing_address": msgspec.to_builtins(command.billing_address) if command.billing_address else address,
        "shipping_method": request.shipping_method,
        "payment_method": request.payment_method,
        "coupon": request.coupon,
        "currency": market.currency,
        "tax_mode": market.tax_mode,
        "tax_rate_ppm": quote.tax.rate_ppm,
        "tax_name": quote.tax.name,
        "tax_region": quote.tax.region,
        "goods_minor": quote.goods.amount_minor,
        "discount_minor": quote.discount.amount_minor,
        "tax_minor": quote.goods_tax.amount_minor,
        "shipping_minor": quote.shipping_price.amount_minor,
        "shipping_tax_minor": quote.shipping_tax.amount_minor,
        "total_minor": quote.total.amount_minor,
        "customer_reference": command.customer_reference,
        "placement_key": command.placement_key,
        "placed_at": at,
        "confirmed_at": at if status == "confirmed" else None,
        "channel": "web",
        "channel_reference": None,
        "origin": "shop",
        "origin_number": None,
        "closed_at": None,
        "version": 1,
    }
    await db.write_row("sales_order", **order)
    return db.as_row(order), await _insert_lines(quote, order_id)


_LINE_COLUMNS = {
    "id": "uuid",
    "position": "int",
    "variant_id": "uuid",
    "product_id": "uuid",
    "sku": "text",
    "names": "jsonb",
    "quantity": "int",
    "unit_price_minor": "bigint",
    "discount_minor": "bigint",
    "tax_minor": "bigint",
    "tax_rate_ppm": "int",
    "total_minor": "bigint",
    "serialized": "bool",
    "kind": "text",
}


async def _insert_lines(quote: Quote, order_id: UUID) -> list[db.Row]:
    lines = [
        {
            "id": new_id(),
            "position": position,
            "variant_id": line.variant.variant_id,
            "product_id": line.variant.product_id,
            "sku": line.variant.sku,
            "names": line.variant.names,
            "quantity": line.quantity,
            "unit_price_minor": line.variant.unit_price_minor,
            "discount_minor": line.discount_minor,
            "tax_minor": line.tax_minor,
            "tax_rate_ppm": line.tax.rate_ppm,
            "total_minor": line.total_minor,
            "serialized": line.variant.serialized,
            "kind": line.variant.kind,
        }
        for position, line in enumerate(quote.lines, start=1)
    ]
    await db.write_rows("order_line", _LINE_COLUMNS, lines, order_id=order_id)
    return [db.as_row({**line, "order_id": order_id}) for line in lines]


def new_shipments(quote: Quote, number: str, line_ids: Sequence[UUID]) -> list[NewShipment]:
    return [
        NewShipment(
            id=new_id(),
            sequence=sequence,
            number=f"{number}-{sequence}",
            warehouse=planned.plan.warehouse,
            kind=planned.plan.kind,
            not_before=planned.plan.not_before,
            ship_on=planned.plan.ship_on,
            promised_on=planned.plan.promised_on,
            shipping_minor=planned.shipping_minor,
            shipping_tax_minor=planned.shipping_tax_minor,
            lines=[
                NewLine(
                    id=new_id(),
                    order_line_id=line_ids[index],
                    variant_id=quote.lines[index].variant.variant_id,
                    sku=quote.lines[index].variant.sku,
                    serialized=quote.lines[index].variant.serialized,
                    tracks_stock=quote.lines[index].variant.tracks_stock,
                    quantity=quantity,
                    goods_minor=goods,
                    tax_minor=tax,
                )
                for index, quantity, goods, tax in planned.lines
            ],
        )
        for sequence, planned in enumerate(quote.shipments, start=1)
    ]


async def payment_of(
    command: PlaceOrder,
    quote: Quote,
    order_id: UUID,
    number: str,
    shipments: Sequence[NewShipment],
    instrument: Instrument | None,
    net_days: int | None,
) -> OpenedPayment:
    """Open the payment with one share per shipment, or one for the whole order when it is taken at once."""
    request, market = command.request, quote.market
    assert quote.policy is not None
    assert request.address is not None
    method = method_for(market, request.payment_method or "")
    return await open_payment(
        OpenPayment(
            payment_id=new_id(),
            order_id=order_id,
            order_number=number,
            method=method,
            policy=quote.policy,
            total=quote.total,
            shipping_quoted=quote.shipping_price,
            shares=_shares(quote, shipments),
            payer=Payer(
                email=command.email,
                name=request.address.name or request.address.company,
                locale=command.locale,
                address=msgspec.to_builtins(request.address),
            ),
            token=command.token,
            instrument=instrument,
            save_consent=command.save_consent,
            return_url=command.return_url,
            cancel_url=command.cancel_url,
            transfer_reference=creditor_reference(number) if method.provider in {"wire", "purchase_order"} else None,
            partner_id=request.partner_id,
            purchase_order_number=command.purchase_order_number if method.code == "purchase_order" else None,
            net_days=net_days,
            multicapture=command.multicapture,
        )
    )


def _shares(quote: Quote, shipments: Sequence[NewShipment]) -> list[Share]:
    currency = quote.market.currency
    if quote.policy in {AT_PLACEMENT, PREPAID}:
        return [
            Share(
                charge_id=new_id(),
                shipment_id=None,
                amount=quote.total,
                shipping=quote.shipping_price,
                tax=quote.total_tax,
                due_on=quote.charges[0].on,
                soon=True,
            )
        ]
    return [
        Share(
            charge_id=new_id(),
            shipment_id=shipment.id,
            amount=Money(shipment.total_minor, currency),
            shipping=Money(shipment.shipping_minor, currency),
            tax=Money(shipment.tax_minor, currency),
            due_on=shipment.ship_on,
            soon=planned.plan.soon,
        )
        for shipment, planned in zip(shipments, quote.shipments, strict=True)
    ]


def creditor_reference(number: str) -> str:
    """The structured reference of a transfer by ISO 11649: RF, two check digits, the order number's signs."""
    body = number.replace("-", "")
    check: str = mod_97_10.calc_check_digits(body + "RF")
    return f"RF{check}{body}"
