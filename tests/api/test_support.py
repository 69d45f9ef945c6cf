"""Support over HTTP: FAQ, product help, hours, and a case from the contact form to the last answer."""

from __future__ import annotations

import asyncio
import re

import pytest

from api.shop import EMAIL, row_counts, signed_in
from store.catalog.demo import load_demo_catalogue
from store.customers import create_account
from store.kernel import db, outbox

PDF = b"%PDF-1.7\na photo of the label"
TOKEN = re.compile(r"/support/cases/(?P<number>CS-\S+)\?token=(?P<token>\S+)")


def form(**changes):
    fields = {
        "topic": "technical_support",
        "message": "It hums.",
        "name": "Camille Moreau",
        "email": EMAIL,
        "market": "FR",
    }
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


@pytest.fixture
def desk(shop, keys):
    return shop.as_(keys.agent)


async def opened(shop, **changes):
    answer = await shop.post("/support/cases", form(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def mailed(number: str) -> tuple[str, dict[str, str]]:
    """The newest e-mail about the case, and the header that its link's token makes."""
    await outbox.drain()
    text = await db.fetchval(
        "select e.text_body from email e join support_case c on c.id = e.case_id where c.number = $1"
        " order by e.created_at desc, e.id desc limit 1",
        number,
    )
    link = TOKEN.search(text)
    assert link
    assert link["number"] == number
    return text, {"X-Case-Token": link["token"]}


@pytest.mark.requirement("SUP-1")
async def test_a_guest_writes_is_answered_and_writes_again(shop, desk):
    case = await opened(shop, product="aurelvo-duo", serial="HAL0001")
    assert (case["status"], case["topic"]["code"], case["product"]["slug"]) == (
        "open",
        "technical_support",
        "aurelvo-duo",
    )
    path = f"/support/cases/{case['number']}"
    assert (await shop.get(path)).status_code == 404  # the number alone opens nothing
    _, token = await mailed(case["number"])
    seen = (await shop.get(path, **token)).json()
    assert [message["text"] for message in seen["messages"]] == ["It hums."]

    queue = (await desk.get("/agent/cases")).json()["items"]
    assert [(item["number"], item["email"], item["assignee"]) for item in queue] == [(case["number"], EMAIL, None)]
    answered = await desk.post(f"/agent/cases/{case['number']}/answers", {"message": "Try another <socket>."})
    assert answered.status_code == 201, answered.text
    assert answered.json()["status"] == "answered"
    assert (await desk.get("/agent/cases")).json()["items"] == []
    text, token = await mailed(case["number"])
    assert "Try another <socket>." in text

    again = await shop.post(f"{path}/messages", {"message": "It still hums."}, **token)
    assert again.status_code == 201, again.text
    assert again.json()["status"] == "open"
    assert [message["side"]["code"] for message in again.json()["messages"]] == ["customer", "support", "customer"]
    closed = await desk.post(f"/agent/cases/{case['number']}/close", {"reason": "called back"})
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    assert (await desk.post(f"/agent/cases/{case['number']}/close", {})).json()["code"] == "wrong_state"
    reopened = await desk.post(f"/agent/cases/{case['number']}/reopen")
    assert (reopened.status_code, reopened.json()["status"]) == (200, "open")


@pytest.mark.requirement("SUP-1")
async def test_help_with_an_order_needs_its_number_and_its_address(shop):
    order = await shop.order()
    missing = await shop.post("/support/cases", form(topic="order_help"))
    assert (missing.status_code, missing.json()["code"]) == (422, "order_number_required")
    wrong = [
        await shop.post("/support/cases", form(topic="order_help", **facts))
        for facts in (
            {"order_number": order["number"], "email": "grace@example.com"},
            {"order_number": "FR-0000-0000"},
            {"order_number": "nonsense"},
        )
    ]
    bodies = [{**answer.json(), "request_id": ""} for answer in wrong]
    assert [answer.status_code for answer in wrong] == [422, 422, 422]
    assert bodies[0] == bodies[1] == bodies[2]  # nobody learns which of the two was wrong
    assert bodies[0]["code"] == "order_not_matched"
    case = await opened(shop, topic="order_help", order_number=order["number"].lower(), email=EMAIL.upper())
    assert case["order_number"] == order["number"]
    text, _ = await mailed(case["number"])
    assert order["number"] in text


@pytest.mark.requirement("SUP-1")
async def test_one_who_is_signed_in_needs_no_address_for_an_order_of_ones_own(shop):
    ada = shop.as_(await signed_in(email="ada@example.com"))
    order = await ada.order()
    case = await opened(ada, topic="order_help", order_number=order["number"], email="other@example.com")
    listed = (await ada.get("/support/cases")).json()["items"]
    assert [item["number"] for item in listed] == [case["number"]]
    assert (await ada.get(f"/support/cases/{case['number']}")).status_code == 200


@pytest.mark.requirement("SUP-1", "ACC-4")
async def test_the_topics_say_what_they_need(shop):
    topics = {topic["code"]: topic for topic in (await shop.get("/support/topics")).json()}
    assert [code for code, topic in topics.items() if topic["needs_order"]] == ["order_help"]
    assert {"product_question", "technical_support", "returns", "warranty", "billing", "partner", "other"} < set(topics)


@pytest.mark.requirement("SUP-1")
@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"topic": None}, 422, "invalid_request"),
        ({"topic": "gossip"}, 422, "unknown_support_topic"),
        ({"message": None}, 422, "invalid_request"),
        ({"message": ""}, 422, "invalid_request"),
        ({"message": " \n "}, 422, "message_empty"),
        ({"message": "a" * 5001}, 422, "invalid_request"),
        ({"message": 5}, 422, "invalid_request"),
        ({"message": "a\x00b"}, 422, "invalid_request"),
        ({"message": "My card is 4242 4242 4242 4242"}, 422, "card_number_refused"),
        ({"email": "camille"}, 422, "invalid_request"),
        ({"email": "camille@example.com\nBcc: all@example.com"}, 422, "invalid_request"),
        ({"email": "camille@example.com\n"}, 422, "invalid_request"),
        ({"email": "a@example.com, b@example.com"}, 422, "invalid_request"),
        ({"name": ""}, 422, "invalid_request"),
        ({"name": "   "}, 422, "invalid_request"),
        ({"name": "Camille\r\nSubject: Hello"}, 422, "invalid_request"),
        ({"name": "Win at https://example.com"}, 422, "invalid_request"),
        ({"name": "a" * 81}, 422, "invalid_request"),
        ({"market": "XX"}, 404, "unknown_market"),
        ({"product": "no-such-thing"}, 422, "unknown_support_product"),
        ({"attachments": ["00000000-0000-7000-8000-000000000000"]}, 422, "unknown_attachment"),
        ({"attachments": ["00000000-0000-7000-8000-000000000000"] * 6}, 422, "invalid_request"),
        ({"attachments": ["../../etc/passwd"]}, 422, "invalid_request"),
        ({"priority": "high"}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_taken_is_refused_and_leaves_nothing(shop, changes, status, code):
    before = await row_counts()
    answer = await shop.post("/support/cases", form(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    after = await row_counts()
    assert {**after, "throttle": 0} == {**before, "throttle": 0}


@pytest.mark.requirement("SUP-1")
async def test_refusals_speak_the_readers_language(shop):
    answer = await shop.post("/support/cases", form(message=""), **{"X-Locale": "fr"})
    assert answer.headers["content-language"] == "fr"


@pytest.mark.requirement("SUP-1")
async def test_nobody_floods_support_or_a_strangers_mailbox(shop):
    answers = await asyncio.gather(*(shop.post("/support/cases", form()) for _ in range(14)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 10 + [429] * 4
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) > 0
    assert await db.fetchval("select count(*) from support_case") == 10


async def test_the_same_key_opens_one_case(shop):
    first = await shop.post("/support/cases", form(), key="once")
    second = await shop.post("/support/cases", form(), key="once")
    assert first.json()["number"] == second.json()["number"]
    assert await db.fetchval("select count(*) from support_case") == 1


@pytest.mark.requirement("SUP-1")
async def test_files_go_with_a_message_and_stay_with_its_case(shop, desk):
    sent = await shop.raw(
        "POST", "/attachments", PDF, **{"X-File-Name": "label.pdf", "Content-Type": "application/pdf"}
    )
    assert sent.status_code == 201, sent.text
    file_id = sent.json()["id"]
    case, other = await opened(shop, attachments=[file_id, file_id]), await opened(shop)
    (file,) = case["messages"][0]["attachments"]
    assert (file["id"], file["name"], file["media_type"]) == (file_id, "label.pdf", "application/pdf")
    _, token = await mailed(case["number"])
    path = f"/support/cases/{case['number']}/attachments/{file_id}"
    own = await shop.get(path, **token)
    assert (own.status_code, own.content) == (200, PDF)
    assert own.headers["content-disposition"].startswith("attachment")
    assert (await shop.get(path)).status_code == 404
    _, other_token = await mailed(other["number"])
    assert (await shop.get(path, **other_token)).status_code == 404
    assert (await shop.get(f"/support/cases/{other['number']}/attachments/{file_id}", **other_token)).status_code == 404
    assert (await desk.get(f"/agent/cases/{case['number']}/attachments/{file_id}")).content == PDF
    assert (await desk.get(f"/agent/cases/{other['number']}/attachments/{file_id}")).status_code == 404


@pytest.mark.requirement("SUP-1", "ACC-4")
async def test_the_desk_takes_gives_and_filters_cases(shop, desk):
    numbers = [(await opened(shop, topic=topic))["number"] for topic in ("billing", "warranty", "billing")]
    colleague = await create_account(kind="agent", email="lead@example.com", name="Lead")
    path = f"/agent/cases/{numbers[0]}/assignee"
    assert (await desk.post(path, {})).json()["assignee_name"] == "agent"
    assert [c["number"] for c in (await desk.get("/agent/cases?assignee=me")).json()["items"]] == numbers[:1]
    given = await desk.post(path, {"account_id": str(colleague.id)})
    assert (given.status_code, given.json()["assignee_name"]) == (200, "Lead")
    listed = await desk.get(f"/agent/cases?assignee={colleague.id}")
    assert [item["number"] for item in listed.json()["items"]] == numbers[:1]
    assert [c["number"] for c in (await desk.get("/agent/cases?assignee=nobody")).json()["items"]] == numbers[1:]
    assert [c["number"] for c in (await desk.get("/agent/cases?topic=billing")).json()["items"]] == numbers[::2]
    assert (await desk.get("/agent/cases?market=US")).json()["items"] == []
    freed = await desk.client.delete(f"/api/v1{path}", headers=desk.headers)
    assert (freed.status_code, freed.json()["assignee"]) == (200, None)

    page = (await desk.get("/agent/cases?limit=2")).json()
    rest = (await desk.get(f"/agent/cases?limit=2&cursor={page['next_cursor']}")).json()
    assert [item["number"] for item in page["items"] + rest["items"]] == numbers
    assert rest["next_cursor"] is None
    for query, code in (("topic=gossip", "unknown_support_topic"), ("assignee=x", "invalid_request")):
        assert (await desk.get(f"/agent/cases?{query}")).json()["code"] == code
    assert (await desk.get("/agent/cases/CS-0000-0000")).status_code == 404


@pytest.mark.requirement("SUP-3")
@pytest.mark.parametrize(
    ("locale", "typed"),
    [("en", "no sound"), ("fr", "mon casque n’émet aucun son"), ("zh-Hans", "耳机没有声音")],
)
async def test_the_faq_answers_in_the_readers_language(shop, locale, typed):
    params = {"market": "FR", "q": typed, "locale": locale}
    answer = await shop.client.get("/api/v1/faq", params=params, headers=shop.headers)
    assert answer.status_code == 200, answer.text
    first = answer.json()["items"][0]
    assert (first["slug"], first["language"]) == ("headset-no-sound", locale)
    alone = await shop.get(f"/faq/headset-no-sound?market=FR&locale={locale}")
    assert alone.json() == first


@pytest.mark.requirement("SUP-3")
async def test_the_faq_is_listed_by_topic_and_page(shop):
    topics = [topic["code"] for topic in (await shop.get("/faq/topics")).json()]
    seen = []
    for topic in topics:
        cursor = ""
        while True:
            page = (await shop.get(f"/faq?market=FR&topic={topic}&limit=3{cursor}")).json()
            seen += [item["slug"] for item in page["items"]]
            assert {item["topic"]["code"] for item in page["items"]} <= {topic}
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == await db.fetchval("select count(*) from faq_entry")
    assert (await shop.get("/faq?market=FR&cursor=nonsense")).status_code == 422
    assert (await shop.get("/faq?market=XX")).status_code == 404
    assert (await shop.get("/faq")).status_code == 422
    assert (await shop.get("/faq/no-such-answer?market=FR")).status_code == 404
    assert (await shop.get("/faq/return-with-la-poste?market=US")).status_code == 404


@pytest.mark.requirement("CAT-6")
async def test_a_products_support_is_one_page(shop):
    found = (await shop.get("/products/lindera-l4/support?market=FR&locale=en")).json()
    assert (found["slug"], found["warranty_months"]) == ("lindera-l4", 12)
    assert found["manufacturer"]["url"] == "https://helpdesk.grandstream.com"
    assert "Grandstream" in found["manufacturer"]["sentence"]
    assert {manual["language"] for manual in found["manuals"]} == {"en", "fr", "zh-Hans"}
    assert found["faq"]
    assert found["support"]["phone"] == "+33 1 99 00 00 00"
    assert (await shop.get("/products/no-such-thing/support?market=FR")).status_code == 404


@pytest.mark.requirement("RMA-11")
async def test_before_a_return_the_symptoms_answers_are_offered(shop):
    for symptom, slugs in (
        ("no_audio", ["pair-wireless-headset", "headset-no-sound", "others-cannot-hear-me"]),
        ("no_power", ["device-does-not-start"]),
        ("no_such_symptom", []),
    ):
        found = await shop.get(f"/products/aurelvo-duo/support?market=FR&symptom={symptom}")
        assert [answer["slug"] for answer in found.json()["faq"]] == slugs


@pytest.mark.requirement("SUP-2")
async def test_how_support_is_reached(shop):
    found = (await shop.get("/markets/US/support?locale=en&time_zone=Asia/Shanghai")).json()
    assert found["time_zone"] == "America/New_York"
    assert [line["days_text"] for line in found["hours"]] == ["Monday to Friday", "Saturday"]
    assert found["open_now"] is (found["next_opening"] is None)
    if not found["open_now"]:
        assert found["next_opening_for_reader"]["time_zone"] == "Asia/Shanghai"
        assert found["next_opening_for_reader"]["at"] == found["next_opening"]["at"]
    unknown = await shop.get("/markets/US/support?time_zone=Mars/Olympus")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_time_zone")
    assert (await shop.get("/markets/XX/support")).status_code == 404


@pytest.mark.requirement("CAT-4")
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
async def test_suggestions_show_where_the_serial_number_stands_in_every_language(shop, locale):
    """Typed in any of the languages, read in any other: the picture is there and its words are the reader's."""
    demo = [product for product in load_demo_catalogue().products if any(v.serialized for v in product.variants)]
    by_category = {product.category: product for product in demo if "FR" in product.markets}
    assert len(by_category) >= 10
    for product in by_category.values():
        (location,) = [media for media in product.media if media.kind == "serial_location"]
        for typed in product.names.values():
            params = {"market": "FR", "q": typed, "locale": locale, "limit": 20}
            answer = await shop.client.get("/api/v1/products/suggestions", params=params, headers=shop.headers)
            found = {item["slug"]: item for item in answer.json()}[product.slug]
            (picture,) = found["serial_pictures"]
            assert (picture["kind"], picture["alt"]) == ("serial_location", location.alt[locale])
            assert (await shop.client.get(picture["url"])).headers["content-type"].startswith("image/svg+xml")
