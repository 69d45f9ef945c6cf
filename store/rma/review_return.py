"""Review a draft: where it goes back to, whom to write to, the customer's reference (RMA-10, RMA-12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from store.kernel import audit, db
from store.markets import get_market, normalize_address
from store.rma.find_returns import WholeReturn
from store.rma.history import STAFF
from store.rma.quote_repair import quote_repair, repair_tax
from store.rma.register_return import lock_draft, touch


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReturn:
    """What is None stays as it is; an empty `customer_reference` takes it away."""

    rma_id: UUID
    actor: str = "store"
    email: str | None = None
    customer_reference: str | None = None
    return_address: Mapping[str, Any] | None = None
    paper_label: bool | None = None


async def review_return(command: ReviewReturn) -> None:
    """Raises ReturnNotEditable, ReturnExpired, and the refusals of an address: InvalidAddress, PostBoxRefused,
    CountryNotSupported.
    """
    async with db.unit_of_work():
        whole = await lock_draft(command.rma_id)
        rma = whole.rma
        address = rma["return_address"]
        if command.return_address is not None:
            address = msgspec.to_builtins(normalize_address(command.return_address, get_market(rma["market"])))
        reference = rma["customer_reference"] if command.customer_reference is None else command.customer_reference
        await db.execute(
            "update rma set email = $2, customer_reference = $3, return_address = $4, paper_label = $5 where id = $1",
            rma["id"],
            command.email or rma["email"],
            reference or None,
            address,
            rma["paper_label"] if command.paper_label is None else command.paper_label,
        )
        if address != rma["return_address"]:
            await _quote_anew(whole, address)
        await touch(rma["id"])
        if command.actor.startswith(STAFF):
            await audit.record(command.actor, "review_return", "rma", rma["id"], changed=_named(command))


def _named(command: ReviewReturn) -> list[str]:
    """Which details were given; what they are stays out of the audit."""
    details = ("email", "customer_reference", "return_address", "paper_label")
    return [name for name in details if getattr(command, name) is not None]


async def _quote_anew(whole: WholeReturn, address: Mapping[str, Any]) -> None:
    """The tax is that of the place the repaired item goes to; a quote that changes has to be accepted again."""
    rma = whole.rma
    market = get_market(rma["market"])
    tax = await repair_tax(market.code, address, account_id=rma["account_id"], partner_id=rma["partner_id"])
    for row in whole.units:
        if not row["quote_price_minor"]:
            continue
        quote = quote_repair(market, row["quote_price_minor"], tax)
        same = quote.total_minor == row["quote_minor"]
        await db.execute(
            "update rma_unit set quote_minor = $2, quote_tax_minor = $3, quote_accepted = $4, selected = $5"
            " where id = $1",
            row["id"],
            quote.total_minor,
            quote.tax_minor,
            row["quote_accepted"] if same else None,
            row["selected"] if same else False,
        )
