"""The database made fit before the store serves: migrations, then demo data once."""

from __future__ import annotations

import logging

from store.cli.database import connect_or_exit, refuse_pending_migrations
from store.cli.terminal import fail
from store.kernel import db
from store.kernel.migrate import SchemaDrift, migrate
from store.kernel.settings import Settings

logger = logging.getLogger(__name__)


async def prepare_database(settings: Settings) -> None:
    """Migrate (in production `store migrate` does that, on purpose) and load the demo where it belongs."""
    await connect_or_exit(settings, pool_size=4)
    try:
        if settings.production:
            await refuse_pending_migrations()
        else:
            await migrate_or_exit()
        if settings.demo_data and not settings.production:
            await seed_demo(settings)
    finally:
        await db.disconnect()


async def migrate_or_exit() -> list[str]:
    try:
        return await migrate()
    except SchemaDrift as error:
        fail(f"{error}. Restore the file, or start with a new database.")


async def seed_demo(settings: Settings, *, again: bool = False) -> bool:
    """Load catalogue, accounts and keys unless they are there; True when something was loaded."""
    from store.cli.seed_accounts import demo_accounts_exist, seed_demo_accounts

    if not again and await demo_accounts_exist():
        return False
    from store.app import compose
    from store.cli.seed import seed_demo_catalogue

    compose(settings)  # what the rooms tell while they are filled needs its consumers
    await seed_demo_catalogue()
    await seed_demo_accounts()  # last: their presence tells that all of it is there
    return True
