"""What a person pays back by decision stays within what this person may refund alone of an order (REF-9)."""

from __future__ import annotations

from store.customers import Principal
from store.kernel import db
from store.kernel.errors import StoreError
from store.kernel.money import Money
from store.markets import get_market
from store.refunds import PreviewRefund, RefundLine, preview_refund
from store.rma.credit_unit import REASONS
from store.rma.desk_errors import OutcomeAboveLimit
from store.rma.find_returns import WholeReturn
from store.rma.statuses import Outcome
from store.rma.write_unit import item_of

PAID_BACK = frozenset({Outcome.CREDITED, Outcome.REFUNDED})

# The person's own refunds of the order, and the items of its returns that the person has decided to pay back.
_BEFORE = """
select (select coalesce(sum(amount_minor), 0) from refund where order_id = $1 and requested_id = $2
        and approved_id is null and status not in ('awaiting_approval', 'rejected'))::bigint
     + (select coalesce(sum(coalesce(f.amount_minor, u.goods_minor)), 0) from rma_unit u
        left join refund f on f.id = u.refund_id where u.order_id = $1 and u.decided_by = $3
        and u.chosen_outcome in ('credited', 'refunded'))::bigint
"""


async def check_limit(whole: WholeReturn, unit: db.Row, outcome: Outcome, principal: Principal) -> None:
    """So that it isn't passed in small steps, all of an order counts; it is locked. Raises OutcomeAboveLimit."""
    if outcome not in PAID_BACK or principal.kind == "admin":
        return
    currency = whole.rma["currency"]
    limit = principal.refund_limits.get(currency, get_market(whole.rma["market"]).policy.agent_refund_limit_minor)
    before: int = await db.fetchval(_BEFORE, unit["order_id"], principal.identity, principal.name)
    total = before + await _amount(whole, unit, fee_minor=unit["fee_minor"] if outcome is Outcome.CREDITED else 0)
    if total > limit:
        raise OutcomeAboveLimit(amount=Money(total, currency), limit=Money(limit, currency), item=item_of(unit))


async def _amount(whole: WholeReturn, unit: db.Row, *, fee_minor: int) -> int:
    """With the shipping that goes back with it; the goods alone while the money can't be moved."""
    try:
        preview = await preview_refund(
            PreviewRefund(
                order_id=unit["order_id"],
                lines=[RefundLine(quantity=1, shipment_line_id=unit["shipment_line_id"])],
                reason=REASONS[unit["reason"]],
                fee_minor=fee_minor,
                asked_at=whole.rma["created_at"],
            )
        )
    except StoreError:
        return int(unit["goods_minor"]) - fee_minor
    return preview.total.amount_minor
