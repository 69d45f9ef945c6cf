"""A product's support: answers, manuals and who is in charge, in three languages (CAT-6)."""

from __future__ import annotations

import pytest

from store.catalog.demo import load_demo_catalogue
from store.kernel import db
from store.kernel.errors import NotFound
from store.markets import all_markets
from store.support import ManualEntry, product_support, save_manuals
from store.support.demo import load_demo_support
from store.support.save_faq import SupportContentRefused

LOCALES = ("en", "fr", "zh-Hans")


@pytest.mark.requirement("CAT-6")
@pytest.mark.parametrize("locale", LOCALES)
async def test_a_product_has_answers_and_manuals_in_the_readers_language(demo, locale):
    found = await product_support("aurelvo-duo", locale, "FR")
    assert found.answers[0].slug == "pair-wireless-headset"  # about this very product
    assert {answer.locale for answer in found.answers} == {locale}
    assert "refund-period" not in {answer.slug for answer in found.answers}  # a general one
    assert found.manuals[0].language == locale
    assert {manual.language for manual in found.manuals} == set(LOCALES)
    assert all(found.name in manual.title for manual in found.manuals)
    assert found.product.warranty_months == 24


@pytest.mark.requirement("CAT-6", "RMA-5")
@pytest.mark.parametrize(
    ("slug", "code", "url"),
    [
        ("lindera-l4", "manufacturer_confirms", "https://helpdesk.grandstream.com"),
        ("salvora-gateway", "manufacturer_handles", "https://rma.innovaphone.com"),
        ("aurelvo-duo", "store_confirms", None),
    ],
)
async def test_it_says_whose_support_is_in_charge_of_a_defect(demo, slug, code, url):
    route = (await product_support(slug, "en", "FR")).route
    assert (route.code, route.url) == (code, url)
    assert (route.sentence is None) is (url is None)
    assert url is None or (url in route.sentence and route.manufacturer in route.sentence)


async def test_an_unknown_product_is_not_found(demo):
    with pytest.raises(NotFound):
        await product_support("no-such-thing", "en", "FR")


async def test_a_product_that_is_not_sold_any_more_still_has_its_support(demo):
    await db.execute("update product set active = false where slug = 'aurelvo-duo'")
    assert (await product_support("aurelvo-duo", "en", "FR")).manuals


@pytest.mark.parametrize(
    "changes",
    [
        {"product": "no-such-thing"},
        {"kind": "novel"},
        {"language": "de"},
        {"titles": {"fr": "Guide"}},
        {"url": "javascript:alert(1)"},
        {"url": "https://"},
    ],
)
async def test_a_manual_that_leads_nowhere_is_refused(demo, changes):
    facts = {
        "product": "aurelvo-one",
        "kind": "user_guide",
        "language": "en",
        "titles": {"en": "Guide"},
        "url": "https://docs.example.com/guide.pdf",
    }
    before = await db.fetchval("select count(*) from product_manual")
    with pytest.raises(SupportContentRefused):
        async with db.unit_of_work():
            await save_manuals([ManualEntry(**facts), ManualEntry(**{**facts, **changes})])
    assert await db.fetchval("select count(*) from product_manual") == before


@pytest.mark.requirement("CAT-6", "SUP-3")
def test_the_demo_content_is_whole():
    """Every text in every language, every subject there, no slug twice, links to example.com only."""
    catalogue, content = load_demo_catalogue(), load_demo_support()
    known = {
        *(f"product:{product.slug}" for product in catalogue.products),
        *(f"category:{category.slug}" for category in catalogue.categories),
        *(f"manufacturer:{maker.slug}" for maker in catalogue.manufacturers),
    }
    questions = content.questions
    assert len(questions) >= 25
    assert len({shown.slug for shown in questions}) == len(questions)
    for shown in questions:
        assert set(shown.questions) == set(shown.answers) == set(LOCALES), shown.slug
        assert set(shown.subjects) <= known, shown.slug
        assert shown.market in {None, *(market.code for market in all_markets())}
    for locale in LOCALES:
        texts = [shown.questions[locale] for shown in questions]
        assert len(set(texts)) == len(texts)
    assert all(manual.url.startswith("https://docs.example.com/") for manual in content.manuals)
    assert all(set(manual.titles) == set(LOCALES) for manual in content.manuals)
