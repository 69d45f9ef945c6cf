"""Bank transfers: statement lines find the charges that they pay, or a person (PAY-10).

Every incoming line is booked as a receipt that nothing explains yet; the captures of the charges that it pays then
explain it. A line that doesn't fit exactly stays in that account and in the exceptions queue until a person decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from store.kernel import audit, clock, db, outbox
from store.kernel.ids import new_id
from store.kernel.money import Money
from store.payments.book import book_receipt
from store.payments.read_statement import MAX_BYTES, LineError, StatementLine, harmless, read_statement
from store.payments.settle_capture import capture_settled
from store.payments.tables import lock_payment

# A reference is looked for at any place of the text; ISO 11649 allows 25 signs, and none of ours has less than 8.
REFERENCE_LENGTHS = range(8, 26)
_LOOK_ALIKES = str.maketrans("OILZ", "0112")


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """How many lines became what; `known` were there before, `errors` could not be read."""

    known: int = 0
    matched: int = 0
    short: int = 0
    over: int = 0
    unknown: int = 0
    wrong_currency: int = 0
    outgoing: int = 0
    errors: list[LineError] = field(default_factory=list)

    def count(self, status: str) -> None:
        setattr(self, status, getattr(self, status) + 1)


async def import_statement(path_or_text: Path | bytes | str, *, actor: str = "bank import") -> ImportReport:
    """Import a statement, each line once and for itself, whatever is imported at the same time. Raises BadStatement."""
    if isinstance(path_or_text, Path):
        with path_or_text.open("rb") as file:
            path_or_text = file.read(MAX_BYTES + 1)
    lines, errors = read_statement(path_or_text)
    report = ImportReport(errors=errors)
    for line in lines:
        report.count(await _import_line(line))
    async with db.unit_of_work():
        facts = {name: getattr(report, name) for name in ImportReport.__slots__ if name != "errors"}
        await audit.record(actor, "import_statement", "bank_statement", new_id(), **facts, errors=len(errors))
    return report


async def _import_line(line: StatementLine) -> str:
    async with db.unit_of_work():
        line_id = new_id()
        inserted = await db.fetchval(
            "insert into bank_line (id, fingerprint, booked_on, currency, amount_minor, reference, payer, status,"
            " imported_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " on conflict (fingerprint) do nothing returning true",
            line_id,
            line.fingerprint,
            line.booked_on,
            line.amount.currency,
            line.amount.amount_minor,
            line.reference,
            line.payer,
            "outgoing" if line.amount.amount_minor < 0 else "unknown",
            clock.now(),
        )
        if not inserted:
            return "known"
        if line.amount.amount_minor < 0:
            return "outgoing"
        await book_receipt(line_id, line.amount)
        return await _match(line_id, line)


async def _match(line_id: UUID, line: StatementLine) -> str:
    payment = await _find_payment(line.reference)
    status, charges = "unknown", list[db.Row]()
    if payment is not None:
        payment = await lock_payment(payment["id"])
        status, charges = await _fitting_charges(payment, line.amount)
    await db.execute(
        "update bank_line set status = $2, payment_id = $3 where id = $1",
        line_id,
        status,
        payment["id"] if payment else None,
    )
    if status == "matched":
        await pay_charges([line_id], charges)
    else:
        await _ask_a_person(line_id, line, status, payment)
    return status


async def _find_payment(text: str) -> db.Row | None:
    """The payment whose transfer reference stands anywhere in the text; None when there is none, or several."""
    compact = re.sub(r"[^A-Z0-9]", "", text.upper()).translate(_LOOK_ALIKES)
    pieces = {
        compact[start : start + length] for length in REFERENCE_LENGTHS for start in range(len(compact) - length + 1)
    }
    if not pieces:
        return None
    rows = await db.fetch(
        "select id from payment where transfer_reference is not null"
        " and translate(upper(regexp_replace(transfer_reference, '[^A-Za-z0-9]', '', 'g')), 'OILZ', '0112') = any($1)"
        " limit 2",
        list(pieces),
    )
    return rows[0] if len(rows) == 1 else None


async def _fitting_charges(payment: db.Row, amount: Money) -> tuple[str, list[db.Row]]:
    """The charges that the amount pays to the cent: one invoice, all invoices, or all that is open (prepayment)."""
    if payment["currency"] != amount.currency:
        return "wrong_currency", []
    unpaid = await db.fetch(
        "select * from charge where payment_id = $1 and status in ('invoiced', 'secured', 'planned')"
        " and amount_minor > 0 order by created_at, id for update",
        payment["id"],
    )
    invoiced = [charge for charge in unpaid if charge["status"] == "invoiced"]
    for fitting in (*([charge] for charge in invoiced), invoiced, unpaid):
        if fitting and _sum(fitting) == amount.amount_minor:
            return "matched", fitting
    return ("short" if amount.amount_minor < _sum(unpaid) else "over"), []


def _sum(charges: list[db.Row]) -> int:
    return sum(charge["amount_minor"] for charge in charges)


async def pay_charges(line_ids: list[UUID], charges: list[db.Row]) -> None:
    """Settle the charges out of the lines' receipts, under the payment's lock; the lines' rest stays unexplained."""
    for charge in charges:
        capture_id = new_id()
        await db.insert(
            "capture",
            id=capture_id,
            payment_id=charge["payment_id"],
            order_id=charge["order_id"],
            charge_id=charge["id"],
            provider=await db.fetchval("select provider from payment where id = $1", charge["payment_id"]),
            status="pending",
            currency=charge["currency"],
            amount_minor=charge["amount_minor"],
            shipping_minor=charge["shipping_minor"],
            created_at=clock.now(),
        )
        if charge["status"] != "invoiced":  # an invoice has counted it
            await db.execute(
                "update payment set shipping_captured_minor = shipping_captured_minor + $2 where id = $1",
                charge["payment_id"],
                charge["shipping_minor"],
            )
        await capture_settled(capture_id, provider_ref=f"bank:{line_ids[0]}:{charge['id']}", fee=None)
        await outbox.stage(
            "charge.paid",
            order_id=charge["order_id"],
            payment_id=charge["payment_id"],
            charge_id=charge["id"],
            capture_id=capture_id,
        )
    await _use_up(line_ids, _sum(charges))


async def _use_up(line_ids: list[UUID], amount_minor: int) -> None:
    rest = amount_minor
    for line_id in line_ids:
        line = await db.fetchrow("select * from bank_line where id = $1", line_id)
        assert line is not None
        part = min(rest, line["amount_minor"] - line["allocated_minor"])
        await db.execute("update bank_line set allocated_minor = allocated_minor + $2 where id = $1", line_id, part)
        rest -= part
    assert rest == 0


async def _ask_a_person(line_id: UUID, line: StatementLine, status: str, payment: db.Row | None) -> None:
    await audit.open_exception(
        "bank_line",
        str(line_id),
        order_id=payment["order_id"] if payment else None,
        status=status,
        booked_on=line.booked_on.isoformat(),
        amount=line.amount.to_decimal(),
        currency=line.amount.currency,
        reference=harmless(line.reference),
        payer=harmless(line.payer),
    )
