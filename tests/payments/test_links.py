"""A held shipment is paid by a link that works once (PAY-6)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from payments.orders import assert_books_agree, count, one, open_order, secure, statuses, take, work
from store.kernel import clock, db
from store.kernel.errors import NotFound
from store.payments import payment_links
from store.payments.methods import CardNetworkNotAccepted, PaymentMethodDiffers
from store.payments.pay_link import PaymentInProgress, pay_link
from store.payments.payment_links import (
    PaymentLinkClosed,
    PaymentLinkExpired,
    PaymentLinkUsed,
    close_links,
    create_link,
    find_link,
    link_token,
    read_link,
)
from store.payments.secure_charge import NotSecured, release_charge
from store.payments.tables import lock_payment
from store.payments.take_webhook import confirm_payment

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.requirement("PAY-6")]
URL = "https://shop.example/back"


async def held_order(stripe):
    """Two shipments: the second's re-authorization was declined."""
    order = await open_order([1000, 700], shipping=[100, 50])
    stripe.declines_saved = True
    outcome = await secure(order.charge_ids[1])
    assert outcome == NotSecured("insufficient_funds")
    assert outcome.final
    async with db.unit_of_work():
        token = await create_link(order.charge_ids[1], expires_at=clock.now() + timedelta(days=10))
    return order, token


async def test_a_link_is_paid_once_and_its_card_serves_later_shipments(stripe, facts):
    order, token = await held_order(stripe)
    link = await read_link(token)
    assert (link.amount.amount_minor, link.shipping.amount_minor, link.method) == (700, 50, "card")
    paid = await pay_link(token, "pm_new", URL, save_consent=True)
    assert paid.status == "authorized"
    assert (await one("charge", id=order.charge_ids[1]))["status"] == "secured"
    assert (await one("payment"))["provider_method"] == "pm_new"
    with pytest.raises(PaymentLinkUsed):
        await read_link(token)
    with pytest.raises(PaymentLinkUsed):
        await pay_link(token, "pm_other", URL, save_consent=False)
    await take(*order.charge_ids)
    assert stripe.captured("EUR") == 1700
    await assert_books_agree(stripe)


async def test_the_database_knows_no_token_but_the_worker_can_tell_it(stripe, facts):
    _, token = await held_order(stripe)
    await work()
    (payload,) = [payload for topic, payload in facts if topic == "payment_link.created"]
    link = await one("payment_link")
    assert link_token(link["id"]) == token
    assert payload["link_id"] == str(link["id"])
    assert token.encode() not in bytes(link["token_hash"])
    assert token not in str(await db.fetch("select * from outbox"))
    payment_links.configure(b"another installation's secret")
    assert link_token(link["id"]) != token
    with pytest.raises(NotFound):
        await read_link(link_token(link["id"]))
    with pytest.raises(ValueError, match="16 bytes"):
        payment_links.configure(b"short")


async def test_a_charge_has_one_open_link(stripe):
    order, token = await held_order(stripe)

    async def again():
        async with db.unit_of_work():
            return await create_link(order.charge_ids[1], expires_at=clock.now() + timedelta(days=10))

    assert set(await asyncio.gather(*(again() for _ in range(5)))) == {token}
    clock.set_offset(timedelta(days=11))
    with pytest.raises(PaymentLinkExpired):
        await read_link(token)
    assert await find_link((await one("payment_link"))["id"]) is None
    newer = await again()
    assert newer != token
    assert await find_link((await read_link(newer)).id) is not None
    with pytest.raises(PaymentLinkClosed):
        await pay_link(token, "pm_new", URL, save_consent=False)


async def test_a_declined_card_leaves_the_link_open(stripe):
    order, token = await held_order(stripe)
    paid = await pay_link(token, "pm_decline", URL, save_consent=True)
    assert (paid.status, paid.decline_code) == ("declined", "insufficient_funds")
    assert (await one("payment"))["provider_method"] == "pm_ok", "a card that failed replaces none"
    assert (await pay_link(token, "pm_new", URL, save_consent=False)).status == "authorized"
    assert (await one("charge", id=order.charge_ids[1]))["status"] == "secured"


async def test_a_card_that_asks_for_3d_secure_consumes_the_link_when_it_is_approved(stripe):
    order, token = await held_order(stripe)
    paid = await pay_link(token, "pm_3ds", URL, save_consent=False)
    assert paid.status == "requires_action"
    assert paid.next_action is not None
    await read_link(token)
    held = list(stripe.held.values())[-1]
    stripe.approve(held.ref)
    await confirm_payment(order.order_id)
    with pytest.raises(PaymentLinkUsed):
        await read_link(token)


async def test_an_attempt_that_was_left_is_let_go_before_the_next(stripe):
    order, token = await held_order(stripe)
    await pay_link(token, "pm_3ds", URL, save_consent=False)
    await pay_link(token, "pm_new", URL, save_consent=False)
    await work()
    assert (await one("payment_authorization", provider_ref="pi_stripe_3"))["status"] == "voided"
    await take(*order.charge_ids)
    assert stripe.captured("EUR") == 1700


async def test_twenty_clicks_pay_once(stripe):
    order, token = await held_order(stripe)
    stripe.latency = 0.005
    answers = await asyncio.gather(
        *(pay_link(token, f"pm_new_{number % 4}", URL, save_consent=False) for number in range(20)),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert {type(answer) for answer in refused} <= {PaymentInProgress, PaymentLinkUsed}
    await work()
    alive = [held for held in stripe.held.values() if held.state == "authorized" and held.amount.amount_minor == 700]
    assert len(alive) == 1
    await take(*order.charge_ids)
    assert stripe.captured("EUR") == 1700


async def test_other_methods_and_foreign_networks_are_refused(stripe):
    _, token = await held_order(stripe)
    with pytest.raises(PaymentMethodDiffers):
        await pay_link(token, "pm_apple", URL, save_consent=False)
    with pytest.raises(CardNetworkNotAccepted):
        await pay_link(token, "pm_jade", URL, save_consent=False)
    with pytest.raises(NotFound):
        await pay_link("pay_unknown", "pm_new", URL, save_consent=False)


@pytest.mark.parametrize("end", ["released", "closed", "secured"])
async def test_a_link_that_is_not_needed_any_more_is_closed(stripe, end):
    order, token = await held_order(stripe)
    if end == "secured":
        stripe.declines_saved = False
        await secure(order.charge_ids[1])
    async with db.unit_of_work():
        await lock_payment(order.payment_id)
        if end == "released":
            await release_charge(order.charge_ids[1])
        elif end == "closed":
            assert await close_links(order.charge_ids) == 1
    with pytest.raises(PaymentLinkClosed):
        await read_link(token)
    with pytest.raises(PaymentLinkClosed):
        await pay_link(token, "pm_new", URL, save_consent=False)
    assert await count("payment_link", "closed_at is not null") == 1


async def test_paying_at_the_moment_of_the_expiry_holds_no_money_twice(stripe):
    _, token = await held_order(stripe)
    clock.set_offset(timedelta(days=10, seconds=1))
    with pytest.raises(PaymentLinkExpired):
        await pay_link(token, "pm_new", URL, save_consent=False)
    assert await statuses("charge") == ["secured", "planned"]
