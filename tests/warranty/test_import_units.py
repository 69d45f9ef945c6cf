"""Units that others sold become known by files of their makers and resellers (WAR-5, WAR-9)."""

from __future__ import annotations

import pytest

from store.kernel import attachments, clock, db
from store.kernel.csv_files import CsvIsWorkbook
from store.warranty import coverage, find_units, import_rows, passport
from store.warranty.import_columns import ImportColumnsMissing, ImportColumnTwice, UnknownTemplate
from store.warranty.import_rows import CHUNK_ROWS, work_on_import
from store.warranty.imports import get_import
from store.warranty.read_import import ImportHasNoRows
from warranty.imported import ALEX, UNIT_COLUMNS, codes, counts, csv_of, imported, start

PHONE, HEADSET = "HAL-D400-BLK", "AUR-ONE-BLK"


@pytest.fixture(autouse=True)
def _folder(tmp_path):
    attachments.configure(tmp_path)


def unit(serial: str, **changes: str) -> dict[str, str]:
    return {"serial_number": serial, "sku": PHONE, "market": "FR", "shipped_on": "2026-03-05", **changes}


def units_csv(*rows: dict[str, str]) -> bytes:
    return csv_of(rows, UNIT_COLUMNS)


async def load(desk, *rows, **facts):
    return await imported(desk, units_csv(*rows), kind="units", principal=ALEX, **facts)


@pytest.mark.requirement("WAR-5", "WAR-9")
async def test_units_of_a_file_are_known_with_their_warranty_and_a_passport(desk):
    job = await load(desk, unit("HD1001"), unit(" hd１００２ ", shipped_on="05/03/2026"), unit("HD1003", market="CN"))
    assert (job.status, counts(job), job.percent) == ("finished", (3, 0, 0), 100)
    (found,) = await find_units("HD1002")
    assert (found.origin, found.sku, found.market, found.registered) == ("imported", PHONE, "FR", False)
    assert str(coverage(found, found.warranty_starts_on).starts_on) == "2026-03-05"
    assert found.warranty_months > 0
    assert [entry.kind for entry in await passport(found.id, staff=False)] == ["imported"]


@pytest.mark.requirement("WAR-9")
async def test_the_same_file_twice_changes_nothing_and_a_corrected_one_adds_what_is_new(desk):
    rows = [unit("HD1001"), unit("HD1002", sku="NO-SUCH")]
    first = await load(desk, *rows)
    assert (counts(first), await codes(first)) == ((1, 0, 1), {3: [("sku", "unknown_sku")]})
    before = await db.fetch("select * from unit order by id")
    again = await load(desk, *rows)
    assert counts(again) == (0, 1, 1)
    assert await db.fetch("select * from unit order by id") == before
    assert counts(await load(desk, rows[0], unit("HD1002"))) == (1, 1, 0)
    assert await db.fetchval("select count(*) from unit_event") == 2


@pytest.mark.requirement("WAR-9", "WAR-2")
async def test_every_mistake_of_a_row_is_told_with_its_column(desk):
    tomorrow = f"{clock.now():%Y}-12-31" if clock.now().month < 12 else f"{clock.now().year + 1}-12-31"
    job = await load(
        desk,
        unit("HD100S", market="XX", shipped_on="5.3.26"),
        unit("", shipped_on=tomorrow),
        unit("HD 1002", sku=""),
        unit("HD1003", shipped_on="1999-12-31"),
        unit("HD1004", sku="SVC-CARE-12M-1U"),
        unit("HD1005"),
        unit("hd1005"),
        unit("HD1006", shipped_on="02/30/2026"),
    )
    assert counts(job) == (1, 0, 7)
    assert await codes(job) == {
        2: [("serial_number", "invalid_serial"), ("market", "unknown_market"), ("shipped_on", "bad_date")],
        3: [("serial_number", "missing"), ("shipped_on", "future_date")],
        4: [("sku", "missing"), ("serial_number", "invalid_serial")],
        5: [("shipped_on", "ancient_date")],
        6: [("sku", "not_serialized")],
        8: [("serial_number", "duplicate_row")],
        9: [("shipped_on", "bad_date")],
    }


@pytest.mark.requirement("WAR-5")
async def test_what_is_known_is_never_overwritten(desk):
    await load(desk, unit("HD1001"))
    job = await load(desk, unit("HD1001", shipped_on="2026-04-01"))
    assert await codes(job) == {2: [("serial_number", "unit_known_otherwise")]}
    (found,) = await find_units("HD1001")
    assert str(found.warranty_starts_on) == "2026-03-05"
    other = await load(desk, unit("HD1001", sku=HEADSET))
    assert counts(other) == (1, 0, 0), "another maker may have the same number"
    assert len(await find_units("HD1001")) == 2


@pytest.mark.requirement("WAR-5")
async def test_a_unit_that_the_store_sold_keeps_what_the_store_knows(desk):
    order_id = await desk.shipped([(HEADSET, 1)])
    serial = await db.fetchval("select serial from unit where order_id = $1", order_id)
    await load(desk, unit(serial, sku=HEADSET))
    (found,) = await find_units(serial)
    assert (found.origin, found.order_id) == ("sold", order_id)


@pytest.mark.requirement("WAR-9")
async def test_a_dry_run_finds_the_same_and_changes_nothing(desk):
    rows = [unit("HD1001"), unit("HD1002", sku="NO-SUCH"), unit("HD1001")]
    tried = await load(desk, *rows, dry_run=True)
    assert counts(tried) == (1, 0, 2)
    assert await db.fetchval("select count(*) from unit") == 0
    real = await load(desk, *rows)
    assert (counts(real), await codes(real)) == (counts(tried), await codes(tried))


@pytest.mark.requirement("WAR-8")
@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"serial_number;sku;market\nA1;B;FR\n", ImportColumnsMissing),
        (b"serial_number;sku;market;shipped_on;SKU\nA1;B;FR;2026-01-01;B\n", ImportColumnTwice),
        (b"serial_number;sku;market;shipped_on\n;;;\n", ImportHasNoRows),
        (b"PK\x03\x04", CsvIsWorkbook),
    ],
)
async def test_a_file_that_is_wrong_as_a_whole_is_refused_at_once(desk, content, refusal):
    with pytest.raises(refusal):
        await start(content, kind="units", principal=ALEX)
    with pytest.raises(UnknownTemplate):
        await start(units_csv(unit("HD1001")), kind="units", principal=ALEX, template_version=7)
    assert await db.fetchval("select count(*) from warranty_import") == 0
    assert await db.fetchval("select count(*) from attachment") == 0


@pytest.mark.requirement("WAR-9")
async def test_work_that_was_cut_off_goes_on_where_it_ended_and_doubles_nothing(desk, monkeypatch):
    """The process dies in the middle of a chunk, again and again: each time some chunks further."""
    total = 4 * CHUNK_ROWS + 7
    content = units_csv(*(unit(f"HD{number:06}") for number in range(total)))
    job = await start(content, kind="units", principal=ALEX)
    chunk = 0
    do_import = import_rows.import_units

    async def dies(rows, outcome):
        nonlocal chunk
        await do_import(rows, outcome)
        chunk += 1
        if chunk % 3 == 2:
            raise SystemExit  # after the rows were written, before the commit

    monkeypatch.setattr(import_rows, "import_units", dies)
    seen = []
    for _ in range(10):
        try:
            await work_on_import(str(job.id))
        except SystemExit:
            seen.append((await get_import(job.id)).rows_done)
            continue
        break
    assert seen == [CHUNK_ROWS, 3 * CHUNK_ROWS]
    done = await get_import(job.id)
    assert (done.status, counts(done), done.rows_done) == ("finished", (total, 0, 0), total)
    assert (
        await db.fetchval("select count(*) from unit") == total == await db.fetchval("select count(*) from unit_event")
    )
