"""Certificates by e-mail: once per shipment in the order's language, and again to the buyer alone."""

from __future__ import annotations

import pytest
from refunds.desk import ALEX, GOODS

from store import notifications
from store.kernel import db
from store.kernel.settings import Settings
from store.notifications.mail_settings import _settings
from store.warranty.certificates import ask_resend, resend_certificate, revoke_unused
from warranty.certified import CARE_1, CARE_24_FIVE, SETUP, bought, certificate, certificates, device, use

LATER = "HAL-DVID-BLK"


@pytest.fixture(autouse=True)
def pages():
    notifications.configure(
        Settings(mail_from="Shop <no-reply@store.example.com>", storefront_url="https://shop.example.com")
    )
    yield
    _settings.clear()


async def emails(kind=None):
    return await db.fetch("select * from email where $1::text is null or kind = $1 order by created_at, id", kind)


@pytest.mark.requirement("CER-1", "DOC-1", "DOC-2")
async def test_the_buyer_gets_number_service_devices_and_a_link_that_fills_the_form(desk):
    order_id = await bought(desk, (CARE_24_FIVE, 2), (SETUP, 1), locale="en")
    (email,) = await emails("certificate_issued")
    number = await db.fetchval("select number from sales_order where id = $1", order_id)
    assert email["subject"] == f"Order {number}: your service certificate"
    assert (email["recipient"], email["locale"], email["order_id"]) == ("customer@example.com", "en", order_id)
    for body in (email["text_body"], email["html_body"]):
        for found in await certificates(order_id):
            assert found.number in body
            assert f"https://shop.example.com/register?certificate={found.number}" in body
            assert found.reference in body
        assert "Care Plus Warranty Extension" in body
        assert "can be refunded until" in body
    assert "For 10 devices." in email["text_body"]
    assert "For 1 device." in email["text_body"]
    assert "Here are the service certificates" in email["text_body"]


@pytest.mark.requirement("CER-1", "SHP-5")
async def test_a_shipment_of_services_has_no_parcel_on_its_way_and_tells_its_charge_and_the_rest(desk):
    await bought(desk, (LATER, 1), (CARE_1, 1), locale="en")
    assert [email["kind"] for email in await emails()] == ["order_confirmed", "certificate_issued"]
    confirmed, issued = await emails()
    assert "It comes by e-mail as soon as its payment is secured." in confirmed["text_body"]
    assert "On backorder" in confirmed["text_body"]
    assert "We charge €" in issued["text_body"]
    assert "Still to come" in issued["text_body"]
    assert "On backorder" in issued["html_body"]


@pytest.mark.requirement("CER-1", "SHP-5")
async def test_services_in_a_parcel_come_with_its_email_and_one_of_their_own(desk):
    await desk.shipped([(GOODS, 1), (CARE_1, 1)], locale="en")
    assert sorted(email["kind"] for email in await emails()) == [
        "certificate_issued",
        "order_confirmed",
        "shipment_dispatched",
    ]
    (issued,) = await emails("certificate_issued")
    assert "We charge" not in issued["text_body"], "the parcel's own e-mail tells that"


@pytest.mark.requirement("CER-4")
async def test_lost_certificates_go_to_the_buyer_whatever_was_asked_with(desk):
    first, second = await certificate(desk, CARE_24_FIVE, locale="en"), await certificate(desk, locale="en")
    await use(first, *await device())
    for asked in (
        {"email": "CUSTOMER@example.com"},
        {"order_number": first.order_number},
        {"order_number": first.order_number, "email": "customer@example.com"},
    ):
        await ask_resend(**asked)
        await desk.work()
    sent = await emails("certificate_resent")
    assert {email["recipient"] for email in sent} == {"customer@example.com"}
    orders = [email["order_id"] for email in sent]
    assert (orders.count(first.order_id), orders.count(second.order_id)) == (3, 1)
    (about_first, *_) = [email for email in sent if email["order_id"] == first.order_id]
    assert first.number in about_first["text_body"]
    assert "4 devices can still be registered." in about_first["text_body"]
    assert second.number not in about_first["text_body"] + about_first["html_body"]


@pytest.mark.requirement("CER-4")
@pytest.mark.parametrize(
    "asked",
    [
        {"email": "somebody@example.com"},
        {"order_number": "FR-0000-0000"},
        {"email": "somebody@example.com", "order_number": None},
        {},
    ],
)
async def test_nothing_is_sent_to_anybody_else(desk, asked):
    found = await certificate(desk)
    if asked.get("email") and "order_number" in asked:
        asked = {**asked, "order_number": found.order_number}
    await ask_resend(**asked)
    await desk.work()
    assert await emails("certificate_resent") == []


@pytest.mark.requirement("CER-4")
async def test_staff_send_one_certificate_again_and_refunded_ones_are_left_out(desk):
    found = await certificate(desk)
    await resend_certificate(found.id, principal=ALEX)
    await desk.work()
    (sent,) = await emails("certificate_resent")
    assert found.number in sent["text_body"]
    await revoke_unused(found.id, units=None, principal=ALEX, reason="stolen")
    await resend_certificate(found.id, principal=ALEX)
    await ask_resend(email=found.email)
    await desk.work()
    assert len(await emails("certificate_resent")) == 1
    assert await db.fetchval("select count(*) from audit_entry where action = 'resend_certificate'") == 2
