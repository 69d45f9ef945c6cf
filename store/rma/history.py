"""Everything that happens to a return: who, what, when, about which of its items (RMA-16)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from store.kernel import audit, clock, db
from store.kernel.i18n import N_
from store.kernel.money import Money

# What each kind of entry reads like; facts go into the sentence. Entries about one item carry its `item`.
EVENT_TEXTS = {
    "started": N_("Return started."),
    "unit_added": N_("{item} was added."),
    "unit_changed": N_("The details of {item} were changed."),
    "unit_removed": N_("{item} was removed."),
    "quote_accepted": N_("The quote for {item} was accepted: {amount}."),
    "quote_declined": N_("The quote for {item} was declined."),
    "confirmed": N_("Return confirmed with the number {number}."),
    "repair_invoiced": N_("The repair of {item} was invoiced with order {order}: {amount}."),
    "repair_given_up": N_("The repair of {item} is not done; {amount} is not owed any more."),
    "tracking_reported": N_("Parcel sent with {carrier}, tracking number {tracking_number}."),
    "paper_label_asked": N_("A paper label was asked for."),
    "paper_label_sent": N_("The paper label was posted."),
    "canceled": N_("Return cancelled."),
    "expired": N_("The return expired, as nothing arrived in time."),
    "closed": N_("Return closed."),
    "reopened": N_("Goods of this return arrived all the same; it is open again."),
    # What the warehouse and customer service do with the items.
    "unit_received": N_("{item} has arrived."),
    "unit_wrong_item": N_("Something else arrived in place of {item}: {received_serial}."),
    "unit_missing": N_("{item} was not in the parcel."),
    "unit_lost": N_("{item} was lost on the way."),
    "unit_not_sent": N_("{item} was not sent."),
    "unit_accepted": N_("{item} was inspected and accepted."),
    "unit_rejected": N_("{item} was inspected and not accepted: {reason}."),
    "unit_needs_decision": N_("{item} was inspected; customer service decides about it."),
    "unit_decided": N_("Customer service has decided about {item}."),
    "unit_not_settled": N_("What was due for {item} can't be done: {reason}. Customer service decides."),
    "unit_in_repair": N_("{item} is in the workshop."),
    "unit_not_repairable": N_("{item} can't be repaired. Customer service decides."),
    "unit_left": N_("The parcel for {item} has left: {shipment}."),
    "unit_refunded_elsewhere": N_("{amount} was refunded for {item} outside of this return."),
    "unit_credited": N_("{amount} is credited for {item}."),
    "unit_refunded": N_("{amount} is refunded for {item}."),
    "unit_replaced": N_("{item} is replaced with order {order}."),
    "unit_repaired": N_("{item} is repaired."),
    "unit_sent_back": N_("{item} goes back to its owner."),
}

# Who acts for the shop: each of their steps stands in the audit, too (ACC-4).
STAFF = ("agent:", "admin:", "warehouse:")
# These have an entry of their own there, with more about them.
AUDITED = frozenset({"started", "confirmed", "canceled", "paper_label_sent", "unit_decided"})


async def record(
    rma_id: UUID, kind: str, *, unit_id: UUID | None = None, actor: str = "store", public: bool = True, **facts: Any
) -> None:
    """Add an entry, for staff only unless `public`; `unit_id` is the rma_unit's id, Money is welcome as a fact.

    What staff did is audited with it.
    """
    if kind not in EVENT_TEXTS:
        msg = f"unknown kind of history entry: {kind}"
        raise KeyError(msg)
    kept = {name: _plain(value) for name, value in facts.items()}
    await db.write(
        "insert into rma_event (rma_id, unit_id, at, actor, kind, facts, public) values ($1, $2, $3, $4, $5, $6, $7)",
        rma_id,
        unit_id,
        clock.now(),
        actor,
        kind,
        kept,
        public,
    )
    if actor.startswith(STAFF) and kind not in AUDITED:
        await audit.record(actor, f"return_{kind}", "rma", rma_id, **kept)


async def history(rma_ids: Sequence[UUID], *, staff: bool) -> list[db.Row]:
    """The entries of any number of returns, oldest first."""
    return await db.fetch(
        "select * from rma_event where rma_id = any($1) and (public or $2) order by id", list(rma_ids), staff
    )


def _plain(value: Any) -> Any:
    """Money is kept as {"amount_minor", "currency"}."""
    if isinstance(value, Money):
        return {"amount_minor": value.amount_minor, "currency": value.currency}
    return value
