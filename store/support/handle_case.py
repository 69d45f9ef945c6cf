"""What agents do with a case beside answering: close, reopen, take and give (SUP-1, ACC-4). All of it is audited."""

from __future__ import annotations

from uuid import UUID

from store.customers import Principal, get_account
from store.kernel import audit, db
from store.kernel.errors import NotFound
from store.support.errors import UnknownAssignee
from store.support.statuses import CaseStatus
from store.support.write_in_case import lock_case, move_case


async def close_case(case_id: UUID, *, principal: Principal, reason: str = "") -> None:
    """Nothing is sent; the customer may write again, which opens it. Raises NotFound, WrongState."""
    async with db.unit_of_work():
        case = await lock_case(case_id)
        await move_case(case, CaseStatus.CLOSED)
        await audit.record(principal.name, "close_case", "support_case", case_id, number=case["number"], reason=reason)


async def reopen_case(case_id: UUID, *, principal: Principal) -> None:
    """A closed or answered case waits for support again. Raises NotFound, WrongState."""
    async with db.unit_of_work():
        case = await lock_case(case_id)
        await move_case(case, CaseStatus.OPEN)
        await audit.record(principal.name, "reopen_case", "support_case", case_id, number=case["number"])


async def assign_case(case_id: UUID, account_id: UUID | None, *, principal: Principal) -> None:
    """Give the case to a person of customer service; None: the caller takes it. Raises NotFound, UnknownAssignee."""
    assignee, name = principal.identity, principal.display_name
    if account_id is not None:
        assignee, name = f"account:{account_id}", await _name_of(account_id)
    async with db.unit_of_work():
        case = await lock_case(case_id)
        await db.execute(
            "update support_case set assignee = $2, assignee_name = $3 where id = $1", case_id, assignee, name
        )
        await audit.record(
            principal.name, "assign_case", "support_case", case_id, number=case["number"], assignee=assignee
        )


async def unassign_case(case_id: UUID, *, principal: Principal) -> None:
    """The case is nobody's again. Raises NotFound."""
    async with db.unit_of_work():
        case = await lock_case(case_id)
        await db.execute("update support_case set assignee = null, assignee_name = null where id = $1", case_id)
        await audit.record(principal.name, "unassign_case", "support_case", case_id, number=case["number"])


async def _name_of(account_id: UUID) -> str:
    try:
        account = await get_account(account_id)
    except NotFound:
        raise UnknownAssignee from None
    if account.kind not in {"agent", "admin"} or account.disabled_at is not None:
        raise UnknownAssignee
    return account.name
