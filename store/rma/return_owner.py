"""Whose return it is, and where it is written about (RMA-12, RMA-13)."""

from __future__ import annotations

from typing import Any

from store.customers import get_account
from store.kernel import db
from store.rma.caller import Caller
from store.rma.item import Source
from store.rma.step_errors import ReturnEmailMissing

_OWNER = """
select coalesce(r.account_id, o.account_id) as account_id, coalesce(r.partner_id, o.partner_id) as partner_id,
       coalesce(o.email, r.holder_email) as email
from (select $1::uuid as unit_id, $2::uuid as order_id) w
left join sales_order o on o.id = w.order_id
-- Money belongs to who paid: their return isn't shown to who is registered as the owner of what was bought.
left join registration r on r.unit_id = w.unit_id and r.ended_at is null and ($3 or o.id is null)
"""


async def owner_of_return(caller: Caller, email: str | None, first: Source) -> dict[str, Any]:
    """{account_id, partner_id, email}: the caller's; for a guest and for customer service of who owns the first item.

    Raises ReturnEmailMissing when nobody knows an address.
    """
    if caller.account_id is not None:
        account = await get_account(caller.account_id)
        return {"account_id": caller.account_id, "partner_id": caller.partner_id, "email": email or account.email}
    row = await db.fetchrow(
        _OWNER,
        first.unit.id if first.unit else None,
        first.line.order_id if first.line else None,
        first.request.reason == "defective",
    )
    assert row is not None
    email = email or row["email"]
    if not email:
        raise ReturnEmailMissing
    if caller.staff:
        return {"account_id": row["account_id"], "partner_id": row["partner_id"], "email": email}
    return {"account_id": None, "partner_id": caller.partner_id, "email": email}
