"""Services go back as long as they are not used, and what went back can't be used: one winner, whatever the order."""

from __future__ import annotations

import asyncio
import contextlib
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from payments.fake_provider import FakeProvider
from refunds.desk import ALEX, GOODS, LINA, agent

from store import refunds
from store.kernel import db, outbox
from store.kernel.errors import StoreError
from store.orders.cancel_order import CancelOrder, cancel_order
from store.orders.dispatch_shipment import take_back_undeliverable
from store.payments.port import use_provider
from store.refunds import RefundLine, refund_eligibility
from store.refunds.errors import ServiceUsed
from store.warranty.certificates import CertificateRevoked, CertificateUsedUp, issue_certificates, revoke_unused
from warranty.certified import CARE_24_FIVE, SETUP, bought, certificates, counts, device, use

STRICT = agent("Strict", EUR=100)  # everything needs a second person


@pytest.mark.requirement("CER-2", "REF-6", "REF-7")
async def test_a_refund_takes_the_units_of_its_pieces_and_no_used_ones(desk):
    order_id = await bought(desk, (CARE_24_FIVE, 3))
    (found,) = await certificates(order_id)
    await use(found, *await device())
    previewed = await desk.preview(order_id, 2)
    assert previewed.lines[0].quantity == 2
    with pytest.raises(ServiceUsed) as refused:
        await desk.preview(order_id, 3)
    assert refused.value.facts == {"sku": CARE_24_FIVE, "left": 2}
    with pytest.raises(ServiceUsed):
        await desk.commit(order_id, 3)
    await desk.commit(order_id, 2, fingerprint=previewed.fingerprint)
    await desk.work()
    assert await counts(found.id) == (15, 1, 10)
    with pytest.raises(ServiceUsed):
        await desk.commit(order_id, 1)
    await desk.check_laws(order_id)


@pytest.mark.requirement("CER-2", "REF-1")
async def test_eligibility_says_that_a_service_is_in_use(desk):
    order_id = await bought(desk, (SETUP, 1))
    (found,) = await certificates(order_id)
    assert (await refund_eligibility(order_id)).verdict.eligible
    await use(found, *await device())
    told = await refund_eligibility(order_id)
    assert (told.verdict.eligible, told.verdict.code, told.verdict.rule) == (False, "service_used", "CER-2")
    (line,) = told.shipments[0].lines
    assert (line.left, line.refunded, line.verdict.code) == (0, 0, "service_used")


@pytest.mark.requirement("CER-2", "REF-9")
async def test_units_wait_with_a_refund_for_its_approval_and_are_free_again_when_it_is_rejected(desk):
    order_id = await bought(desk, (CARE_24_FIVE, 1))
    (found,) = await certificates(order_id)
    waiting = await desk.commit(order_id, 1, principal=STRICT)
    assert waiting.status == "awaiting_approval"
    assert await counts(found.id) == (5, 0, 5)
    with pytest.raises(CertificateRevoked):
        await use(found, *await device())
    await refunds.reject_refund(waiting.refund_id, principal=LINA, reason="the customer keeps it")
    assert await counts(found.id) == (5, 0, 0)
    await use(found, *await device())
    await desk.check_laws(order_id)


@pytest.mark.requirement("CER-2", "REF-9")
async def test_an_approved_refund_takes_its_units_once(desk):
    order_id = await bought(desk, (CARE_24_FIVE, 2))
    (found,) = await certificates(order_id)
    waiting = await desk.commit(order_id, 1, principal=STRICT)
    await refunds.approve_refund(waiting.refund_id, principal=LINA)
    await desk.work()
    assert await counts(found.id) == (10, 0, 5)
    await desk.check_laws(order_id)


@pytest.mark.requirement("CER-2", "SHP-6")
async def test_a_parcel_that_comes_back_refunds_the_services_in_it_that_are_not_used(desk):
    order = await desk.place([(GOODS, 1), (SETUP, 2), (CARE_24_FIVE, 1)])
    await desk.work()
    await desk.ship(order.order_id)
    by_reference = {each.reference: each for each in await certificates(order.order_id)}
    await use(by_reference["SETUP-REMOTE"], *await device())
    await take_back_undeliverable((await desk.shipment(order.order_id))["id"], actor="warehouse")
    await desk.work()
    assert await counts(by_reference["SETUP-REMOTE"].id) == (2, 1, 1)
    assert await counts(by_reference["CARE-24M"].id) == (5, 0, 5)
    lines = {
        line["sku"]: line["quantity"] for row in await refunds.refunds_of([order.order_id]) for line in row["lines"]
    }
    assert lines == {GOODS: 1, SETUP: 1, CARE_24_FIVE: 1}
    await desk.check_laws(order.order_id)


@pytest.mark.requirement("CER-1", "ORD-5")
@pytest.mark.parametrize("late", [False, True])
async def test_units_cancelled_before_they_left_are_in_no_certificate(desk, late):
    """Apple Pay takes all at once, so the cancelled unit is refunded; the refund may come after the certificate."""
    order = await desk.place([(GOODS, 1), (CARE_24_FIVE, 2)], "apple_pay")
    await desk.work()
    line_id = await db.fetchval(
        "select id from order_line where order_id = $1 and sku = $2", order.order_id, CARE_24_FIVE
    )
    await cancel_order(CancelOrder(order_id=order.order_id, actor="agent", units={line_id: 1}))
    if not late:
        await desk.work()
    await desk.release(order.order_id)
    shipment_id = await desk.dispatch(order.order_id)
    await issue_certificates(str(order.order_id), str(shipment_id))
    await desk.work()
    (found,) = await certificates(order.order_id)
    assert await counts(found.id) == (5, 0, 0)
    await desk.check_laws(order.order_id)


@pytest.mark.requirement("CER-2", "REF-7")
async def test_a_refund_that_is_faster_than_the_certificate_is_counted_in_it(desk):
    order = await desk.place([(GOODS, 1), (CARE_24_FIVE, 2)])
    await desk.work()
    await desk.release(order.order_id)
    await desk.dispatch(order.order_id)
    await db.execute("update outbox set due_at = due_at + interval '1 hour' where consumer like '%issue_certificates'")
    await outbox.drain()
    assert await certificates(order.order_id) == []
    lines = [RefundLine(quantity=1, sku=CARE_24_FIVE)]
    waiting = await desk.commit(order.order_id, lines=lines, principal=STRICT)
    await desk.work()
    (found,) = await certificates(order.order_id)
    assert await counts(found.id) == (10, 0, 5)
    await refunds.reject_refund(waiting.refund_id, principal=LINA, reason="no")
    assert await counts(found.id) == (10, 0, 0)


@pytest.mark.requirement("CER-2", "REF-7")
async def test_using_and_refunding_the_same_units_at_once_has_one_winner(desk):
    for _ in range(4):
        order_id = await bought(desk, (SETUP, 1))
        (found,) = await certificates(order_id)
        used_by, registration_id = await device()

        async def using(found=found, unit=used_by, registration_id=registration_id):
            with contextlib.suppress(CertificateUsedUp, CertificateRevoked):
                await use(found, unit, registration_id)
                return "used"

        async def refunding(order_id=order_id):
            with contextlib.suppress(ServiceUsed):
                await desk.commit(order_id, 1)
                return "refunded"

        outcomes = await asyncio.gather(using(), refunding())
        assert len([each for each in outcomes if each]) == 1, outcomes
        units, used, revoked = await counts(found.id)
        assert (units, used + revoked) == (1, 1)
        await desk.work()
        await desk.check_order(order_id)


small = st.integers(1, 3)
STEPS = st.one_of(
    st.tuples(st.just("use"), small),
    st.tuples(st.just("refund"), small),
    st.tuples(st.just("ask_for_refund"), small),
    st.tuples(st.just("decide"), st.booleans()),
    st.tuples(st.just("withdraw"), small),
    st.tuples(st.just("ship"), st.just(0)),
    st.tuples(st.just("cancel"), small),
    st.tuples(st.just("come_back"), st.just(0)),
    st.tuples(st.just("work"), st.just(0)),
)


class Life:
    """An order with a phone and services for it, and all that may happen to its certificate."""

    def __init__(self, desk, order_id) -> None:
        self.desk, self.order_id = desk, order_id

    async def step(self, name, argument) -> None:
        with contextlib.suppress(StoreError, LookupError, ValueError):
            await getattr(self, name)(argument)
        await self.check()

    async def check(self) -> None:
        for found in await certificates(self.order_id):
            assert 0 <= found.used <= found.units - found.revoked_units
            in_use = await db.fetchval("select count(*) from unit_service where certificate_id = $1", found.id)
            assert in_use == found.used

    async def use(self, times) -> None:
        found = (await certificates(self.order_id))[0]
        for _ in range(times):
            await use(found, *await device())

    async def refund(self, quantity) -> None:
        await self.desk.commit(self.order_id, lines=[RefundLine(quantity=quantity, sku=CARE_24_FIVE)])

    async def ask_for_refund(self, quantity) -> None:
        lines = [RefundLine(quantity=quantity, sku=CARE_24_FIVE)]
        await self.desk.commit(self.order_id, lines=lines, principal=STRICT)

    async def decide(self, yes) -> None:
        rows = await refunds.refunds_of([self.order_id])
        waiting, *_ = (row["id"] for row in rows if row["status"] == "awaiting_approval")
        if yes:
            await refunds.approve_refund(waiting, principal=LINA)
        else:
            await refunds.reject_refund(waiting, principal=LINA, reason="no")

    async def withdraw(self, units) -> None:
        found = (await certificates(self.order_id))[0]
        await revoke_unused(found.id, units=units, principal=ALEX, reason="misuse")

    async def ship(self, _) -> None:
        await self.desk.release(self.order_id)
        await self.desk.dispatch(self.order_id)

    async def cancel(self, units) -> None:
        line_id = await db.fetchval(
            "select id from order_line where order_id = $1 and sku = $2", self.order_id, CARE_24_FIVE
        )
        await cancel_order(CancelOrder(order_id=self.order_id, actor="agent", units={line_id: units}, any_day=True))

    async def come_back(self, _) -> None:
        await take_back_undeliverable((await self.desk.shipment(self.order_id))["id"], actor="warehouse")

    async def work(self, _) -> None:
        await self.desk.work()


@pytest.mark.slow
@pytest.mark.requirement("CER-2", "REF-7")
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    method=st.sampled_from(["card", "apple_pay", "wire"]),
    leaving=st.sampled_from([[], [("ship", 0), ("work", 0)]]),
    steps=st.lists(STEPS, min_size=4, max_size=14),
)
async def test_a_certificate_keeps_its_count_whatever_happens(desk, method, leaving, steps):
    desk.stripe = FakeProvider("stripe", mark=uuid4().hex[:8])
    use_provider(desk.stripe)
    await db.execute("delete from outbox")
    order = await desk.place([(GOODS, 1), (CARE_24_FIVE, 4)], method)
    life = Life(desk, order.order_id)
    note(f"{method}: {[*leaving, *steps]}")
    for name, argument in [("work", 0), *leaving, *steps, ("work", 0)]:
        await life.step(name, argument)
    await check_refunds_and_certificates_agree(order.order_id)
    await desk.check_order(order.order_id, settled=False)


async def check_refunds_and_certificates_agree(order_id) -> None:
    """Five units are gone for every piece that refunds hold, beside what staff withdrew; none of them is used."""
    taken = await refunds.units_taken(order_id)
    for found in await certificates(order_id):
        withdrawn = await db.fetchval(
            "select coalesce(sum((facts ->> 'units')::int), 0) from audit_entry where action = 'revoke_certificate'"
            " and object_id = $1",
            str(found.id),
        )
        assert found.revoked_units == 5 * taken.get(found.shipment_line_id, 0) + withdrawn


async def test_the_guard_leaves_orders_without_services_alone(desk):
    order_id = await desk.shipped([(GOODS, 2)])
    await desk.commit(order_id, 2)
    await desk.work()
    await desk.check_laws(order_id)
