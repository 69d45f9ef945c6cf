"""Refunds and previews as customer service sees them."""

from __future__ import annotations

from uuid import UUID

from store.kernel import db
from store.kernel.i18n import pick
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.refunds import Preview
from store.web.agent.refund_shapes import (
    AgentRefundOut,
    PreviewLineOut,
    PreviewOut,
    PreviewShippingOut,
    PreviewSplitOut,
    RefundPartOut,
)
from store.web.edge.schemas import labelled, money_out
from store.web.storefront.order_money import refund_out
from store.web.storefront.order_refund_view import instructions_out, verdict_out


def preview_out(preview: Preview, locale: str) -> PreviewOut:
    return PreviewOut(
        fingerprint=preview.fingerprint,
        asked_at=preview.asked_at,
        lines=[
            PreviewLineOut(
                shipment_line_id=line.shipment_line_id,
                shipment=line.shipment,
                sku=line.sku,
                name=pick(line.names, locale),
                quantity=line.quantity,
                reason=labelled(line.reason, locale),
                goods=money_out(line.goods, locale),
                tax=money_out(line.tax, locale),
            )
            for line in preview.lines
        ],
        shipping=[
            PreviewShippingOut(
                shipment=part.shipment,
                reason=labelled(part.reason, locale),
                amount=money_out(part.amount, locale),
                tax=money_out(part.tax, locale),
            )
            for part in preview.shipping
        ],
        goods_total=money_out(preview.goods_total, locale),
        shipping_total=money_out(preview.shipping_total, locale),
        tax_total=money_out(preview.tax_total, locale),
        fee=money_out(preview.fee, locale),
        deducted=money_out(preview.deducted, locale),
        total=money_out(preview.total, locale),
        split=[
            PreviewSplitOut(to=part.to, how=part.how, amount=money_out(part.amount, locale)) for part in preview.split
        ],
        outside_policy=[verdict_out(verdict, locale) for verdict in preview.outside_policy],
        approval=[verdict_out(verdict, locale) for verdict in preview.approval],
        instructions=instructions_out(preview.instructions, locale),
    )


def agent_refund_out(row: db.Row, locale: str) -> AgentRefundOut:
    same = (
        "id", "order_number", "request_number", "origin", "note", "override_reason", "outside_policy", "requested_by",
        "approved_by", "approved_at", "manual_approved_by", "manual_reference",
    )  # fmt: skip
    return AgentRefundOut(
        **{name: row[name] for name in same},
        refund=refund_out(row, locale),
        approval_reasons=[labelled(code, locale) for code in row["approval_reasons"]],
        parts=[
            RefundPartOut(
                id=UUID(part["id"]),
                provider=part["provider"],
                status=part["status"],
                status_label=status_label(part["status"], locale),
                origin=part["origin"],
                amount=money_out(Money(part["amount_minor"], row["currency"]), locale),
                failure_code=part["failure_code"],
            )
            for part in row["parts"]
        ],
    )
