"""A number that changes with the catalogue, for ETags and caches. Stock is no part of it."""

from __future__ import annotations

from store.kernel import db


async def catalog_version() -> int:
    version: int = await db.fetchval("select version from catalog_version")
    return version
