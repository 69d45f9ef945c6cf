"""Technical support confirms faults or declines them, with a reason (RMA-4, RMA-5 c)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from store.customers import Principal
from store.kernel import db
from store.kernel.errors import NotFound, WrongState
from store.rma.caller import caller_of
from store.rma.fault_reports import (
    AskFaultReport,
    DecideFaultReport,
    confirm_fault_directly,
    decide_fault_report,
    fault_report_queue,
    find_fault_report,
    get_fault_report,
)
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Cursor, Limit, Page, RequestBody
from store.web.storefront.fault_reports import REFUSED, FaultReportOut, ReportFault, plain_report

Decision = Annotated[str, Meta(min_length=3, max_length=2000, description="What the customer reads.")]
ValidDays = Annotated[int, Meta(ge=1, le=365, description="As the policy says when it is left out.")]


class AgentFaultReportOut(FaultReportOut, kw_only=True):
    """With who asked, who decided, and the photos that came along."""

    email: str
    market: str
    manufacturer: str
    asked_by: str
    decided_by: str | None
    evidence_ids: list[UUID]


class ConfirmFault(ReportFault, kw_only=True):
    """A fault that is confirmed at once, on the telephone for instance."""

    decision: Decision
    valid_days: ValidDays | None = None
    EXAMPLE: ClassVar = {**ReportFault.EXAMPLE, "decision": "The loudspeaker is broken; please return it."}


class DecideFault(RequestBody):
    """Confirmed, or declined with the reason."""

    confirmed: bool
    decision: Decision
    valid_days: ValidDays | None = None
    EXAMPLE: ClassVar = {
        "confirmed": True,
        "decision": "The loudspeaker is broken; please return it.",
        "valid_days": 30,
    }


@get("/", opt=requires(*DESK), summary="Show the faults that wait for technical support")
async def show_queue(
    locale: NamedDependency[str], cursor: Cursor = None, limit: Limit = 25
) -> Page[AgentFaultReportOut]:
    """The oldest first."""
    after = decode_cursor(cursor, datetime, UUID)
    rows = await fault_report_queue(after=(after[0], after[1]) if after else None, limit=limit + 1)
    shown = rows[:limit]
    return Page(
        items=[agent_report_out(row, locale) for row in shown],
        next_cursor=encode_cursor(shown[-1]["asked_at"], shown[-1]["id"]) if len(rows) > limit else None,
    )


@get("/{number:str}", opt=requires(*DESK), responses=problems(NotFound), summary="Show a fault report")
async def show(number: FromPath[str], locale: NamedDependency[str]) -> AgentFaultReportOut:
    """By its number."""
    return agent_report_out(await find_fault_report(number[:40]), locale)


@post(
    "/{number:str}/decide",
    opt=requires(*DESK, idempotent=True),
    status_code=200,
    responses=problems(NotFound, WrongState),
    summary="Confirm or decline a fault",
)
async def decide(
    number: FromPath[str],
    data: JSONBody[DecideFault],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> AgentFaultReportOut:
    """The customer is told by e-mail. A confirmed fault opens a return until its last day."""
    row = await find_fault_report(number[:40])
    await decide_fault_report(
        DecideFaultReport(
            report_id=row["id"],
            confirmed=data.confirmed,
            decision=data.decision,
            actor=principal.name,
            valid_days=data.valid_days,
        )
    )
    return agent_report_out(await get_fault_report(row["id"]), locale)


@post(
    "/",
    opt=requires(*DESK, idempotent=True),
    responses=problems(*REFUSED, NotFound),
    summary="Confirm a fault directly",
)
async def confirm_directly(
    data: JSONBody[ConfirmFault], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> AgentFaultReportOut:
    """With the customer on the telephone: asked and confirmed in one go."""
    report_id = await confirm_fault_directly(
        AskFaultReport(
            caller=caller_of(principal),
            serial=data.serial,
            product=data.product,
            symptom=data.symptom,
            description=data.description,
            locale=locale,
            email=data.email,
            evidence_ids=data.evidence_ids,
        ),
        decision=data.decision,
        valid_days=data.valid_days,
    )
    return agent_report_out(await get_fault_report(report_id), locale)


def agent_report_out(row: db.Row, locale: str) -> AgentFaultReportOut:
    report = plain_report(row, locale)
    return AgentFaultReportOut(
        **{name: getattr(report, name) for name in report.__struct_fields__},
        email=row["email"],
        market=row["market"],
        manufacturer=row["manufacturer_name"],
        asked_by=row["asked_by"],
        decided_by=row["decided_by"],
        evidence_ids=list(row["evidence_ids"]),
    )


router = Router(
    path="/api/v1/agent/fault-reports",
    route_handlers=[show_queue, show, decide, confirm_directly],
    tags=["Agent: returns"],
)
