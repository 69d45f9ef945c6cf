"""Who may have a refund, until when, and why not: one rule at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from refunds.desk import ALEX, CUSTOMER, GOODS, LATER
from store import refunds
from store.kernel import db
from store.kernel.errors import NotFound
from store.kernel.i18n import translate
from store.kernel.ids import new_id
from store.kernel.wording import problem, spoken
from store.markets import all_markets, get_market, load_markets
from store.markets.calendar import refund_deadline
from store.orders.import_channel_order import ImportChannelOrder, import_channel_order
from store.refunds import RefundLine, RequestRefund
from store.refunds.eligibility import deadline_over, eligibility
from store.refunds.errors import (
    AlreadyRefunded,
    BoughtElsewhere,
    NotChargedYet,
    NotShippedYet,
    RefundDeadlineOver,
    TooManyUnits,
    UnknownRefundLine,
)
from store.refunds.order_facts import OrderFacts, ShipmentFacts
from store.refunds.reasons import UnknownRefundReason


def facts_of(market_code: str, dispatched_at: datetime) -> tuple[OrderFacts, ShipmentFacts]:
    load_markets(None)
    market = get_market(market_code)
    shipment = ShipmentFacts(
        id=new_id(),
        number="X-1",
        status="dispatched",
        dispatched_at=dispatched_at,
        refundable_until=refund_deadline(market, dispatched_at),
        shipping_minor=0,
        shipping_tax_minor=0,
        shipping_taken=False,
        charge_id=new_id(),
        charge_status="captured",
        lines=(),
    )
    order = {"channel": "web", "currency": market.currency, "number": "X", "id": new_id()}
    facts = OrderFacts(
        order=order, market=market, payment=None, shipments=(shipment,), captures=(), kept=(), foreign_minor=0
    )
    return facts, shipment


def days_of(market: str) -> list[datetime]:
    """Moments of dispatch: around midnight, and around both changes of the clocks of the year."""
    zone = ZoneInfo(get_market(market).time_zone)
    days = [date(2026, 3, 8), date(2026, 3, 20), date(2026, 10, 10), date(2026, 10, 20), date(2026, 12, 31)]
    times = [time(0, 0), time(0, 30), time(12, 0), time(23, 59, 59)]
    return [datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for day in days for at in times]


@pytest.mark.requirement("REF-1", "SHP-8")
@pytest.mark.parametrize("code", ["FR", "DE", "US", "CN"])
def test_day_30_is_accepted_to_its_last_moment_and_day_31_is_refused_in_the_markets_time_zone(code):
    load_markets(None)
    zone = get_market(code).zone
    for dispatched_at in days_of(code):
        facts, shipment = facts_of(code, dispatched_at)
        left_on = dispatched_at.astimezone(zone).date()
        midnight = datetime.combine(left_on + timedelta(days=31), time(), tzinfo=zone).astimezone(UTC)
        assert deadline_over(facts, shipment, midnight - timedelta(microseconds=1)) is None
        refusal = deadline_over(facts, shipment, midnight)
        assert isinstance(refusal, RefundDeadlineOver)
        assert refusal.facts["asked_on"] == left_on + timedelta(days=31)
        assert refusal.facts["last_day"] == left_on + timedelta(days=30)


@pytest.mark.requirement("REF-1")
def test_the_same_instant_is_in_time_in_one_market_and_late_in_another():
    dispatched = datetime(2026, 6, 1, 12, tzinfo=UTC)
    asked = datetime(2026, 7, 1, 20, tzinfo=UTC)  # still 1 July in New York, already 2 July in Shanghai
    for code, late in (("US", False), ("CN", True)):
        facts, shipment = facts_of(code, dispatched)
        assert (deadline_over(facts, shipment, asked) is not None) is late


def test_every_verdict_reads_as_a_sentence_in_every_market():
    for market in all_markets():
        facts, shipment = facts_of(market.code, datetime(2026, 1, 1, tzinfo=UTC))
        refusal = deadline_over(facts, shipment, datetime(2026, 6, 1, tzinfo=UTC))
        assert "{" not in problem(refusal, "en")["detail"]
        verdict = eligibility(facts, datetime(2026, 1, 2, tzinfo=UTC), "withdrawal").verdict
        text = translate("en", verdict.sentence, {key: spoken(value, "en") for key, value in verdict.facts.items()})
        assert "{" not in text


@pytest.mark.requirement("REF-1", "REF-2")
async def test_a_case_opened_on_the_last_day_stays_in_time_however_late_it_is_decided(desk):
    order_id = await desk.shipped([(GOODS, 2)])
    until = (await desk.shipment(order_id))["refundable_until"]
    desk.travel(until - timedelta(seconds=30))
    asked = await refunds.request_refund(
        RequestRefund(order_id=order_id, lines=[], reason="withdrawal", principal=CUSTOMER, message="too small")
    )
    desk.later(days=5)
    with pytest.raises(RefundDeadlineOver):
        await refunds.request_refund(
            RequestRefund(order_id=order_id, lines=[], reason="withdrawal", principal=CUSTOMER)
        )
    preview = await desk.preview(order_id, 2, request_id=asked.request_id)
    assert preview.outside_policy == ()
    committed = await desk.commit(order_id, 2, request_id=asked.request_id, fingerprint=preview.fingerprint)
    await desk.work()
    assert committed.status == "processing"
    assert (await desk.refund(order_id))["status"] == "succeeded"
    assert (await refunds.get_request(asked.request_id))["status"] == "accepted"
    await desk.check_laws(order_id)


@pytest.mark.requirement("REF-1")
async def test_a_request_on_day_31_is_refused_with_the_reason(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    until = (await desk.shipment(order_id))["refundable_until"]
    desk.travel(until + timedelta(seconds=1))
    with pytest.raises(RefundDeadlineOver) as refusal:
        await refunds.request_refund(
            RequestRefund(
                order_id=order_id,
                lines=[RefundLine(quantity=1, sku=GOODS)],
                reason="withdrawal",
                principal=CUSTOMER,
            )
        )
    facts = refusal.value.facts
    assert (facts["last_day"] - facts["dispatched_on"]).days == 30
    verdict = (await refunds.refund_eligibility(order_id)).verdict
    assert (verdict.eligible, verdict.rule, verdict.code) == (False, "REF-1", "refund_deadline_over")


@pytest.mark.requirement("REF-1", "REF-5")
async def test_our_own_mistakes_have_no_deadline(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    desk.later(days=200)
    asked = await refunds.request_refund(
        RequestRefund(order_id=order_id, lines=[], reason="wrong_delivery", principal=CUSTOMER)
    )
    assert asked.instructions is not None
    assert not asked.instructions.buyer_pays


@pytest.mark.requirement("REF-4", "ORD-8")
async def test_a_purchase_on_a_marketplace_is_pointed_to_the_marketplace(desk):
    order_id = await import_channel_order(
        ImportChannelOrder(
            market="FR",
            channel="ebay",
            reference="11-2233",
            email="buyer@example.com",
            locale="fr",
            address={"name": "A", "line1": "1 rue X", "postcode": "75001", "city": "Paris", "country": "FR"},
            lines=[(GOODS, 1, 7990)],
            actor="import",
        )
    )
    with pytest.raises(BoughtElsewhere) as refusal:
        await refunds.request_refund(
            RequestRefund(order_id=order_id, lines=[], reason="withdrawal", principal=CUSTOMER)
        )
    place = get_market("FR").retail_place("ebay")
    assert (refusal.value.facts["place"], refusal.value.facts["url"]) == (place.name, place.url)
    verdict = (await refunds.refund_eligibility(order_id)).verdict
    assert (verdict.eligible, verdict.rule) == (False, "REF-4")


@pytest.mark.requirement("REF-11")
async def test_what_was_not_charged_is_released_and_not_refunded(desk):
    order = await desk.place([(GOODS, 1)])
    await desk.work()
    with pytest.raises(NotChargedYet):
        await desk.commit(order.order_id)
    verdict = (await refunds.refund_eligibility(order.order_id)).verdict
    assert (verdict.eligible, verdict.rule) == (False, "REF-11")


async def test_what_has_not_left_is_cancelled_instead(desk):
    order = await desk.place([(GOODS, 1), (LATER, 1)], "apple_pay")
    await desk.work()
    await desk.ship(order.order_id)
    answer = await refunds.refund_eligibility(order.order_id)
    assert [each.verdict.code for each in answer.shipments] == ["eligible", "not_dispatched"]
    with pytest.raises(NotShippedYet):
        await desk.commit(
            order.order_id, lines=[RefundLine(quantity=1, shipment_line_id=await desk.line(order.order_id, 2))]
        )
    with pytest.raises(UnknownRefundLine):
        await desk.commit(order.order_id, lines=[RefundLine(quantity=1, sku=LATER)])


async def test_more_than_was_shipped_is_refused_and_everything_once_is_enough(desk):
    order_id = await desk.shipped([(GOODS, 2)])
    with pytest.raises(TooManyUnits):
        await desk.commit(order_id, 3)
    await desk.commit(order_id, 2)
    with pytest.raises((AlreadyRefunded, TooManyUnits)):
        await desk.commit(order_id)
    verdict = (await refunds.refund_eligibility(order_id)).verdict
    assert verdict.code == "already_refunded"


async def test_strange_lines_reasons_and_orders_are_refused(desk):
    order_id = await desk.shipped([(GOODS, 1)])
    with pytest.raises(UnknownRefundLine):
        await desk.commit(order_id, lines=[RefundLine(quantity=1, shipment_line_id=new_id())])
    with pytest.raises(UnknownRefundLine):
        await desk.commit(order_id, 0)
    with pytest.raises(UnknownRefundReason):
        await desk.commit(order_id, reason="because")
    with pytest.raises(NotFound):
        await refunds.commit_refund(
            refunds.CommitRefund(
                order_id=new_id(), lines=[RefundLine(quantity=1, sku=GOODS)], reason="goodwill", principal=ALEX
            )
        )
    assert await db.fetchval("select count(*) from refund") == 0
