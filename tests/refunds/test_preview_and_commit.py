"""What is shown is what is done, to the cent, with every reason (REF-3, REF-5, REF-6, REF-8)."""

from __future__ import annotations

import re

import pytest

from refunds.desk import ALEX, CUSTOMER, DEAR, GOODS, LATER
from store import ledger, refunds
from store.kernel import clock, db
from store.kernel.wording import problem
from store.markets import get_market
from store.orders import history
from store.refunds import RefundLine
from store.refunds.errors import (
    FeeTooHigh,
    NothingToRefund,
    PreviewIsStale,
    RefundAgentsOnly,
    RequestKeyReused,
    ShippingAlreadyRefunded,
)


@pytest.mark.requirement("REF-6")
async def test_the_preview_shows_every_amount_with_its_reason_and_the_commit_does_just_that(desk):
    order_id = await desk.shipped([(GOODS, 3)], shipping="express")
    line = await db.fetchrow("select * from shipment_line where order_id = $1", order_id)
    shipment = await desk.shipment(order_id)
    preview = await desk.preview(order_id, 2, reason="wrong_delivery")
    (goods,) = preview.lines
    assert (goods.sku, goods.quantity, goods.reason) == (GOODS, 2, "wrong_delivery")
    assert goods.goods.amount_minor == line["goods_minor"] * 2 // 3
    assert 0 < goods.tax.amount_minor < goods.goods.amount_minor
    (shipping,) = preview.shipping
    assert (shipping.reason, shipping.amount.amount_minor) == ("wrong_delivery", shipment["shipping_minor"])
    assert preview.total == goods.goods + shipping.amount
    assert [(part.to, part.how, part.amount) for part in preview.split] == [("stripe", "provider", preview.total)]
    await desk.commit(order_id, 2, reason="wrong_delivery", fingerprint=preview.fingerprint)
    await desk.work()
    done = await desk.refund(order_id)
    assert (done["status"], done["amount_minor"]) == ("succeeded", preview.total.amount_minor)
    assert done["tax_minor"] == preview.tax_total.amount_minor
    assert desk.stripe.given["re_stripe_1"].amount == preview.total.amount_minor
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-6")
async def test_a_stale_preview_is_refused_with_the_new_one(desk):
    order_id = await desk.shipped([(GOODS, 3)])
    preview = await desk.preview(order_id)
    assert (await desk.preview(order_id)).fingerprint == preview.fingerprint
    await desk.commit(order_id, fingerprint=preview.fingerprint)
    with pytest.raises(PreviewIsStale) as stale:
        await desk.commit(order_id, fingerprint=preview.fingerprint)
    fresh = await desk.preview(order_id)
    assert stale.value.facts["preview"]["fingerprint"] == fresh.fingerprint
    body = problem(stale.value, "fr")
    assert body["preview"]["lines"][0]["goods"]["amount_minor"] == fresh.lines[0].goods.amount_minor
    await desk.commit(order_id, fingerprint=fresh.fingerprint)
    assert await db.fetchval("select count(*) from refund") == 2


@pytest.mark.requirement("REF-6")
async def test_a_preview_from_before_midnight_of_the_last_day_is_stale_after_it(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    until = (await desk.shipment(order_id))["refundable_until"]
    preview = await desk.preview(order_id)
    desk.travel(until)
    desk.later(seconds=1)
    with pytest.raises(PreviewIsStale) as stale:
        await desk.commit(order_id, fingerprint=preview.fingerprint)
    assert stale.value.facts["preview"]["outside_policy"] == ["refund_deadline_over"]


@pytest.mark.requirement("REF-5")
async def test_the_buyer_bears_the_return_freight_and_is_told_how(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    preview = await desk.preview(order_id)
    market = get_market("FR")
    assert preview.shipping == ()
    assert preview.instructions is not None
    assert preview.instructions.buyer_pays
    assert preview.instructions.carrier == market.return_carrier.carrier
    assert preview.instructions.address_lines == market.return_address.lines
    assert len(preview.instructions.sentences) == 3
    ours = await desk.preview(order_id, reason="wrong_delivery")
    assert ours.instructions is not None
    assert not ours.instructions.buyer_pays
    assert ours.shipping_total.amount_minor == (await desk.shipment(order_id))["shipping_minor"]
    assert (await desk.preview(order_id, reason="delivery_error")).instructions is None


@pytest.mark.requirement("REF-7")
async def test_shipping_is_given_back_once(desk):
    order_id = await desk.shipped([(GOODS, 3)], shipping="express")
    quoted = (await desk.payment(order_id))["shipping_quoted_minor"]
    assert quoted > 0
    first = await desk.preview(order_id, reason="delivery_error")
    assert first.shipping_total.amount_minor == quoted
    await desk.commit(order_id, reason="delivery_error")
    again = await desk.preview(order_id, reason="delivery_error")
    assert again.shipping == ()
    with pytest.raises(ShippingAlreadyRefunded):
        await desk.preview(order_id, reason="delivery_error", include_shipping=True)
    await desk.commit(order_id, 2, reason="delivery_error")
    await desk.work()
    payment = await desk.payment(order_id)
    assert payment["refunded_minor"] == payment["captured_minor"]
    await desk.check_laws(order_id)
    assert await desk.receivable(order_id) == 0


@pytest.mark.requirement("MKT-6", "REF-6")
@pytest.mark.parametrize(("market", "count"), [("FR", 3), ("US", 7), ("CN", 3)])
async def test_units_refunded_one_by_one_sum_to_what_was_paid(desk, market, count):
    order_id = await desk.shipped([(GOODS, count)], market=market, method="card", shipping="standard")
    line = await db.fetchrow("select * from shipment_line where order_id = $1", order_id)
    for _ in range(count):
        await desk.commit(order_id, principal=ALEX)
    await desk.work()
    rows = await refunds.refunds_of([order_id])
    assert sum(row["goods_minor"] for row in rows) == line["goods_minor"]
    assert sum(row["tax_minor"] for row in rows) == line["tax_minor"]
    await desk.check_laws(order_id)


async def test_a_fee_is_kept_back_with_its_share_of_the_tax(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    preview = await desk.preview(order_id, fee_minor=1200)
    assert preview.total == preview.goods_total - preview.fee
    assert preview.fee_tax.amount_minor == 200
    await desk.commit(order_id, fee_minor=1200)
    await desk.work()
    balances = (await ledger.check()).balances
    assert balances["return_fees", "EUR"] == -1000
    (note,) = await refunds.credit_notes_of([order_id])
    assert [line["kind"] for line in note["lines"]] == ["goods", "fee"]
    assert note["tax_minor"] == preview.tax_total.amount_minor - 200
    assert sum(line["amount_minor"] for line in note["lines"]) == note["amount_minor"]
    assert sum(line["tax_minor"] for line in note["lines"]) == note["tax_minor"]
    await desk.check_laws(order_id)
    with pytest.raises(FeeTooHigh):
        await desk.preview(await desk.shipped([(GOODS, 1)]), fee_minor=10_000_000)
    with pytest.raises(NothingToRefund):
        await refunds.preview_refund(refunds.PreviewRefund(order_id=order_id, lines=[], reason="goodwill"))


@pytest.mark.requirement("REF-3")
async def test_a_refund_over_several_charges_goes_back_to_each_of_them(desk):
    order = await desk.place([(GOODS, 1), (LATER, 1)])
    await desk.work()
    await desk.ship(order.order_id, 1)
    await desk.stock_arrives(order.order_id, 2)
    await desk.ship(order.order_id, 2)
    lines = [RefundLine(quantity=1, sku=GOODS), RefundLine(quantity=1, sku=LATER, reason="delivery_error")]
    preview = await desk.preview(order.order_id, lines=lines)
    assert len(preview.split) == 2
    assert [line.reason for line in preview.lines] == ["withdrawal", "delivery_error"]
    assert len(preview.shipping) <= 1
    await desk.commit(order.order_id, lines=lines, fingerprint=preview.fingerprint)
    await desk.work()
    rows = await db.fetch(
        "select c.amount_minor, c.refunded_minor, h.shipment_id from capture c join charge h on h.id = c.charge_id"
    )
    shown = {part.capture_id: part.amount.amount_minor for part in preview.split}
    assert sorted(shown.values()) == sorted(row["refunded_minor"] for row in rows)
    await desk.check_laws(order.order_id)
    assert await desk.receivable(order.order_id) == 0


@pytest.mark.requirement("REF-8")
async def test_each_refund_has_a_credit_note_numbered_by_legal_entity_and_year(desk):
    first, second = await desk.shipped([(GOODS, 2)]), await desk.shipped([(DEAR, 1)], market="US")
    await desk.commit(first)
    await desk.commit(first)
    await desk.commit(second)
    notes = [note["number"] for note in await refunds.credit_notes_of([first])]
    year = clock.now().year
    assert [re.sub(r"\d{4}-", "", note) for note in notes] == ["EXEMPLE-FR-AV-000001", "EXEMPLE-FR-AV-000002"]
    (american,) = await refunds.credit_notes_of([second])
    assert american["number"].startswith("EXAMPLE-US-AV-")
    assert american["number"].endswith("-000001")
    assert str(year)[:3] in american["number"]
    (line,) = american["lines"]
    assert (line["sku"], line["quantity"]) == (DEAR, 1)
    assert american["locale"] == "en"
    assert (await refunds.get_credit_note(american["number"]))["refund_number"] == (await desk.refund(second))["number"]


async def test_the_order_tells_what_happened(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    await desk.commit(order_id)
    await desk.work()
    events = [row for row in await history.history(order_id, staff=True) if row["kind"].startswith("refund")]
    assert [row["kind"] for row in events] == ["refund_created", "refund_succeeded"]
    assert events[0]["actor"] == ALEX.name
    audited = await db.fetchrow("select * from audit_entry where action = 'grant_refund'")
    assert (audited["actor"], audited["facts"]["reason"]) == (ALEX.name, "withdrawal")


async def test_a_request_key_belongs_to_one_refund(desk):
    first, second = await desk.shipped([(GOODS, 2)]), await desk.shipped([(GOODS, 1)])
    done = await desk.commit(first, request_key="k1")
    again = await desk.commit(first, request_key="k1")
    assert (again.refund_id, again.again) == (done.refund_id, True)
    with pytest.raises(RequestKeyReused):
        await desk.commit(second, request_key="k1")


@pytest.mark.requirement("REF-9")
async def test_only_customer_service_refunds(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    with pytest.raises(RefundAgentsOnly):
        await desk.commit(order_id, principal=CUSTOMER)
