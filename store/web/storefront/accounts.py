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
    Account,
    Door,
    EmailTaken,
    PasswordTooShort,
    Principal,
    SignInRefused,
    create_account,
    get_account,
    get_partner,
    open_session,
    sign_in,
    sign_out,
)
from store.kernel.wording import status_label
from store.web.edge.documented import problems
from store.web.edge.gate import bearer_token
from store.web.edge.roles import SIGNED_IN, requires
from store.web.edge.schemas import Email, MoneyOut, Out, RequestBody, Text, money_out

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
    partner: PartnerOut | None = None


class SessionOut(Out):
    """`token` goes into `Authorization: Bearer` from now on; it is shown once."""

    token: str
    expires_at: datetime
    account: AccountOut


@post(
    "/sessions",
    opt=requires("storefront"),
    responses=problems(SignInRefused),
    summary="Sign in",
)
async def create_session(data: JSONBody[SignIn], locale: NamedDependency[str]) -> SessionOut:
    """Open a session for a customer, a partner or staff. Wrong address and wrong password look the same."""
    account, token, expires_at = await sign_in(data.as_, data.email, data.password)
    return SessionOut(token=token, expires_at=expires_at, account=await account_out(account, locale))


@delete("/sessions/current", opt=requires("customer", "partner", "agent", "warehouse", "admin"), summary="Sign out")
async def end_session(request: Request[Any, Any, Any]) -> None:
    """End the session whose token the request carries; doing so twice changes nothing."""
    token = bearer_token(request.scope)
    if token is not None and token.startswith("cs_"):
        await sign_out(token)


@post(
    "/accounts",
    opt=requires("storefront"),
    responses=problems(EmailTaken, PasswordTooShort),
    summary="Register",
)
async def register(data: JSONBody[Register], locale: NamedDependency[str]) -> SessionOut:
    """Open a customer's account and sign in."""
    account = await create_account(
        kind="customer", email=data.email, name=data.name, password=data.password, locale=data.locale or locale
    )
    account, token, expires_at = await open_session(account.id)
    return SessionOut(token=token, expires_at=expires_at, account=await account_out(account, locale))


@get("/me", opt=requires(*SIGNED_IN, "agent", "warehouse", "admin"), summary="Who am I?")
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


async def account_out(account: Account, locale: str) -> AccountOut:
    return AccountOut(
        id=account.id,
        kind=account.kind,
        kind_label=status_label(account.kind, locale),
        email=account.email,
        name=account.name,
        locale=account.locale,
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


router = Router(path="/api/v1", route_handlers=[create_session, end_session, register, show_me], tags=["Accounts"])
