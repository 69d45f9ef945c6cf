"""Registrations by file: the form's rules for every row, certificates never overused, safe to upload again."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.kernel import attachments, clock, db, outbox
from store.kernel.csv_files import read_csv
from store.kernel.errors import NotFound
from store.kernel.i18n import LOCALES, translate
from store.kernel.ids import new_id
from store.warranty import find_units, owner_of
from store.warranty.import_columns import columns_of, template_csv
from store.warranty.import_failures import failures_csv, failures_of, tell
from store.warranty.import_rows import fail_stuck, work_on_import
from store.warranty.imports import FAILURES_DAYS, get_import, imports_of, purge_failures
from warranty.imported import (
    ALEX,
    COLUMNS,
    RESELLER,
    certificate_for,
    codes,
    counts,
    csv_of,
    day,
    imported,
    invoice,
    known_units,
    registration,
    start,
)


@pytest.fixture(autouse=True)
def _folder(tmp_path):
    attachments.configure(tmp_path)


def serials(count: int) -> list[str]:
    return [f"HD{number:05}" for number in range(1, count + 1)]


async def used(number: str) -> int:
    return await db.fetchval("select used from certificate where number = $1", number)


async def load(desk, rows, **facts):
    principal = facts.get("principal", RESELLER)
    return await imported(desk, csv_of(rows), **{"machine_invoices": [await invoice(principal)], **facts})


@pytest.mark.requirement("WAR-3", "WAR-7", "WAR-8", "CER-2")
async def test_rows_register_devices_for_their_owners_with_their_services(desk):
    number = await certificate_for(60)
    await known_units(serials(60))
    job = await load(desk, [registration(serial, number) for serial in serials(60)])
    assert (job.status, counts(job)) == ("finished", (60, 0, 0))
    assert await used(number) == 60
    (unit,) = await find_units("HD00007")
    assert unit.registered
    assert [service.reference for service in unit.services] == ["CARE-24M"]
    owner = await owner_of(unit.id)
    assert (owner.partner_id, owner.emails) == (RESELLER.partner_id, {"hd00007@example.com"})
    row = await db.fetchrow("select * from registration where unit_id = $1", unit.id)
    assert (row["holder"]["phone"], row["holder"]["country"], row["import_id"]) == ("+33478000000", "FR", job.id)
    assert row["attachment_ids"] == list(job.attachment_ids)


@pytest.mark.requirement("WAR-9")
async def test_the_same_file_twice_changes_nothing(desk):
    number = await certificate_for(5)
    await known_units(serials(3))
    rows = [registration(serial, number) for serial in serials(3)]
    await load(desk, rows)
    tables = ("unit", "registration", "unit_service", "certificate", "unit_event")
    before = {table: await db.fetch(f"select * from {table} order by id") for table in tables}
    again = await load(desk, rows)
    assert counts(again) == (0, 3, 0)
    assert before == {table: await db.fetch(f"select * from {table} order by id") for table in tables}


@pytest.mark.requirement("WAR-9", "WAR-8")
@pytest.mark.parametrize("locale", LOCALES)
async def test_refused_rows_come_back_as_a_file_that_registers_them_once_corrected(desk, locale):
    number = await certificate_for(60)
    await known_units(serials(60))
    rows = [registration(serial, number) for serial in serials(60)]
    right = {position: dict(rows[position]) for position in (4, 20, 59)}
    rows[4]["email"], rows[20]["serial_number"], rows[59]["purchase_date"] = "=cmd|' /C calc'!A0", "HDOOO2I", "tomorrow"
    job = await load(desk, rows)
    assert counts(job) == (57, 0, 3)
    content = await failures_csv(job.id, job.kind, job.template_version, most=100, locale=locale)
    assert b"'=cmd|" in content
    header, failed = read_csv(content)
    failed = [cells for _, cells in failed]
    assert (header[-1], len(failed)) == ("error", 3)
    assert all(cells[-1] for cells in failed)
    corrected = [
        {**dict(zip(header, cells, strict=True)), **right[position]}
        for cells, position in zip(failed, (4, 20, 59), strict=True)
    ]
    assert counts(await load(desk, corrected)) == (3, 0, 0)
    assert await used(number) == 60
    assert await db.fetchval("select count(*) from registration where ended_at is null") == 60


@pytest.mark.requirement("WAR-8", "WAR-9", "L10N-2")
async def test_every_cell_is_mandatory_and_every_mistake_has_its_column_and_a_sentence(desk):
    await known_units(serials(3))
    empty = dict.fromkeys(COLUMNS[1:], "")
    wrong = {
        "certificate_number": "CERT-0000",
        "purchase_date": "5.3.26",
        "email": "zoe@",
        "postcode": "ABC",
        "phone": "12",
        "contact_preference": "pigeon",
    }
    job = await load(
        desk,
        [registration("HD00001", "x", **empty), registration("HD00002", **{"certificate": "x", **wrong})],
    )
    found = await codes(job)
    assert [column for column, _ in found[2]] == COLUMNS[1:]
    assert {code for _, code in found[2]} == {"missing"}
    assert found[3] == [
        ("email", "invalid_email"),
        ("contact_preference", "not_allowed"),
        ("postcode", "invalid_postcode"),
        ("phone", "invalid_phone"),
        ("purchase_date", "bad_date"),
    ]
    for row in await failures_of(job.id, limit=10):
        for error in row.errors:
            assert all(tell(error, locale) and "{" not in tell(error, locale) for locale in LOCALES)


@pytest.mark.requirement("CER-2", "WAR-9")
@pytest.mark.parametrize("chunk", [2, 250])
@pytest.mark.parametrize("dry_run", [False, True])
async def test_the_row_after_the_last_of_a_certificate_is_refused(desk, monkeypatch, chunk, dry_run):
    """In a dry run too, where no row leaves anything behind for the next chunk."""
    monkeypatch.setattr("store.warranty.import_rows.CHUNK_ROWS", chunk)
    number = await certificate_for(3)
    await known_units(serials(5))
    rows = [registration(serial, number) for serial in serials(5)]
    job = await load(desk, rows, dry_run=dry_run)
    assert counts(job) == (3, 0, 2)
    assert await codes(job) == {row: [("certificate_number", "certificate_used_up")] for row in (5, 6)}
    assert await used(number) == (0 if dry_run else 3)
    assert await db.fetchval("select count(*) from registration") == (0 if dry_run else 3)


@pytest.mark.requirement("WAR-9")
async def test_a_device_stands_in_a_file_once_for_each_service(desk, monkeypatch):
    monkeypatch.setattr("store.warranty.import_rows.CHUNK_ROWS", 2)
    care, swap = await certificate_for(9), await certificate_for(9, reference="SWAP-24M", terms={"months": 24})
    await known_units(serials(2))
    first = registration("HD00001", care)
    job = await load(
        desk,
        [
            first,
            {**first, "certificate_number": swap, "service_reference": "SWAP-24M"},
            {**first, "serial_number": "hd00001 "},
            {**first, "email": "another@example.com", "certificate_number": swap, "service_reference": "SWAP-24M"},
            registration("HD00002", care, service_reference="SWAP-24M"),
        ],
    )
    assert counts(job) == (2, 0, 3)
    assert await codes(job) == {
        4: [("serial_number", "duplicate_row")],
        5: [("serial_number", "duplicate_row")],
        6: [("service_reference", "service_reference_differs")],
    }
    assert (await failures_of(job.id, limit=1))[0].errors[0].facts == {"row": 2}
    (unit,) = await find_units("HD00001")
    assert sorted(service.reference for service in unit.services) == ["CARE-24M", "SWAP-24M"]
    assert (await used(care), await used(swap)) == (1, 1)


@pytest.mark.requirement("WAR-11", "WAR-6", "WAR-3")
async def test_the_rules_of_the_form_hold_for_every_row(desk):
    number = await certificate_for(9)
    await known_units(["HD00001", "HD00002"])
    await known_units(["HD00003"], days_ago=600)
    assert counts(await load(desk, [registration("HD00001", number)])) == (1, 0, 0)
    job = await load(
        desk,
        [
            registration("HD00001", number, email="somebody.else@example.com"),
            registration("HD00002", "CERT-0000-0000-0000-0000"),
            registration("HD00003", number, purchase_date=day(500)),
            registration("HD00004", number),
            registration("HD00002", number, purchase_date=day(-1)),
        ],
    )
    found = await codes(job)
    assert found[2] == [("serial_number", "registered_before")]
    assert found[3] == [("certificate_number", "unknown_certificate")]
    assert found[4] == [("certificate_number", "extension_too_late")]
    assert found[5] == [("serial_number", "device_not_known")]
    assert counts(job)[0] == 0
    unproven = await load(desk, [registration("HD00002", number)], machine_invoices=[])
    assert await codes(unproven) == {2: [("", "proof_of_purchase_missing")]}


@pytest.mark.requirement("WAR-11")
async def test_a_device_that_nobody_told_us_of_comes_into_being_when_its_article_is_named(desk):
    number = await certificate_for(2)
    row = registration("HD00009", number, sku="HAL-D400-BLK")
    content = csv_of([row], [*COLUMNS, "sku"])
    assert counts(await imported(desk, content, machine_invoices=[await invoice()])) == (1, 0, 0)
    (unit,) = await find_units("HD00009")
    assert (unit.origin, unit.registered) == ("registered", True)


@pytest.mark.requirement("WAR-8", "L10N-1")
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "excel"])
async def test_files_in_the_readers_own_words_are_understood(desk, locale, encoding):
    number = await certificate_for(2)
    await known_units(["HD00001"])
    columns = {column.code: translate(locale, column.title) for column in columns_of("registrations")}
    preference = {"en": "E-mail", "fr": "Courriel", "zh-Hans": "电子邮件"}[locale]
    dates = {"en": f"{clock.today('Europe/Paris')}", "fr": day(0), "zh-Hans": day(0)}
    row = registration("HD00001", number, contact_preference=preference, purchase_date=dates[locale])
    text = csv_of([{columns[code]: value for code, value in row.items()}], [columns[code] for code in COLUMNS], locale)
    excel = {"en": "cp1252", "fr": "cp1252", "zh-Hans": "gb18030"}[locale]
    content = text.decode("utf-8-sig").encode(excel if encoding == "excel" else encoding)
    if encoding == "excel" and locale == "zh-Hans":
        content = content.replace("Zoé".encode(excel), "伟".encode(excel)).replace(
            "Lefèvre & fils".encode(excel), "公司".encode(excel)
        )
    job = await imported(desk, content, locale=locale, machine_invoices=[await invoice()])
    assert counts(job) == (1, 0, 0), [tell(e, "en") for r in await failures_of(job.id, limit=5) for e in r.errors]


@pytest.mark.requirement("WAR-8")
def test_the_template_has_all_mandatory_columns_and_an_example_and_is_never_changed():
    header, rows = read_csv(template_csv("registrations", version=1, locale="fr"))
    assert header == [
        *("serial_number", "certificate_number", "service_reference", "purchase_date", "first_name", "last_name"),
        *("email", "company", "address", "postcode", "city", "phone", "contact_preference"),
    ]
    assert [all(cells) for _, cells in rows] == [True]
    assert read_csv(template_csv("units", version=1))[0] == ["serial_number", "sku", "market", "shipped_on"]


@pytest.mark.requirement("WAR-9", "CER-2")
async def test_two_files_at_the_same_time_share_devices_and_certificates_without_doubling(desk):
    number = await certificate_for(40)
    await known_units(serials(60))
    rows = [registration(serial, number) for serial in serials(60)]
    proofs = [await invoice() for _ in range(2)]
    one = await start(csv_of(rows), machine_invoices=proofs[:1])
    two = await start(csv_of(list(reversed(rows))), machine_invoices=proofs[1:])
    await asyncio.gather(work_on_import(str(one.id)), work_on_import(str(two.id)))
    jobs = [await get_import(job.id) for job in (one, two)]
    assert [job.status for job in jobs] == ["finished", "finished"]
    assert sum(job.rows_new for job in jobs) == 40 == await used(number)
    assert await db.fetchval("select count(*) from unit_service") == 40
    await desk.work()  # what the outbox still has of them changes nothing
    assert await used(number) == 40


@pytest.mark.requirement("WAR-9")
async def test_the_same_work_twice_at_once_is_done_once(desk, monkeypatch):
    monkeypatch.setattr("store.warranty.import_rows.CHUNK_ROWS", 5)
    number = await certificate_for(60)
    await known_units(serials(60))
    job = await start(
        csv_of([registration(serial, number) for serial in serials(60)]), machine_invoices=[await invoice()]
    )

    async def work():
        while not (await get_import(job.id)).over:
            try:
                await work_on_import(str(job.id))
            except outbox.Later:
                continue

    await asyncio.gather(work(), work(), work())
    done = await get_import(job.id)
    assert (counts(done), await used(number)) == ((60, 0, 0), 60)


async def test_the_same_file_that_is_being_worked_on_is_the_same_job(desk):
    await known_units(serials(1))
    content = csv_of([registration("HD00001", await certificate_for(1))])
    proof = await invoice()
    jobs = await asyncio.gather(*(start(content, machine_invoices=[proof]) for _ in range(4)))
    assert len({job.id for job in jobs}) == 1
    other = await start(content, principal=ALEX)
    tried = await start(content, dry_run=True)
    assert len({jobs[0].id, other.id, tried.id}) == 3
    assert [job.id for job in await imports_of(RESELLER.identity, limit=9)] == [tried.id, jobs[0].id]
    assert (await get_import(jobs[0].id, identity=RESELLER.identity)).id == jobs[0].id
    with pytest.raises(NotFound):
        await get_import(jobs[0].id, identity=ALEX.identity)


async def test_somebody_elses_invoices_are_not_taken(desk):
    content = csv_of([registration("HD00001", "x")])
    for proof in (await invoice(ALEX), new_id()):
        with pytest.raises(NotFound):
            await start(content, machine_invoices=[proof])
    assert await db.fetchval("select count(*) from warranty_import") == 0


@pytest.mark.requirement("WAR-9")
async def test_work_that_was_given_up_is_told_as_failed(desk):
    job = await start(csv_of([registration("HD00001", "x")]))
    assert await fail_stuck() == 0
    await db.execute("update outbox set dead = true")
    assert await fail_stuck() == 1
    assert (await get_import(job.id)).status == "failed"
    await outbox.retry()
    await desk.work()
    assert (await get_import(job.id)).rows_done == 0


async def test_what_stood_in_refused_rows_is_forgotten_after_a_while(desk):
    job = await imported(desk, csv_of([registration("HD00001", "x")]))
    desk.later(days=FAILURES_DAYS - 1)
    assert await purge_failures() == 0
    desk.later(days=2)
    assert await purge_failures() == 1
    assert await purge_failures() == 0
    assert await failures_of(job.id, limit=9) == []
    await attachments.purge()
    with pytest.raises(NotFound):
        await attachments.read_file(job.file_id)
    assert (await get_import(job.id)).rows_failed == 1


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_is_sent_again_and_again_no_certificate_is_overused_and_no_device_registered_twice(desk, data):
    """Files of random rows out of few devices, owners and certificates, in any order, real and dry."""
    prefix = f"P{new_id().hex[-8:].upper()}".replace("S", "5")
    devices = [f"{prefix}{number}" for number in range(6)]
    limits = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=2))
    numbers = [await certificate_for(limit) for limit in limits]
    await known_units(devices)
    row = st.builds(
        registration,
        st.sampled_from(devices),
        st.sampled_from(numbers),
        email=st.sampled_from(["a@example.com", "b@example.com"]),
    )
    for rows, dry_run in data.draw(
        st.lists(st.tuples(st.lists(row, min_size=1, max_size=8), st.booleans()), min_size=1, max_size=3)
    ):
        job = await load(desk, rows, dry_run=dry_run)
        assert sum(counts(job)) == len(rows)
    for number, limit in zip(numbers, limits, strict=True):
        services = await db.fetchval(
            "select count(*) from unit_service s join certificate c on c.id = s.certificate_id where c.number = $1",
            number,
        )
        assert await used(number) == services <= limit
    doubled = await db.fetch(
        "select unit_id from registration where ended_at is null group by 1 having count(*) > 1"
        " union all select unit_id from unit_service group by unit_id, reference having count(*) > 1"
    )
    assert doubled == []


@pytest.mark.requirement("WAR-9")
async def test_a_chunk_takes_the_same_statements_however_many_rows_it_has(desk):
    """Rows are read and written together: no statement per row."""
    taken = []
    for count in (10, 200):
        number = await certificate_for(count)
        devices = [f"HD{count}0{place:04}" for place in range(count)]
        await known_units(devices)
        rows = [registration(device, number) for device in devices]
        job = await start(csv_of(rows), machine_invoices=[await invoice()])
        statements: list[str] = []
        db.query_listeners.append(lambda record, kept=statements: kept.append(record.query))
        try:
            await db.disconnect()
            await db.connect(desk.url, pool_size=2)
            await get_import(job.id)
            statements.clear()
            await work_on_import(str(job.id))
        finally:
            db.query_listeners.clear()
        assert (await get_import(job.id)).rows_new == count
        taken.append(len([each for each in statements if "pg_catalog" not in each]))
    assert taken[0] == taken[1] < 60, taken
