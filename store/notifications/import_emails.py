"""The e-mail about an import that has ended: how many rows became what, and where the refused ones are (WAR-9)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from store.customers import get_account
from store.kernel.errors import NotFound
from store.markets import get_market
from store.notifications import kinds
from store.notifications.letterhead import letterhead
from store.notifications.mail_settings import mail_settings
from store.notifications.write_email import is_written, write_email
from store.warranty.imports import ImportJob, get_import


async def on_import_finished(import_id: str) -> None:
    """Consumer of warranty_import.finished; staff look at the desk instead."""
    key = f"warranty_import.finished:{import_id}"
    if await is_written(key):
        return
    job = await get_import(UUID(import_id))
    if job.account_id is None or job.by_staff:
        return
    try:
        account = await get_account(job.account_id)
    except NotFound:
        return  # closed meanwhile
    await write_email(
        key=key,
        kind=kinds.IMPORT_FINISHED,
        recipient=account.email,
        locale=job.locale,
        context=import_context(job, account.name),
    )


def import_context(job: ImportJob, name: str) -> dict[str, Any]:
    """`name` greets who sent the file."""
    return {
        "subject_facts": {"file": job.file_name},
        "name": name,
        "file": job.file_name,
        "failed": job.status == "failed",
        "dry_run": job.dry_run,
        "new": job.rows_new,
        "same": job.rows_same,
        "refused": job.rows_failed,
        "left": job.rows_total - job.rows_done,
        "url": f"{mail_settings().pages}/imports/{job.id}",
        **letterhead(get_market(job.market), job.locale),
    }
