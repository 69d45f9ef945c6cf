"""The customer tells how the parcel travels, or wants a label on paper (RMA-13, RMA-15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from store.kernel import audit, clock, db, outbox
from store.markets import get_market, local_date
from store.rma import history
from store.rma.find_returns import lock_return
from store.rma.statuses import ReturnStatus
from store.rma.step_errors import LabelNotReady, ReturnNotUnderWay, TrackingInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTracking:
    """`posted_on` is a day of the market; today's when nothing is said."""

    rma_id: UUID
    carrier: str
    tracking_number: str
    actor: str
    posted_on: date | None = None


async def report_tracking(command: ReportTracking) -> None:
    """Keep it; again replaces it, and the history keeps what was told before.

    Raises NotFound, ReturnNotUnderWay, TrackingInvalid.
    """
    async with db.unit_of_work():
        rma = (await lock_return(command.rma_id)).rma
        if rma["status"] not in {ReturnStatus.CONFIRMED, ReturnStatus.RECEIVING}:
            raise ReturnNotUnderWay(state=ReturnStatus(rma["status"]))
        market = get_market(rma["market"])
        today = local_date(market, clock.now())
        posted_on = command.posted_on or today
        if not local_date(market, rma["confirmed_at"]) <= posted_on <= today:
            raise TrackingInvalid(posted_on=posted_on)
        told = (command.carrier, command.tracking_number, posted_on)
        if told == (rma["carrier"], rma["tracking_number"], rma["posted_on"]):
            return
        await db.execute(
            "update rma set carrier = $2, tracking_number = $3, posted_on = $4, version = version + 1 where id = $1",
            rma["id"],
            *told,
        )
        await history.record(
            rma["id"],
            "tracking_reported",
            actor=command.actor,
            carrier=command.carrier,
            tracking_number=command.tracking_number,
            posted_on=posted_on.isoformat(),
        )
        await outbox.stage("rma.tracking_reported", rma_id=rma["id"])


async def ask_paper_label(rma_id: UUID, *, actor: str) -> None:
    """A label by post, for who has no printer; asking again changes nothing. Raises NotFound, LabelNotReady."""
    async with db.unit_of_work():
        rma = (await lock_return(rma_id)).rma
        if rma["status"] != ReturnStatus.CONFIRMED:
            raise LabelNotReady(state=ReturnStatus(rma["status"]))
        if rma["paper_label"]:
            return
        await db.execute("update rma set paper_label = true, version = version + 1 where id = $1", rma_id)
        await history.record(rma_id, "paper_label_asked", actor=actor)


async def paper_label_sent(rma_id: UUID, *, actor: str) -> None:
    """Customer service has posted it. Raises NotFound, LabelNotReady for a return that doesn't wait for one."""
    async with db.unit_of_work():
        rma = (await lock_return(rma_id)).rma
        if rma["paper_label_sent_at"] is not None:
            return
        if not rma["paper_label"] or rma["number"] is None:
            raise LabelNotReady(state=ReturnStatus(rma["status"]))
        await db.execute(
            "update rma set paper_label_sent_at = $2, version = version + 1 where id = $1", rma_id, clock.now()
        )
        await history.record(rma_id, "paper_label_sent", actor=actor)
        await audit.record(actor, "send_paper_label", "rma", rma_id, number=rma["number"])


async def paper_labels(*, after: tuple[datetime, UUID] | None = None, limit: int = 25) -> list[UUID]:
    """Returns that wait for a label by post, oldest first, from a keyset position (confirmed_at, id) on."""
    rows = await db.fetch(
        "select id from rma where paper_label and paper_label_sent_at is null and status = 'confirmed'"
        " and ($1::timestamptz is null or (confirmed_at, id) > ($1, $2)) order by confirmed_at, id limit $3",
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [row["id"] for row in rows]
