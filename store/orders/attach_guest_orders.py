"""What a guest bought comes to the account that has proved the same e-mail address (ACC-1, ORD-2)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.outbox import Consumer
from store.orders import history

# By the index on lower(email), locked in the order of their ids; a company's orders are its own whatever address they
# were placed with.
_ATTACH = """
update sales_order set account_id = $1, version = version + 1 where id = any(array(
    select o.id from sales_order o join account a on lower(o.email) = lower(a.email)
    where a.id = $1 and a.kind = 'customer' and a.email_verified_at is not null and a.disabled_at is null
      and o.account_id is null and o.partner_id is null
    order by o.id for update of o))
returning id
"""


def consumers() -> list[tuple[str, Consumer]]:
    return [("account.email_verified", attach_guest_orders)]


async def attach_guest_orders(account_id: str, **_: Any) -> None:
    """Consumer of account.email_verified: twice is as good as once, and nobody's order changes hands."""
    async with db.unit_of_work():
        for order in await db.fetch(_ATTACH, UUID(account_id)):
            await history.record(order["id"], "attached_to_account")
