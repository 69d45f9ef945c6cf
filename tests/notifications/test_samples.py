"""Every kind of e-mail, looked at in every language: as it was approved, whole, and with nothing from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from store.kernel.i18n import LOCALES
from store.notifications.kinds import OF_ACCOUNTS, SUBJECTS
from store.notifications.logo import LOGO_ID
from store.notifications.samples import SAMPLES, render_sample, sample_names

GOLDEN = Path(__file__).parents[1] / "golden" / "emails"
ALL = list(product(sample_names(), LOCALES))
VOID = {"meta", "br", "img", "link", "hr", "input"}
# Only a template's first variant is kept as HTML: the others differ in what their text shows.
DRAWN = [(name, locale) for name, locale in ALL if "-" not in name]
CHINESE = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
CARELESS_SPACE = re.compile(rf"{CHINESE} +[\w¥(（]|[\w)）] +{CHINESE}")
LATIN_PUNCTUATION = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;!?()][\u4e00-\u9fff]")


class Page(HTMLParser):
    """The tags of a page as they open and close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"an attribute twice in {tag}")
        if tag in {"table", "div", "p", "h1", "h2"} and "p" in self.open:
            self.faults.append(f"{tag} in a paragraph")
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID or not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} closed out of turn")

    def attributes(self, tag: str, name: str) -> list[str | None]:
        return [attributes.get(name) for each, attributes in self.tags if each == tag]


def golden(config: pytest.Config, file: str, content: str) -> str:
    """What was approved; with --update-golden, what is so now."""
    path = GOLDEN / file
    if config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.mark.requirement("DOC-1")
def test_every_kind_of_email_has_a_sample():
    assert {kind for kind, variant in SAMPLES if not variant} == set(SUBJECTS)


@pytest.mark.requirement("DOC-1", "DOC-2", "L10N-2")
@pytest.mark.parametrize(("name", "locale"), ALL)
def test_the_text_of_every_email_is_the_approved_one(name, locale, pytestconfig):
    rendered = render_sample(name, locale)
    text = f"{rendered.subject}\n\n{rendered.text}"
    assert text == golden(pytestconfig, f"{name}.{locale}.txt", text)


@pytest.mark.requirement("DOC-1")
@pytest.mark.parametrize(("name", "locale"), DRAWN)
def test_the_look_of_every_email_is_the_approved_one(name, locale, pytestconfig):
    html = render_sample(name, locale).html
    assert html == golden(pytestconfig, f"{name}.{locale}.html", html)


def test_no_approved_email_is_left_of_what_there_is_no_more():
    wanted = {f"{name}.{locale}.txt" for name, locale in ALL} | {f"{name}.{locale}.html" for name, locale in DRAWN}
    assert {file.name for file in GOLDEN.iterdir()} - {"names.txt"} == wanted


@pytest.mark.requirement("DOC-1", "L10N-2")
@pytest.mark.parametrize(("name", "locale"), ALL)
def test_every_email_is_whole_html_that_needs_nothing_from_outside(name, locale):
    html = render_sample(name, locale).html
    page = Page(html)
    assert (page.faults, page.open) == ([], [])
    assert page.attributes("html", "lang") == [LOCALES[locale].replace("_", "-")]
    assert None not in page.attributes("img", "alt")
    assert set(page.attributes("img", "src")) == {f"cid:{LOGO_ID}"}
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "form", "object", "base"}
    assert "url(" not in html
    assert "@import" not in html
    assert not re.search(r"\bon\w+=", html)
    for address in page.attributes("a", "href"):
        parts = urlsplit(address or "")
        assert (parts.scheme in {"http", "https"}, bool(parts.netloc)) == (True, True), address


@pytest.mark.requirement("DOC-1", "DOC-2")
@pytest.mark.parametrize(("name", "locale"), ALL)
def test_text_and_html_of_an_email_have_the_same_links_and_no_open_facts(name, locale):
    rendered = render_sample(name, locale)
    assert not re.search(r"[{}]", rendered.subject + rendered.text)
    assert set(re.findall(r"https?://\S+", rendered.text)) == set(Page(rendered.html).attributes("a", "href"))
    if name.partition("-")[0] not in OF_ACCOUNTS:
        assert re.search(r"[A-Z]+-[0-9A-Z]{4}-[0-9A-Z]{4}", rendered.subject)


@pytest.mark.requirement("L10N-1")
@pytest.mark.parametrize("name", sample_names())
def test_chinese_emails_have_full_width_punctuation_and_no_space_beside_chinese(name):
    rendered = render_sample(name, "zh-Hans")
    text = rendered.subject + "\n" + rendered.text.partition("\n-- \n")[0]
    assert not CARELESS_SPACE.findall(text)
    assert not LATIN_PUNCTUATION.findall(text)


@pytest.mark.requirement("L10N-1")
@pytest.mark.parametrize("name", sample_names())
def test_french_emails_have_their_no_break_spaces_and_apostrophes(name):
    rendered = render_sample(name, "fr")
    text = rendered.subject + "\n" + rendered.text.partition("\n-- \n")[0]
    assert not re.findall(r"(?<![\s\u00a0\u202f/\d]) ?[;!?»](?=\s|$)", re.sub(r"https?://\S+", "", text))
    assert not re.findall(r" [:;!?»€]|« ", text)
