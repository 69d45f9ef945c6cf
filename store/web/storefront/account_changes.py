"""Forgotten passwords, confirmed addresses, and what people change about their own account (ACC-1)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID

from litestar import Request, patch, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from store.customers import (
    STAFF,
    Door,
    EmailTaken,
    LinkNotValid,
    PasswordTooShort,
    Principal,
    WrongPassword,
    change_email,
    change_password,
    change_profile,
    confirm_email,
    confirm_password_reset,
    request_password_reset,
    request_verification,
)
from store.kernel.errors import NotFound
from store.kernel.i18n import N_, normalize_locale, translate
from store.kernel.throttle import TooManyTries
from store.web.edge.client_address import client_address
from store.web.edge.documented import problems
from store.web.edge.fields import invalid
from store.web.edge.gate import bearer_token
from store.web.edge.roles import SHOPPERS, SIGNED_IN, requires
from store.web.edge.schemas import Email, Name, Out, RequestBody
from store.web.storefront.account_shapes import AccountOut, NewPassword, Password, account_out
from store.web.storefront.try_limits import (
    PASSWORD_CHECK,
    RESET_BY_ADDRESS,
    RESET_BY_CLIENT,
    VERIFICATION_BY_ACCOUNT,
)

LinkToken = Annotated[str, Meta(min_length=1, max_length=200, description="`token` of the link in the e-mail.")]


class RequestReset(RequestBody, rename={"as_": "as"}):
    """Whose password was forgotten, and at which door."""

    email: Email
    as_: Door = "customer"
    EXAMPLE: ClassVar = {"email": "camille@example.com", "as": "customer"}


class ConfirmReset(RequestBody):
    token: LinkToken
    password: NewPassword
    EXAMPLE: ClassVar = {"token": "k3Vb1w8ZtQe5", "password": "battery staple horse"}


class ConfirmEmail(RequestBody):
    token: LinkToken
    EXAMPLE: ClassVar = {"token": "k3Vb1w8ZtQe5"}


class ChangeProfile(RequestBody):
    """What is left out stays as it is."""

    name: Name | None = None
    locale: Annotated[str, Meta(max_length=35, examples=["fr"])] | None = None
    EXAMPLE: ClassVar = {"name": "Camille Durand", "locale": "fr"}


class ChangePassword(RequestBody):
    old_password: Password
    new_password: NewPassword
    EXAMPLE: ClassVar = {"old_password": "correct horse battery", "new_password": "battery staple horse"}


class ChangeEmail(RequestBody):
    email: Email
    password: Password
    EXAMPLE: ClassVar = {"email": "camille.durand@example.com", "password": "correct horse battery"}


class OnItsWay(Out):
    """What was asked for is being done; `message` is for the reader."""

    message: str


SENT = N_("An e-mail with a link is on its way.")
SENT_IF_KNOWN = N_("If there is an account with this address, an e-mail with a link is on its way.")


@post(
    "/password-resets",
    opt=requires(*SHOPPERS),
    status_code=202,
    responses=problems(TooManyTries),
    summary="Ask for a new password",
)
async def ask_for_reset(
    request: Request[Any, Any, Any], data: JSONBody[RequestReset], locale: NamedDependency[str]
) -> OnItsWay:
    """Send a single-use link to the address, if it has an account at this door.

    The answer is always the same, so that nobody learns which addresses have accounts. The link leads to
    `/password-reset?token=…` of the storefront and holds for an hour; an earlier one is void.
    """
    await RESET_BY_CLIENT.spend(client_address(request))
    await RESET_BY_ADDRESS.spend(f"{data.as_}:{data.email}")
    await request_password_reset(data.as_, data.email)
    return OnItsWay(message=translate(locale, SENT_IF_KNOWN))


@post(
    "/password-resets/confirm",
    opt=requires(*SHOPPERS),
    status_code=204,
    responses=problems(LinkNotValid, PasswordTooShort),
    summary="Set a new password",
)
async def confirm_reset(data: JSONBody[ConfirmReset]) -> None:
    """Use the link's token, once. All devices are signed out, and the owner is told by e-mail."""
    await confirm_password_reset(data.token, data.password)


@post(
    "/email-verifications/confirm",
    opt=requires(*SHOPPERS),
    status_code=200,
    responses=problems(LinkNotValid, EmailTaken),
    summary="Confirm an e-mail address",
)
async def confirm_address(data: JSONBody[ConfirmEmail], locale: NamedDependency[str]) -> AccountOut:
    """Use the link's token, once: the address that it was sent to is the account's from now on."""
    return await account_out(await confirm_email(data.token), locale)


@post(
    "/email-verifications",
    opt=requires(*SIGNED_IN),
    status_code=202,
    responses=problems(TooManyTries),
    summary="Send the link for my e-mail address again",
)
async def resend_verification(principal: NamedDependency[Principal], locale: NamedDependency[str]) -> OnItsWay:
    """The earlier link is void. Nothing is sent for an address that is confirmed already."""
    account_id = own_account(principal)
    await VERIFICATION_BY_ACCOUNT.spend(str(account_id))
    await request_verification(account_id)
    return OnItsWay(message=translate(locale, SENT))


@patch("/me", opt=requires(*SIGNED_IN, *STAFF), responses=problems(NotFound), summary="Change my name or language")
async def change_me(
    data: JSONBody[ChangeProfile], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> AccountOut:
    """The language is that of e-mails and answers from now on. A server's key has no account to change."""
    account_id = own_account(principal)
    wanted = normalize_locale(data.locale)
    if data.locale is not None and wanted is None:
        raise invalid({"field": "locale", "code": "not_allowed"})
    return await account_out(await change_profile(account_id, name=data.name, locale=wanted), wanted or locale)


@put(
    "/me/password",
    opt=requires(*SIGNED_IN, *STAFF),
    status_code=204,
    responses=problems(NotFound, WrongPassword, PasswordTooShort, TooManyTries),
    summary="Change my password",
)
async def change_my_password(
    request: Request[Any, Any, Any], data: JSONBody[ChangePassword], principal: NamedDependency[Principal]
) -> None:
    """With the old one. All other devices are signed out, and the owner is told by e-mail."""
    account_id = own_account(principal)
    await PASSWORD_CHECK.spend(str(account_id))
    await change_password(account_id, old=data.old_password, new=data.new_password, but=bearer_token(request.scope))
    await PASSWORD_CHECK.give_back(str(account_id))


@post(
    "/me/email",
    opt=requires(*SIGNED_IN, *STAFF),
    status_code=202,
    responses=problems(NotFound, WrongPassword, TooManyTries),
    summary="Change my e-mail address",
)
async def change_my_email(
    data: JSONBody[ChangeEmail], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> OnItsWay:
    """Send a link to the new address; the one before stays until the link was followed, and is told then."""
    account_id = own_account(principal)
    await PASSWORD_CHECK.spend(str(account_id))
    await VERIFICATION_BY_ACCOUNT.spend(str(account_id))
    await change_email(account_id, email=data.email, password=data.password)
    await PASSWORD_CHECK.give_back(str(account_id))
    return OnItsWay(message=translate(locale, SENT))


def own_account(principal: Principal) -> UUID:
    """The caller's account. Raises NotFound for a server's key, which has none."""
    if principal.account_id is None:
        raise NotFound
    return principal.account_id


handlers = [
    ask_for_reset,
    confirm_reset,
    resend_verification,
    confirm_address,
    change_me,
    change_my_password,
    change_my_email,
]
