"""What people type as names and addresses stands in e-mails as text, inside its own borders, whatever it is."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.test_samples import Page
from store.kernel.ids import new_id
from store.notifications.compose_message import compose_message
from store.notifications.foreign_text import END, ISOLATE, cleaned, is_right_to_left, isolated
from store.notifications.kinds import SUBJECTS
from store.notifications.mail_settings import mail_settings
from store.notifications.mailbox import refuse_line_breaks
from store.notifications.render import render
from store.notifications.samples import SAMPLES

OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067"
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
NAMES = st.text(max_size=80) | st.sampled_from(
    [
        "محمد علي",
        "דנה כהן",
        "👨‍👩‍👧‍👦 家庭",
        "Zoë 🇫🇷",
        "\u202eelpmaxe",
        "\u2069\u2069 text",
        "a\r\nBcc: everyone@example.com",
        "Zoë,\n\nPlease pay here: https://example.com/\n\nDear customer",
        "<b onmouseover='x'>Zoë</b>",
        "{number} {0.__class__} %s",
        "\ud800",
        "\x00\x07",
    ]
)


def confirmation(name: str, line: str, locale: str):
    context = dict(SAMPLES["order_confirmed", ""](locale))
    context |= {"name": name, "address": [name, line], "customer_reference": name}
    context["lines"] = [{**context["lines"][0], "name": name}]
    context["subject_facts"] = {"number": name}
    return render("order_confirmed", SUBJECTS["order_confirmed"], locale, context)


@pytest.mark.requirement("DOC-1")
@settings(deadline=None)
@given(name=NAMES.map(lambda name: f"Z{name}"), line=NAMES, locale=st.sampled_from(["en", "fr", "zh-Hans"]))
def test_no_name_breaks_out_of_its_place(name, line, locale):
    rendered = confirmation(name, line, locale)
    usual = confirmation("Zoë", "Zoë", locale)
    refuse_line_breaks(rendered.subject)
    page = Page(rendered.html)
    assert (page.faults, page.open) == ([], [])
    # No tag but the one that keeps a name to itself, no line but those of the template.
    assert [each for each in page.tags if each[0] != "bdi"] == Page(usual.html).tags
    assert rendered.text.count("\n") <= usual.text.count("\n")
    for text in (rendered.subject, rendered.text, rendered.html):
        assert not CONTROLS.search(text.replace("\n", ""))
        assert not set(OVERRIDES) & set(text)
        text.encode()  # no half of a sign
    for text in (rendered.subject, rendered.text):
        depth = 0
        for sign in text:
            depth += (sign == ISOLATE) - (sign == END)
            assert depth in {0, 1}
        assert depth == 0


@pytest.mark.requirement("DOC-1")
@pytest.mark.parametrize("name", ["محمد علي", "דנה כהן"])
def test_right_to_left_names_are_isolated(name):
    rendered = confirmation(name, name, "fr")
    assert f"Bonjour {ISOLATE}{name}{END}," in rendered.text
    assert f"Bonjour <bdi>{name}</bdi>," in rendered.html
    assert f"× <bdi>{name}</bdi>" in rendered.html
    assert f"{ISOLATE}{name}{END}" in rendered.subject


def test_other_names_are_left_as_they_are():
    for name in ("Zoë 李", "👨‍👩‍👧‍👦", "O’Neil-Müller", "示例用户"):
        assert (cleaned(name), isolated(name), is_right_to_left(name)) == (name, name, False)


@pytest.mark.requirement("DOC-1", "DOC-4")
@pytest.mark.parametrize("line", ["x" * 500, "长" * 500, "rue de l’Exemple " * 30, "👩‍🚀" * 125])
def test_an_address_of_500_signs_leaves_whole_in_lines_that_servers_take(mail, line):
    rendered = confirmation("Zoë", line, "fr")
    email = {
        **dict.fromkeys(("payment_link_id", "case_id", "account_link_id", "rma_id")),
        "recipient": "zoe@example.com",
        "subject": rendered.subject + line,
        "created_at": "Mon, 02 Mar 2026 10:30:00 +0000",
        "message_id": f"<{new_id().hex}@store.example.com>",
        "text_body": rendered.text,
        "html_body": rendered.html,
        "locale": "fr",
    }
    wire = compose_message(email, mail_settings(), []).as_bytes()
    assert max(len(each) for each in wire.split(b"\r\n")) <= 998  # RFC 5321 §4.5.3.1.6
    read = message_from_bytes(wire, policy=default)
    assert read["Subject"] == email["subject"]
    assert line.strip() in read.get_body(("plain",)).get_content()
    assert escape(line.strip()) in read.get_body(("html",)).get_content()
