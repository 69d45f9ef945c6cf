"""The demo shop's people and keys: fixed and public, therefore never in production.

Their keys and passwords stand in the README, so that a first call can be copied from it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import asyncpg

from store import customers
from store.customers import KeyRole, Kind
from store.kernel import db

DEMO_PASSWORD = "demo-password"  # noqa: S105 - public on purpose, refused in production
ACTOR = "demo"


@dataclass(frozen=True, slots=True)
class DemoKey:
    role: KeyRole
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class DemoAccount:
    kind: Kind
    email: str
    name: str
    locale: str = "en"
    refund_limits: dict[str, int] = field(default_factory=dict)


DEMO_KEYS = (
    DemoKey("storefront", "Demo storefront", "pk_demo_storefront"),
    DemoKey("agent", "Demo customer service", "sk_demo_agent"),
    DemoKey("warehouse", "Demo warehouse", "sk_demo_warehouse"),
    DemoKey("admin", "Demo administration", "sk_demo_admin"),
)
REFUND_LIMITS = {"EUR": 50_000, "USD": 50_000, "CNY": 400_000}  # 500.00, 500.00, 4,000.00
LEAD_LIMITS = {currency: 10 * limit for currency, limit in REFUND_LIMITS.items()}
DEMO_ACCOUNTS = (
    DemoAccount("customer", "camille@example.com", "Camille Moreau", "fr"),
    DemoAccount("partner", "buyer@partner.example.com", "Jordan Reyes", "en"),
    DemoAccount("agent", "agent@store.example.com", "Alex Martin", "en", REFUND_LIMITS),
    DemoAccount("agent", "lead@store.example.com", "Li Na", "zh", LEAD_LIMITS),
    DemoAccount("warehouse", "warehouse@store.example.com", "Sam Keller", "en"),
    DemoAccount("admin", "admin@store.example.com", "Robin Blanc", "en"),
)
PARTNER_CREDIT_MINOR = 2_000_000  # EUR 20,000.00


async def demo_accounts_exist() -> bool:
    """Whether the demo was loaded before (its keys are made last)."""
    return any(key.name == DEMO_KEYS[-1].name for key in await customers.list_keys())


async def seed_demo_accounts() -> None:
    """Make what is missing of the accounts, then of the keys."""
    await asyncio.gather(*(_account(account) for account in DEMO_ACCOUNTS))
    for key in DEMO_KEYS:
        try:
            await customers.create_key(key.role, key.name, by=ACTOR, token=key.token)
        except asyncpg.UniqueViolationError:
            continue


async def _account(account: DemoAccount) -> None:
    # Asked before, as a partner without its account would be made for nothing.
    if await db.fetchval("select true from account where kind = $1 and email = $2", account.kind, account.email):
        return
    partner_id = None
    if account.kind == "partner":
        partner = await customers.create_partner(
            name="Example Reseller SARL",
            currency="EUR",
            credit_limit_minor=PARTNER_CREDIT_MINOR,
            approved=True,
            by=ACTOR,
        )
        partner_id = partner.id
    await customers.create_account(
        kind=account.kind,
        email=account.email,
        name=account.name,
        password=DEMO_PASSWORD,
        locale=account.locale,
        partner_id=partner_id,
        refund_limits=account.refund_limits or None,
        verified=True,
    )
