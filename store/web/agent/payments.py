"""Bank statements, and transfers that a person has to explain (PAY-10)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID

from litestar import Request, Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, field

from store.customers import Principal
from store.kernel.errors import NotFound, WrongState
from store.kernel.money import CurrencyMismatch
from store.payments.allocate_line import TransferTooShort, allocate_line, dismiss_line
from store.payments.bank import import_statement
from store.payments.read_statement import MAX_BYTES, BadStatement
from store.web.edge.documented import problems, raw_body
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Out, RequestBody


class UnreadLineOut(Out):
    """A line that could not be read, and which column is at fault."""

    number: int
    reason: str
    text: str


class StatementOut(Out):
    """How many lines became what. `known` were imported before; what isn't matched waits in the exceptions queue."""

    known: int
    matched: int
    short: int
    over: int
    unknown: int
    wrong_currency: int
    outgoing: int
    errors: list[UnreadLineOut]


class Allocate(RequestBody):
    """The charge that a transfer pays, together with further transfers if it took several."""

    charge_id: UUID
    with_lines: Annotated[list[UUID], Meta(max_length=50)] = field(default_factory=list)
    EXAMPLE: ClassVar = {"charge_id": "01980d3e-7a10-7c3b-9d51-3f2b6e0c4a14"}


class Dismiss(RequestBody):
    note: Annotated[str, Meta(min_length=3, max_length=500)]
    EXAMPLE: ClassVar = {"note": "Meant for another company; sent back by the bank."}


@post(
    "/bank-statements",
    opt=requires(*DESK),
    status_code=200,
    request_max_body_size=MAX_BYTES,
    operation_class=raw_body("text/csv"),
    responses=problems(BadStatement),
    summary="Import a bank statement",
)
async def import_bank_statement(request: Request[Any, Any, Any], principal: NamedDependency[Principal]) -> StatementOut:
    """The body is the CSV file (text/csv, UTF-8) with the columns booked_on, amount, currency, reference, payer.

    A line that was imported before changes nothing, so a statement may be sent again.
    """
    report = await import_statement(await request.body(), actor=principal.name)
    return StatementOut(
        known=report.known,
        matched=report.matched,
        short=report.short,
        over=report.over,
        unknown=report.unknown,
        wrong_currency=report.wrong_currency,
        outgoing=report.outgoing,
        errors=[UnreadLineOut(number=error.number, reason=error.reason, text=error.text) for error in report.errors],
    )


@post(
    "/bank-lines/{line_id:uuid}/allocation",
    opt=requires(*DESK, idempotent=True),
    status_code=204,
    responses=problems(NotFound, WrongState, CurrencyMismatch, TransferTooShort),
    summary="Pay a charge out of a transfer",
)
async def allocate(line_id: FromPath[UUID], data: JSONBody[Allocate], principal: NamedDependency[Principal]) -> None:
    """For a line of the exceptions queue whose order a person has found."""
    await allocate_line(line_id, data.charge_id, actor=principal.name, with_lines=data.with_lines)


@post(
    "/bank-lines/{line_id:uuid}/dismissal",
    opt=requires(*DESK, idempotent=True),
    status_code=204,
    responses=problems(NotFound, WrongState),
    summary="Set a transfer aside",
)
async def dismiss(line_id: FromPath[UUID], data: JSONBody[Dismiss], principal: NamedDependency[Principal]) -> None:
    """It pays none of our orders."""
    await dismiss_line(line_id, actor=principal.name, note=data.note)


router = Router(path="/api/v1/agent", route_handlers=[import_bank_statement, allocate, dismiss], tags=["Agent: orders"])
