"""The FAQ answers in three languages: the reader's first, questions before answers, no scan that grows (SUP-3)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.catalog.search_text import Query, fold
from store.kernel import db
from store.kernel.errors import NotFound
from store.rma.symptoms import SYMPTOMS
from store.support import FaqEntry, list_faq, save_faq, search_faq, suggest_faq
from store.support.demo import load_demo_support
from store.support.save_faq import SupportContentRefused
from store.support.search_faq import _ALL_WORDS, _SOME_PIECES, pieces

LOCALES = ("en", "fr", "zh-Hans")


def entry(slug: str, question: str = "Why?", answer: str = "Because.", **changes) -> FaqEntry:
    texts = {"questions": {"en": question}, "answers": {"en": answer}}
    return FaqEntry(**{"slug": slug, "topic": "setup", **texts, **changes})


async def save(*entries: FaqEntry) -> None:
    async with db.unit_of_work():
        await save_faq(entries)


async def found(query: str, locale: str = "en", market: str = "FR", **filters) -> list[str]:
    return [answer.slug for answer in await search_faq(query, locale, market, **filters)]


@pytest.mark.requirement("SUP-3")
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("no sound", "headset-no-sound"),
        ("NO SOUND", "headset-no-sound"),
        ("my headset has no sound, what can I do?", "headset-no-sound"),
        ("耳机没有声音", "headset-no-sound"),
        ("我的耳机没有声音了怎么办", "headset-no-sound"),
        ("恢复出厂", "factory-reset"),
        ("reinitialiser reglages usine", "factory-reset"),
        ("RÉGLAGES D’USINE", "factory-reset"),
        ("colissimo", "return-with-la-poste"),
        ("在哪里可以找到发票", "download-invoice"),
        ("invoices", "download-invoice"),
        ("numero de serie", "find-serial-number"),
        ("poe", "poe-which-power"),
        ("American Express", "payment-methods"),
    ],
)
@pytest.mark.parametrize("locale", LOCALES)
async def test_what_people_type_in_any_language_finds_its_answer(demo, typed, first, locale):
    assert (await found(typed, locale))[0] == first


@pytest.mark.requirement("SUP-3")
async def test_every_question_finds_its_own_answer_in_every_language(demo):
    for shown in load_demo_support().questions:
        for locale in LOCALES:
            (answer, *_) = await search_faq(shown.questions[locale], locale, shown.market or "DE")
            assert answer.slug == shown.slug, (locale, shown.questions[locale])
            assert answer.question == shown.questions[locale]
            assert answer.locale == locale


@pytest.mark.requirement("SUP-3")
async def test_the_readers_language_comes_first(database):
    french = entry("cat", questions={"en": "Cats?", "fr": "Un chat ?"}, answers={"en": "Yes.", "fr": "Oui."})
    await save(french, entry("talk", "Can we chat?"))
    assert await found("chat", "fr") == ["cat", "talk"]
    assert await found("chat", "en") == ["talk", "cat"]
    (answer, other) = await search_faq("chat", "fr", "FR")
    assert (answer.question, answer.locale) == ("Un chat ?", "fr")
    assert (other.question, other.locale) == ("Can we chat?", "en")  # there is no French, and the answer says so


@pytest.mark.requirement("SUP-3")
async def test_questions_come_before_answers(database):
    await save(entry("later", "Something else", "About lamps."), entry("sooner", "Lamps?", "Yes."))
    assert await found("lamps") == ["sooner", "later"]


async def test_every_word_must_occur_while_there_is_enough_of_that(database):
    await save(*(entry(f"both-{number}", "Red lamps?") for number in range(3)), entry("one", "Red chairs?"))
    assert sorted(await found("red lamps")) == ["both-0", "both-1", "both-2"]


async def test_answers_of_another_market_and_inactive_ones_stay_hidden(database):
    await save(entry("french", "Lamps?", market="FR"), entry("old", "Lamps?", active=False), entry("all", "Lamps?"))
    assert await found("lamps", market="FR") == ["french", "all"]
    assert await found("lamps", market="DE") == ["all"]
    assert [answer.slug for answer in await list_faq("en", "DE")] == ["all"]


async def test_a_product_leaves_out_what_is_about_others(demo):
    assert "pair-wireless-headset" in await found("bluetooth", product="aurelvo-duo", limit=50)
    assert "pair-earphones" not in await found("bluetooth", product="aurelvo-duo", limit=50)
    assert "update-firmware" in await found("firmware", product="aurelvo-duo")  # a general one
    with pytest.raises(NotFound):
        await found("bluetooth", product="no-such-thing")


async def test_topics_and_symptoms_narrow_the_search(demo):
    assert await found("device", symptom="battery", limit=50) == ["battery-runs-down"]
    everything = await search_faq("device", "en", "FR", limit=50)
    narrowed = await search_faq("device", "en", "FR", limit=50, topic="warranty")
    assert {answer.topic for answer in narrowed} == {"warranty"}
    assert len(narrowed) < len(everything)


@pytest.mark.parametrize("typed", ["", "  ", "!?", "%", "_", "\\", "zzzz", "' zzzz --", "\x00", "a" * 5000, "声" * 300])
async def test_nothing_to_find_finds_nothing(demo, typed):
    assert await found(typed) == []


async def test_the_list_is_read_page_by_page_in_the_editors_order(demo):
    seen, after = [], None
    while page := await list_faq("fr", "FR", after=after, limit=7):
        seen += [answer.slug for answer in page]
        after = (page[-1].position, page[-1].id)
    assert seen == [shown.slug for shown in load_demo_support().questions]
    returns = await list_faq("fr", "US", topic="returns")
    assert {answer.topic for answer in returns} == {"returns"}
    assert "return-with-la-poste" not in {answer.slug for answer in returns}


@pytest.mark.requirement("RMA-11")
async def test_a_symptom_of_a_product_is_answered_the_closest_first(demo):
    duo = await db.fetchval("select id from product where slug = 'aurelvo-duo'")
    suggested = [answer.slug for answer in await suggest_faq(duo, "no_audio", "fr")]
    assert suggested == ["pair-wireless-headset", "headset-no-sound", "others-cannot-hear-me"]
    assert await suggest_faq(duo, "display", "fr") == []
    assert await suggest_faq(duo, "no such symptom", "fr") == []


@pytest.mark.requirement("RMA-11")
@pytest.mark.parametrize("symptom", sorted(SYMPTOMS))
async def test_every_symptom_has_an_answer_for_some_device(demo, symptom):
    ids = [row["id"] for row in await db.fetch("select id from product where kind = 'device'")]
    answers = [await suggest_faq(product_id, symptom, locale) for product_id in ids for locale in ("zh-Hans",)]
    assert any(answers)
    assert all(symptom in answer.symptoms for each in answers for answer in each)


async def test_saving_again_changes_nothing_and_a_change_is_found_by_its_new_words(database):
    first = entry("lamp", "Lamps?", "They shine.")
    await save(first)
    before = await db.fetch("select * from faq_entry")
    await save(first)
    assert await db.fetch("select * from faq_entry") == before
    await save(replace(first, questions={"en": "Torches?"}))
    assert await found("torches") == ["lamp"]
    assert await found("lamps") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "gossip"},
        {"market": "XX"},
        {"subjects": ("aurelvo-duo",)},
        {"subjects": ("planet:mars",)},
        {"symptoms": ("bad_mood",)},
        {"questions": {"fr": "Pourquoi ?"}, "answers": {"fr": "Ainsi."}},
        {"questions": {"en": "Why?", "de": "Warum?"}, "answers": {"en": "So.", "de": "Darum."}},
        {"questions": {"en": "  "}},
        {"questions": {"en": "Why?", "fr": "Pourquoi ?"}},
    ],
)
async def test_content_that_nobody_could_find_is_refused_and_nothing_kept(database, changes):
    with pytest.raises(SupportContentRefused):
        await save(entry("good"), entry("bad", **changes))
    assert await db.fetchval("select count(*) from faq_entry") == 0


@pytest.mark.requirement("SUP-3")
@pytest.mark.parametrize("kind", ["words", "pieces"])
async def test_no_search_reads_a_whole_table(demo, kind):
    query = Query.parse("headset has no sound")
    sql, values = {
        "words": (_ALL_WORDS, (query.grams, query.patterns, f"%{query.folded}%", "en", "FR", None, None, None, 10)),
        "pieces": (_SOME_PIECES, (pieces(query.folded), 1, "en", "FR", None, None, None, 10)),
    }[kind]
    async with db.pool_connection() as session:
        await session.execute("set enable_seqscan = off")
        plan = await session.fetchval(f"explain (format json) {sql}", *values)
        await session.execute("reset enable_seqscan")
    scans = nodes(json.loads(plan)[0]["Plan"])
    searched = [node for node in scans if "Scan" in node["Node Type"] and node.get("Relation Name") == "faq_text"]
    assert searched
    for node in searched:
        assert "Index Cond" in node or "Recheck Cond" in node, node


def nodes(plan: dict) -> list[dict]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


@given(st.text(max_size=80))
def test_every_piece_of_a_sentence_stands_in_it(text):
    folded = fold(text)
    assert all(piece and piece in folded for piece in pieces(folded))
