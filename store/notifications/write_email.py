"""Write an e-mail: one row per fact, and its dispatch staged in the same transaction (DOC-1, DOC-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from store.kernel import clock, db, outbox
from store.kernel.i18n import DEFAULT_LOCALE, normalize_locale
from store.kernel.ids import new_id
from store.notifications.kinds import SUBJECTS
from store.notifications.mail_settings import mail_settings
from store.notifications.mailbox import read_mailbox, refuse_line_breaks
from store.notifications.render import render

outbox.declare("email.written")


async def write_email(
    *,
    key: str,
    kind: str,
    recipient: str,
    locale: str,
    context: Mapping[str, Any],
    order_id: UUID | None = None,
    payment_link_id: UUID | None = None,
    case_id: UUID | None = None,
    account_link_id: UUID | None = None,
    rma_id: UUID | None = None,
) -> UUID | None:
    """Render the e-mail and keep it; None when the fact that `key` names has its e-mail already.

    Opens a unit of work of its own. Raises UnusableAddress for a recipient that isn't one plain address.
    """
    mailbox = read_mailbox(recipient)
    locale = normalize_locale(locale) or DEFAULT_LOCALE
    rendered = render(kind, SUBJECTS[kind], locale, context)
    refuse_line_breaks(rendered.subject)
    email_id = new_id()
    async with db.unit_of_work():
        written = await db.fetchval(
            "insert into email (id, key, kind, order_id, payment_link_id, recipient, locale, subject, text_body,"
            " html_body, message_id, created_at, case_id, account_link_id, rma_id)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
            " on conflict (key) do nothing returning true",
            email_id,
            key,
            kind,
            order_id,
            payment_link_id,
            mailbox.address,
            locale,
            rendered.subject,
            rendered.text,
            rendered.html,
            f"<{email_id.hex}@{mail_settings().sender.domain}>",
            clock.now(),
            case_id,
            account_link_id,
            rma_id,
        )
        if written:
            await outbox.stage("email.written", email_id=email_id)
    return email_id if written else None


async def is_written(key: str) -> bool:
    """Whether the fact has its e-mail: a second run needs no rendering."""
    written: bool = await db.fetchval("select exists (select from email where key = $1)", key)
    return written
