"""Whatever is done in whatever order, with whatever faults: no money is taken or given twice, and the books agree."""

from __future__ import annotations

import contextlib
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.fake_provider import Crash, FakeProvider
from payments.orders import EUR, Opened, open_order, refund, secure, work
from store.kernel import db, inbox
from store.kernel.errors import StoreError
from store.payments import port
from store.payments.capture_charge import take_charge
from store.payments.keep_secured import expire_authorizations
from store.payments.port import ProviderRefused, SettlementState
from store.payments.secure_charge import release_charge
from store.payments.tables import lock_payment
from store.payments.void_authorization import void_again

AMOUNTS, SHIPPING = (1000, 700, 1), (300, 200, 0)
charges = st.integers(0, len(AMOUNTS) - 1)
amounts = st.integers(1, 900)
FAULTS = st.sampled_from(["drop_before", "drop_after", "crash_before", "crash_after", "decline"])
STEPS = st.one_of(
    st.tuples(st.just("secure"), charges),
    st.tuples(st.just("renew"), charges),
    st.tuples(st.just("dispatch"), charges),
    st.tuples(st.just("release"), charges),
    st.tuples(st.just("refund"), amounts),
    st.tuples(st.just("dashboard_refund"), amounts),
    st.tuples(st.just("fail_refund"), st.just(0)),
    st.tuples(st.just("dispute"), amounts),
    st.tuples(st.just("close_dispute"), st.booleans()),
    st.tuples(st.just("expire"), charges),
    st.tuples(st.just("fault"), st.tuples(st.sampled_from(["authorize", "capture", "refund", "void", "find"]), FAULTS)),
    st.tuples(st.just("webhooks"), st.integers(1, 2)),
    st.tuples(st.just("work"), st.just(0)),
)


class World:
    """One order, its provider, and all that may happen to them."""

    def __init__(self, provider: FakeProvider, order: Opened) -> None:
        self.provider = provider
        self.order = order

    async def step(self, name: str, argument) -> None:
        with contextlib.suppress(StoreError, ProviderRefused, Crash):
            await getattr(self, name)(argument)

    async def secure(self, position: int) -> None:
        await secure(self.order.charge_ids[position])

    async def renew(self, position: int) -> None:
        """No authorization lives that long: a new one takes the place of the old."""
        await secure(self.order.charge_ids[position], days=30)

    async def dispatch(self, position: int) -> None:
        await secure(self.order.charge_ids[position])
        async with db.unit_of_work():
            await take_charge(self.order.charge_ids[position])

    async def release(self, position: int) -> None:
        async with db.unit_of_work():
            await lock_payment(self.order.payment_id)
            await release_charge(self.order.charge_ids[position])

    async def refund(self, amount: int) -> None:
        await refund(self.order.payment_id, amount)

    async def dashboard_refund(self, amount: int) -> None:
        for held in self.provider.held.values():
            if held.captures:
                self.provider.dashboard_refund(held.ref, amount)
                return

    async def fail_refund(self, _: int) -> None:
        for given_ in self.provider.given.values():
            if given_.state is SettlementState.SUCCEEDED:
                self.provider.settle_refund(given_, SettlementState.FAILED)
                return

    async def dispute(self, amount: int) -> None:
        for held in self.provider.held.values():
            for taken in held.captures[:1]:
                if taken.amount - taken.refunded - taken.disputed >= amount:
                    self.provider.dispute(held.ref, amount)
                    return

    async def close_dispute(self, won: bool) -> None:
        for contested in self.provider.contested.values():
            if contested.state == "open":
                self.provider.close_dispute(contested, won=won)
                return

    async def expire(self, position: int) -> None:
        held = list(self.provider.held.values())
        if position < len(held) and held[position].state == "authorized":
            self.provider.expire(held[position].ref)
            await expire_authorizations()

    async def fault(self, fault: tuple[str, str]) -> None:
        operation, mode = fault
        self.provider.faults[operation].append(mode)

    async def webhooks(self, times: int) -> None:
        """Everything is told, in the wrong order and more than once."""
        refs = [*self.provider.contested, *self.provider.given, *self.provider.held]
        for ref in reversed(refs * times):
            await inbox.receive("stripe", f"evt_{uuid4()}", "changed", {"ref": ref})
        await work()

    async def work(self, _: int) -> None:
        await work(rounds=3)

    async def calm_down(self) -> None:
        """The faults are over, dead processes are noticed, and everything has been told."""
        self.provider.faults.clear()
        for _ in range(3):
            await db.execute(
                "update provider_operation set sent_at = clock_timestamp() - interval '1 minute' where status = 'sent'"
            )
            await void_again()
            await work()
            await self.webhooks(1)

    async def assert_bounds(self) -> None:
        row = await db.fetchrow(
            "select p.*, (select coalesce(sum(amount_minor), 0) from capture where payment_id = p.id"
            " and status = 'succeeded') as captured, (select coalesce(sum(amount_minor), 0) from payment_refund"
            " where payment_id = p.id and status <> 'failed') as refunded,"
            " (select coalesce(sum(shipping_minor), 0) from capture where payment_id = p.id and status <> 'failed')"
            " as shipping from payment p where id = $1",
            self.order.payment_id,
        )
        assert row is not None
        assert (
            row["refunded"] == row["refunded_minor"] <= row["captured"] == row["captured_minor"] <= row["total_minor"]
        )
        assert row["shipping"] == row["shipping_captured_minor"] <= row["shipping_quoted_minor"]
        assert self.provider.captured(EUR) <= row["total_minor"]

    async def assert_settled(self) -> None:
        """Nothing hangs or failed, and the ledger agrees with the provider to the cent."""
        assert not await db.fetch("select topic, last_error from outbox")
        disputed = sum(each.amount for each in self.provider.contested.values() if each.state != "won")
        assert disputed == await db.fetchval("select disputed_minor from payment where id = $1", self.order.payment_id)
        open_ = await db.fetchval(
            "select count(*) from provider_operation where payment_id = $1"
            " and status in ('planned', 'sent', 'unknown')",
            self.order.payment_id,
        )
        assert open_ == 0
        clearing = await db.fetchval(
            "select coalesce(sum(amount_minor), 0) from journal_entry"
            " where account = 'clearing:stripe' and order_id = $1",
            self.order.order_id,
        )
        assert clearing == self.provider.balance(EUR)
        captured = await db.fetchval("select captured_minor from payment where id = $1", self.order.payment_id)
        assert captured == self.provider.captured(EUR)
        kept = [held for held in self.provider.held.values() if held.state == "authorized"]
        secured = await db.fetchval(
            "select count(*) from charge where payment_id = $1 and status = 'secured'", self.order.payment_id
        )
        assert len(kept) <= secured, "no funds are held that nothing needs"


@pytest.mark.slow
@pytest.mark.requirement("PAY-4", "PAY-8", "PAY-9", "PAY-12", "PAY-13", "REF-7", "REF-10")
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(charges, max_size=3), steps=st.lists(STEPS, min_size=5, max_size=20))
async def test_money_keeps_its_laws(database, facts, first, steps):
    provider = FakeProvider("stripe", mark=uuid4().hex)
    port.use_provider(provider)
    await db.execute("delete from outbox")
    order = await open_order(AMOUNTS, shipping=SHIPPING)
    world = World(provider, order)
    for name, argument in [*(("dispatch", position) for position in first), ("work", 0), *steps]:
        await world.step(name, argument)
        await world.assert_bounds()
    await world.calm_down()
    await world.assert_bounds()
    await world.assert_settled()
