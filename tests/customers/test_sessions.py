"""Sessions: short access tokens, refresh tokens that are used up, and what gives a thief away (ACC-1)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.customers import (
    SessionOver,
    SignInRefused,
    authenticate,
    cached_principal,
    create_account,
    create_partner,
    dismiss,
    open_session,
    purge_sessions,
    refresh_session,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from store.customers.principal import Principal
from store.kernel import clock, db

PASSWORD = "correct horse battery"
ADMIN = Principal(kind="admin", display_name="Robin")


async def ada(kind="customer", **facts):
    return await create_account(kind=kind, email="ada@example.com", name="Ada", **facts)


def later(**span) -> None:
    clock.set_offset(clock.offset() + timedelta(**span))


async def is_over(refresh_token: str) -> bool:
    try:
        await refresh_session(refresh_token)
    except SessionOver:
        return True
    return False


async def living() -> int:
    return await db.fetchval("select count(*) from session_family where revoked_at is null")


@pytest.mark.requirement("ACC-1")
@pytest.mark.parametrize(
    ("kind", "access", "whole"),
    [("customer", timedelta(minutes=30), timedelta(days=30)), ("agent", timedelta(minutes=15), timedelta(hours=12))],
)
async def test_access_is_short_and_the_end_stays_over_rotations(database, kind, access, whole):
    session = await open_session((await ada(kind)).id)
    assert timedelta() < clock.now() + access - session.expires_at < timedelta(seconds=30)
    end = session.refresh_expires_at
    assert timedelta() < clock.now() + whole - end < timedelta(seconds=30)
    later(seconds=whole.total_seconds() - 600)
    refreshed = await refresh_session(session.refresh_token)
    assert refreshed.refresh_expires_at == refreshed.expires_at == end  # no access beyond the session's end
    assert (await authenticate(refreshed.token)).account_id == refreshed.account.id
    later(minutes=11)
    assert await authenticate(refreshed.token) is None
    assert await is_over(refreshed.refresh_token)


@pytest.mark.requirement("ACC-1")
async def test_the_cache_never_outlives_the_token(database):
    session = await open_session((await ada()).id)
    assert await authenticate(session.token) is not None
    later(minutes=29)
    assert cached_principal(session.token) is not None
    later(minutes=2)
    assert cached_principal(session.token) is None
    assert await authenticate(session.token) is None


@pytest.mark.requirement("ACC-1")
async def test_a_refresh_token_used_again_ends_the_whole_family(database):
    session = await open_session((await ada()).id)
    second = await refresh_session(session.refresh_token)
    assert await authenticate(second.token) is not None
    later(seconds=11)
    assert await is_over(session.refresh_token)
    assert await authenticate(second.token) is None
    assert await authenticate(session.token) is None
    assert await is_over(second.refresh_token)
    assert await db.fetchval("select revoked_for from session_family") == "reused"


async def test_the_same_request_sent_twice_in_a_moment_does_no_harm(database):
    session = await open_session((await ada()).id)
    first = await refresh_session(session.refresh_token)
    again = await refresh_session(session.refresh_token)
    assert first.refresh_token == again.refresh_token  # one heir, whichever answer arrives
    assert first.token != again.token
    later(seconds=60)
    assert not await is_over(first.refresh_token)


async def test_a_fast_thief_is_given_away_by_the_next_use(database):
    session = await open_session((await ada()).id)
    owners = await refresh_session(session.refresh_token)
    thiefs = await refresh_session(session.refresh_token)
    await refresh_session(owners.refresh_token)
    later(seconds=11)
    assert await is_over(thiefs.refresh_token)
    assert await living() == 0


async def test_an_older_token_ends_the_family_at_once(database):
    session = await open_session((await ada()).id)
    second = await refresh_session(session.refresh_token)
    await refresh_session(second.refresh_token)
    assert await is_over(session.refresh_token)
    assert await living() == 0


@pytest.mark.requirement("ACC-1")
async def test_twenty_refreshes_at_once_leave_one_family_and_one_heir(database):
    session = await open_session((await ada()).id)
    answers = await asyncio.gather(*(refresh_session(session.refresh_token) for _ in range(20)))
    assert len({answer.refresh_token for answer in answers}) == 1
    assert await living() == 1
    assert await db.fetchval("select count(*) from session_family") == 1
    heirs = await asyncio.gather(*(refresh_session(answers[0].refresh_token) for _ in range(20)))
    assert len({heir.refresh_token for heir in heirs}) == 1
    assert await living() == 1


async def test_signing_out_wins_against_refreshing(database):
    """Whichever comes first, nothing that the refresh gave is good afterwards."""
    session = await open_session((await ada()).id)
    _, *answers = await asyncio.gather(
        sign_out(session.token),
        *(refresh_session(session.refresh_token) for _ in range(5)),
        return_exceptions=True,
    )
    for answer in answers:
        if not isinstance(answer, SessionOver):
            assert await authenticate(answer.token) is None
            assert await is_over(answer.refresh_token)


async def test_signing_out_everywhere_leaves_others_alone(database):
    account = await ada()
    sessions = [await open_session(account.id) for _ in range(3)]
    other = await open_session((await create_account(kind="customer", email="eve@example.com", name="Eve")).id)
    assert await sign_out_everywhere(account.id, but=sessions[0].token) == 2
    assert await authenticate(sessions[0].token) is not None
    assert await authenticate(sessions[1].token) is None
    assert await sign_out_everywhere(account.id) == 1
    assert await authenticate(sessions[0].token) is None
    assert await authenticate(other.token) is not None


async def test_who_is_dismissed_refreshes_nothing(database):
    account = await ada("agent")
    session = await open_session(account.id)
    await dismiss(account.id, by=ADMIN)
    assert await is_over(session.refresh_token)


async def test_no_token_is_kept_in_clear(database):
    session = await open_session((await ada()).id)
    session = await refresh_session(session.refresh_token)
    kept = str(
        [dict(row) for table in ("session", "session_family") for row in await db.fetch(f"select * from {table}")]
    )
    assert session.token[3:] not in kept
    assert session.refresh_token[3:] not in kept


@pytest.mark.parametrize(
    "token", ["", "cr_", "cr_" + "a" * 54, "cr_" + "é" * 54, "cs_" + "a" * 54, "cr_" + "=" * 54, "x" * 200]
)
async def test_nonsense_refreshes_nothing(database, token):
    assert await is_over(token)


@pytest.mark.requirement("ACC-1")
async def test_customers_and_partners_with_one_address_have_sessions_of_their_own(database):
    partner = await create_partner(name="Reseller", currency="EUR")
    customer = await ada(password=PASSWORD)
    reseller = await ada("partner", password=PASSWORD + "2", partner_id=partner.id)
    assert (await sign_in("customer", "ADA@example.com", PASSWORD)).account.id == customer.id
    assert (await sign_in("partner", "ada@example.com", PASSWORD + "2")).account.id == reseller.id
    with pytest.raises(SignInRefused):
        await sign_in("partner", "ada@example.com", PASSWORD)


async def test_what_is_long_over_is_forgotten(database):
    account = await ada()
    old = await open_session(account.id)
    later(days=20)
    young = await open_session(account.id)
    later(days=11, hours=1)
    assert await purge_sessions() == 1
    assert await is_over(old.refresh_token)
    assert not await is_over(young.refresh_token)


STEPS = st.lists(st.tuples(st.sampled_from(["newest", "previous", "older"]), st.sampled_from([0, 5, 20])), max_size=12)


async def test_a_family_never_has_two_living_refresh_tokens(database):
    """Whatever is sent in whatever order: of all tokens ever given, at most one is the family's own."""
    account = await ada()
    loop = asyncio.get_running_loop()

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def law(steps) -> None:
        asyncio.run_coroutine_threadsafe(follow(account.id, steps), loop).result()

    await asyncio.to_thread(law)


async def follow(account_id, steps) -> None:
    given_out = [(await open_session(account_id)).refresh_token]
    alive, seconds_since = True, 0
    for which, passed in steps:
        later(seconds=passed)
        seconds_since += passed
        position = {"newest": 1, "previous": 2, "older": 3}[which]
        if position > len(given_out):
            continue
        allowed = alive and (position == 1 or (position == 2 and seconds_since < 10))
        assert await is_over(given_out[-position]) == (not allowed)
        alive = allowed
        if allowed and position == 1:
            given_out.append((await refresh_session(given_out[-1])).refresh_token)  # the same again: it gives the heir
            seconds_since = 0
