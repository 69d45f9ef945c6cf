"""What customer service sends and sees about returns."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from store.web.edge.schemas import Labelled, LongText, MoneyOut, Out, RequestBody
from store.web.warehouse.return_shapes import ReturnedUnitOut, WarehouseReturnOut


class Decide(RequestBody):
    """Whether the item is accepted, and what comes of it; without `outcome` what follows by itself.

    The note is for colleagues.
    """

    verdict: Literal["accepted", "rejected"]
    outcome: Literal["credited", "refunded", "replaced", "repaired", "sent_back", "not_sent"] | None = None
    note: LongText = ""
    EXAMPLE: ClassVar = {"verdict": "accepted", "outcome": "replaced", "note": "Second fault within a year."}


class OfferedOut(Out):
    """What may come of an item that is accepted or rejected; the first follows by itself."""

    accepted: list[Labelled]
    rejected: list[Labelled]


class AgentUnitOut(ReturnedUnitOut, kw_only=True):
    """An item with its money, its papers and what was decided.

    `order`: where it was bought. `replacement_order`, `repair_order` and `return_shipment` are numbers.
    """

    id: UUID
    route: Labelled
    ticket_number: str | None
    order: str | None
    goods: MoneyOut
    fee: MoneyOut
    quote: MoneyOut
    quote_accepted: bool | None
    refund: str | None
    replacement_order: str | None
    repair_order: str | None
    return_shipment: str | None
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str
    offered: OfferedOut


class ReturnEventOut(Out):
    """An entry of the history with who did it; `public`: the customer sees it too."""

    at: datetime
    kind: str
    text: str
    actor: str
    position: int | None
    facts: dict[str, Any]
    public: bool


class FoundReturn(Out):
    """A return in the desk's list. A draft has no number yet."""

    id: UUID
    number: str | None
    status: str
    status_label: str
    market: str
    email: str
    customer_reference: str | None
    created_at: datetime
    confirmed_at: datetime | None
    items: list[str]
    undecided: int


class AgentReturnOut(WarehouseReturnOut, kw_only=True):
    """Everything about a return, with its whole history."""

    id: UUID
    email: str
    locale: str
    account_id: UUID | None
    partner_id: UUID | None
    asked_by: str
    created_at: datetime
    terms_version: str | None
    paper_label: bool
    units: list[AgentUnitOut]  # type: ignore[assignment] # the same items, with more about each
    history: list[ReturnEventOut]
