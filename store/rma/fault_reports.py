"""Our technical support confirms a fault before the return opens (RMA-4, RMA-5 c)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from store.kernel import attachments, audit, clock, db, outbox
from store.kernel.errors import NotFound, StoreError
from store.kernel.ids import new_id, new_number, normalize_number
from store.markets import get_market, local_date
from store.rma.caller import Caller
from store.rma.check_item import manufacturer_handles, not_in_use, not_registered, not_yours, unknown_symptom
from store.rma.gather_items import gather, identify
from store.rma.item import Item, ItemRequest
from store.rma.policies import load_terms
from store.rma.quote_repair import repair_tax
from store.rma.routes import RouteCode
from store.rma.statuses import FAULT_REPORT, FaultStatus
from store.rma.step_errors import FaultReportNotNeeded, FaultReportOpen, ReturnEmailMissing
from store.warranty import get_unit, lock_unit, owner_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFaultReport:
    """`email` None: the one that the unit's order or registration has."""

    caller: Caller
    serial: str
    symptom: str
    description: str
    locale: str
    product: str | None = None
    email: str | None = None
    evidence_ids: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideFaultReport:
    """`valid_days` None: as the policy says. `decision` is what the customer reads; a refusal needs one."""

    report_id: UUID
    confirmed: bool
    decision: str
    actor: str
    valid_days: int | None = None


async def ask_fault_report(command: AskFaultReport) -> UUID:
    """Put the fault before our technical support.

    Raises the refusals of an item, FaultReportOpen while an earlier one waits, FaultReportNotNeeded, UnknownSymptom.
    """
    async with db.unit_of_work():
        return await _ask(command)


async def decide_fault_report(command: DecideFaultReport) -> None:
    """Raises NotFound, WrongState."""
    async with db.unit_of_work():
        await _decide(command)


async def confirm_fault_directly(command: AskFaultReport, *, decision: str, valid_days: int | None = None) -> UUID:
    """Customer service has the customer on the phone: asked and confirmed in one go."""
    async with db.unit_of_work():
        report_id = await _ask(command)
        await _decide(
            DecideFaultReport(
                report_id=report_id,
                confirmed=True,
                decision=decision,
                actor=command.caller.name,
                valid_days=valid_days,
            )
        )
    return report_id


_REPORT = """
select f.*, u.serial, u.product_id, v.sku, p.names, p.slug as product_slug, m.name as manufacturer_name
from fault_report f join unit u on u.id = f.unit_id join variant v on v.id = u.variant_id
join product p on p.id = u.product_id join manufacturer m on m.id = p.manufacturer_id
"""


async def get_fault_report(report_id: UUID) -> db.Row:
    """With the unit's serial, product_id, sku and names. Raises NotFound."""
    row = await db.fetchrow(f"{_REPORT} where f.id = $1", report_id)
    if row is None:
        raise NotFound
    return row


async def find_fault_report(number: str) -> db.Row:
    """By its number as a person may have typed it. Raises NotFound."""
    row = await db.fetchrow(f"{_REPORT} where f.number = $1", normalize_number(number))
    if row is None:
        raise NotFound
    return row


async def fault_report_queue(*, after: tuple[datetime, UUID] | None = None, limit: int = 25) -> list[db.Row]:
    """Those that wait for a decision, oldest first, from a keyset position (asked_at, id) on."""
    return await db.fetch(
        f"{_REPORT} where f.status = 'open' and ($1::timestamptz is null or (f.asked_at, f.id) > ($1, $2))"
        " order by f.asked_at, f.id limit $3",
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )


async def fault_reports_of(
    *, account_id: UUID | None, partner_id: UUID | None, after: tuple[datetime, UUID] | None = None, limit: int = 25
) -> list[db.Row]:
    """A person's or a company's own, newest first."""
    column, key = ("partner_id", partner_id) if partner_id else ("account_id", account_id)
    return await db.fetch(
        f"{_REPORT} where f.{column} = $1 and ($2::timestamptz is null or (f.asked_at, f.id) < ($2, $3))"
        " order by f.asked_at desc, f.id desc limit $4",
        key,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )


async def _ask(command: AskFaultReport) -> UUID:
    request = ItemRequest(reason="defective", serial=command.serial, product=command.product, symptom=command.symptom)
    item = await _item(request, command.caller)
    assert item.unit is not None
    await lock_unit(item.unit.id)
    _check(item)
    await _none_open(item)
    return await _insert(command, item)


async def _decide(command: DecideFaultReport) -> None:
    row = await db.fetchrow("select * from fault_report where id = $1 for update", command.report_id)
    if row is None:
        raise NotFound
    after = FaultStatus.CONFIRMED if command.confirmed else FaultStatus.DECLINED
    FAULT_REPORT.check(FaultStatus(row["status"]), after)
    at = clock.now()
    days = command.valid_days or await _policy_days(row)
    valid_until = local_date(get_market(row["market"]), at) + timedelta(days=days) if command.confirmed else None
    await db.execute(
        "update fault_report set status = $2, decided_by = $3, decided_at = $4, decision = $5, valid_until = $6"
        " where id = $1",
        row["id"],
        after,
        command.actor,
        at,
        command.decision,
        valid_until,
    )
    await audit.record(
        command.actor,
        f"fault_report_{after}",
        "fault_report",
        row["id"],
        number=row["number"],
        decision=command.decision,
    )
    await outbox.stage("fault_report.decided", report_id=row["id"])


async def _item(request: ItemRequest, caller: Caller) -> Item:
    found = (await identify([request], caller))[0]
    if isinstance(found, StoreError):
        raise found
    tax = await repair_tax(found.market_code, None, account_id=None, partner_id=None)
    return (await gather([found], caller, asked_at=clock.now(), tax=tax))[0]


def _check(item: Item) -> None:
    for rule in (not_registered, not_yours, not_in_use, manufacturer_handles, unknown_symptom):
        if error := rule(item):
            raise error
    if item.route is not RouteCode.STORE_CONFIRMS:
        raise FaultReportNotNeeded(serial=item.name, route=item.route)


async def _none_open(item: Item) -> None:
    assert item.unit is not None
    number = await db.fetchval("select number from fault_report where unit_id = $1 and status = 'open'", item.unit.id)
    if number is not None:
        raise FaultReportOpen(number=number)


async def _insert(command: AskFaultReport, item: Item) -> UUID:
    assert item.unit is not None
    owner = await owner_of(item.unit.id)
    caller, report_id = command.caller, new_id()
    account_id = owner.account_id if caller.staff else caller.account_id
    email = command.email or await _email(account_id, item.unit.id)
    if not email:
        raise ReturnEmailMissing
    await db.insert(
        "fault_report",
        id=report_id,
        number=new_number("FLT"),
        status=FaultStatus.OPEN,
        unit_id=item.unit.id,
        symptom=command.symptom,
        description=command.description,
        email=email,
        locale=command.locale,
        market=item.market.code,
        account_id=account_id,
        partner_id=owner.partner_id if caller.staff else caller.partner_id,
        evidence_ids=list(command.evidence_ids),
        asked_by=caller.name,
        asked_at=clock.now(),
    )
    await attachments.link_files(
        command.evidence_ids,
        owner_kind="fault_report",
        owner_id=report_id,
        by=None if caller.staff else caller.identity,
    )
    await outbox.stage("fault_report.asked", report_id=report_id)
    return report_id


async def _email(account_id: UUID | None, unit_id: UUID) -> str | None:
    email: str | None = await db.fetchval(
        "select coalesce((select email from account where id = $1), o.email, r.holder_email) from unit u"
        " left join sales_order o on o.id = u.order_id"
        " left join registration r on r.unit_id = u.id and r.ended_at is null where u.id = $2",
        account_id,
        unit_id,
    )
    return email


async def _policy_days(row: db.Row) -> int:
    unit = await get_unit(row["unit_id"])
    kind = (unit.category, unit.manufacturer)
    applied = (await load_terms(get_market(row["market"]), [kind]))[kind]
    return applied.terms.fault_report_days
