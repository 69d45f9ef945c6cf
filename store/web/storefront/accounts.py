"""Signing in and out, and who one is (ACC-1)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from litestar import Request, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from store.customers import (
    STAFF,
    Door,
    EmailTaken,
    PasswordTooShort,
    Principal,
    SessionOver,
    SignInRefused,
    get_account,
    open_session,
    refresh_session,
    register_customer,
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
from store.web.edge.schemas import Email, Name, RequestBody
from store.web.storefront import account_changes
from store.web.storefront.account_shapes import AccountOut, NewPassword, Password, SessionOut, account_out, session_out
from store.web.storefront.try_limits import REGISTER_BY_CLIENT, SIGN_IN_BY_ADDRESS, SIGN_IN_BY_CLIENT


class SignIn(RequestBody, rename={"as_": "as"}):
    """Which door: customers, partners and staff are kept apart."""

    email: Email
    password: Password
    as_: Door = "customer"
    EXAMPLE: ClassVar = {"email": "camille@example.com", "password": "correct horse battery", "as": "customer"}


class Register(RequestBody):
    """A new customer. Without `locale` the language of the request is kept."""

    email: Email
    name: Name
    password: NewPassword
    locale: Annotated[str, Meta(max_length=35)] | None = None
    EXAMPLE: ClassVar = {
        "email": "camille@example.com",
        "name": "Camille Durand",
        "password": "correct horse battery",
        "locale": "fr",
    }


class RefreshSession(RequestBody):
    refresh_token: Annotated[str, Meta(min_length=1, max_length=200)]
    EXAMPLE: ClassVar = {"refresh_token": "cr_2Hq9x7LrT0vUeYb3"}


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
    """Open a customer's account and sign in. A link that confirms the address is sent to it."""
    await REGISTER_BY_CLIENT.spend(client_address(request))
    account = await register_customer(
        email=data.email, name=data.name, password=data.password, locale=data.locale or locale
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


router = Router(
    path="/api/v1",
    route_handlers=[
        create_session,
        refresh,
        end_session,
        end_all_sessions,
        register,
        show_me,
        *account_changes.handlers,
    ],
    tags=["Accounts"],
)
