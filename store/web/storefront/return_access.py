"""Whose return it is: the account's, its company's, staff's, or whoever holds its token (ACC-4, RMA-16)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from litestar.params import HeaderParameter

from store.customers import Principal
from store.kernel import db, signing
from store.kernel.errors import NotFound
from store.rma.caller import Caller, caller_of
from store.rma.find_returns import WholeReturn, load_return

PURPOSE = "rma"
TOKENS_MAX = 20

ReturnToken = Annotated[
    str | None,
    HeaderParameter(
        name="X-Return-Token", max_length=200, description="From the answer that opened the return; for guests."
    ),
]


def return_token(rma_id: UUID) -> str:
    """A guest's right to one return."""
    return signing.make_token(PURPOSE, rma_id)


async def return_for(rma_id: UUID, principal: Principal, token: str | None) -> WholeReturn:
    """Raises NotFound for one that isn't the caller's to see, as for one that doesn't exist."""
    whole = await load_return(rma_id)
    if not may_see(whole.rma, principal, token):
        raise NotFound
    return whole


def may_see(rma: db.Row, principal: Principal, token: str | None) -> bool:
    if principal.kind in {"agent", "admin"}:
        return True
    if principal.account_id is not None and rma["account_id"] == principal.account_id:
        return True
    if principal.partner_id is not None and rma["partner_id"] == principal.partner_id:
        return True
    return token is not None and signing.check_token(token, PURPOSE, rma["id"])


def new_caller(principal: Principal, order_token: str | None) -> Caller:
    """Who asks, with the tokens of the orders that they hold: several are separated by commas."""
    tokens = [token.strip() for token in (order_token or "").split(",") if token.strip()]
    return caller_of(principal, tokens[:TOKENS_MAX])


def known_caller(principal: Principal, order_token: str | None, whole: WholeReturn) -> Caller:
    """Who goes on with a return: what its items needed was proven when they were registered.

    A guest has shown the tokens of their orders. An account may have registered a defective item as its owner, though
    somebody else paid for it: that opens neither this order's money nor its other items.
    """
    guest = whole.rma["account_id"] is None and whole.rma["partner_id"] is None
    return replace(
        new_caller(principal, order_token),
        proven=frozenset(
            row["order_id"] for row in whole.units if row["order_id"] and (guest or row["reason"] != "defective")
        ),
        held=frozenset(row["unit_id"] for row in whole.units if row["unit_id"]),
    )
