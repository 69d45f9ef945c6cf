"""Our books and the providers' agree to the cent, or a person is told (PAY-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from payments.orders import EUR, assert_books_agree, count, one, open_order, refund, statuses, take, work
from store.kernel import clock, db
from store.kernel.money import Money
from store.ledger import Account, check
from store.payments.apply_snapshot import apply_snapshot
from store.payments.port import Movement, SettlementState
from store.payments.reconcile import reconcile

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.requirement("PAY-13")]


def window():
    return clock.now() - timedelta(days=3), clock.now() + timedelta(minutes=1)


def only(provider) -> str:
    return next(iter(provider.held))


async def test_books_that_agree_are_matched_once(stripe):
    order = await open_order([1000, 500])
    await take(order.charge_ids[0])
    await refund(order.payment_id, 300)
    await work()
    report = await reconcile(*window())
    assert report.ok
    assert (report.movements, report.matched, report.healed) == (2, 2, 0)
    again = await reconcile(*window())
    assert (again.movements, again.matched, again.ok) == (2, 0, True)
    await assert_books_agree(stripe)


async def test_lost_webhooks_are_healed(paypal):
    order = await open_order([1000], method="paypal", shipping=[100])
    paypal.approve(only(paypal))
    paypal._complete(only(paypal))
    given = paypal.dashboard_refund(only(paypal), 200)
    report = await reconcile(*window())
    assert report.ok
    assert report.healed == 2
    assert await statuses("charge") == ["captured"]
    assert (await one("payment", id=order.payment_id))["refunded_minor"] == 200
    paypal.settle_refund(given, SettlementState.FAILED)
    report = await reconcile(*window())
    assert (report.ok, report.healed) == (True, 1)
    assert await statuses("payment_refund") == ["failed"]
    await assert_books_agree(paypal)


async def test_a_fee_that_became_known_later_is_posted(stripe):
    order = await open_order([1000])
    stripe._fee, fee = (lambda amount: 0), stripe._fee
    await take(*order.charge_ids)
    await db.execute("update capture set fee_minor = null")
    stripe.books[:] = [replace(line, fee=Money(fee(1000), EUR)) for line in stripe.books]
    report = await reconcile(*window())
    assert report.fees == 1
    assert (await check()).balances[(Account.PROVIDER_FEES, EUR)] == fee(1000)
    assert (await reconcile(*window())).fees == 0
    await assert_books_agree(stripe)


async def test_payouts_and_fees_of_the_account_are_posted_once(stripe):
    order = await open_order([1000])
    await take(*order.charge_ids)
    stripe.pay_out(900, EUR)
    stripe._book("fee", "fee_1", None, -15, EUR)
    for _ in range(2):
        assert (await reconcile(*window())).ok
    balances = (await check()).balances
    assert balances[(Account.BANK, EUR)] == 900
    assert balances[(Account.PROVIDER_FEES, EUR)] == 15 + stripe._fee(1000)
    await assert_books_agree(stripe)
    stripe._book("payout", "po_stripe_1", None, 900, EUR)  # it came back
    assert (await reconcile(*window())).payouts == 1
    assert (await check()).balances[(Account.BANK, EUR)] == 0
    await assert_books_agree(stripe)


async def test_the_fee_of_a_dispute_is_posted(stripe):
    order = await open_order([1000])
    await take(*order.charge_ids)
    contested = stripe.dispute(only(stripe), 1000)
    stripe.books[-1] = replace(stripe.books[-1], fee=Money(1500, EUR))
    assert not (await reconcile(*window())).ok, "a dispute that no webhook told is for a person"
    await apply_snapshot(stripe.dispute_truth(contested))
    report = await reconcile(*window())
    assert (report.ok, report.fees) == (True, 1)
    await assert_books_agree(stripe)
    stripe.close_dispute(contested, won=True)
    await apply_snapshot(stripe.dispute_truth(contested))
    assert (await reconcile(*window())).ok
    await assert_books_agree(stripe)


@pytest.mark.parametrize("kind", ["capture", "refund", "dispute", "other"])
async def test_a_movement_that_nobody_knows_is_for_a_person_once(stripe, kind):
    stripe._book(kind, "x_1", None, 500, EUR)
    for _ in range(2):
        assert (await reconcile(*window())).exceptions == [f"movement_unknown stripe:x_1:{kind} 5.00 EUR"]
    assert await count("exception_item", "kind = 'movement_unknown'") == 1
    assert (await check()).ok


async def test_an_amount_that_differs_is_for_a_person(stripe):
    order = await open_order([1000])
    await take(*order.charge_ids)
    stripe.books[:] = [replace(line, amount=Money(999, EUR)) for line in stripe.books]
    assert (await reconcile(*window())).exceptions == [f"movement_differs stripe:ch_{only(stripe)}:capture 9.99 EUR"]
    item = await one("exception_item", kind="movement_differs")
    assert item["order_id"] == order.order_id
    assert item["facts"]["ours"] == "succeeded 10.00 EUR"


async def test_what_the_provider_does_not_list_after_a_day_is_for_a_person(stripe):
    order = await open_order([1000])
    await take(*order.charge_ids)
    await refund(order.payment_id, 100)
    await work()
    stripe.books.clear()
    assert (await reconcile(*window())).ok, "its list may be late"
    clock.set_offset(timedelta(days=1, hours=1))
    report = await reconcile(*window())
    assert sorted(line.split()[0] for line in report.exceptions) == ["capture_missing", "refund_missing"]
    await reconcile(*window())
    assert await count("exception_item") == 2


async def test_equal_parts_of_one_authorization_are_told_apart(stripe):
    stripe.multicapture = True
    order = await open_order([500, 500], soon=2, multicapture=True)
    assert len(stripe.held) == 1
    await take(*order.charge_ids)
    assert stripe.captured(EUR) == 1000
    assert await statuses("charge") == ["captured", "captured"]
    report = await reconcile(*window())
    assert (report.ok, report.matched) == (True, 2)
    await assert_books_agree(stripe)


async def test_a_converted_amount_is_matched_by_its_reference(stripe):
    order = await open_order([1000], currency="USD")
    await take(*order.charge_ids)
    stripe.books[:] = [
        Movement(
            provider="stripe",
            provider_ref=line.provider_ref,
            kind=line.kind,
            parent_ref=line.parent_ref,
            amount=Money(910, EUR),
            fee=Money(0, EUR),
            moved_at=line.moved_at,
        )
        for line in stripe.books
    ]
    assert (await reconcile(*window())).ok


async def test_one_provider_can_be_reconciled_for_itself(stripe, paypal):
    stripe._book("other", "x", None, 1, EUR)
    assert (await reconcile(*window(), provider="paypal")).ok
    assert not (await reconcile(*window())).ok
