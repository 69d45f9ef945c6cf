"""Money is taken when it is due, once, and given back within what was taken."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from payments.orders import assert_books_agree, count, one, open_order, refund, secure, statuses, take, work
from store.kernel import clock, db
from store.kernel.errors import WrongState
from store.kernel.money import CurrencyMismatch, Money
from store.ledger import Account, check
from store.payments.bank import import_statement
from store.payments.capture_charge import take_charge
from store.payments.refund_captures import complete_manual, refundable
from store.payments.secure_charge import NotSecured, Secured, reduce_charge, release_charge
from store.payments.tables import lock_payment
from store.payments.take_webhook import confirm_payment

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.requirement("PAY-3", "PAY-5")
async def test_a_card_is_held_for_what_ships_soon_and_each_shipment_is_charged_when_it_leaves(stripe, facts):
    order = await open_order([1000, 2500], shipping=[400, 100])
    assert order.status == "succeeded"
    assert await statuses("charge") == ["secured", "planned"]
    assert stripe.captured("EUR") == 0, "nothing is charged for what has not shipped"
    await take(order.charge_ids[0])
    assert stripe.captured("EUR") == 1000
    payment = await one("payment", id=order.payment_id)
    assert (payment["captured_minor"], payment["shipping_captured_minor"]) == (1000, 400)
    assert await statuses("charge") == ["captured", "planned"]
    assert [topic for topic, _ in facts] == ["payment.authorized", "capture.succeeded"]
    await assert_books_agree(stripe)


@pytest.mark.requirement("PAY-5")
async def test_a_card_without_consent_is_not_kept(stripe):
    await open_order([1000, 2500], save=False)
    payment = await one("payment")
    assert payment["provider_method"] is None
    await open_order([1000, 2500], save=True)
    assert await count("payment", "provider_method is not null") == 1


@pytest.mark.requirement("PAY-5")
async def test_a_card_is_saved_when_nothing_ships_soon(stripe):
    order = await open_order([1000], soon=0)
    assert order.status == "succeeded"
    assert (await one("payment"))["provider_method"] == "pm_ok"
    assert await statuses("charge") == ["planned"]
    await work()
    assert "void" not in {call for call, _ in stripe.calls}, "a saved card is no unused authorization"


@pytest.mark.requirement("PAY-2")
async def test_a_wallet_is_charged_at_placement(stripe):
    order = await open_order([1000], method="apple_pay", shipping=[200])
    assert await statuses("charge") == ["captured"]
    assert stripe.captured("EUR") == 1000
    await take(*order.charge_ids)
    assert stripe.captured("EUR") == 1000, "the dispatch takes nothing more"
    await assert_books_agree(stripe)


@pytest.mark.requirement("PAY-4")
async def test_shipping_beyond_the_quote_is_refused_by_the_database(stripe):
    order = await open_order([1000, 1000], shipping=[300, 300])
    await db.execute("update payment set shipping_quoted_minor = 500")
    await take(order.charge_ids[0])
    await db.execute("update charge set status = 'secured' where id = $1", order.charge_ids[1])
    with pytest.raises(Exception, match="shipping_captured_within_quoted"):
        async with db.unit_of_work():
            await take_charge(order.charge_ids[1])


async def test_a_charge_that_nothing_secures_is_not_taken(stripe):
    order = await open_order([1000, 500])
    with pytest.raises(WrongState):
        async with db.unit_of_work():
            await take_charge(order.charge_ids[1])


@pytest.mark.requirement("REF-3", "REF-7")
async def test_a_refund_goes_back_over_several_charges(stripe, facts):
    order = await open_order([1000, 2000], method="card")
    await take(order.charge_ids[0])
    assert isinstance(await secure(order.charge_ids[1]), Secured)
    await take(order.charge_ids[1])
    planned = await refund(order.payment_id, 2500)
    assert len(planned) == 2
    await work()
    assert sorted(row["amount_minor"] for row in await db.fetch("select amount_minor from payment_refund")) == [
        1000,
        1500,
    ]
    assert await statuses("payment_refund") == ["succeeded", "succeeded"]
    await assert_books_agree(stripe)


async def test_a_refund_in_another_currency_is_refused(stripe):
    order = await open_order([1000])
    await take(*order.charge_ids)
    with pytest.raises(CurrencyMismatch):
        await refund(order.payment_id, 100, currency="USD")


@pytest.mark.requirement("REF-3")
async def test_a_transfer_is_given_back_by_hand(facts):
    order = await open_order([1000, 500], method="wire", token=None, reference="RF18FR7K3M9QX2")
    await take(*order.charge_ids)
    line = "2026-07-05;15.00;EUR;RF18FR7K3M9QX2;Ada"
    await import_statement(f"booked_on;amount;currency;reference;payer\n{line}\n")
    planned = await refund(order.payment_id, 1200)
    assert await statuses("payment_refund") == ["manual", "manual"]
    assert (await refundable(order.payment_id)).amount_minor == 300
    for _ in range(2):
        for refund_id in planned:
            async with db.unit_of_work():
                await complete_manual(refund_id, reference="one transfer for both")
    assert await statuses("payment_refund") == ["succeeded", "succeeded"]
    balance = await check()
    assert balance.ok
    assert balance.balances[(Account.BANK, "EUR")] == 300
    await work()
    assert [payload["outcome"] for topic, payload in facts if topic == "refund.settled"] == ["succeeded"] * 2


@pytest.mark.requirement("REF-3")
async def test_after_the_providers_days_a_person_gives_the_money_back(paypal):
    order = await open_order([1000], method="paypal")
    paypal.approve(next(iter(paypal.held)))
    await confirm_payment(order.order_id)
    clock.set_offset(timedelta(days=181))
    await refund(order.payment_id, 400)
    await work()
    assert await statuses("payment_refund") == ["manual"]
    assert not paypal.given


@pytest.mark.requirement("PAY-11")
async def test_a_purchase_order_number_is_used_once_by_a_partner(facts):
    partner_id = uuid4()

    async def order(number: str, partner=partner_id):
        return await open_order(
            [1000], method="purchase_order", token=None, partner_id=partner, purchase_order_number=number
        )

    answers = await asyncio.gather(*(order("PO-1") for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(answer, asyncpg.UniqueViolationError) for answer in answers) == 9
    await order("PO-2")
    await order("PO-1", uuid4())
    assert await count("payment") == 3


@pytest.mark.requirement("PAY-11")
async def test_goods_on_credit_are_invoiced_per_shipment_with_their_days(facts):
    order = await open_order(
        [1000, 500], method="purchase_order", token=None, partner_id=uuid4(), purchase_order_number="PO-1"
    )
    assert isinstance(await secure(order.charge_ids[0]), Secured)
    await take(order.charge_ids[0])
    await take(order.charge_ids[0])
    assert await statuses("charge") == ["invoiced", "secured"]
    charge = await one("charge", id=order.charge_ids[0])
    assert charge["due_on"] == (clock.now() + timedelta(days=30)).date()
    assert [topic for topic, _ in facts] == ["charge.invoiced"]


@pytest.mark.requirement("PAY-6")
async def test_a_prepaid_transfer_secures_nothing_before_it_arrives(facts):
    order = await open_order([1000], method="wire", token=None, policy="prepaid")
    assert await secure(order.charge_ids[0]) == NotSecured("awaiting_transfer")


async def test_a_declined_placement_that_was_given_up_cannot_be_paid_later(stripe):
    order = await open_order([1000], token="pm_decline")
    async with db.unit_of_work():
        await lock_payment(order.payment_id)
        await release_charge(order.charge_ids[0])
    await work()
    assert await statuses("payment_authorization") == ["voided"]


async def test_a_charge_shrinks_only_while_it_was_not_taken(stripe):
    order = await open_order([1000], shipping=[100])
    less, nothing = Money(600, "EUR"), Money(0, "EUR")
    with pytest.raises(WrongState):
        async with db.unit_of_work():
            await reduce_charge(order.charge_ids[0], amount=Money(1001, "EUR"), shipping=nothing, tax=nothing)
    async with db.unit_of_work():
        await reduce_charge(order.charge_ids[0], amount=less, shipping=nothing, tax=nothing)
    await take(*order.charge_ids)
    assert stripe.captured("EUR") == 600
    with pytest.raises(WrongState):
        async with db.unit_of_work():
            await reduce_charge(order.charge_ids[0], amount=nothing, shipping=nothing, tax=nothing)
    await assert_books_agree(stripe)
