"""Signing in and out, and who one is (ACC-1)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from store.customers import (
    PASSWORD_LENGTH_MAX,
    PASSWORD_LENGTH_MIN,
    STAFF,
    Account,
    Door,
    EmailTaken,
    PasswordTooShort,
    Principal,
    Session,
    SessionOver,
    SignInRefused,
    create_account,
    get_account,
    get_partner,
    open_session,
    refresh_session,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from store.kernel.throttle import TooManyTries
from store.kernel.wording import status_label
from store.web.edge.client_address import client_address
from store.web.edge.documented import problems
from store.web.edge.gate import bearer_token
from store.web.edge.roles import SHOPPERS, SIGNED_IN, requires
from store.web.edge.schemas import Email, MoneyOut, Out, RequestBody, Text, money_out
from store.web.storefront.try_limits import REGISTER_BY_CLIENT, SIGN_IN_BY_ADDRESS, SIGN_IN_BY_CLIENT

Password = Annotated[str, Meta(min_length=1, max_length=PASSWORD_LENGTH_MAX)]


class SignIn(RequestBody, rename={"as_": "as"}):
    """Which door: customers, partners and staff are kept apart."""

    email: Email
    password: Password
    as_: Door = "customer"


class Register(RequestBody):
    """A new customer. Without `locale` the language of the request is kept."""

    email: Email
    name: Text
    password: Annotated[str, Meta(min_length=PASSWORD_LENGTH_MIN, max_length=PASSWORD_LENGTH_MAX)]
    locale: Annotated[str, Meta(max_length=35)] | None = None


class PartnerOut(Out):
    """The reseller that the account belongs to, with what its credit line leaves."""

    id: UUID
    name: str
    approved: bool
    credit_limit: MoneyOut
    credit_available: MoneyOut
    net_days: int


class AccountOut(Out):
    id: UUID
    kind: str
    kind_label: str
    email: str
    name: str
    locale: str
    email_verified_at: datetime | None = None
    partner: PartnerOut | None = None


class SessionOut(Out):
    """`token` goes into `Authorization: Bearer` until `expires_at`; `refresh_token` gives the next pair.

    Both are shown once. The session is over at `refresh_expires_at`, however often it is refreshed.
    """

    token: str
    expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime
    account: AccountOut


class RefreshSession(RequestBody):
    refresh_token: Annotated[str, Meta(min_length=1, max_length=200)]


@post(
    "/sessions",
    opt=requires("storefront"),
    responses=problems(SignInRefused, TooManyTries),
    summary="Sign in",
)
async def create_session(
    request: Request[Any, Any, Any], data: JSONBody[SignIn], locale: NamedDependency[str]
) -> SessionOut:
    """Open a session for a customer, a partner or staff. Wrong address and wrong password look the same.

    Wrong tries are counted by e-mail address and by network address; after some within minutes both have to wait.
    """
    client, address = client_address(request), f"{data.as_}:{data.email}"
    await SIGN_IN_BY_CLIENT.spend(client)
    await SIGN_IN_BY_ADDRESS.spend(address)
    session = await sign_in(data.as_, data.email, data.password)
    await SIGN_IN_BY_CLIENT.give_back(client)
    await SIGN_IN_BY_ADDRESS.give_back(address)
    return await session_out(session, locale)


@post(
    "/sessions/refresh",
    opt=requires(*SHOPPERS, *STAFF),
    responses=problems(SessionOver),
    summary="Refresh a session",
)
async def refresh(data: JSONBody[RefreshSession], locale: NamedDependency[str]) -> SessionOut:
    """A new pair of tokens; the refresh token that was sent is used up.

    A refresh token that is used a second time ends the session, as it may have been copied. Only the same request sent
    twice within seconds is answered twice, with the same next refresh token.
    """
    return await session_out(await refresh_session(data.refresh_token), locale)


@delete("/sessions/current", opt=requires(*SIGNED_IN, *STAFF), summary="Sign out")
async def end_session(request: Request[Any, Any, Any]) -> None:
    """End the session whose token the request carries, with its refresh token; doing so twice changes nothing."""
    token = bearer_token(request.scope)
    if token is not None and token.startswith("cs_"):
        await sign_out(token)


@delete("/sessions", opt=requires(*SIGNED_IN, *STAFF), summary="Sign out everywhere")
async def end_all_sessions(principal: NamedDependency[Principal]) -> None:
    """End all sessions of the account on all devices, this one included. A server's key has no sessions."""
    if principal.account_id is not None:
        await sign_out_everywhere(principal.account_id)


@post(
    "/accounts",
    opt=requires("storefront"),
    responses=problems(EmailTaken, PasswordTooShort, TooManyTries),
    summary="Register",
)
async def register(
    request: Request[Any, Any, Any], data: JSONBody[Register], locale: NamedDependency[str]
) -> SessionOut:
    """Open a customer's account and sign in."""
    await REGISTER_BY_CLIENT.spend(client_address(request))
    account = await create_account(
        kind="customer", email=data.email, name=data.name, password=data.password, locale=data.locale or locale
    )
    return await session_out(await open_session(account.id), locale)


@get("/me", opt=requires(*SIGNED_IN, *STAFF), summary="Who am I?")
async def show_me(principal: NamedDependency[Principal], locale: NamedDependency[str]) -> AccountOut:
    """The signed-in person. A server's key has no account: its id is the key's, its e-mail empty."""
    if principal.account_id is None:
        assert principal.key_id is not None
        return AccountOut(
            id=principal.key_id,
            kind=principal.kind,
            kind_label=status_label(principal.kind, locale),
            email="",
            name=principal.display_name,
            locale=locale,
        )
    return await account_out(await get_account(principal.account_id), locale)


async def session_out(session: Session, locale: str) -> SessionOut:
    return SessionOut(
        token=session.token,
        expires_at=session.expires_at,
        refresh_token=session.refresh_token,
        refresh_expires_at=session.refresh_expires_at,
        account=await account_out(session.account, locale),
    )


async def account_out(account: Account, locale: str) -> AccountOut:
    return AccountOut(
        id=account.id,
        kind=account.kind,
        kind_label=status_label(account.kind, locale),
        email=account.email,
        name=account.name,
        locale=account.locale,
        email_verified_at=account.email_verified_at,
        partner=await _partner_out(account.partner_id, locale) if account.partner_id else None,
    )


async def _partner_out(partner_id: UUID, locale: str) -> PartnerOut:
    partner = await get_partner(partner_id)
    return PartnerOut(
        id=partner.id,
        name=partner.name,
        approved=partner.approved,
        credit_limit=money_out(partner.credit_limit, locale),
        credit_available=money_out(partner.available, locale),
        net_days=partner.net_days,
    )


router = Router(
    path="/api/v1",
    route_handlers=[create_session, refresh, end_session, end_all_sessions, register, show_me],
    tags=["Accounts"],
)
