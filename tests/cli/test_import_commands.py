"""Files are imported from the command line as over HTTP, and the exit code says whether every row was taken."""

from __future__ import annotations

import pytest
from warranty.imported import COLUMNS, UNIT_COLUMNS, csv_of, registration

from store.kernel.csv_files import read_csv

UNIT = {"serial_number": "HD1001", "sku": "HAL-D400-BLK", "market": "FR", "shipped_on": "2026-03-05"}


@pytest.fixture
def seeded_store(store, monkeypatch, seeded_url, tmp_path):
    monkeypatch.setenv("STORE_DATABASE_URL", seeded_url)
    monkeypatch.setenv("STORE_DATA_DIR", str(tmp_path))
    return store


@pytest.mark.requirement("WAR-5", "WAR-9")
async def test_units_are_imported_and_refused_rows_come_back_as_a_file(seeded_store, tmp_path):
    file, failures = tmp_path / "units.csv", tmp_path / "failures.csv"
    file.write_bytes(csv_of([UNIT, {**UNIT, "serial_number": "HD100S"}], UNIT_COLUMNS))
    tried = await seeded_store("import-units", str(file), "--dry-run")
    assert tried.exit_code == 1
    assert "1 new, 0 known before, 1 refused (dry run)" in tried.output
    result = await seeded_store("import-units", str(file), "--failures", str(failures))
    assert result.exit_code == 1
    assert "row 3, serial_number" in result.output
    assert "HD1005" in result.output, "the suggestion"
    header, rows = read_csv(failures.read_bytes())
    assert header == [*UNIT_COLUMNS, "error"]
    assert [cells[0] for _, cells in rows] == ["HD100S"]
    file.write_bytes(csv_of([UNIT, {**UNIT, "serial_number": "HD1005"}], UNIT_COLUMNS))
    again = await seeded_store("import-units", str(file))
    assert again.exit_code == 0, again.output
    assert "1 new, 1 known before, 0 refused" in again.output


@pytest.mark.requirement("WAR-8", "WAR-11")
async def test_registrations_need_a_proof_for_what_the_store_did_not_sell(seeded_store, tmp_path):
    file, invoice = tmp_path / "file.csv", tmp_path / "invoice.pdf"
    row = registration("HD1001", "CERT-0000-0000-0000-0000", sku="HAL-D400-BLK")
    file.write_bytes(csv_of([row], [*COLUMNS, "sku"]))
    bare = await seeded_store("import-registrations", str(file), "--market", "FR")
    assert bare.exit_code == 1
    assert "proof of purchase" in bare.output or "invoice" in bare.output
    invoice.write_bytes(b"%PDF-1.7 invoice")
    result = await seeded_store("import-registrations", str(file), "--market", "FR", "--invoice", str(invoice))
    assert result.exit_code == 1
    assert "row 2, certificate_number" in result.output


@pytest.mark.requirement("WAR-8")
@pytest.mark.parametrize(
    ("content", "words"), [(b"PK\x03\x04", "workbook"), (b"a;b\n1;2", "Columns are missing"), (b"", "empty")]
)
async def test_a_file_that_is_none_is_refused_with_a_sentence(seeded_store, tmp_path, content, words):
    file = tmp_path / "file.csv"
    file.write_bytes(content)
    for command in (("import-units",), ("import-registrations", "--market", "FR")):
        result = await seeded_store(*command, str(file))
        assert result.exit_code == 1
        assert words in result.output
    unknown = await seeded_store("import-registrations", "--market", "XX", str(file))
    assert unknown.exit_code == 1
