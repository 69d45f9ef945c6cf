"""Each fact about an order has its e-mail, once, in the order's language, with the order's number."""

from __future__ import annotations

import pytest

from store import composition, notifications
from store.kernel import db, outbox
from store.kernel.money import Money
from store.kernel.settings import Settings
from store.notifications.kinds import OF_ACCOUNTS, SUBJECTS
from store.notifications.mail_settings import mail_settings
from store.notifications.payment_emails import on_payment_link_reminded
from store.notifications.payment_link_address import MARK
from store.orders.cancel_order import CancelOrder, cancel_order
from store.orders.keep_orders import remind_and_cancel_holds
from store.payments.payment_links import link_token, read_link

NOW, LATER, NO_DATE = "AUR-ONE-BLK", "HAL-DVID-BLK", "TON-BAR-BLK"


async def kinds(emails, order_id):
    return [row["kind"] for row in await emails(order_id)]


async def number_of(order_id):
    return await db.fetchval("select number from sales_order where id = $1", order_id)


@pytest.mark.requirement("DOC-1", "DOC-2")
async def test_a_confirmation_tells_lines_sums_dates_and_when_each_share_is_charged(shop, emails):
    order = await shop.place([(NOW, 2), (LATER, 1)], locale="en")
    await shop.work()
    (email,) = await emails(order.order_id)
    assert (email["kind"], email["recipient"], email["locale"]) == ("order_confirmed", "customer@example.com", "en")
    assert email["subject"] == f"Order {order.number}: thank you for your order"
    first, second = await shop.charges(order.order_id)
    for body in (email["text_body"], email["html_body"]):
        assert "2 × Aurelvo One" in body
        assert f"€{first['amount_minor'] / 100:.2f} when shipment {order.number}-1 leaves" in body
        assert f"€{second['amount_minor'] / 100:.2f} when shipment {order.number}-2 leaves" in body
        assert "On backorder" in body
        assert "VAT included" in body
        assert "Visa •••• 4242" in body


@pytest.mark.requirement("SHP-5", "DOC-1", "DOC-2")
async def test_every_shipment_has_its_own_shipped_email_the_backorder_too(shop, emails):
    order = await shop.place([(NOW, 1), (LATER, 1)], locale="en")
    await shop.ship(order.order_id, 1)
    assert await kinds(emails, order.order_id) == ["order_confirmed", "shipment_dispatched"]
    shop.later(days=20)
    await shop.stock_arrives(order.order_id, 2)
    await shop.ship(order.order_id, 2)
    first, second = await emails(order.order_id, "shipment_dispatched")
    serials = await db.fetch("select serial from shipment_serial where order_id = $1", order.order_id)
    assert serials
    for sequence, email in ((1, first), (2, second)):
        shipment = await shop.shipment(order.order_id, sequence)
        assert email["subject"] == f"Order {order.number}: shipment {shipment['number']} is on its way"
        assert shipment["tracking_number"] in email["text_body"]
        assert shipment["tracking_url"] in email["text_body"]
        assert f'href="{shipment["tracking_url"]}"' in email["html_body"]
        assert "You can ask for a refund" in email["text_body"]
    assert ("Still to come" in first["text_body"], "Still to come" in second["text_body"]) == (True, False)
    assert all(row["serial"] in first["text_body"] + second["text_body"] for row in serials)


@pytest.mark.requirement("DOC-1")
async def test_a_fact_told_twice_has_one_email(shop, emails):
    order = await shop.place([(NOW, 1)])
    shipment_id = await shop.ship(order.order_id)
    before = await emails()
    payload = {"order_id": str(order.order_id), "shipment_id": str(shipment_id)}
    for topic, consumer in notifications.consumers():
        if topic in {"order.confirmed", "shipment.dispatched"}:
            await consumer(**payload)
            await consumer(**payload)
    for email in before:
        await notifications.deliver_email(str(email["id"]))
    assert await emails() == before
    assert await outbox.depth() == {"waiting": 0, "dead": 0}


@pytest.mark.requirement("L10N-3")
async def test_emails_speak_the_orders_language_whoever_caused_them(shop, emails, french):
    order = await shop.place([(NOW, 1)], locale="fr")
    await shop.ship(order.order_id)  # by a warehouse that has no language
    confirmed, shipped = await emails(order.order_id)
    assert confirmed["subject"] == f"Commande {order.number} : merci pour votre commande"
    assert (confirmed["locale"], shipped["locale"]) == ("fr", "fr")
    assert "Bonjour Client d’essai, l’été & <ça> va ?" in confirmed["text_body"]
    assert "Bonjour Client d’essai, l’été &amp; &lt;ça&gt; va ?" in confirmed["html_body"]
    assert '<html lang="fr"' in confirmed["html_body"]
    assert "Casque-micro" in confirmed["text_body"]
    assert "79,90\xa0€" in confirmed["text_body"]


@pytest.mark.requirement("L10N-4")
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
async def test_every_email_of_an_orders_life_can_be_written_in_every_language(shop, emails, locale):
    order = await shop.place([(NOW, 1), (NO_DATE, 1)], locale=locale, token="pm_sim_decline_off_session")
    await shop.ship(order.order_id, 1)
    await shop.stock_arrives(order.order_id, 2)
    shop.later(days=2, hours=1)
    await remind_and_cancel_holds()
    await shop.work()
    shop.later(days=8)
    await remind_and_cancel_holds()
    await shop.work()
    assert await kinds(emails, order.order_id) == [
        "order_confirmed",
        "shipment_dispatched",
        "payment_link",
        "payment_link_reminder",
        "order_partly_canceled",
    ]
    for email in await emails():
        assert (email["locale"], email["via"]) == (locale, "local")
        assert order.number in email["subject"]
        assert "{" not in email["text_body"]
    assert await outbox.depth() == {"waiting": 0, "dead": 0}


@pytest.mark.requirement("PAY-6", "DOC-1", "DOC-2")
async def test_a_held_shipment_sends_a_payment_link_and_a_reminder_that_work(shop, emails):
    order = await shop.place([(NOW, 1), (NO_DATE, 1)], locale="en", token="pm_sim_decline_off_session")
    await shop.ship(order.order_id, 1)
    await shop.stock_arrives(order.order_id, 2)
    link_id = await db.fetchval("select id from payment_link where order_id = $1", order.order_id)
    (email,) = await emails(order.order_id, "payment_link")
    assert email["subject"] == f"Order {order.number}: please complete your payment"
    url = f"{mail_settings().pages}/pay/{link_token(link_id)}"
    assert url in email["text_body"]
    assert f'href="{url}"' in email["html_body"]
    assert (await read_link(url.rpartition("/")[2])).order_id == order.order_id
    shop.later(days=2, hours=1)
    await remind_and_cancel_holds()
    await remind_and_cancel_holds()
    await shop.work()
    (reminder,) = await emails(order.order_id, "payment_link_reminder")
    assert url in reminder["text_body"]


@pytest.mark.requirement("PAY-6")
async def test_an_email_that_has_not_left_holds_no_token_that_pays(shop, emails, mail):
    mail(smtp_url="smtp://127.0.0.1:1")  # nobody there
    order = await shop.place([(NOW, 1), (NO_DATE, 1)], locale="en", token="pm_sim_decline_off_session")
    await shop.ship(order.order_id, 1)
    await shop.stock_arrives(order.order_id, 2)
    (email,) = await emails(order.order_id, "payment_link")
    token = link_token(email["payment_link_id"])
    assert (email["sent_at"], token in email["text_body"] + email["html_body"]) == (None, False)
    assert MARK in email["text_body"]
    mail()
    await shop.work()
    (email,) = await emails(order.order_id, "payment_link")
    assert f"/pay/{token}" in email["text_body"]


async def test_a_link_that_is_no_longer_needed_is_not_written_about(shop, emails):
    order = await shop.place([(NOW, 1), (NO_DATE, 1)], token="pm_sim_decline_off_session")
    await shop.ship(order.order_id, 1)
    await shop.stock_arrives(order.order_id, 2)
    link_id = await db.fetchval(
        "update payment_link set closed_at = created_at where order_id = $1 returning id", order.order_id
    )
    await on_payment_link_reminded(link_id=str(link_id), order_id=str(order.order_id), count=1)
    assert await emails(order.order_id, "payment_link_reminder") == []


@pytest.mark.requirement("DOC-1", "DOC-2")
async def test_a_cancellation_says_what_will_not_come_and_that_nothing_is_charged(shop, emails):
    order = await shop.place([(NOW, 2), (LATER, 1)], locale="en")
    line_id = await db.fetchval("select id from order_line where order_id = $1 and sku = $2", order.order_id, NOW)
    await cancel_order(CancelOrder(order_id=order.order_id, actor="guest", units={line_id: 1}))
    await shop.work()
    (partly,) = await emails(order.order_id, "order_partly_canceled")
    assert partly["subject"] == f"Order {order.number}: part of your order was cancelled"
    assert "1 × Aurelvo One" in partly["text_body"]
    assert "You won't be charged" in partly["text_body"]
    await cancel_order(CancelOrder(order_id=order.order_id, actor="guest"))
    await shop.work()
    (whole,) = await emails(order.order_id, "order_canceled")
    assert "2 × Aurelvo One" in whole["text_body"]
    assert "payment did not arrive" not in whole["text_body"]


async def test_a_cancellation_of_what_was_paid_announces_the_refund(shop, emails):
    order = await shop.place([(NOW, 1)], "apple_pay", locale="en")
    await cancel_order(CancelOrder(order_id=order.order_id, actor="guest"))
    await shop.work()
    (email,) = await emails(order.order_id, "order_canceled")
    assert "goes back to you" in email["text_body"]


@pytest.mark.requirement("PAY-10", "DOC-1")
async def test_a_transfer_order_tells_account_and_reference_and_its_invoice_the_day(shop, emails):
    order = await shop.place([(NOW, 1)], "wire", locale="en")
    await shop.ship(order.order_id)
    reference = await db.fetchval("select transfer_reference from payment where order_id = $1", order.order_id)
    confirmed, _, invoiced = sorted(await emails(order.order_id), key=lambda row: row["kind"] == "invoice_due")
    for email in (confirmed, invoiced):
        assert f"Reference: {reference}" in email["text_body"]
        assert "FR00 0000 0000 0000 0000 0000 000" in email["text_body"]
    invoice = await db.fetchrow("select * from invoice where order_id = $1", order.order_id)
    assert invoice["number"] in invoiced["subject"]
    assert order.number in invoiced["subject"]
    assert f"{invoice['due_on']:%B} {invoice['due_on'].day}, {invoice['due_on'].year}" in invoiced["text_body"]


async def test_an_invoice_that_is_paid_needs_no_email(shop, emails):
    order = await shop.place([(NOW, 1)], "apple_pay")
    await shop.work()
    assert await db.fetchval("select count(*) from invoice where order_id = $1", order.order_id) == 1
    assert await emails(order.order_id, "invoice_due") == []


@pytest.mark.requirement("DOC-1", "DOC-2", "REF-8")
@pytest.mark.parametrize("locale", ["en", "fr", "zh-Hans"])
async def test_a_refund_is_told_with_its_credit_note(shop, emails, locale):
    order = await shop.place([(NOW, 1)], "apple_pay", locale=locale)
    await shop.work()
    await cancel_order(CancelOrder(order_id=order.order_id, actor="guest"))
    await shop.work()
    (email,) = await emails(order.order_id, "refunded")
    note = await db.fetchrow("select * from credit_note where order_id = $1", order.order_id)
    amount = Money(note["amount_minor"], note["currency"]).format(locale)
    assert order.number in email["subject"]
    assert amount in email["subject"]
    for text in (note["number"], amount, "•••• ", "1 × ", NOW):
        assert text in email["text_body"]


async def test_names_with_tags_stay_text(shop, emails):
    address = {
        "name": "<script>alert(1)</script>",
        "line1": "12 rue <img src=x>",
        "postcode": "75001",
        "city": "Paris",
        "country": "FR",
        "phone": "+33142000000",
    }
    order = await shop.place([(NOW, 1)], address=address)
    await db.execute("update order_line set names = $2 where order_id = $1", order.order_id, {"en": "<b>Fat</b> & co"})
    await shop.release(order.order_id)
    await shop.dispatch(order.order_id, tracking_number="<i>1</i>", tracking_url="javascript:alert(1)")
    await shop.work()
    confirmed, shipped = await emails(order.order_id)
    for email in (confirmed, shipped):
        assert "<script>alert" not in email["html_body"]
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in email["html_body"]
        assert "&lt;b&gt;Fat&lt;/b&gt; &amp; co" in email["html_body"]
        assert "<b>Fat</b> & co" in email["text_body"]
        assert "<img src=x" not in email["html_body"]
    assert "javascript:" not in shipped["html_body"] + shipped["text_body"]


async def test_links_lead_to_the_storefront_or_else_to_the_store():
    notifications.configure(Settings(public_url="https://api.example.com/"))
    assert mail_settings().pages == "https://api.example.com"
    notifications.configure(
        Settings(public_url="https://api.example.com", storefront_url="https://s.example.com/shop/")
    )
    assert mail_settings().pages == "https://s.example.com/shop"


def test_every_consumer_is_composed():
    composition.connect_rooms()
    topics = outbox.subscriptions()
    for topic, consumer in notifications.consumers():
        name = f"{consumer.__module__.removeprefix('store.')}.{consumer.__qualname__}"
        assert name in topics[topic]


def test_every_subject_of_an_order_carries_its_number():
    assert all("{number}" in subject for kind, subject in SUBJECTS.items() if kind not in OF_ACCOUNTS)
