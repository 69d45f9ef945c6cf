"""Everything at once: the rows say who came first (REF-7, REF-8, PAY-12)."""

from __future__ import annotations

import asyncio

import pytest

from refunds.desk import ALEX, DEAR, GOODS, LINA, check_gapless
from store import refunds
from store.kernel import db
from store.kernel.errors import StoreError
from store.orders.dispatch_shipment import take_back_undeliverable
from store.payments.apply_snapshot import apply_snapshot
from store.refunds import RefundLine, RequestRefund
from store.refunds.errors import AlreadyRefunded, PreviewIsStale, TooManyUnits


async def outcomes(*attempts):
    """(answers, refusals); anything but a refusal by name is raised."""
    results = await asyncio.gather(*attempts, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, StoreError):
            raise result
    return (
        [result for result in results if not isinstance(result, StoreError)],
        [result for result in results if isinstance(result, StoreError)],
    )


@pytest.mark.requirement("REF-7")
async def test_twenty_identical_commits_are_one_refund(desk):
    order_id = await desk.shipped([(GOODS, 3)])
    done, refused = await outcomes(*(desk.commit(order_id, request_key="once") for _ in range(20)))
    assert refused == []
    assert len({each.refund_id for each in done}) == 1
    assert sum(not each.again for each in done) == 1
    await desk.work()
    assert len(desk.stripe.given) == 1
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-7")
async def test_twenty_commits_of_a_third_are_exactly_three(desk):
    order_id = await desk.shipped([(GOODS, 3)])
    done, refused = await outcomes(*(desk.commit(order_id, request_key=f"k{n}") for n in range(20)))
    assert (len(done), len(refused)) == (3, 17)
    assert {type(each) for each in refused} <= {TooManyUnits, AlreadyRefunded}
    await desk.work()
    assert len(desk.stripe.given) == 3
    payment = await desk.payment(order_id)
    shipping = (await desk.shipment(order_id))["shipping_minor"]
    assert payment["refunded_minor"] == payment["captured_minor"] - shipping
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-6", "REF-7")
async def test_one_preview_is_committed_once_whoever_else_holds_it(desk):
    order_id = await desk.shipped([(GOODS, 3)])
    preview = await desk.preview(order_id)
    done, refused = await outcomes(*(desk.commit(order_id, fingerprint=preview.fingerprint) for _ in range(10)))
    assert len(done) == 1
    assert {type(each) for each in refused} == {PreviewIsStale}


@pytest.mark.requirement("REF-9")
async def test_an_approval_and_a_rejection_at_once_leave_one_winner(desk):
    for _ in range(4):
        order_id = await desk.shipped([(DEAR, 3)])
        waiting = await desk.commit(order_id, 3, principal=LINA)
        await outcomes(
            *(refunds.approve_refund(waiting.refund_id, principal=ALEX) for _ in range(4)),
            *(refunds.reject_refund(waiting.refund_id, principal=ALEX, reason="no") for _ in range(4)),
        )
        await desk.work()
        row = await desk.refund(order_id)
        assert row["status"] in {"succeeded", "rejected"}
        assert (row["credit_note_number"] is not None) is (row["status"] == "succeeded")
        await desk.check_laws(order_id)


@pytest.mark.requirement("REF-8")
async def test_a_hundred_credit_notes_at_once_have_no_gap(desk):
    orders = [await desk.shipped([(GOODS, 5)]) for _ in range(20)]
    attempts = [desk.commit(order_id, request_key=f"{n}") for n, order_id in enumerate(orders * 5)]
    done, refused = await outcomes(*attempts, *(desk.commit(order_id, 9) for order_id in orders))
    assert (len(done), len(refused)) == (100, 20)
    notes = await refunds.credit_notes_of(orders)
    assert sorted(note["sequence"] for note in notes) == list(range(1, 101))
    await check_gapless()
    await desk.work()
    await desk.check_books()


@pytest.mark.requirement("PAY-12", "REF-7")
async def test_a_refund_and_a_dispute_at_once_never_give_the_money_twice(desk):
    for _ in range(4):
        order_id = await desk.shipped([(GOODS, 1)])
        captured = (await desk.payment(order_id))["captured_minor"]
        contested = desk.stripe.dispute(desk.held(), captured)
        await outcomes(apply_snapshot(desk.stripe.dispute_truth(contested)), desk.commit(order_id))
        await desk.work()
        rows = await refunds.refunds_of([order_id])
        assert all(row["status"] == "failed" for row in rows), "the bank has the money: nothing is given on top"
        capture = await db.fetchrow("select * from capture where order_id = $1", order_id)
        assert capture["refunded_minor"] + capture["disputed_minor"] <= capture["amount_minor"]
    await desk.check_books()


@pytest.mark.requirement("SHP-6", "REF-7")
async def test_a_parcel_that_comes_back_while_an_agent_refunds_it_is_paid_once(desk):
    for _ in range(4):
        order_id = await desk.shipped([(GOODS, 2)], shipping="express")
        shipment = await desk.shipment(order_id)
        await take_back_undeliverable(shipment["id"], actor="warehouse")
        await outcomes(
            desk.commit(order_id, 2, reason="delivery_error"),
            refunds.on_shipment_returned(str(order_id), str(shipment["id"])),
            desk.commit(order_id, 1, reason="delivery_error"),
        )
        await desk.work()
        payment = await desk.payment(order_id)
        assert payment["refunded_minor"] == payment["captured_minor"]
        await desk.check_laws(order_id)
        assert await desk.receivable(order_id) == 0


@pytest.mark.requirement("REF-2")
async def test_a_request_sent_many_times_is_one_case_and_is_decided_once(desk):
    order_id = await desk.shipped([(GOODS, 2)])

    def ask():
        return refunds.request_refund(
            RequestRefund(
                order_id=order_id,
                lines=[RefundLine(quantity=1, sku=GOODS)],
                reason="defective",
                principal=ALEX,
            )
        )

    asked, refused = await outcomes(*(ask() for _ in range(8)))
    assert refused == []
    assert len({each.number for each in asked}) == 1
    request_id = asked[0].request_id
    done, refused = await outcomes(
        *(desk.commit(order_id, request_id=request_id) for _ in range(3)),
        *(refunds.decline_request(request_id, principal=ALEX, reason="no") for _ in range(3)),
    )
    assert len(done) == 1
    assert len(refused) == 5
