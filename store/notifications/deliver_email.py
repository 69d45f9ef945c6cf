"""Deliver a written e-mail: by SMTP, or into the local folder when there is no server (DOC-4).

At least once and never lost: the outbox keeps the fact until the e-mail has left. What has left is not sent again,
but for a crash between the server's "yes" and our note of it; then the same Message-ID tells the reader's program.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

import aiosmtplib

from store.kernel import clock, db, outbox
from store.notifications.compose_message import compose_message
from store.notifications.mail_settings import SmtpServer, mail_settings
from store.notifications.reveal_tokens import revealed

logger = logging.getLogger(__name__)

COMMAND_SECONDS = 20
DELIVERY_SECONDS = 60  # below the claim, which is below the outbox's lease
CLAIM_SECONDS = 75
RETRY_SECONDS_MOST = 600
REFERENCES_MOST = 20
IN_ORDER_SECONDS = 180  # so long an e-mail waits for the ones before it; then late beats in order
WAIT_SECONDS = 2
OF_THE_SERVER = (
    aiosmtplib.SMTPAuthenticationError,
    aiosmtplib.SMTPConnectResponseError,
    aiosmtplib.SMTPHeloError,
)


async def deliver_email(email_id: str) -> None:
    """Consumer of email.written. An unreachable or busy server is tried again without end (outbox.Later).

    Raises what the server refused for good: the outbox tries some more, then keeps the row for a person.
    """
    await _wait_for_earlier(UUID(email_id))
    email = await _claim(UUID(email_id))
    if email is None:
        return
    settings = mail_settings()
    if settings.smtp is None:
        await _keep_locally(email)
        return
    message = compose_message(email, settings, await _earlier_messages(email))
    try:
        await _send(message, settings.smtp)
    except Exception as error:
        await _unclaim(email["id"], error)
        if _is_temporary(error):
            logger.warning("e-mail %s can't leave yet: %s", email["id"], error or type(error).__name__)
            raise outbox.Later(_delay_seconds(email["attempts"])) from error
        raise
    await _mark_sent(email["id"], "smtp")


async def _wait_for_earlier(email_id: UUID) -> None:
    """An order is confirmed before it has left, in its reader's inbox too. Raises outbox.Later, for some minutes."""
    email = await db.fetchrow("select * from email where id = $1 and sent_at is null", email_id)
    column = None if email is None else _thread_column(email)
    if email is None or column is None:
        return
    waits = await db.fetchval(
        f"select exists (select from email where {column} = $1 and (created_at, id) < ($2, $3) and sent_at is null)"
        " and $2 > $4",
        email[column],
        email["created_at"],
        email["id"],
        clock.now() - timedelta(seconds=IN_ORDER_SECONDS),
    )
    if waits:
        raise outbox.Later(WAIT_SECONDS)


async def _claim(email_id: UUID) -> db.Row | None:
    """Take the e-mail for this delivery; None when it has left. Raises outbox.Later while another one sends it."""
    row = await db.fetchrow(
        "update email set claimed_until = clock_timestamp() + make_interval(secs => $2), attempts = attempts + 1"
        " where id = $1 and sent_at is null and (claimed_until is null or claimed_until < clock_timestamp())"
        " returning *",
        email_id,
        float(CLAIM_SECONDS),
    )
    if row is not None:
        return row
    if await db.fetchval("select sent_at is null from email where id = $1", email_id):
        raise outbox.Later(5)
    return None


async def _unclaim(email_id: UUID, error: Exception) -> None:
    await db.execute(
        "update email set claimed_until = null, last_error = $2 where id = $1",
        email_id,
        f"{type(error).__name__}: {error}"[:2000],
    )


async def _mark_sent(email_id: UUID, via: str) -> None:
    await db.execute(
        "update email set sent_at = $2, via = $3, claimed_until = null, last_error = null where id = $1",
        email_id,
        clock.now(),
        via,
    )


async def _keep_locally(email: db.Row) -> None:
    """The local folder is the table itself, so links are made whole in it: a developer wants to follow them."""
    await db.execute(
        "update email set sent_at = $2, via = 'local', claimed_until = null, text_body = $3, html_body = $4"
        " where id = $1",
        email["id"],
        clock.now(),
        revealed(email["text_body"], email),
        revealed(email["html_body"], email),
    )


async def _earlier_messages(email: db.Row) -> list[str]:
    """The ids of the e-mails written before about the same order, case or return, oldest first, as one thread."""
    column = _thread_column(email)
    if column is None:
        return []
    rows = await db.fetch(
        f"select message_id from email where {column} = $1 and (created_at, id) < ($2, $3) order by created_at, id",
        email[column],
        email["created_at"],
        email["id"],
    )
    ids = [row["message_id"] for row in rows]
    return ids[:1] + ids[1:][-(REFERENCES_MOST - 1) :]


def _thread_column(email: db.Row) -> str | None:
    """What the e-mail is about: the column that its thread has in common."""
    return next((name for name in ("order_id", "case_id", "rma_id") if email[name] is not None), None)


async def _send(message: EmailMessage, server: SmtpServer) -> None:
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.tls,
        start_tls=server.start_tls,
        username=server.username,
        password=server.password,
        timeout=COMMAND_SECONDS,
    )
    async with asyncio.timeout(DELIVERY_SECONDS):
        try:
            await client.connect()
            await client.send_message(message)
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
        finally:
            client.close()


def _is_temporary(error: Exception) -> bool:
    """Not reached, too slow, cut off, or a 4xx answer.

    A server that refuses us before it knows of the e-mail, or a sign-in, is the operator's to mend, so it waits, too.
    """
    if isinstance(error, OF_THE_SERVER):
        return True
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(400 <= refused.code < 500 for refused in error.recipients)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return 400 <= error.code < 500
    return isinstance(error, (aiosmtplib.SMTPException, OSError, TimeoutError))


def _delay_seconds(attempts: int) -> float:
    return min(RETRY_SECONDS_MOST, 2.0 ** min(attempts, 10)) * random.uniform(0.8, 1.2)  # noqa: S311 - spreading
