"""Whatever is shipped, cancelled, refunded, refused, bounced and disputed, in whatever order: the sums hold.

Σ refunds ≤ captured; no unit beyond what was sold; shipping once; a credit note for each granted refund, without a
gap, and Σ credit notes = Σ granted; once all is settled, nobody owes what nobody knows of.
"""

from __future__ import annotations

import contextlib
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from payments.fake_provider import FakeProvider

from refunds.desk import ADMIN, ALEX, GOODS, LATER, LINA, Desk, agent
from store import refunds
from store.kernel import db
from store.kernel.errors import StoreError
from store.orders.cancel_order import CancelOrder, cancel_order
from store.orders.dispatch_shipment import take_back_undeliverable
from store.payments.apply_snapshot import apply_snapshot
from store.payments.port import DisputeState, ProviderRefused, SettlementState, use_provider
from store.refunds import CommitRefund, RefundLine

STRICT = agent("Strict", EUR=5000)
REASONS = ["withdrawal", "goodwill", "delivery_error", "wrong_delivery"]
small = st.integers(1, 4)
STEPS = st.one_of(
    st.tuples(st.just("ship"), st.integers(1, 2)),
    st.tuples(st.just("cancel_units"), small),
    st.tuples(st.just("cancel_shipment"), st.integers(1, 2)),
    st.tuples(
        st.just("commit"),
        st.tuples(
            st.sampled_from([GOODS, LATER]),
            small,
            st.sampled_from(REASONS),
            st.sampled_from([None, True]),
            st.sampled_from([0, 0, 0, 700]),
            st.sampled_from([ALEX, STRICT, ADMIN]),
        ),
    ),
    st.tuples(st.just("decide"), st.booleans()),
    st.tuples(st.just("fault"), st.sampled_from(["decline", "drop_before", "drop_after"])),
    st.tuples(st.just("bounce"), st.just(0)),
    st.tuples(st.just("retry"), st.booleans()),
    st.tuples(st.just("pay_by_hand"), st.just(0)),
    st.tuples(st.just("dashboard_refund"), st.integers(1, 9000)),
    st.tuples(st.just("dispute"), st.integers(1, 9000)),
    st.tuples(st.just("close_dispute"), st.booleans()),
    st.tuples(st.just("come_back"), st.integers(1, 2)),
    st.tuples(st.just("transfer"), st.integers(0, 1)),
    st.tuples(st.just("work"), st.just(0)),
)


class Nothing(Exception):
    """There is nothing that this could happen to."""


def first(things: list[Any]) -> Any:
    if not things:
        raise Nothing
    return things[0]


class Life:
    """One order and all that may happen to its refunds."""

    def __init__(self, desk: Desk, order_id: UUID) -> None:
        self.desk, self.order_id = desk, order_id

    async def step(self, name: str, argument: Any) -> None:
        with contextlib.suppress(StoreError, ProviderRefused, Nothing):
            await getattr(self, name)(argument)

    async def ship(self, sequence: int) -> None:
        if sequence == 2:
            await self.desk.stock_arrives(self.order_id, 2, 500)
        await self.desk.release(self.order_id, sequence)
        await self.desk.dispatch(self.order_id, sequence)

    async def cancel_units(self, units: int) -> None:
        line_id = await db.fetchval("select id from order_line where order_id = $1 and sku = $2", self.order_id, GOODS)
        await cancel_order(CancelOrder(order_id=self.order_id, actor="agent", units={line_id: units}, any_day=True))

    async def cancel_shipment(self, sequence: int) -> None:
        shipment = await self.desk.shipment(self.order_id, sequence)
        await cancel_order(CancelOrder(order_id=self.order_id, actor="agent", shipment_id=shipment["id"], any_day=True))

    async def commit(self, facts: Any) -> None:
        sku, quantity, reason, shipping, fee, who = facts
        await refunds.commit_refund(
            CommitRefund(
                order_id=self.order_id,
                lines=[RefundLine(quantity=quantity, sku=sku)],
                reason=reason,
                include_shipping=shipping,
                fee_minor=fee,
                principal=who,
                override_reason="because",
            )
        )

    async def _first(self, *statuses: str) -> UUID:
        rows = await refunds.refunds_of([self.order_id])
        return first([row["id"] for row in rows if row["status"] in statuses])

    def _taken(self) -> str:
        return first([ref for ref, held in self.desk.stripe.held.items() if held.captures])

    async def decide(self, yes: bool) -> None:
        refund_id = await self._first("awaiting_approval")
        if yes:
            await refunds.approve_refund(refund_id, principal=LINA)
        else:
            await refunds.reject_refund(refund_id, principal=LINA, reason="no")

    async def fault(self, kind: str) -> None:
        self.desk.stripe.faults["refund"].append(kind)

    async def bounce(self, _: int) -> None:
        given = first([each for each in self.desk.stripe.given.values() if each.state is SettlementState.SUCCEEDED])
        self.desk.stripe.settle_refund(given, SettlementState.FAILED)
        await apply_snapshot(self.desk.stripe.refund_truth(given))

    async def retry(self, by_hand: bool) -> None:
        refund_id = await self._first("failed", "partly_failed")
        if by_hand:
            await refunds.approve_manual(refund_id, principal=LINA)
        else:
            await refunds.retry_refund(refund_id, principal=LINA)

    async def pay_by_hand(self, _: int) -> None:
        await refunds.complete_manual(await self._first("manual"), reference=uuid4().hex, principal=LINA)

    async def dashboard_refund(self, amount: int) -> None:
        given = self.desk.stripe.dashboard_refund(self._taken(), amount)
        await apply_snapshot(self.desk.stripe.refund_truth(given))

    async def dispute(self, amount: int) -> None:
        held = self.desk.stripe.held[self._taken()]
        taken = held.captures[0]
        if taken.amount - taken.refunded - taken.disputed >= amount:
            contested = self.desk.stripe.dispute(held.ref, amount)
            await apply_snapshot(self.desk.stripe.dispute_truth(contested))

    async def close_dispute(self, won: bool) -> None:
        open_ones = [each for each in self.desk.stripe.contested.values() if each.state is DisputeState.OPEN]
        contested = first(open_ones)
        self.desk.stripe.close_dispute(contested, won=won)
        await apply_snapshot(self.desk.stripe.dispute_truth(contested))

    async def come_back(self, sequence: int) -> None:
        shipment = await self.desk.shipment(self.order_id, sequence)
        await take_back_undeliverable(shipment["id"], actor="warehouse")

    async def transfer(self, position: int) -> None:
        charge = first((await self.desk.charges(self.order_id))[position:])
        if charge["status"] == "invoiced":
            await self.desk.transfer(self.order_id, charge["amount_minor"])

    async def work(self, _: int) -> None:
        await self.desk.work()

    async def calm_down(self) -> None:
        """No more faults; disputes are won; what failed is tried again; what waits is approved and paid."""
        self.desk.stripe.faults.clear()
        for _ in range(8):
            await self.desk.work()
            for name, argument in (
                ("close_dispute", True),
                ("decide", True),
                ("retry", False),
                ("pay_by_hand", 0),
            ):
                await self.step(name, argument)
        await self.desk.work()


@pytest.mark.slow
@pytest.mark.requirement("REF-7", "REF-8", "REF-10", "MKT-6", "PAY-13", "ORD-5")
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    method=st.sampled_from(["card", "apple_pay", "wire", "purchase_order"]),
    leaving=st.sampled_from([[], [("ship", 1)], [("ship", 1)], [("ship", 1), ("work", 0), ("ship", 2)]]),
    steps=st.lists(STEPS, min_size=4, max_size=16),
)
async def test_refunds_keep_their_laws(desk, method, leaving, steps):
    desk.stripe = FakeProvider("stripe", mark=uuid4().hex[:8])
    use_provider(desk.stripe)
    await db.execute("delete from outbox")
    await db.execute(
        "update stock set on_hand = reserved + case v.sku when $1 then 0 else 9 end from variant v"
        " where v.id = stock.variant_id and v.sku = any(array[$1, $2])",
        LATER,
        GOODS,
    )
    facts = {"shipping": "express"}
    if method == "purchase_order":
        facts |= {"partner_id": await desk.partner(), "purchase_order_number": uuid4().hex}
    order = await desk.place([(GOODS, 3), (LATER, 2)], method, **facts)
    life = Life(desk, order.order_id)
    note(f"{method}: {[*leaving, *steps]}")
    for name, argument in [("work", 0), *leaving, ("work", 0), *steps]:
        await life.step(name, argument)
    await life.calm_down()
    await desk.check_order(order.order_id)
    if method == "purchase_order":
        used, owed = (
            await db.fetchval("select credit_used_minor from partner order by created_at desc limit 1"),
            await db.fetchval(
                "select coalesce(sum(amount_minor), 0)::bigint from charge where order_id = $1"
                " and status in ('planned', 'secured', 'invoiced')",
                order.order_id,
            ),
        )
        assert used == owed
