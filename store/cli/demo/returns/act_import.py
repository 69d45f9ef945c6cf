"""Sixty devices by CSV, three rows bad: 57, then the corrected three, then nothing twice (WAR-7 … WAR-9)."""

from __future__ import annotations

import csv
import io

from store.cli.demo.call import Answer, Caller
from store.cli.demo.returns.devices import certificate_of, finished, import_devices, send_invoice, serial_numbers
from store.cli.demo.shop import Json, buy
from store.cli.demo.stage import Stage

SERVICE, DEVICE = "SVC-CARE-24M-10U", "HAL-D400-BLK"
ROWS, PIECES = 60, 6
COLUMNS = (
    "serial_number", "certificate_number", "service_reference", "purchase_date", "first_name", "last_name", "email",
    "company", "address", "postcode", "city", "phone", "contact_preference",
)  # fmt: skip
FORMULA = "=cmd|' /C calc'!A0"
Row = dict[str, str]


async def sixty_rows(stage: Stage) -> None:
    partner = (await stage.sign_in("buyer@partner.example.com", "partner")).speaking("en")
    number = await _certificate(stage, partner)
    serials = serial_numbers(ROWS)
    bought_on = (await stage.now()).date().isoformat()
    known = await import_devices(stage, DEVICE, serials, bought_on)
    stage.teller.check(f"{ROWS} devices are known from the maker's file", known["rows"]["new"] == ROWS, known)
    rows = [_row(serial, number, bought_on) for serial in serials]
    bad = _spoilt(rows)
    invoice = await send_invoice(partner)
    tried = await _import(partner, bad, invoice, dry_run=True)
    counted = tried["rows"]
    left = (await partner.get(f"/api/v1/certificates/{number}"))["left"]
    stage.teller.check("the dry run counts 57 and 3", _counts(tried) == (57, 0, 3), counted)
    stage.teller.check("and registers none", left == ROWS, left)
    job = await _import(partner, bad, invoice)
    new, _, failed = _counts(job)
    stage.teller.figure(f"{ROWS} rows, 3 of them bad", f"{new} registered, {failed} refused")
    stage.teller.check("57 are registered, 3 are not", _counts(job) == (57, 0, 3), job["rows"])
    await _told(stage, partner, job)
    corrected = await _corrected(stage, partner, job, rows)
    done = await _import(partner, corrected, invoice)
    stage.teller.check("the three corrected rows are registered: 60", _counts(done) == (3, 0, 0), done["rows"])
    again = await _import(partner, rows, invoice)
    stage.teller.check("the whole file once more changes nothing", _counts(again) == (0, ROWS, 0), again["rows"])
    left = (await partner.get(f"/api/v1/certificates/{number}"))["left"]
    stage.teller.check(f"{ROWS} units of the certificate are used, not one more", left == 0, left)
    await stage.check_books()


async def _certificate(stage: Stage, partner: Caller) -> str:
    order = await buy(stage, [(SERVICE, PIECES)], "card", caller=partner, email="buyer@partner.example.com")
    await order.until(lambda seen: seen["shipments"][0]["status"] == "delivered", "it is delivered by e-mail")
    number = await certificate_of(partner, order)
    left = (await partner.get(f"/api/v1/certificates/{number}"))["left"]
    stage.teller.say(f"Example Reseller holds {number} for {left} devices.")
    return number


def _row(serial: str, number: str, bought_on: str) -> Row:
    texts = (
        serial, number, "CARE-24M", bought_on, "Camille", "Moreau", "camille@example.com", "Moreau SARL",
        "12 rue de Rivoli", "75001", "Paris", "01 42 60 00 00", "email",
    )  # fmt: skip
    return dict(zip(COLUMNS, texts, strict=True))


def _spoilt(rows: list[Row]) -> list[Row]:
    """A letter S in a serial number, a certificate that nobody bought, and no e-mail address but a formula."""
    spoilt = [dict(row) for row in rows]
    spoilt[9]["serial_number"] = f"S{rows[9]['serial_number']}"
    spoilt[29]["certificate_number"] = "CERT-0000-0000-0000-0001"
    spoilt[59] |= {"email": "nobody", "company": FORMULA}
    return spoilt


async def _import(partner: Caller, rows: list[Row], invoice: str, *, dry_run: bool = False) -> Json:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, delimiter=";", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    query = f"market=FR&dry_run={str(dry_run).lower()}&machine_invoices={invoice}&service_invoices={invoice}"
    path = f"/api/v1/warranty-imports?{query}"
    job = await partner.upload(path, text.getvalue(), "text/csv", name="devices.csv", expect=(202,))
    return await finished(partner, job)


def _counts(job: Json) -> tuple[int, int, int]:
    return job["rows"]["new"], job["rows"]["same"], job["rows"]["failed"]


async def _told(stage: Stage, partner: Caller, job: Json) -> None:
    """Which row, which column, why: in the reader's language."""
    failures: Answer = await partner.get(f"/api/v1/warranty-imports/{job['id']}/failures")
    for failed in failures["items"]:
        error = failed["errors"][0]
        stage.teller.say(f"Row {failed['row']}, {error['column']}: {error['message']}")
    found = [(failed["row"], failed["errors"][0]["column"]) for failed in failures["items"]]
    expected = [(11, "serial_number"), (31, "certificate_number"), (61, "email")]
    stage.teller.check("each names its row and its column", found == expected, found)


async def _corrected(stage: Stage, partner: Caller, job: Json, good: list[Row]) -> list[Row]:
    """The refused rows as a file, with what was wrong put right."""
    answer = await partner.get(f"/api/v1/warranty-imports/{job['id']}/failures.csv")
    text = str(answer.body).removeprefix("\ufeff")
    dialect = csv.Sniffer().sniff(text.splitlines()[0], ";,\t")
    rows = list(csv.DictReader(io.StringIO(text), dialect=dialect))
    stage.teller.check("the three rows come back as a file with their reasons", all(row["error"] for row in rows), text)
    company = rows[2]["company"]
    stage.teller.check("a formula in it can't run", company == f"'{FORMULA}" or not company.startswith("="), company)
    for row, index in zip(rows, (9, 29, 59), strict=True):
        row |= good[index]
    return rows
