"""E-mails leave at least once and never twice on purpose: servers that are down, refuse, hang up; crashes between."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from uuid import uuid4

import pytest

from store.kernel import clock, db, outbox
from store.kernel.settings import Settings
from store.notifications import configure, deliver_email, write_email
from store.notifications.compose_message import compose_message
from store.notifications.mail_settings import BadSmtpUrl, mail_settings, read_smtp_url
from store.notifications.mailbox import Mailbox, UnusableAddress, read_mailbox, read_sender

CONTEXT = {
    "subject_facts": {"number": "FR-7K3M-9QX2"},
    "number": "FR-7K3M-9QX2",
    "name": "Zoë 李",
    "seller": {"name": "Exemple", "address": ["12 rue de l'Exemple"], "registrations": {"SIREN": "000"}},
    "support": {"email": "aide@exemple.invalid", "phone": "+33 1 99 00 00 00", "hours": [], "time_zone": ""},
    "placed_on": clock.now().date(),
    "unpaid": False,
    "paid_back": False,
    "canceled": [],
}

pytestmark = pytest.mark.usefixtures("outbox_of_mail")


async def write(key="fact", **changes):
    facts = {
        "kind": "order_canceled",
        "recipient": "zoe@example.com",
        "locale": "en",
        "context": CONTEXT,
        "order_id": None,
        **changes,
    }
    return await write_email(key=key, **facts)


async def due():
    await db.execute("update outbox set due_at = clock_timestamp(), leased_until = null")


async def the_email():
    return await db.fetchrow("select * from email")


@pytest.mark.requirement("DOC-1", "DOC-2", "DOC-4")
async def test_an_email_arrives_as_text_and_html_from_the_no_reply_address(smtp):
    await write()
    assert await outbox.drain() == 1
    (message,) = smtp.received
    assert message["Subject"] == "Order FR-7K3M-9QX2: your order was cancelled"
    assert (message["To"], message["From"]) == ("zoe@example.com", "Exemple <no-reply@store.example.com>")
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert "Hello Zoë 李," in text.get_content()
    assert "Hello Zoë 李," in html.get_content()
    email = await the_email()
    assert (email["via"], email["sent_at"] is not None, message["Message-ID"]) == ("smtp", True, email["message_id"])


@pytest.mark.requirement("DOC-4")
async def test_without_a_server_emails_stay_in_the_local_folder(mail):
    await write()
    await outbox.drain()
    email = await the_email()
    assert (email["via"], email["sent_at"] is not None) == ("local", True)


@pytest.mark.requirement("DOC-4")
async def test_one_fact_has_one_email_however_many_write_it_at_once(smtp):
    assert sum(1 for written in await asyncio.gather(*(write() for _ in range(20))) if written) == 1
    await outbox.drain()
    assert len(smtp.received) == 1


@pytest.mark.requirement("DOC-4")
async def test_a_server_that_is_down_loses_nothing_however_long(smtp):
    await smtp.stop()
    await write()
    for _ in range(outbox.MAX_ATTEMPTS + 3):
        assert await outbox.drain(rounds=1) == 0
        await due()
    assert await outbox.depth() == {"waiting": 1, "dead": 0}
    email = await the_email()
    assert (email["sent_at"], email["claimed_until"]) == (None, None)
    assert email["last_error"]
    await smtp.start()
    assert await outbox.drain() == 1
    assert len(smtp.received) == 1
    assert await outbox.depth() == {"waiting": 0, "dead": 0}


@pytest.mark.requirement("DOC-4")
@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
async def test_a_server_that_is_busy_is_asked_again(smtp, step):
    await waits_and_leaves(smtp, {step: "451 try again later", "HELO": "451 try again later"})


@pytest.mark.requirement("DOC-4")
@pytest.mark.parametrize("step", ["CONNECT", "EHLO"])
async def test_a_server_that_refuses_everybody_is_asked_again(smtp, step):
    await waits_and_leaves(smtp, {step: "554 not today", "HELO": "554 not today"})


async def waits_and_leaves(smtp, answers):
    smtp.answers = answers
    await write()
    for _ in range(outbox.MAX_ATTEMPTS + 1):
        await outbox.drain(rounds=1)
        await due()
    assert await outbox.depth() == {"waiting": 1, "dead": 0}
    smtp.answers = {}
    await outbox.drain()
    assert len(smtp.received) == 1


@pytest.mark.requirement("DOC-4")
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "CONTENT"])
async def test_what_is_refused_for_good_is_kept_for_a_person(smtp, step):
    smtp.answers = {step: "550 no such user"}
    await write()
    for _ in range(outbox.MAX_ATTEMPTS):
        await outbox.drain(rounds=1)
        await due()
    assert await outbox.depth() == {"waiting": 0, "dead": 1}
    assert "550" in (await the_email())["last_error"]
    smtp.answers = {}
    await outbox.retry()
    await outbox.drain()
    assert len(smtp.received) == 1


@pytest.mark.requirement("DOC-4")
async def test_a_crash_before_the_server_took_it_sends_it_later(smtp):
    email_id = await write()
    (row,) = await outbox.lease()  # a worker takes the row and claims the e-mail, then dies
    await db.execute(
        "update email set claimed_until = clock_timestamp() + interval '75 seconds', attempts = 1 where id = $1",
        email_id,
    )
    assert await outbox.drain() == 0
    assert smtp.received == []
    await db.execute("update outbox set leased_until = clock_timestamp() where id = $1", row)
    await outbox.drain(rounds=1)
    assert smtp.received == []  # the claim still stands
    await db.execute("update email set claimed_until = clock_timestamp()")
    await due()
    assert await outbox.drain() == 1
    assert len(smtp.received) == 1


@pytest.mark.requirement("DOC-4")
async def test_a_crash_before_the_commit_leaves_neither_email_nor_fact(smtp, monkeypatch):
    async def crash(*_args, **_facts):
        raise RuntimeError("the process dies here")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(outbox, "stage", crash)
        await write()
    assert await the_email() is None
    assert await write() is not None  # the consumer runs again
    await outbox.drain()
    assert len(smtp.received) == 1


async def test_an_answer_that_is_lost_repeats_the_same_message_id(smtp):
    smtp.hangs_up_after_data = True
    await write()
    await outbox.drain(rounds=1)
    smtp.hangs_up_after_data = False
    await due()
    await outbox.drain()
    first, second = smtp.received
    assert first["Message-ID"] == second["Message-ID"]


async def test_two_deliveries_at_once_send_one_email(smtp):
    email_id = await write()
    results = await asyncio.gather(*(deliver_email(str(email_id)) for _ in range(5)), return_exceptions=True)
    assert len(smtp.received) == 1
    assert all(result is None or isinstance(result, outbox.Later) for result in results)
    await deliver_email(str(email_id))
    assert len(smtp.received) == 1


@pytest.mark.parametrize("about", ["order_id", "case_id", "rma_id"])
async def test_emails_of_one_order_case_or_return_are_one_thread(smtp, about):
    subject_id = uuid4()
    for count in range(3):
        clock.set_offset(timedelta(minutes=count))
        await write(f"fact {count}", **{about: subject_id})
        await outbox.drain()
    first, second, third = smtp.received
    assert first["References"] is None
    assert second["References"] == first["Message-ID"]
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]
    assert third["In-Reply-To"] == second["Message-ID"]


async def test_long_message_ids_are_never_written_as_encoded_words(mail):
    mail(mail_from=f"no-reply@{'long' * 12}.example.com")
    await write()
    email = await the_email()
    raw = compose_message(email, mail_settings(), [email["message_id"]] * 3).as_bytes().decode()
    header = raw.partition("References: ")[2]
    assert header.startswith("\r\n ".join([email["message_id"]] * 3) + "\r\n")


@pytest.mark.parametrize(
    "recipient",
    [
        "zoe@example.com\r\nBcc: everyone@example.com",
        "zoe@example.com\nX: y",
        "zoe@example.com, other@example.com",
        "zoe@example.com>\x00",
        "Zoë <zoe@example.com>",
        "zoe example.com",
        "zoe@",
        "@example.com",
        "",
        "a b@example.com",
    ],
)
async def test_a_recipient_that_brings_headers_or_others_is_refused(database, recipient):
    with pytest.raises(UnusableAddress):
        await write(recipient=recipient)
    assert await the_email() is None


async def test_a_subject_that_brings_headers_is_one_line_of_text(smtp):
    await write(context={**CONTEXT, "subject_facts": {"number": "1\r\nBcc: everyone@example.com"}})
    await outbox.drain()
    (message,) = smtp.received
    assert message["Bcc"] is None
    assert message["Subject"] == "Order 1 Bcc: everyone@example.com: your order was cancelled"


async def test_no_header_carries_a_line_break_even_if_a_row_does(mail):
    await write()
    row = {**dict(await the_email()), "subject": "a\r\nBcc: everyone@example.com"}
    with pytest.raises(ValueError, match=r"newline|carriage"):
        compose_message(row, mail_settings(), [])


def test_addresses_are_read_as_one_mailbox():
    assert read_mailbox(" zoe@Bücher.example ") == Mailbox("zoe@xn--bcher-kva.example")
    assert read_sender('"Exemple SAS" <no-reply@x.example>') == Mailbox("no-reply@x.example", "Exemple SAS")
    assert read_sender("no-reply@x.example") == Mailbox("no-reply@x.example")


def test_a_password_is_sent_encrypted_or_not_at_all():
    server = read_smtp_url("smtp://us%40er:p%3Ass@mail.example.com")
    assert (server.username, server.password, server.port, server.start_tls) == ("us@er", "p:ss", 587, True)
    assert read_smtp_url("smtp://u:p@mail.example.com?starttls=never").start_tls is False
    assert read_smtp_url("smtp://mail:1025").start_tls is None
    assert (read_smtp_url("smtps://mail.example.com").port, read_smtp_url("smtps://mail.example.com").tls) == (
        465,
        True,
    )
    with pytest.raises(BadSmtpUrl):
        read_smtp_url("smtp://mail.example.com?starttls=perhaps")
    with pytest.raises(BadSmtpUrl):
        read_smtp_url("http://mail.example.com")


async def test_a_server_without_tls_gets_no_password(smtp):
    configure(Settings(smtp_url=f"{smtp.url.replace('//', '//user:secret@')}?starttls=required"))
    await write()
    await outbox.drain(rounds=1)
    assert await outbox.depth() == {"waiting": 1, "dead": 0}
    assert smtp.received == []


@pytest.mark.requirement("DOC-4")
@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
async def test_a_server_that_says_nothing_is_left_in_time(smtp, monkeypatch, step):
    with monkeypatch.context() as hurried:
        hurried.setattr(sys.modules["store.notifications.deliver_email"], "COMMAND_SECONDS", 0.2)
        smtp.silent_at = step
        await write()
        await asyncio.wait_for(outbox.drain(rounds=1), 10)
    assert await outbox.depth() == {"waiting": 1, "dead": 0}
    assert (await the_email())["last_error"]
    smtp.silent_at = ""
    await due()
    await outbox.drain()
    assert await outbox.depth() == {"waiting": 0, "dead": 0}
    assert len({message["Message-ID"] for message in smtp.received}) == 1


@pytest.mark.parametrize("thread", ["order_id", "case_id", "rma_id"])
async def test_the_emails_of_a_thread_leave_in_the_order_in_which_they_were_written(smtp, thread):
    about = uuid4()
    first, second = [await write(key, **{thread: about}) for key in ("confirmed", "shipped")]
    other = await write("of another", **{thread: uuid4()})
    with pytest.raises(outbox.Later):
        await deliver_email(str(second))
    await deliver_email(str(other))
    await deliver_email(str(first))
    await deliver_email(str(second))
    sent = await db.fetch("select id from email order by sent_at")
    assert [row["id"] for row in sent] == [other, first, second]
    assert smtp.received[2]["In-Reply-To"] == smtp.received[1]["Message-ID"]
    assert smtp.received[2]["References"] == smtp.received[1]["Message-ID"]


async def test_an_email_does_not_wait_for_ever_for_one_that_is_refused(smtp):
    order_id = uuid4()
    await write("refused", order_id=order_id)
    second = await write("shipped", order_id=order_id)
    with pytest.raises(outbox.Later):
        await deliver_email(str(second))
    clock.set_offset(timedelta(minutes=4))
    await deliver_email(str(second))
    assert len(smtp.received) == 1
