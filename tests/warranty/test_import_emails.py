"""Who hears of an import: each owner of the registered devices once, and whoever sent the file (WAR-9, WAR-10)."""

from __future__ import annotations

import pytest

from store.customers import Principal, create_account, create_partner
from store.kernel import attachments, db
from store.kernel.i18n import LOCALES
from store.kernel.settings import Settings
from store.notifications import configure
from store.notifications.import_emails import on_import_finished
from store.warranty.import_rows import fail_stuck
from warranty.imported import ALEX, certificate_for, csv_of, imported, invoice, known_units, registration, start


@pytest.fixture(autouse=True)
def _surroundings(tmp_path):
    attachments.configure(tmp_path)
    configure(Settings(data_dir=tmp_path, storefront_url="https://shop.example.com"))


async def reseller(locale="fr") -> Principal:
    partner = await create_partner(name="Nord", currency="EUR")
    account = await create_account(
        kind="partner", email=f"{locale}@nord.example.com", name="Zoé <b>Nord</b>", partner_id=partner.id
    )
    return Principal(kind="partner", account_id=account.id, partner_id=partner.id, display_name="Zoé")


async def emails(kind: str) -> list[db.Row]:
    return await db.fetch("select * from email where kind = $1 order by recipient", kind)


@pytest.mark.requirement("WAR-10", "DOC-1")
async def test_every_owner_gets_one_email_for_all_devices_of_an_import(desk, monkeypatch):
    monkeypatch.setattr("store.warranty.import_rows.CHUNK_ROWS", 2)
    number = await certificate_for(9)
    devices = [f"HD0000{place}" for place in range(5)]
    await known_units(devices)
    who = await reseller()
    rows = [registration(serial, number, email="ada@example.com") for serial in devices[:4]]
    content = csv_of([*rows, registration(devices[4], number, email="bob@example.com")])
    await imported(desk, content, principal=who, machine_invoices=[await invoice(who)])
    ada, bob = await emails("unit_registered")
    assert (ada["recipient"], bob["recipient"]) == ("ada@example.com", "bob@example.com")
    assert all(serial in ada["text_body"] for serial in devices[:4])
    assert devices[4] not in ada["text_body"]
    await imported(desk, content, principal=who, machine_invoices=[await invoice(who)])
    assert len(await emails("unit_registered")) == 2, "the same file again says nothing new"


@pytest.mark.requirement("WAR-10", "WAR-9")
async def test_a_dry_run_writes_to_no_owner(desk):
    await known_units(["HD00001"])
    who = await reseller()
    content = csv_of([registration("HD00001", await certificate_for(1))])
    await imported(desk, content, principal=who, machine_invoices=[await invoice(who)], dry_run=True)
    assert await emails("unit_registered") == []
    (told,) = await emails("import_finished")
    assert told["recipient"] == "fr@nord.example.com"


@pytest.mark.requirement("WAR-9", "L10N-3")
@pytest.mark.parametrize("locale", LOCALES)
async def test_whoever_sent_the_file_is_told_the_counts_and_where_refused_rows_are(desk, locale):
    who = await reseller(locale)
    await known_units(["HD00001"])
    rows = [registration("HD00001", await certificate_for(1)), registration("HD00002", "x"), registration("", "x")]
    job = await imported(
        desk, csv_of(rows), principal=who, machine_invoices=[await invoice(who)], locale=locale, file_name="<i>été.csv"
    )
    (told,) = await emails("import_finished")
    assert (told["locale"], told["recipient"]) == (locale, f"{locale}@nord.example.com")
    assert "<i>été.csv" in told["subject"]
    assert f"https://shop.example.com/imports/{job.id}" in told["text_body"]
    assert "<i>" not in told["html_body"]
    assert "<b>Nord" not in told["html_body"]
    assert "2" in told["text_body"]
    await on_import_finished(str(job.id))
    assert len(await emails("import_finished")) == 1


@pytest.mark.requirement("WAR-9")
async def test_staff_and_those_who_left_get_no_email_and_a_failure_is_told(desk):
    content = csv_of([registration("HD00001", "x")])
    await imported(desk, content, principal=ALEX)
    await imported(desk, content)  # an account that is gone
    assert await emails("import_finished") == []
    await start(content, principal=await reseller())
    await db.execute("update outbox set dead = true")
    assert await fail_stuck() == 1
    await desk.work()
    (told,) = await emails("import_finished")
    assert told["recipient"] == "fr@nord.example.com"
