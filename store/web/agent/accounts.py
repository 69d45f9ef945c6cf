"""API keys and staff (ACC-4, ACC-5)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from store.customers import (
    PASSWORD_LENGTH_MAX,
    PASSWORD_LENGTH_MIN,
    ApiKey,
    EmailTaken,
    KeyRole,
    Principal,
    StaffRole,
    change_limits,
    create_key,
    dismiss,
    hire,
    list_keys,
    list_staff,
    revoke_key,
)
from store.customers.accounts import Account
from store.kernel.errors import NotFound
from store.kernel.wording import status_label
from store.web.edge.documented import problems
from store.web.edge.roles import requires
from store.web.edge.schemas import AmountMinor, Email, Out, RequestBody, Text

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
RefundLimits = Annotated[dict[Currency, AmountMinor], Meta(max_length=50)]


class CreateKey(RequestBody):
    role: KeyRole
    name: Text
    EXAMPLE: ClassVar = {"role": "storefront", "name": "Shop front, France"}


class KeyOut(Out):
    """`hint` is the key's beginning and end."""

    id: UUID
    kind: str
    role: str
    role_label: str
    name: str
    hint: str
    created_at: datetime
    created_by: str
    last_used_on: date | None
    revoked_at: datetime | None


class NewKeyOut(Out):
    """`token` is shown this once: the store keeps only its hash."""

    key: KeyOut
    token: str


class HireStaff(RequestBody):
    role: StaffRole
    email: Email
    name: Text
    password: Annotated[str, Meta(min_length=PASSWORD_LENGTH_MIN, max_length=PASSWORD_LENGTH_MAX)]
    locale: Annotated[str, Meta(max_length=35)] | None = None
    refund_limits: RefundLimits | None = None
    EXAMPLE: ClassVar = {
        "role": "agent",
        "email": "agent@example.com",
        "name": "Customer service",
        "password": "correct horse battery",
        "locale": "fr",
        "refund_limits": {"EUR": 20000},
    }


class ChangeLimits(RequestBody):
    refund_limits: RefundLimits
    EXAMPLE: ClassVar = {"refund_limits": {"EUR": 50000, "USD": 50000}}


class StaffOut(Out):
    """`refund_limits` is {currency: amount_minor}; a currency that is missing has the market's limit."""

    id: UUID
    role: str
    role_label: str
    email: str
    name: str
    locale: str
    refund_limits: dict[str, int]
    created_at: datetime
    disabled_at: datetime | None


@get("/keys", opt=requires("admin"), summary="List the API keys")
async def show_keys(locale: NamedDependency[str]) -> list[KeyOut]:
    """Every key, the newest first; tokens are never shown again."""
    return [_key_out(key, locale) for key in await list_keys()]


@post("/keys", opt=requires("admin"), summary="Make an API key")
async def make_key(
    data: JSONBody[CreateKey], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> NewKeyOut:
    """The token is in this answer and nowhere else. A storefront's key is publishable, every other one secret."""
    key, token = await create_key(data.role, data.name, by=principal)
    return NewKeyOut(key=_key_out(key, locale), token=token)


@delete(
    "/keys/{key_id:uuid}",
    opt=requires("admin"),
    responses=problems(NotFound),
    status_code=200,
    summary="Revoke an API key",
)
async def end_key(
    key_id: FromPath[UUID], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> KeyOut:
    """Holds within five seconds in every process. Revoking twice changes nothing."""
    return _key_out(await revoke_key(key_id, by=principal), locale)


@get("/staff", opt=requires("admin"), summary="List the staff")
async def show_staff(locale: NamedDependency[str]) -> list[StaffOut]:
    """Agents, warehouse people and administrators, those who left included."""
    return [_staff_out(account, locale) for account in await list_staff()]


@post("/staff", opt=requires("admin"), responses=problems(EmailTaken), summary="Open an account for staff")
async def hire_staff(
    data: JSONBody[HireStaff], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> StaffOut:
    """With refund limits for an agent who may refund more, or less, than the market's limit alone."""
    account = await hire(
        role=data.role,
        email=data.email,
        name=data.name,
        password=data.password,
        locale=data.locale,
        refund_limits=data.refund_limits,
        by=principal,
    )
    return _staff_out(account, locale)


@put(
    "/staff/{account_id:uuid}/refund-limits",
    opt=requires("admin"),
    responses=problems(NotFound),
    summary="Change refund limits",
)
async def set_limits(
    account_id: FromPath[UUID],
    data: JSONBody[ChangeLimits],
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
) -> StaffOut:
    """Replace what an agent may refund without a second person."""
    return _staff_out(await change_limits(account_id, data.refund_limits, by=principal), locale)


@delete(
    "/staff/{account_id:uuid}",
    opt=requires("admin"),
    responses=problems(NotFound),
    status_code=200,
    summary="Close a staff account",
)
async def dismiss_staff(
    account_id: FromPath[UUID], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> StaffOut:
    """Its sessions end; what it did stays in history and audit."""
    return _staff_out(await dismiss(account_id, by=principal), locale)


def _key_out(key: ApiKey, locale: str) -> KeyOut:
    return KeyOut(role_label=status_label(key.role, locale), **{name: getattr(key, name) for name in ApiKey.__slots__})


def _staff_out(account: Account, locale: str) -> StaffOut:
    return StaffOut(
        id=account.id,
        role=account.kind,
        role_label=status_label(account.kind, locale),
        email=account.email,
        name=account.name,
        locale=account.locale,
        refund_limits=dict(account.refund_limits),
        created_at=account.created_at,
        disabled_at=account.disabled_at,
    )


router = Router(
    path="/api/v1/agent",
    route_handlers=[
        show_keys,
        make_key,
        end_key,
        show_staff,
        hire_staff,
        set_limits,
        dismiss_staff,
    ],
    tags=["Agent: people and keys"],
)
