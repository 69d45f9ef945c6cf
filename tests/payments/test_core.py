"""Money is taken when it is due, once, and given back within what was taken."""

from __future__ import annotations

import pytest

from payments.orders import assert_books_agree, count, one, open_order, refund, secure, statuses, take, work
from store.kernel import db
from store.kernel.errors import WrongState
from store.kernel.money import CurrencyMismatch
from store.payments.capture_charge import take_charge
from store.payments.secure_charge import Secured

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
