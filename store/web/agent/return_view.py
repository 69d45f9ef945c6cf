"""Returns as customer service sees them; a handful of statements, however many items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.money import Money
from store.kernel.wording import status_label
from store.orders.find_orders import order_numbers
from store.rma.allowed_outcomes import allowed_outcomes
from store.rma.find_returns import WholeReturn
from store.rma.history import EVENT_TEXTS, history
from store.rma.statuses import Acceptance
from store.web.agent.return_shapes import AgentReturnOut, AgentUnitOut, FoundReturn, OfferedOut, ReturnEventOut
from store.web.edge.schemas import labelled, money_out
from store.web.storefront.order_timeline import spoken_event
from store.web.warehouse.return_view import return_out, unit_out

_ORDERS = ("order_id", "replacement_order_id", "repair_order_id")


def found_return(whole: WholeReturn, locale: str) -> FoundReturn:
    rma = whole.rma
    same = ("id", "number", "status", "market", "email", "customer_reference", "created_at", "confirmed_at")
    return FoundReturn(
        **{name: rma[name] for name in same},
        status_label=status_label(rma["status"], locale),
        items=[unit["serial"] or unit["sku"] for unit in whole.units],
        undecided=sum(
            unit["acceptance_status"] == Acceptance.NEEDS_DECISION and unit["closed_at"] is None for unit in whole.units
        ),
    )


async def agent_return_out(whole: WholeReturn, locale: str) -> AgentReturnOut:
    rma = whole.rma
    papers = await _papers(whole)
    shown = return_out(whole, locale)
    same = ("id", "email", "locale", "account_id", "partner_id", "asked_by", "created_at", "terms_version")
    return AgentReturnOut(
        **{name: getattr(shown, name) for name in shown.__struct_fields__ if name != "units"},
        **{name: rma[name] for name in same},
        paper_label=rma["paper_label"],
        units=[_unit(unit, rma["currency"], papers, locale) for unit in whole.units],
        history=[_event(event, whole, locale) for event in await history([rma["id"]], staff=True)],
    )


async def _papers(whole: WholeReturn) -> dict[UUID, str]:
    """The numbers of the orders, refunds and shipments that the items name, by id."""
    units = whole.units
    orders = [unit[name] for unit in units for name in _ORDERS if unit[name] is not None]
    rows = await db.fetch(
        "select id, number from refund where id = any($1) union all select id, number from shipment where id = any($2)",
        [unit["refund_id"] for unit in units if unit["refund_id"]],
        [unit["return_shipment_id"] for unit in units if unit["return_shipment_id"]],
    )
    return {**await order_numbers(orders), **{row["id"]: row["number"] for row in rows}}


def _unit(unit: db.Row, currency: str, papers: Mapping[UUID, str], locale: str) -> AgentUnitOut:
    shown = unit_out(unit, locale)
    same = ("id", "ticket_number", "quote_accepted", "decided_by", "decided_at", "decision_note")
    return AgentUnitOut(
        **{name: getattr(shown, name) for name in shown.__struct_fields__},
        **{name: unit[name] for name in same},
        goods=money_out(Money(unit["goods_minor"], currency), locale),
        fee=money_out(Money(unit["fee_minor"], currency), locale),
        quote=money_out(Money(unit["quote_minor"], currency), locale),
        route=labelled(unit["route"], locale),
        order=papers.get(unit["order_id"]),
        refund=papers.get(unit["refund_id"]),
        replacement_order=papers.get(unit["replacement_order_id"]),
        repair_order=papers.get(unit["repair_order_id"]),
        return_shipment=papers.get(unit["return_shipment_id"]),
        offered=OfferedOut(
            accepted=[labelled(each, locale) for each in allowed_outcomes(unit, Acceptance.ACCEPTED)],
            rejected=[labelled(each, locale) for each in allowed_outcomes(unit, Acceptance.REJECTED)],
        ),
    )


def _event(event: db.Row, whole: WholeReturn, locale: str) -> ReturnEventOut:
    positions: dict[Any, int] = {unit["id"]: unit["position"] for unit in whole.units}
    return ReturnEventOut(
        at=event["at"],
        kind=event["kind"],
        text=spoken_event(EVENT_TEXTS, event, locale),
        actor=event["actor"],
        position=positions.get(event["unit_id"]),
        facts=event["facts"],
        public=event["public"],
    )
