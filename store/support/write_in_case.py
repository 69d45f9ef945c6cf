"""What goes to and fro in a case: the customer writes again, an agent answers (SUP-1)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from store.customers import Principal
from store.kernel import audit, clock, db, outbox
from store.kernel.errors import NotFound, WrongState
from store.kernel.ids import new_id
from store.support.errors import CaseFull
from store.support.open_case import keep_message, written
from store.support.statuses import CASE, CaseStatus

MESSAGES_MOST = 500


async def write_as_customer(
    case_id: UUID, message: str, *, principal: Principal, attachments: Sequence[UUID] = ()
) -> UUID:
    """The customer writes again: an answered or closed case waits for support again. Returns the message's id.

    A case that waits already keeps its place. Raises NotFound, MessageEmpty, CaseFull, UnknownAttachment.
    """
    body = written(message)
    message_id = new_id()
    async with db.unit_of_work():
        case = await lock_case(case_id)
        await _check_room(case)
        await keep_message(
            message_id,
            case_id,
            side="customer",
            principal=principal,
            author_name=case["name"],
            body=body,
            attachments=attachments,
        )
        if case["status"] != CaseStatus.OPEN:
            await move_case(case, CaseStatus.OPEN)
    return message_id


async def answer_case(case_id: UUID, message: str, *, principal: Principal, close: bool = False) -> UUID:
    """An agent answers: the customer reads it by e-mail, by the fact case.answered. Returns the message's id.

    A case that nobody has is the answerer's from now on. Raises NotFound, MessageEmpty, CaseFull, and WrongState for a
    closed case, which is reopened first.
    """
    body = written(message)
    message_id = new_id()
    async with db.unit_of_work():
        case = await lock_case(case_id)
        if case["status"] == CaseStatus.CLOSED:
            raise WrongState(object="support_case", state=CaseStatus.CLOSED, target=CaseStatus.ANSWERED)
        await _check_room(case)
        await keep_message(
            message_id,
            case_id,
            side="support",
            principal=principal,
            author_name=principal.display_name,
            body=body,
        )
        if case["assignee"] is None:
            await db.execute(
                "update support_case set assignee = $2, assignee_name = $3 where id = $1",
                case_id,
                principal.identity,
                principal.display_name,
            )
        if close or case["status"] == CaseStatus.OPEN:
            await move_case(case, CaseStatus.CLOSED if close else CaseStatus.ANSWERED)
        await audit.record(
            principal.name, "answer_case", "support_case", case_id, number=case["number"], message=str(message_id)
        )
        await outbox.stage("case.answered", case_id=case_id, message_id=message_id)
    return message_id


async def lock_case(case_id: UUID) -> db.Row:
    """Raises NotFound."""
    row = await db.fetchrow("select * from support_case where id = $1 for update", case_id)
    if row is None:
        raise NotFound
    return row


async def move_case(case: db.Row, after: CaseStatus) -> None:
    """In the caller's unit of work, which holds the case's lock. Raises WrongState."""
    CASE.check(CaseStatus(case["status"]), after)
    now = clock.now()
    await db.execute(
        "update support_case set status = $2, waiting_since = $3, closed_at = $4 where id = $1",
        case["id"],
        after.value,
        now,
        now if after is CaseStatus.CLOSED else None,
    )


async def _check_room(case: db.Row) -> None:
    count = await db.fetchval("select count(*) from case_message where case_id = $1", case["id"])
    if count >= MESSAGES_MOST:
        raise CaseFull(number=case["number"])
