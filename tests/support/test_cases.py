"""A case: opened with a topic, answered by e-mail, open again when the customer writes; nothing of it is lost (SUP-1)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import support
from store.kernel import clock, db, outbox, signing
from store.kernel.errors import NotFound, StoreError, WrongState
from store.kernel.i18n import LOCALES
from store.kernel.ids import new_id
from store.notifications.case_address import MARK
from store.notifications.case_emails import on_case_answered, on_case_opened
from store.notifications.deliver_email import _earlier_messages
from store.support.errors import (
    CaseFull,
    MessageEmpty,
    UnknownAssignee,
    UnknownAttachment,
    UnknownSupportProduct,
    UnknownSupportTopic,
)
from store.support.find_cases import on_email_verified
from store.support.statuses import CASE, CaseStatus
from store.support.write_in_case import MESSAGES_MOST


async def emails(case_id) -> list[db.Row]:
    return await db.fetch("select * from email where case_id = $1 order by created_at, id", case_id)


async def status_of(case_id) -> str:
    return await db.fetchval("select status from support_case where id = $1", case_id)


async def audited(case_id) -> list[str]:
    rows = await db.fetch(
        "select action from audit_entry where object = 'support_case' and object_id = $1 order by id", str(case_id)
    )
    return [row["action"] for row in rows]


@pytest.mark.requirement("SUP-1")
async def test_a_case_has_a_number_waits_and_is_confirmed_by_email(demo, write):
    opened = await write(product="aurelvo-duo", message="  Does it come in blue?\n")
    case = await support.get_case(opened.case_id)
    assert opened.number.startswith("CS-")
    assert (case["status"], case["topic"], case["product"]) == ("open", "product_question", "aurelvo-duo")
    (message,) = await support.messages_of(opened.case_id)
    assert (message["body"], message["side"]) == ("Does it come in blue?", "customer")
    await outbox.drain()
    (email,) = await emails(opened.case_id)
    assert (email["kind"], email["recipient"]) == ("case_received", "ada@example.com")
    assert opened.number in email["subject"]
    assert "blue" not in email["text_body"] + email["html_body"]  # nobody writes to others through our form


@pytest.mark.requirement("SUP-1", "L10N-3")
@pytest.mark.parametrize("locale", list(LOCALES))
async def test_both_emails_are_in_the_language_of_the_case_and_in_one_thread(demo, write, agent, locale):
    opened = await write(locale=locale)
    await outbox.drain()
    await support.answer_case(opened.case_id, "Yes, from May on.", principal=agent)
    await outbox.drain()
    received, answered = await emails(opened.case_id)
    assert (received["locale"], answered["locale"]) == (locale, locale)
    assert opened.number in received["subject"]
    assert opened.number in answered["subject"]
    assert "Yes, from May on." in answered["text_body"]
    assert await _earlier_messages(answered) == [received["message_id"]]


@pytest.mark.requirement("SUP-1")
async def test_the_table_keeps_no_token_and_the_one_that_leaves_opens_the_case(demo, write, guest):
    opened = await write()
    token = support.case_token(opened.case_id)
    rows = await lease_all_but_delivery()
    assert rows
    (email,) = await emails(opened.case_id)
    assert MARK in email["text_body"]
    assert token not in email["text_body"] + email["html_body"]
    await outbox.drain()
    (email,) = await emails(opened.case_id)
    assert f"https://shop.example.com/support/cases/{opened.number}?token={token}" in email["text_body"]
    assert (await support.case_for(opened.number, guest, token))["id"] == opened.case_id


async def lease_all_but_delivery() -> list[int]:
    """Write the e-mails that are due, and leave them where they are."""
    rows = [row["id"] for row in await db.fetch("select id from outbox where topic = 'case.opened'")]
    for outbox_id in rows:
        await outbox.consume(outbox_id)
    return rows


@pytest.mark.requirement("SUP-1")
async def test_what_looks_like_html_is_text(demo, write, agent):
    evil = "<script>alert(1)</script> & <b>bold</b>\n\nSecond paragraph {name} {{ seller }}"
    opened = await write(message=evil, name='Ada "A" O’Brien & Co')
    await support.answer_case(opened.case_id, evil, principal=agent)
    await outbox.drain()
    _, answered = await emails(opened.case_id)
    assert evil in answered["text_body"]
    assert "<script>" not in answered["html_body"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;bold&lt;/b&gt;" in answered["html_body"]
    assert [row["body"] for row in await support.messages_of(opened.case_id)] == [evil, evil]


@pytest.mark.requirement("SUP-1")
@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"topic": "gossip"}, UnknownSupportTopic),
        ({"topic": ""}, UnknownSupportTopic),
        ({"message": ""}, MessageEmpty),
        ({"message": " \n\t "}, MessageEmpty),
        ({"message": "a" * 5001}, MessageEmpty),
        ({"product": "no-such-thing"}, UnknownSupportProduct),
        ({"attachments": [new_id()]}, UnknownAttachment),
        ({"topic": "order_help"}, StoreError),
        ({"market": "XX"}, StoreError),
    ],
)
async def test_what_cannot_be_taken_leaves_nothing_behind(demo, write, facts, error):
    with pytest.raises(error):
        await write(**facts)
    assert await db.fetchval("select count(*) from support_case") == 0
    assert await db.fetchval("select count(*) from outbox") == 0


@pytest.mark.parametrize(("before", "after"), list(product(CaseStatus, CaseStatus)))
def test_every_pair_of_statuses(before, after):
    allowed = {
        ("open", "answered"),
        ("open", "closed"),
        ("answered", "open"),
        ("answered", "closed"),
        ("closed", "open"),
    }
    assert CASE.allows(before, after) is ((before.value, after.value) in allowed)


async def test_writing_again_opens_the_case_and_waiting_keeps_its_place(demo, write, agent, guest):
    opened = await write()
    since = (await support.get_case(opened.case_id))["waiting_since"]
    clock.set_offset(timedelta(hours=1))
    await support.write_as_customer(opened.case_id, "Are you there?", principal=guest)
    assert (await support.get_case(opened.case_id))["waiting_since"] == since
    await support.answer_case(opened.case_id, "Yes.", principal=agent, close=True)
    assert await status_of(opened.case_id) == "closed"
    clock.set_offset(timedelta(hours=2))
    await support.write_as_customer(opened.case_id, "One more thing.", principal=guest)
    case = await support.get_case(opened.case_id)
    assert (case["status"], case["closed_at"]) == ("open", None)
    assert case["waiting_since"] > since
    sides = [row["side"] for row in await support.messages_of(opened.case_id)]
    assert sides == ["customer", "customer", "support", "customer"]


async def test_a_closed_case_is_reopened_before_it_is_answered(demo, write, agent):
    opened = await write()
    await support.close_case(opened.case_id, principal=agent, reason="spam")
    for act in (support.close_case(opened.case_id, principal=agent), answer(opened, agent)):
        with pytest.raises(WrongState):
            await act
    await support.reopen_case(opened.case_id, principal=agent)
    await answer(opened, agent)
    assert await status_of(opened.case_id) == "answered"


async def answer(opened, agent, text: str = "Yes."):
    return await support.answer_case(opened.case_id, text, principal=agent)


@pytest.mark.requirement("ACC-4")
async def test_every_act_of_an_agent_is_audited(demo, write, agent, customer):
    colleague = await customer("grace@example.com", kind="agent")
    opened = await write()
    await support.assign_case(opened.case_id, colleague.account_id, principal=agent)
    await answer(opened, agent)
    await support.close_case(opened.case_id, principal=agent)
    await support.reopen_case(opened.case_id, principal=agent)
    await support.unassign_case(opened.case_id, principal=agent)
    assert await audited(opened.case_id) == [
        "assign_case",
        "answer_case",
        "close_case",
        "reopen_case",
        "unassign_case",
    ]


async def test_a_case_is_given_to_customer_service_only(demo, write, agent, customer):
    opened = await write()
    for stranger in ((await customer()).account_id, new_id()):
        with pytest.raises(UnknownAssignee):
            await support.assign_case(opened.case_id, stranger, principal=agent)
    await support.assign_case(opened.case_id, None, principal=agent)
    assert (await support.get_case(opened.case_id))["assignee"] == agent.identity


async def test_a_case_becomes_the_answerers_unless_somebody_has_it(demo, write, agent, customer):
    colleague = await customer("grace@example.com", kind="agent")
    first, second = await write(), await write()
    await answer(first, agent)
    await support.assign_case(second.case_id, colleague.account_id, principal=agent)
    await answer(second, agent)
    assert (await support.get_case(first.case_id))["assignee"] == agent.identity
    assert (await support.get_case(second.case_id))["assignee"] == colleague.identity


async def test_the_queue_shows_the_longest_waiting_first_page_by_page(demo, write, agent):
    numbers = []
    for minute in range(5):
        clock.set_offset(timedelta(minutes=minute))
        topic, market = ("billing", "US") if minute % 2 else ("other", "FR")
        numbers.append((await write(topic=topic, market=market)).number)
    seen, after = [], None
    while page := await support.case_queue(after=after, limit=2):
        seen += [row["number"] for row in page]
        after = (page[-1]["waiting_since"], page[-1]["id"])
    assert seen == numbers
    assert [row["number"] for row in await support.case_queue(topic="billing")] == numbers[1::2]
    assert [row["number"] for row in await support.case_queue(market="FR")] == numbers[::2]
    case = await support.find_case(numbers[0])
    await support.assign_case(case["id"], None, principal=agent)
    assert [row["number"] for row in await support.case_queue(assignee=agent.identity)] == numbers[:1]
    assert [row["number"] for row in await support.case_queue(unassigned=True)] == numbers[1:]
    assert await support.case_queue(status="closed") == []


@pytest.mark.requirement("ACC-4")
async def test_a_case_is_its_accounts_or_its_tokens_and_nobody_elses(demo, write, guest, customer):
    ada, grace = await customer("ada@example.com"), await customer("grace@example.com")
    own, foreign = await write(principal=ada), await write(email="grace@example.com")
    assert (await support.case_for(own.number.lower(), ada, None))["number"] == own.number
    token = support.case_token(foreign.case_id)
    assert (await support.case_for(foreign.number, guest, token))["number"] == foreign.number
    for number, principal, wrong in (
        (own.number, grace, None),
        (own.number, guest, None),
        (own.number, guest, token),
        (own.number, guest, signing.make_token("order", own.case_id)),
        (foreign.number, guest, "case_"),
        ("CS-0000-0000", ada, None),
        ("x" * 5000, ada, None),
    ):
        with pytest.raises(NotFound):
            await support.case_for(number, principal, wrong)
    assert [row["number"] for row in await support.cases_of(ada.account_id)] == [own.number]


async def test_a_proved_address_brings_its_cases_into_the_account(demo, write, customer):
    early, other = await write(email="ADA@example.com"), await write(email="grace@example.com")
    ada = await customer("ada@example.com")
    assert await support.cases_of(ada.account_id) == []
    for _ in range(2):
        await on_email_verified(account_id=str(ada.account_id))
    assert [row["number"] for row in await support.cases_of(ada.account_id)] == [early.number]
    assert (await support.get_case(other.case_id))["account_id"] is None


async def test_a_thread_has_an_end(demo, write, guest, monkeypatch):
    monkeypatch.setattr("store.support.write_in_case.MESSAGES_MOST", 3)
    assert MESSAGES_MOST == 500
    opened = await write()
    for _ in range(2):
        await support.write_as_customer(opened.case_id, "Hello?", principal=guest)
    with pytest.raises(CaseFull):
        await support.write_as_customer(opened.case_id, "Hello?", principal=guest)
    assert len(await support.messages_of(opened.case_id)) == 3


async def test_a_fact_told_twice_has_one_email(demo, write, agent):
    opened = await write()
    message_id = await answer(opened, agent)
    for _ in range(2):
        await on_case_opened(str(opened.case_id))
        await on_case_answered(str(opened.case_id), str(message_id))
    await outbox.drain()
    assert [row["kind"] for row in await emails(opened.case_id)] == ["case_received", "case_answered"]


async def test_of_many_who_close_at_once_one_does(demo, write, agent):
    opened = await write()
    closing = [support.close_case(opened.case_id, principal=agent) for _ in range(10)]
    results = await asyncio.gather(*closing, return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, WrongState) for result in results) == 9
    assert await audited(opened.case_id) == ["close_case"]


async def test_no_message_is_lost_when_all_write_at_once(demo, write, agent, guest):
    opened = await write()
    await asyncio.gather(
        *(answer(opened, agent, f"Answer {number}") for number in range(8)),
        *(support.write_as_customer(opened.case_id, f"Question {number}", principal=guest) for number in range(8)),
    )
    messages = await support.messages_of(opened.case_id)
    assert len(messages) == 17
    written = [
        row["side"] for row in await db.fetch("select side from case_message where case_id = $1", opened.case_id)
    ]
    assert (written.count("customer"), written.count("support")) == (9, 8)
    await outbox.drain()
    assert [row["kind"] for row in await emails(opened.case_id)].count("case_answered") == 8


acts = st.lists(st.sampled_from(["write", "answer", "finish", "close", "reopen"]), max_size=12)
NEXT = {
    "write": {"open": "open", "answered": "open", "closed": "open"},
    "answer": {"open": "answered", "answered": "answered"},
    "finish": {"open": "closed", "answered": "closed"},
    "close": {"open": "closed", "answered": "closed"},
    "reopen": {"answered": "open", "closed": "open"},
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
async def test_whatever_happens_a_case_is_where_its_history_has_led(demo, write, agent, guest, history):
    opened = await write()
    do = {
        "write": lambda: support.write_as_customer(opened.case_id, "And?", principal=guest),
        "answer": lambda: answer(opened, agent),
        "finish": lambda: support.answer_case(opened.case_id, "Done.", principal=agent, close=True),
        "close": lambda: support.close_case(opened.case_id, principal=agent),
        "reopen": lambda: support.reopen_case(opened.case_id, principal=agent),
    }
    status, messages = "open", 1
    for act in history:
        after = NEXT[act].get(status)
        try:
            await do[act]()
        except WrongState:
            assert after is None
            continue
        assert after is not None
        status, messages = after, messages + (act in {"write", "answer", "finish"})
    case = await support.get_case(opened.case_id)
    assert case["status"] == status
    assert (case["closed_at"] is not None) is (status == "closed")
    assert len(await support.messages_of(opened.case_id)) == messages
    assert case["opened_at"] <= case["waiting_since"] <= clock.now()
