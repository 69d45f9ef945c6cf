"""Every Piccolo class of every room agrees with the migrated database: names, types, nullability, references."""

from __future__ import annotations

import importlib
import importlib.util

import pytest
from piccolo.columns import ForeignKey
from piccolo.table import Table

from store.catalog import tables
from store.kernel import db
from store.kernel.migrate import ROOMS

# Piccolo's name of a type → what PostgreSQL calls it.
TYPES = {
    "BIGINT": "int8",
    "BIGSERIAL": "int8",
    "BOOLEAN": "bool",
    "BYTEA": "bytea",
    "DATE": "date",
    "INTEGER": "int4",
    "JSONB": "jsonb",
    "SERIAL": "int4",
    "SMALLINT": "int2",
    "TEXT": "text",
    "TEXT[]": "_text",
    "TIMESTAMPTZ": "timestamptz",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "UUID": "uuid",
}


def table_classes() -> list[type[Table]]:
    found: list[type[Table]] = []
    for room in ROOMS:
        name = f"store.{room}.tables"
        if importlib.util.find_spec(f"store.{room}") is None or importlib.util.find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        found += [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Table) and value.__module__ == name
        ]
    return found


def declared(table: type[Table]) -> dict[str, tuple[str, bool]]:
    columns = {}
    for column in table._meta.columns:
        kind = column.column_type.upper()
        if kind.startswith(("VARCHAR", "CHAR")):
            kind = f"text({column.length})"
        columns[column._meta.db_column_name] = (TYPES.get(kind, kind), column._meta.null)
    return columns


async def migrated(table: str) -> dict[str, tuple[str, bool]]:
    rows = await db.fetch(
        "select column_name, udt_name, is_nullable = 'YES' as nullable, character_maximum_length as length"
        " from information_schema.columns where table_schema = 'public' and table_name = $1",
        table,
    )
    return {
        row["column_name"]: (f"text({row['length']})" if row["length"] else row["udt_name"], row["nullable"])
        for row in rows
    }


@pytest.mark.parametrize("table", table_classes(), ids=lambda table: table.__name__)
async def test_a_table_class_has_the_columns_of_its_table(database, table):
    assert declared(table) == await migrated(table._meta.tablename)


@pytest.mark.parametrize("table", table_classes(), ids=lambda table: table.__name__)
async def test_a_table_class_refers_to_what_the_database_refers_to(database, table):
    rows = await db.fetch(
        "select a.attname as column, f.relname as refers_to, c.confdeltype as on_delete from pg_constraint c"
        " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]"
        " join pg_class f on f.oid = c.confrelid where c.contype = 'f' and c.conrelid = $1::text::regclass",
        table._meta.tablename,
    )
    assert {row["on_delete"] for row in rows} <= {b"r"}, "references are ON DELETE RESTRICT"
    assert {row["column"]: row["refers_to"] for row in rows} == {
        column._meta.db_column_name: column._foreign_key_meta.resolved_references._meta.tablename
        for column in table._meta.columns
        if isinstance(column, ForeignKey)
    }


async def test_piccolo_reads_what_the_room_wrote(database):
    await db.insert("category", slug="phones", names={"en": "Phones"})
    rows = await tables.Category.select(tables.Category.slug).where(tables.Category.slug == "phones")
    assert rows == [{"slug": "phones"}]
