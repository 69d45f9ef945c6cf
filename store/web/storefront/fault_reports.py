"""Asking our technical support to confirm a fault before the return opens (RMA-4, RMA-5 c, RMA-11)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Meta, field

from store.catalog.serial_numbers import InvalidSerial
from store.customers import Principal
from store.kernel import db, signing
from store.kernel.errors import NotFound
from store.kernel.i18n import pick
from store.kernel.throttle import TooManyTries
from store.kernel.wording import status_label
from store.markets import get_market
from store.rma import errors, step_errors
from store.rma.fault_reports import (
    AskFaultReport,
    ask_fault_report,
    fault_reports_of,
    find_fault_report,
    get_fault_report,
)
from store.support import suggest_faq
from store.web.edge.documented import problems
from store.web.edge.locale import locale_for
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, SHOPPERS, SIGNED_IN, requires
from store.web.edge.schemas import Cursor, Email, Labelled, Limit, Out, Page, RequestBody, Text, labelled
from store.web.storefront.return_access import new_caller
from store.web.storefront.return_bodies import EvidenceIds, Serial, SymptomCode
from store.web.storefront.return_guesses import guesses_counted
from store.web.storefront.support_shapes import AnswerOut
from store.web.storefront.support_view import answer_out

PURPOSE = "fault_report"
REFUSED = (
    InvalidSerial,
    errors.SerialNotKnown,
    errors.SeveralProducts,
    errors.UnitNotRegistered,
    errors.UnitNotYours,
    errors.UnitNotInUse,
    errors.ManufacturerHandles,
    errors.UnknownSymptom,
    step_errors.FaultReportOpen,
    step_errors.FaultReportNotNeeded,
    step_errors.ReturnEmailMissing,
)

ReportToken = Annotated[
    str | None,
    HeaderParameter(name="X-Return-Token", max_length=200, description="From the answer to the report; for guests."),
]


class ReportFault(RequestBody):
    """What is wrong with an item that is in warranty and whose maker leaves the check to us."""

    serial: Serial
    symptom: SymptomCode
    description: Annotated[str, Meta(min_length=1, max_length=4000, pattern=r"\S")]
    product: Text | None = None
    email: Email | None = None
    evidence_ids: EvidenceIds = field(default_factory=list)
    EXAMPLE: ClassVar = {
        "serial": "AUR1004567",
        "symptom": "no_audio",
        "description": "The left side went silent after an update.",
        "email": "camille@example.com",
    }


class FaultReportOut(Out):
    """`valid_until` is the last day on which a confirmed fault opens a return. `faq` may solve it at once."""

    id: UUID
    number: str
    status: str
    status_label: str
    serial: str
    sku: str
    name: str
    symptom: Labelled
    description: str
    asked_at: datetime
    decision: str
    decided_at: datetime | None
    valid_until: date | None
    faq: list[AnswerOut]
    report_token: str | None = None


@post(
    "/",
    opt=requires(*SHOPPERS, idempotent=True),
    responses=problems(*REFUSED, NotFound, TooManyTries),
    summary="Describe a fault to technical support",
)
async def ask(
    request: Request[Any, Any, Any],
    data: JSONBody[ReportFault],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
    locale: NamedDependency[str],
) -> FaultReportOut:
    """Technical support answers by e-mail; a confirmed fault opens the return for some weeks.

    Answers from the FAQ come back at once. Guests send the X-Order-Token of the order that the item came with.
    """
    command = AskFaultReport(
        caller=new_caller(principal, order_token),
        serial=data.serial,
        product=data.product,
        symptom=data.symptom,
        description=data.description,
        locale=locale,
        email=data.email,
        evidence_ids=data.evidence_ids,
    )
    async with guesses_counted(request, principal):
        report_id = await ask_fault_report(command)
    token = signing.make_token(PURPOSE, report_id) if principal.kind == "storefront" else None
    return await report_out(await get_fault_report(report_id), locale, token=token)


@get("/", opt=requires(*SIGNED_IN), summary="List your fault reports")
async def list_own(
    principal: NamedDependency[Principal], locale: NamedDependency[str], cursor: Cursor = None, limit: Limit = 25
) -> Page[FaultReportOut]:
    """The newest first, without the answers of the FAQ."""
    after = decode_cursor(cursor, datetime, UUID)
    rows = await fault_reports_of(
        account_id=principal.account_id,
        partner_id=principal.partner_id,
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    shown = rows[:limit]
    return Page(
        items=[plain_report(row, locale) for row in shown],
        next_cursor=encode_cursor(shown[-1]["asked_at"], shown[-1]["id"]) if len(rows) > limit else None,
    )


@get("/{number:str}", opt=requires(*SHOPPERS, *DESK), responses=problems(NotFound), summary="Show a fault report")
async def show(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    principal: NamedDependency[Principal],
    token: ReportToken = None,
) -> FaultReportOut:
    """For the account that asked, or whoever holds its token."""
    row = await find_fault_report(number[:40])
    if not _may_see(row, principal, token):
        raise NotFound
    return await report_out(row, locale_for(request, row["locale"], market=get_market(row["market"])))


def _may_see(row: db.Row, principal: Principal, token: str | None) -> bool:
    if principal.kind in {"agent", "admin"}:
        return True
    if principal.account_id is not None and row["account_id"] == principal.account_id:
        return True
    if principal.partner_id is not None and row["partner_id"] == principal.partner_id:
        return True
    return token is not None and signing.check_token(token, PURPOSE, row["id"])


async def report_out(row: db.Row, locale: str, *, token: str | None = None) -> FaultReportOut:
    """With answers of the FAQ while it waits (RMA-11)."""
    answers = []
    if row["status"] == "open":
        answers = await suggest_faq(row["product_id"], row["symptom"], locale, row["market"])
    return plain_report(row, locale, faq=[answer_out(each, locale) for each in answers], token=token)


def plain_report(
    row: db.Row, locale: str, *, faq: list[AnswerOut] | None = None, token: str | None = None
) -> FaultReportOut:
    return FaultReportOut(
        id=row["id"],
        number=row["number"],
        status=row["status"],
        status_label=status_label(row["status"], locale),
        serial=row["serial"],
        sku=row["sku"],
        name=pick(row["names"], locale),
        symptom=labelled(row["symptom"], locale),
        description=row["description"],
        asked_at=row["asked_at"],
        decision=row["decision"],
        decided_at=row["decided_at"],
        valid_until=row["valid_until"],
        faq=faq or [],
        report_token=token,
    )


router = Router(path="/api/v1/fault-reports", route_handlers=[ask, list_own, show], tags=["Returns"])
