"""When a second person has to agree (REF-9), and who may do what with refunds."""

from __future__ import annotations

from store.customers import Principal
from store.kernel import db
from store.kernel.i18n import N_
from store.kernel.wording import register_labels
from store.refunds.eligibility import Verdict
from store.refunds.errors import RefundAgentsOnly
from store.refunds.order_facts import OrderFacts

ABOVE_LIMIT = N_("{total} on this order is above the limit of {limit}.")
OUTSIDE_POLICY = N_("The refund is outside the policy.")
BY_HAND = N_("The money can't go back by itself: a person has to transfer it.")

register_labels(
    {
        "above_limit": N_("above the limit"),
        "outside_policy": N_("outside the policy"),
        "paid_by_hand": N_("paid by hand"),
    }
)


async def approval_reasons(
    facts: OrderFacts, principal: Principal | None, amount_minor: int, *, outside: bool, by_hand: bool
) -> list[Verdict]:
    """Why a second person is needed; empty when none is. The store's own refunds follow rules, and need none."""
    if principal is None:
        return []
    found = [_verdict("outside_policy", OUTSIDE_POLICY)] if outside else []
    if by_hand:
        found.append(_verdict("paid_by_hand", BY_HAND))
    limit = limit_minor(facts, principal)
    if limit is not None:
        before = await _granted_alone(facts, principal)
        if before + amount_minor > limit:
            found.append(
                _verdict("above_limit", ABOVE_LIMIT, total=facts.money(before + amount_minor), limit=facts.money(limit))
            )
    return found


def limit_minor(facts: OrderFacts, principal: Principal) -> int | None:
    """What this person may refund alone per order; None for administrators, who have no limit."""
    if principal.kind == "admin":
        return None
    return principal.refund_limits.get(facts.currency, facts.market.policy.agent_refund_limit_minor)


async def _granted_alone(facts: OrderFacts, principal: Principal) -> int:
    """What this person refunded of the order before, so that a limit isn't passed in small steps."""
    amount: int = await db.fetchval(
        "select coalesce(sum(amount_minor), 0)::bigint from refund where order_id = $1 and requested_id = $2"
        " and approved_id is null and status not in ('awaiting_approval', 'rejected')",
        facts.order["id"],
        principal.identity,
    )
    return amount


def _verdict(code: str, sentence: str, **facts: object) -> Verdict:
    return Verdict(eligible=False, rule="REF-9", code=code, sentence=sentence, facts=facts)


def check_agent(principal: Principal | None) -> None:
    """Customer service and administrators decide about refunds. Raises RefundAgentsOnly."""
    if principal is not None and principal.kind not in {"agent", "admin"}:
        raise RefundAgentsOnly
