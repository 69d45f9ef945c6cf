"""The commands say what is so, and their exit code says whether all is well."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from click.testing import CliRunner

from store.cli import main

STAGED = (
    "insert into outbox (topic, consumer, payload, due_at, dead, attempts, last_error)"
    " values ('thing.happened', 'rooms.consume', '{}', now(), $1, 12, 'ValueError: [no]') returning id"
)


async def test_outbox_list_shows_what_failed_and_why(store, connection):
    failed = await connection.fetchval(STAGED, True)
    waiting = await connection.fetchval(STAGED, False)
    result = await store("outbox", "list")
    assert result.exit_code == 0, result.output
    assert "ValueError: [no]" in result.output
    assert "1 waiting, 1 failed for good" in result.output
    assert f"\n{failed:>{len(str(failed))}}" in result.output or str(failed) in result.output
    assert str(waiting) in (await store("outbox", "list", "--all")).output


async def test_outbox_retry_revives_the_rows_named_or_all(store, connection):
    first, second, third = [await connection.fetchval(STAGED, True) for _ in range(3)]
    assert "1 rows" in (await store("outbox", "retry", str(first))).output
    assert await connection.fetchval("select array_agg(id order by id) from outbox where dead") == [second, third]
    again = await store("outbox", "retry", str(first))
    assert again.exit_code == 1
    assert "not failed" in again.output
    assert "2 rows" in (await store("outbox", "retry")).output
    assert not await connection.fetchval("select count(*) from outbox where dead")


@pytest.mark.requirement("PAY-13")
async def test_ledger_check_prints_the_balance_and_fails_on_an_imbalance(store, connection):
    journal = uuid4()
    async with connection.transaction():
        await connection.execute(
            "insert into journal (id, occurred_at, kind, source_id) values ($1, now(), 'test', 'x')", journal
        )
        await connection.executemany(
            "insert into journal_entry (journal_id, position, account, currency, amount_minor)"
            " values ($1, $2, $3, $4, $5)",
            [(journal, 1, "bank", "JPY", 1200), (journal, 2, "receivable", "JPY", -1200)],
        )
    result = await store("ledger", "check")
    assert result.exit_code == 0, result.output
    assert "1200" in result.output
    assert "The books balance" in result.output
    await connection.execute("alter table journal_entry disable trigger all")
    await connection.execute("update journal_entry set amount_minor = 1300 where position = 1")
    result = await store("ledger", "check")
    assert result.exit_code == 1
    assert str(journal) in result.output


async def test_migrate_applies_nothing_twice(store):
    result = await store("migrate")
    assert (result.exit_code, "Nothing to do" in result.output) == (0, True)
    assert (await store("migrate", "--check")).exit_code == 0


async def test_commands_refuse_a_database_that_lacks_migrations(store, connection):
    await connection.execute("delete from schema_migration where name like 'kernel/%'")
    assert (await store("migrate", "--check")).exit_code == 1
    result = await store("outbox", "list")
    assert result.exit_code == 1
    assert "Run `store migrate`" in result.output


async def test_seeding_makes_keys_and_accounts_once(store, connection):
    assert (await store("seed")).exit_code == 0
    counts = "select (select count(*) from api_key), (select count(*) from account), (select count(*) from partner)"
    first = tuple(await connection.fetchrow(counts))
    assert first[0] == 4
    assert (await store("seed")).exit_code == 0
    result = await store("seed", "--again")
    assert result.exit_code == 0, result.output
    assert tuple(await connection.fetchrow(counts)) == first


async def test_doctor_is_content_with_a_good_installation(store):
    result = await store("doctor")
    assert "PostgreSQL" in result.output
    assert "all are applied" in result.output
    assert result.exit_code == 0, result.output


async def test_doctor_names_what_is_wrong_and_what_to_do(store, connection, monkeypatch):
    await connection.execute(STAGED, True)
    monkeypatch.setenv("STORE_BROKER_URL", "redis://127.0.0.1:1")
    result = await store("doctor")
    assert result.exit_code == 1
    assert "1 failed" in result.output
    assert "store outbox retry" in result.output
    assert "127.0.0.1:1 can't be reached" in result.output


async def test_doctor_tells_of_bad_settings(store, monkeypatch):
    monkeypatch.setenv("STORE_PORT", "many")
    result = await store("doctor")
    assert result.exit_code == 1
    assert "STORE_PORT" in result.output


async def test_an_unreachable_database_is_told_without_its_password(store, monkeypatch):
    monkeypatch.setenv("STORE_DATABASE_URL", "postgresql://store:secret@127.0.0.1:1/store")
    for arguments in (["outbox", "list"], ["doctor"]):
        result = await store(*arguments)
        assert result.exit_code == 1
        assert "127.0.0.1:1" in result.output
        assert "secret" not in result.output
        assert not isinstance(result.exception, OSError)


@pytest.mark.parametrize("arguments", [["outbox", "list"], ["serve"], ["worker"], ["migrate"]])
async def test_bad_settings_end_with_code_2_and_name_the_variable(store, monkeypatch, arguments):
    monkeypatch.setenv("STORE_PORT", "many")
    monkeypatch.setenv("STORE_MOVABLE_CLOCK", "perhaps")
    result = await store(*arguments)
    assert result.exit_code == 2
    assert "STORE_PORT='many': must be a number" in result.output
    assert "STORE_MOVABLE_CLOCK='perhaps'" in result.output


async def test_demo_data_is_refused_in_production(store, monkeypatch):
    values = {
        "ENV": "production",
        "PUBLIC_URL": "https://store.example.com",
        "SECRET_KEY": "x" * 40,
        "SMTP_URL": "smtp://localhost",
        "STRIPE_SECRET_KEY": "sk_live_x",
        "STRIPE_WEBHOOK_SECRET": "whsec_x",
        "PAYPAL_CLIENT_ID": "x",
        "PAYPAL_CLIENT_SECRET": "x",
        "PAYPAL_WEBHOOK_ID": "x",
        "PAYPAL_MODE": "live",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"STORE_{name}", value)
    result = await store("seed")
    assert result.exit_code == 2, result.output
    assert "refused in production" in result.output


async def test_a_command_without_settings_uses_the_embedded_database(monkeypatch, tmp_path):
    monkeypatch.delenv("STORE_DATABASE_URL", raising=False)
    monkeypatch.setenv("STORE_DATA_DIR", str(tmp_path))
    result = await asyncio.to_thread(CliRunner().invoke, main, ["migrate"])
    assert result.exit_code == 0, result.output
    assert "kernel/0001_kernel" in result.output
