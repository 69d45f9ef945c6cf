"""A transfer finds what it pays, once, or a person does (PAY-10)."""

from __future__ import annotations

import asyncio

import pytest

from payments.orders import count, one, open_order, statuses, take, work
from store.kernel import db
from store.kernel.errors import WrongState
from store.kernel.money import CurrencyMismatch, Money
from store.ledger import Account, check
from store.payments.allocate_line import TransferTooShort, allocate_line, dismiss_line
from store.payments.bank import import_statement
from store.payments.credit_charge import credit_charge
from store.payments.read_statement import MAX_BYTES, BadStatement, read_amount, read_statement
from store.payments.tables import lock_payment

pytestmark = [pytest.mark.requirement("PAY-10")]
REFERENCE = "RF18FR7K3M9QX2"
HEAD = "booked_on;amount;currency;reference;payer\n"


def statement(*lines: str) -> str:
    return HEAD + "".join(f"{line}\n" for line in lines)


async def invoiced(amounts=(1000,), **options):
    order = await open_order(list(amounts), method="wire", token=None, reference=REFERENCE, **options)
    await take(*order.charge_ids)
    return order


async def balance(account: str) -> int:
    return (await check()).balances.get((account, "EUR"), 0)


@pytest.mark.parametrize(
    "text",
    [REFERENCE, "rf18 fr7k 3m9q x2", "Invoice RF18-FR7K-3M9Q-X2 thank you", "RFI8FR7K3M9QX2", "xxRF18FR7K3M9QX2yy"],
)
async def test_a_transfer_finds_its_invoice_by_reference_and_amount(database, facts, text):
    order = await invoiced([1000], shipping=[300])
    report = await import_statement(statement(f"2026-07-05;10,00;EUR;{text};Ada"), actor="ben")
    assert (report.matched, report.unknown) == (1, 0)
    assert (await one("charge", id=order.charge_ids[0]))["status"] == "captured"
    payment = await one("payment")
    assert (payment["captured_minor"], payment["shipping_captured_minor"]) == (1000, 300)
    assert await balance(Account.BANK) == 1000
    assert await balance(Account.UNALLOCATED) == 0
    assert await balance(Account.RECEIVABLE) == -1000
    await work()
    assert [payload["charge_id"] for topic, payload in facts if topic == "charge.paid"] == [str(order.charge_ids[0])]
    assert (await check()).ok


async def test_the_same_file_twice_changes_nothing_and_equal_lines_are_two(database, facts):
    await invoiced([1000, 1000])
    line = f"2026-07-05;10.00;EUR;{REFERENCE};Ada"
    assert (await import_statement(statement(line, line))).matched == 2
    again = await import_statement(statement(line, line))
    assert (again.known, again.matched) == (2, 0)
    assert await statuses("charge") == ["captured", "captured"]
    assert await balance(Account.BANK) == 2000


async def test_two_imports_at_once_book_once(database, facts):
    await invoiced([1000, 500])
    text = statement(*(f"2026-07-05;{amount};EUR;{REFERENCE};Ada" for amount in ("10.00", "5.00", "7.00")))
    reports = await asyncio.gather(*(import_statement(text) for _ in range(8)))
    assert sum(report.matched for report in reports) == 2
    assert sum(report.over for report in reports) == 1
    assert sum(report.known for report in reports) == 21
    assert await balance(Account.BANK) == 2200
    assert (await check()).ok


@pytest.mark.parametrize(("amount", "status"), [("15,00", "matched"), ("14.99", "short"), ("15.01", "over")])
async def test_all_open_invoices_are_paid_by_their_sum_to_the_cent(database, facts, amount, status):
    await invoiced([1000, 500])
    report = await import_statement(statement(f"2026-07-05;{amount};EUR;{REFERENCE};Ada"))
    assert getattr(report, status) == 1
    assert await count("charge", "status = 'captured'") == (2 if status == "matched" else 0)
    assert await count("exception_item") == (0 if status == "matched" else 1)
    assert (await check()).ok


async def test_an_invoice_that_was_credited_is_paid_by_what_is_left(database, facts):
    order = await invoiced([1000, 500], shipping=[300, 0])
    async with db.unit_of_work():
        await lock_payment(order.payment_id)
        await credit_charge(
            order.charge_ids[0], amount=Money(400, "EUR"), shipping=Money(0, "EUR"), tax=Money(0, "EUR")
        )
        await credit_charge(
            order.charge_ids[1], amount=Money(500, "EUR"), shipping=Money(0, "EUR"), tax=Money(0, "EUR")
        )
    assert await statuses("charge") == ["invoiced", "released"]
    assert (await import_statement(statement(f"2026-07-05;6.00;EUR;{REFERENCE};Ada"))).matched == 1
    assert (await one("payment"))["captured_minor"] == 600


async def test_a_prepaid_order_is_paid_in_whole_before_anything_ships(database, facts):
    order = await open_order([1000, 500], method="wire", token=None, policy="prepaid", reference=REFERENCE)
    assert await statuses("charge") == ["planned", "planned"]
    report = await import_statement(statement(f"2026-07-05;10.00;EUR;{REFERENCE};Ada"))
    assert (report.short, report.matched) == (1, 0)
    report = await import_statement(statement(f"2026-07-06;15.00;EUR;{REFERENCE};Ada"))
    assert report.matched == 1
    assert await statuses("charge") == ["captured", "captured"]
    await take(*order.charge_ids)
    assert (await one("payment"))["captured_minor"] == 1500


async def test_what_fits_nothing_waits_for_a_person(database, facts):
    await invoiced([1000])
    report = await import_statement(
        statement(
            "2026-07-05;10.00;EUR;hello;=HYPERLINK(1)",
            f"2026-07-05;10.00;USD;{REFERENCE};Ada",
            "2026-07-05;-3.00;EUR;card fees;Bank",
        )
    )
    assert (report.unknown, report.wrong_currency, report.outgoing) == (1, 1, 1)
    items = await db.fetch("select * from exception_item order by facts ->> 'status'")
    assert [item["facts"]["status"] for item in items] == ["unknown", "wrong_currency"]
    assert items[0]["facts"]["payer"] == "'=HYPERLINK(1)"
    assert items[1]["order_id"] is not None
    assert await balance(Account.UNALLOCATED) == -1000
    assert (await check()).ok


async def test_a_person_pays_a_charge_out_of_several_lines(database, facts):
    order = await invoiced([1000])
    await import_statement(statement(f"2026-07-05;4.00;EUR;{REFERENCE};A", "2026-07-06;8.00;EUR;no reference;A"))
    first, second = [row["id"] for row in await db.fetch("select id from bank_line order by amount_minor")]
    with pytest.raises(TransferTooShort):
        await allocate_line(first, order.charge_ids[0], actor="ben")
    await allocate_line(first, order.charge_ids[0], actor="ben", with_lines=[second])
    assert [row["allocated_minor"] for row in await db.fetch("select * from bank_line order by amount_minor")] == [
        400,
        600,
    ]
    assert await statuses("charge") == ["captured"]
    assert await balance(Account.UNALLOCATED) == -200, "what is left of the second"
    assert await count("exception_item", "resolved_at is not null") == 1
    assert await count("audit_entry", "action = 'allocate_line'") == 2
    with pytest.raises(WrongState):
        await allocate_line(second, order.charge_ids[0], actor="ben")
    assert (await check()).ok


async def test_twenty_people_allocate_a_line_once(database, facts):
    order = await invoiced([1000])
    await import_statement(statement("2026-07-05;10.00;EUR;no reference;A"))
    line = await one("bank_line")
    answers = await asyncio.gather(
        *(allocate_line(line["id"], order.charge_ids[0], actor=f"agent {number}") for number in range(20)),
        return_exceptions=True,
    )
    assert answers.count(None) == 1
    assert await balance(Account.UNALLOCATED) == 0
    assert (await one("payment"))["captured_minor"] == 1000


async def test_a_line_in_another_currency_pays_nothing_here(database, facts):
    order = await invoiced([1000])
    await import_statement(statement("2026-07-05;10.00;USD;x;A"))
    line = await one("bank_line")
    with pytest.raises(CurrencyMismatch):
        await allocate_line(line["id"], order.charge_ids[0], actor="ben")
    await dismiss_line(line["id"], actor="ben", note="not ours")
    assert (await one("bank_line"))["status"] == "dismissed"
    assert (await check()).balances[(Account.BANK, "USD")] == 0
    assert await count("exception_item", "resolved_at is null") == 0
    with pytest.raises(WrongState):
        await dismiss_line(line["id"], actor="ben", note="again")


async def test_a_payment_by_card_is_not_settled_by_a_transfer(database, stripe):
    order = await open_order([1000], reference=REFERENCE)
    await import_statement(statement("2026-07-05;10.00;EUR;x;A"))
    with pytest.raises(WrongState):
        await allocate_line((await one("bank_line"))["id"], order.charge_ids[0], actor="ben")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1 234,56", "EUR", 123456),
        ("1\u202f234,56", "EUR", 123456),
        ("1,234.56", "USD", 123456),
        ("1.234,56", "EUR", 123456),
        ("1.234.567,8", "EUR", 123456780),
        ("12,5", "EUR", 1250),
        ("1,234", "EUR", 123400),
        ("-10.00", "EUR", -1000),
        ("−10.00", "EUR", -1000),
        ("+7", "EUR", 700),
        ("1,234", "JPY", 1234),
        ("1234.00", "JPY", 1234),
        ("1.234,500", "KWD", 1234500),
    ],
)
def test_amounts_are_read_as_banks_write_them(text, currency, minor):
    assert read_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("0,00", "EUR"),
        ("12,345,6", "EUR"),
        ("1,2345", "EUR"),
        ("10,005", "XX"),
        ("1e3", "EUR"),
        ("1,234", "KWD"),
        ("1.5", "JPY"),
        ("٣", "EUR"),
        ("NaN", "EUR"),
        ("9" * 30, "EUR"),
    ],
)
def test_amounts_that_are_none_or_unclear_are_refused(text, currency):
    if currency == "XX":
        assert read_amount(text, "EUR") == Money(1000500, "EUR")
        return
    with pytest.raises(ValueError, match="amount"):
        read_amount(text, currency)


def test_statements_come_with_and_without_marks_and_in_any_order():
    head = "\ufeffPayer,Reference,Amount,Currency,booked_on,extra\r\n"
    text = head + 'Ada,"RF18, thanks","1,234.56",eur,2026-07-05,x\r\n\r\n'
    lines, errors = read_statement(text.encode())
    assert not errors
    (line,) = lines
    assert (line.amount, line.reference, line.payer, line.number) == (Money(123456, "EUR"), "RF18, thanks", "Ada", 2)
    assert read_statement(text)[0][0].fingerprint == line.fingerprint


def test_lines_that_cannot_be_read_are_told_and_stop_no_other():
    lines, errors = read_statement(
        statement("05/07/2026;1;EUR;x;", "2026-07-05;ten;EUR;=cmd;", "2026-07-05;1;EURO;x;", "2026-07-05;1;EUR;x")
    )
    assert len(lines) == 1
    assert [(error.number, error.reason) for error in errors] == [(2, "booked_on"), (3, "amount"), (4, "currency")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe\x00", "not_text"),
        (b"a;b\n1;2\n", "no_columns"),
        (b"", "no_columns"),
        (b"x" * (MAX_BYTES + 1), "too_large"),
        ((HEAD + "2026-07-05;1;EUR;x;\n" * 20_001).encode(), "too_many_lines"),
        ((HEAD + 'a;"' + "x" * 200_000).encode(), "not_text"),
        (HEAD.encode() + b"\0", "not_text"),
    ],
)
def test_a_file_that_is_no_statement_is_refused(content, reason):
    with pytest.raises(BadStatement) as refusal:
        read_statement(content)
    assert refusal.value.facts["reason"] == reason
