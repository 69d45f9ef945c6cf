"""Forgotten passwords, confirmed addresses and changes of an account, over HTTP and by e-mail (ACC-1)."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
from store_http import bearer

from store.customers import create_account, create_partner, dismiss, open_session
from store.customers.principal import Principal
from store.kernel import clock, db, outbox

PASSWORD, NEW = "correct horse battery", "staple battery horse"
ADA = "ada@example.com"
TOKEN = re.compile(r"http://127\.0\.0\.1:8000/(?:password-reset|email-verification)\?token=([\w-]+)")


@pytest.fixture
def post(client, keys):
    async def send(path, body=None, headers=None, method="POST"):
        return await client.request(method, f"/api/v1{path}", json=body, headers=headers or keys.storefront)

    return send


async def person(kind="customer", email=ADA, **facts):
    return await create_account(kind=kind, email=email, name="Ada Lovelace", password=PASSWORD, **facts)


async def reseller(email=ADA):
    partner = await create_partner(name="Reseller", currency="EUR")
    return await person("partner", email, partner_id=partner.id)


async def mail(kind: str | None = None) -> list[db.Row]:
    """Everything that was written, oldest first, once the work behind it is done."""
    await outbox.drain()
    return await db.fetch(
        "select * from email where $1::text is null or kind = $1 order by created_at, message_id", kind
    )


async def last_token(kind="password_reset") -> str:
    newest = (await mail(kind))[-1]
    (text,) = TOKEN.findall(newest["text_body"])
    assert TOKEN.findall(newest["html_body"]) == [text]
    return text


async def enters(post, password, door="customer", email=ADA) -> bool:
    answer = await post("/sessions", {"email": email, "password": password, "as": door})
    return answer.status_code == 201


@pytest.mark.requirement("ACC-1", "DOC-1")
async def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(client, post):
    account = await person(locale="fr")
    session = await open_session(account.id)
    asked = await post("/password-resets", {"email": "ADA@example.com"})
    assert (asked.status_code, list(asked.json())) == (202, ["message"])
    token = await last_token()
    (written,) = await mail("password_reset")
    assert (written["recipient"], written["locale"]) == (ADA, "fr")
    body = {"token": token, "password": NEW}
    assert (await post("/password-resets/confirm", body)).status_code == 204
    assert await enters(post, NEW)
    assert not await enters(post, PASSWORD)
    assert (await client.get("/api/v1/me", headers=bearer(session.token))).status_code == 401
    assert (await post("/sessions/refresh", {"refresh_token": session.refresh_token})).status_code == 401
    again = await post("/password-resets/confirm", {**body, "password": NEW + "2"})
    assert (again.status_code, again.json()["code"]) == (410, "link_not_valid")
    assert [(row["kind"], row["recipient"]) for row in await mail()] == [
        ("password_reset", ADA),
        ("password_changed", ADA),
    ]


@pytest.mark.requirement("ACC-1")
async def test_the_answer_is_the_same_whether_there_is_an_account_or_not(client, post):
    await person()
    answers = [await post("/password-resets", {"email": email}) for email in (ADA, "nobody@example.com")]
    answers.append(await post("/password-resets", {"email": ADA, "as": "staff"}))
    seen = [
        (each.status_code, each.content, {k: v for k, v in each.headers.items() if k != "x-request-id"})
        for each in answers
    ]
    assert seen[0] == seen[1] == seen[2]
    assert [row["recipient"] for row in await mail()] == [ADA]


async def test_an_unknown_address_takes_the_same_statements(client, post):
    """The same queries in the same number: there is nothing to measure."""
    await person()
    await post("/password-resets", {"email": "warm@example.com"})
    counts = []
    for email in (ADA, "nobody@example.com"):
        seen: list[str] = []
        db.query_listeners.append(lambda query, seen=seen: seen.append(query.query))
        pool = db.connected_pool()
        await pool.expire_connections()  # listeners are for new connections
        await post("/password-resets", {"email": email})
        db.query_listeners.clear()
        counts.append([query for query in seen if "pg_catalog" not in query and "pg_type" not in query])
        await pool.expire_connections()
    assert counts[0] == counts[1]
    assert any("outbox" in query for query in counts[0])


@pytest.mark.requirement("ACC-1")
async def test_ten_uses_of_one_link_at_once_set_one_password(client, post):
    await person()
    await post("/password-resets", {"email": ADA})
    token = await last_token()
    answers = await asyncio.gather(
        *(post("/password-resets/confirm", {"token": token, "password": f"{NEW} {number}"}) for number in range(10))
    )
    codes = [answer.status_code for answer in answers]
    assert sorted(codes) == [204] + [410] * 9
    assert await enters(post, f"{NEW} {codes.index(204)}")
    assert len(await mail("password_changed")) == 1


@pytest.mark.requirement("ACC-1")
async def test_customers_and_partners_of_one_address_are_kept_apart(client, post):
    await person()
    await reseller()
    await post("/password-resets", {"email": ADA, "as": "partner"})
    assert (await post("/password-resets/confirm", {"token": await last_token(), "password": NEW})).status_code == 204
    assert await enters(post, NEW, "partner")
    assert await enters(post, PASSWORD, "customer")


@pytest.mark.requirement("ACC-1", "ACC-4")
async def test_staff_reset_by_their_own_door_and_it_is_audited(client, post, keys):
    await person("agent")
    await post("/password-resets", {"email": ADA, "as": "staff"})
    assert (await post("/password-resets/confirm", {"token": await last_token(), "password": NEW})).status_code == 204
    assert await enters(post, NEW, "staff")
    trail = (await client.get("/api/v1/agent/audit?object=account", headers=keys.admin)).json()["items"]
    assert (trail[0]["action"], trail[0]["actor"].split()[0][:6]) == ("reset_password", "agent:")


@pytest.mark.requirement("ACC-1")
async def test_a_link_ends_after_its_time_by_a_newer_one_and_by_a_new_password(client, post):
    account = await person()
    await post("/password-resets", {"email": ADA})
    first = await last_token()
    clock.set_offset(timedelta(minutes=1))
    await post("/password-resets", {"email": ADA})
    second = await last_token()
    assert first != second

    async def code(token):
        return (await post("/password-resets/confirm", {"token": token, "password": NEW})).status_code

    assert await code(first) == 410
    clock.set_offset(timedelta(minutes=62))
    assert await code(second) == 410
    await post("/password-resets", {"email": ADA})
    third = await last_token()
    session = await open_session(account.id)
    changed = await post(
        "/me/password", {"old_password": PASSWORD, "new_password": NEW}, bearer(session.token), method="PUT"
    )
    assert changed.status_code == 204
    assert await code(third) == 410


async def test_a_weak_password_does_not_use_the_link_up(client, post):
    await person()
    await post("/password-resets", {"email": ADA})
    token = await last_token()
    assert (await post("/password-resets/confirm", {"token": token, "password": "short"})).status_code == 422
    assert (await post("/password-resets/confirm", {"token": token, "password": NEW})).status_code == 204


@pytest.mark.parametrize("token", ["x", "password_reset_", "password_reset_" + "A" * 43, "é" * 50, "../../etc"])
async def test_nonsense_opens_nothing(client, post, token):
    answer = await post("/password-resets/confirm", {"token": token, "password": NEW})
    assert (answer.status_code, answer.json()["code"]) == (410, "link_not_valid")
    assert (await post("/email-verifications/confirm", {"token": token})).status_code == 410


async def test_a_link_of_one_kind_is_none_of_the_other(client, post):
    body = {"email": ADA, "name": "Ada", "password": PASSWORD}
    await post("/accounts", body)
    token = await last_token("email_verification")
    assert (await post("/password-resets/confirm", {"token": token, "password": NEW})).status_code == 410
    assert (await post("/email-verifications/confirm", {"token": token})).status_code == 200


async def test_who_has_left_resets_nothing(client, post):
    account = await person("agent")
    await post("/password-resets", {"email": ADA, "as": "staff"})
    token = await last_token()
    await dismiss(account.id, by=Principal(kind="admin"))
    assert (await post("/password-resets/confirm", {"token": token, "password": NEW})).status_code == 410
    await post("/password-resets", {"email": ADA, "as": "staff"})
    assert len(await mail("password_reset")) == 1


async def test_a_request_that_is_worked_twice_makes_one_link(client, post):
    await person()
    await post("/password-resets", {"email": ADA})
    row = await db.fetchrow("select topic, consumer, payload from outbox")
    for _ in range(2):
        await db.insert("outbox", **dict(row), due_at=clock.now() - timedelta(days=1))
    assert len(await mail("password_reset")) == 1
    assert await db.fetchval("select count(*) from account_link") == 1


@pytest.mark.requirement("ACC-1")
async def test_no_usable_token_is_kept_before_the_mail_leaves(client, post):
    await person()
    await post("/password-resets", {"email": ADA})
    leased = await outbox.lease()
    for outbox_id in leased:  # the link is opened, its e-mail is not written yet
        await outbox.consume(outbox_id)
    for outbox_id in await outbox.lease():
        await outbox.consume(outbox_id)
    (written,) = await db.fetch("select * from email")
    assert written["sent_at"] is None
    kept = str(
        [dict(row) for table in ("email", "account_link", "outbox") for row in await db.fetch(f"select * from {table}")]
    )
    token = await last_token()
    assert token.startswith("password_reset_")
    assert token not in kept


@pytest.mark.requirement("ACC-1")
async def test_asking_too_often_is_refused_with_the_time_to_wait(client, post):
    codes = [(await post("/password-resets", {"email": " nobody@example.com".strip()})).status_code for _ in range(5)]
    assert codes == [202] * 5
    refused = await post("/password-resets", {"email": "NOBODY@example.com"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert (await post("/password-resets", {"email": "other@example.com"})).status_code == 202


@pytest.mark.requirement("ACC-1")
async def test_guessing_a_password_is_slowed_down_by_address_and_success_is_free(client, post):
    await person()
    for _ in range(12):
        assert await enters(post, PASSWORD)
    wrong = [await post("/sessions", {"email": ADA, "password": "wrong"}) for _ in range(11)]
    assert [answer.status_code for answer in wrong] == [401] * 10 + [429]
    assert not await enters(post, PASSWORD)  # the right one waits as well
    nobody = [await post("/sessions", {"email": "nobody@example.com", "password": "wrong"}) for _ in range(11)]
    assert [answer.status_code for answer in nobody] == [401] * 10 + [429]  # unknown addresses are counted alike


@pytest.mark.requirement("ACC-1")
async def test_an_address_is_confirmed_by_the_link_of_the_registration(client, post):
    body = {"email": ADA, "name": "Ada", "password": PASSWORD, "locale": "zh-CN"}
    session = (await post("/accounts", body)).json()
    assert session["account"]["email_verified_at"] is None
    token = await last_token("email_verification")
    (written,) = await mail("email_verification")
    assert (written["recipient"], written["locale"]) == (ADA, "zh-Hans")
    confirmed = await post("/email-verifications/confirm", {"token": token})
    assert confirmed.json()["email_verified_at"]
    assert (await post("/email-verifications/confirm", {"token": token})).status_code == 410
    me = await client.get("/api/v1/me", headers=bearer(session["token"]))
    assert me.json()["email_verified_at"]


@pytest.mark.requirement("ACC-1")
async def test_the_link_is_sent_again_on_demand_and_lasts_seven_days(client, post):
    session = await open_session((await person()).id)
    assert (await post("/email-verifications", headers=bearer(session.token))).status_code == 202
    first = await last_token("email_verification")
    clock.set_offset(timedelta(seconds=1))
    assert (await post("/email-verifications", headers=bearer(session.token))).status_code == 202
    second = await last_token("email_verification")
    assert (await post("/email-verifications/confirm", {"token": first})).status_code == 410
    clock.set_offset(timedelta(days=6, hours=23))
    assert (await post("/email-verifications/confirm", {"token": second})).status_code == 200
    session = await open_session((await person(email="x@example.com", verified=True)).id)
    before = len(await mail())
    assert (await post("/email-verifications", headers=bearer(session.token))).status_code == 202
    assert len(await mail()) == before  # confirmed already


@pytest.mark.requirement("ORD-2", "ACC-1")
async def test_a_confirmed_address_is_told_to_the_rooms_above(client, post, monkeypatch):
    told = []

    async def hear(account_id):
        told.append(account_id)

    outbox.subscribe("account.email_verified", hear, name="hear")
    try:
        account = (await post("/accounts", {"email": ADA, "name": "Ada", "password": PASSWORD})).json()["account"]
        token = await last_token("email_verification")
        assert told == []
        await post("/email-verifications/confirm", {"token": token})
        await outbox.drain()
        assert told == [account["id"]]
    finally:
        outbox._consumers.pop("hear")
        outbox._subscriptions["account.email_verified"].remove("hear")


@pytest.mark.requirement("ACC-1")
async def test_a_new_address_counts_once_it_is_confirmed_and_the_old_one_is_told(client, post):
    account = await person(verified=True)
    headers = bearer((await open_session(account.id)).token)
    await post("/password-resets", {"email": ADA})
    old_reset = await last_token()
    wrong = await post("/me/email", {"email": "new@example.com", "password": "wrong"}, headers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_password")
    asked = await post("/me/email", {"email": "new@example.com", "password": PASSWORD}, headers)
    assert asked.status_code == 202
    assert await enters(post, PASSWORD)
    confirmed = await post("/email-verifications/confirm", {"token": await last_token("email_verification")})
    assert confirmed.json()["email"] == "new@example.com"
    assert await enters(post, PASSWORD, email="new@example.com")
    assert not await enters(post, PASSWORD)
    assert (await mail("email_verification"))[-1]["recipient"] == "new@example.com"
    assert [row["recipient"] for row in await mail("email_changed")] == [ADA]
    assert (await post("/password-resets/confirm", {"token": old_reset, "password": NEW})).status_code == 410


async def test_an_address_that_somebody_has_is_told_to_who_follows_the_link_only(client, post):
    await person(email="taken@example.com")
    headers = bearer((await open_session((await person()).id)).token)
    asked = await post("/me/email", {"email": "TAKEN@example.com", "password": PASSWORD}, headers)
    assert asked.status_code == 202
    token = await last_token("email_verification")
    for _ in range(2):  # nothing is half-done: the link is not used up
        refused = await post("/email-verifications/confirm", {"token": token})
        assert (refused.status_code, refused.json()["code"]) == (409, "email_taken")
    assert await enters(post, PASSWORD)


@pytest.mark.requirement("ACC-1")
async def test_a_changed_password_keeps_this_device_and_ends_the_others(client, post):
    account = await person()
    here, there = await open_session(account.id), await open_session(account.id)
    body = {"old_password": "wrong", "new_password": NEW}
    wrong = await post("/me/password", body, bearer(here.token), method="PUT")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_password")
    changed = await post("/me/password", {**body, "old_password": PASSWORD}, bearer(here.token), method="PUT")
    assert changed.status_code == 204
    assert (await client.get("/api/v1/me", headers=bearer(here.token))).status_code == 200
    assert (await client.get("/api/v1/me", headers=bearer(there.token))).status_code == 401
    assert await enters(post, NEW)
    assert len(await mail("password_changed")) == 1


async def test_of_two_changes_of_a_password_at_once_one_counts(client, post):
    account = await person()
    session = await open_session(account.id)
    answers = await asyncio.gather(
        *(
            post("/me/password", {"old_password": PASSWORD, "new_password": f"{NEW} {n}"}, bearer(session.token), "PUT")
            for n in range(5)
        )
    )
    codes = [answer.status_code for answer in answers]
    assert codes.count(204) == 1
    assert await enters(post, f"{NEW} {codes.index(204)}")


async def test_guessing_the_old_password_is_slowed_down(client, post):
    headers = bearer((await open_session((await person()).id)).token)
    body = {"old_password": "wrong", "new_password": NEW}
    codes = [(await post("/me/password", body, headers, method="PUT")).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]


async def test_name_and_language_are_ones_own(client, post, keys):
    headers = bearer((await open_session((await person()).id)).token)
    changed = await post("/me", {"name": "Countess", "locale": "fr-FR"}, headers, method="PATCH")
    assert (changed.json()["name"], changed.json()["locale"]) == ("Countess", "fr")
    assert (await client.get("/api/v1/me", headers=headers)).headers["content-language"] == "fr"
    assert (await post("/me", {}, headers, method="PATCH")).json()["name"] == "Countess"
    for body in ({"locale": "xx"}, {"name": ""}, {"name": "x" * 201}, {"email": "a@b.example"}, {"name": 5}):
        assert (await post("/me", body, headers, method="PATCH")).status_code == 422
    assert (await post("/me", {}, keys.agent, method="PATCH")).status_code == 404  # a key is nobody


@pytest.mark.requirement("ACC-1")
async def test_signing_in_during_a_reset_leaves_no_session_of_the_old_password(client, post):
    await person()
    await post("/password-resets", {"email": ADA})
    token = await last_token()
    entered, _ = await asyncio.gather(
        post("/sessions", {"email": ADA, "password": PASSWORD}),
        post("/password-resets/confirm", {"token": token, "password": NEW}),
    )
    if entered.status_code == 201:
        me = await client.get("/api/v1/me", headers=bearer(entered.json()["token"]))
        assert me.status_code == 401


@pytest.mark.requirement("ACC-1")
async def test_signing_out_everywhere_and_refreshing_over_http(client, post):
    account = await person()
    first = (await post("/sessions", {"email": ADA, "password": PASSWORD})).json()
    second = (await post("/sessions/refresh", {"refresh_token": first["refresh_token"]})).json()
    assert second["account"]["id"] == str(account.id)
    assert second["refresh_expires_at"] == first["refresh_expires_at"]
    assert (await client.get("/api/v1/me", headers=bearer(second["token"]))).status_code == 200
    ended = await client.delete("/api/v1/sessions", headers=bearer(second["token"]))
    assert ended.status_code == 204
    for session in (first, second):
        assert (await client.get("/api/v1/me", headers=bearer(session["token"]))).status_code == 401
    over = await post("/sessions/refresh", {"refresh_token": second["refresh_token"]})
    assert (over.status_code, over.json()["code"]) == (401, "session_over")


@pytest.mark.requirement("DOC-1", "L10N-2")
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
async def test_every_mail_of_an_account_is_written_in_both_forms(client, post, locale):
    account = await person(locale=locale)
    headers = bearer((await open_session(account.id)).token)
    await post("/password-resets", {"email": ADA})
    await post("/me/email", {"email": "new@example.com", "password": PASSWORD}, headers)
    await post("/email-verifications/confirm", {"token": await last_token("email_verification")})
    await post("/me/password", {"old_password": PASSWORD, "new_password": NEW}, headers, method="PUT")
    rows = await mail()
    assert {row["kind"] for row in rows} == {
        "password_reset",
        "email_verification",
        "email_changed",
        "password_changed",
    }
    for row in rows:
        assert row["locale"] == locale
        assert "Ada Lovelace" in row["text_body"]
        assert "Ada Lovelace" in row["html_body"]
        for body in (row["subject"], row["text_body"], row["html_body"]):
            assert "{" not in re.sub(r"<style>.*?</style>", "", body, flags=re.DOTALL)
            assert "--token" not in body
