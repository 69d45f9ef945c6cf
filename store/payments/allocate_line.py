"""A person explains a bank line that did not fit by itself (PAY-10)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from store.kernel import audit, clock, db
from store.kernel.errors import NotFound, StoreError, WrongState
from store.kernel.i18n import N_
from store.kernel.money import CurrencyMismatch, Money
from store.payments.bank import pay_charges
from store.payments.book import book_receipt_dismissed
from store.payments.tables import load_charge, lock_payment

WAITING = {"short", "over", "unknown", "wrong_currency"}


class TransferTooShort(StoreError):
    code = "transfer_too_short"
    status = 409
    title = N_("The transfer does not cover this amount.")
    detail = N_("{received} was received, but {needed} is needed. Choose further transfers, or ask for the rest.")


async def allocate_line(line_id: UUID, charge_id: UUID, *, actor: str, with_lines: Sequence[UUID] = ()) -> None:
    """Pay a charge out of a waiting line, together with others where it took several transfers.

    What is left of the last line stays in unallocated receipts and can be allocated again. Raises NotFound,
    WrongState, CurrencyMismatch, TransferTooShort.
    """
    async with db.unit_of_work():
        charge = await load_charge(charge_id)
        await lock_payment(charge["payment_id"])
        charge = await load_charge(charge_id)
        if charge["status"] not in {"invoiced", "secured", "planned"} or charge["authorization_id"] is not None:
            raise WrongState(object="charge", state=charge["status"])
        lines = [await _lock_line(each) for each in dict.fromkeys([line_id, *with_lines])]
        _check_enough(lines, Money(charge["amount_minor"], charge["currency"]))
        await pay_charges([line["id"] for line in lines], [charge])
        for line in lines:
            await _close_if_used_up(line["id"], charge["payment_id"], actor)


async def _lock_line(line_id: UUID) -> db.Row:
    line = await db.fetchrow("select * from bank_line where id = $1 for update", line_id)
    if line is None:
        raise NotFound
    if line["status"] not in WAITING:
        raise WrongState(object="bank_line", state=line["status"])
    return line


def _check_enough(lines: Sequence[db.Row], needed: Money) -> None:
    received = Money.zero(needed.currency)
    for line in lines:
        if line["currency"] != needed.currency:
            raise CurrencyMismatch(expected=needed.currency, actual=line["currency"])
        received += Money(line["amount_minor"] - line["allocated_minor"], line["currency"])
    if received < needed:
        raise TransferTooShort(received=received, needed=needed)


async def _close_if_used_up(line_id: UUID, payment_id: UUID, actor: str) -> None:
    line = await db.fetchrow(
        "update bank_line set status = case when allocated_minor = amount_minor then 'matched' else 'over' end,"
        " payment_id = $2, allocated_at = $3, allocated_by = $4 where id = $1 returning *",
        line_id,
        payment_id,
        clock.now(),
        actor,
    )
    assert line is not None
    await audit.record(
        actor, "allocate_line", "bank_line", line_id, payment_id=payment_id, allocated_minor=line["allocated_minor"]
    )
    if line["status"] == "matched":
        await _resolve(line_id, actor, "allocated")


async def dismiss_line(line_id: UUID, *, actor: str, note: str) -> None:
    """The line pays no order: it is a provider's payout that is booked already, or none of ours. Raises NotFound,
    WrongState when it was allocated.
    """
    async with db.unit_of_work():
        line = await _lock_line(line_id)
        if line["allocated_minor"]:
            raise WrongState(object="bank_line", state="matched")
        await book_receipt_dismissed(line_id, Money(line["amount_minor"], line["currency"]))
        await db.execute(
            "update bank_line set status = 'dismissed', allocated_at = $2, allocated_by = $3 where id = $1",
            line_id,
            clock.now(),
            actor,
        )
        await audit.record(actor, "dismiss_line", "bank_line", line_id, note=note)
        await _resolve(line_id, actor, note)


async def _resolve(line_id: UUID, actor: str, resolution: str) -> None:
    exception_id = await db.fetchval(
        "select id from exception_item where kind = 'bank_line' and subject = $1 and resolved_at is null", str(line_id)
    )
    if exception_id is not None:
        await audit.resolve_exception(exception_id, actor=actor, resolution=resolution)
