"""A process dies between an order's commit and its e-mail, wherever it dies: one e-mail is there in the end (DOC-4)."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from store.kernel import db, outbox

ROOT = Path(__file__).parents[2]
LINES = [("AUR-ONE-BLK", 1)]

# A worker of its own process, which consumes what is there and dies at a point: nothing of it is cleaned up.
WORKER = """
import asyncio, os, signal, sys
from store import composition, notifications
from store.kernel import db, outbox, signing
from store.kernel.settings import Settings

def die(*_args, **_facts):
    os.kill(os.getpid(), signal.SIGKILL)

async def main(database, smtp, point):
    await db.connect(database, pool_size=2)
    signing.configure(b"the secret of the tests")
    notifications.configure(Settings(smtp_url=smtp, mail_from="no-reply@store.example.com"))
    composition.connect_rooms()
    modules = {name: sys.modules[f"store.notifications.{name}"] for name in ("order_emails", "write_email", "deliver_email")}
    wrapped = "order_emails.on_order_confirmed" if point == "after it is written" else "deliver_email.deliver_email"
    match point:
        case "before it is written":
            modules["order_emails"].write_email = die
        case "while it is written":
            modules["write_email"].outbox.stage = die
        case "before it leaves":
            modules["deliver_email"]._send = die
        case _:
            consumer = outbox._consumers[f"notifications.{wrapped}"]
            async def consume(**facts):
                await consumer(**facts)
                die()
            outbox._consumers[f"notifications.{wrapped}"] = consume
    rows = "select id from outbox where consumer in ('notifications.order_emails.on_order_confirmed',"
    for _ in range(2):
        for row in await db.fetch(rows + " 'notifications.deliver_email.deliver_email') order by id"):
            await outbox.consume(row["id"])

asyncio.run(main(*sys.argv[1:]))
"""
POINTS = (
    "before it is written",
    "while it is written",
    "after it is written",
    "before it leaves",
    "after it has left",
)


async def work_and_die(seeded_url, smtp, point: str) -> None:
    """The mail server lives in this process, so nothing here may block."""
    arguments = [sys.executable, "-c", WORKER, seeded_url, smtp.url, point]
    process = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT, stdout=PIPE, stderr=STDOUT)
    said, _ = await process.communicate()
    assert process.returncode == -signal.SIGKILL, said.decode()


@pytest.mark.requirement("DOC-1", "DOC-4")
@pytest.mark.parametrize("point", POINTS)
async def test_a_process_that_dies_neither_loses_nor_doubles_a_confirmation(shop, smtp, emails, seeded_url, point):
    order = await shop.place(LINES, locale="fr")
    await work_and_die(seeded_url, smtp, point)
    await db.execute("update email set claimed_until = clock_timestamp() where claimed_until is not null")
    await db.execute("update outbox set due_at = clock_timestamp(), leased_until = null")
    await shop.work()
    (email,) = await emails(order.order_id, "order_confirmed")
    assert (email["via"], email["sent_at"] is not None) == ("smtp", True)
    assert [message["Message-ID"] for message in smtp.received] == [email["message_id"]]
    assert await outbox.depth() == {"waiting": 0, "dead": 0}
