"""Which conditions apply: market < category < manufacturer, figure by figure; fees within their bounds."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refunds.desk import Desk

from rma.owner import OURS, guest, mistaken, serials_of, sold
from store.kernel import db
from store.markets import all_markets, get_market
from store.rma.find_returns import load_return
from store.rma.policies import AddPolicy, add_policy, effective_terms, load_terms, market_terms
from store.rma.quote_repair import repair_price
from store.rma.register_return import OpenReturn, open_return
from store.rma.step_errors import PolicyInvalid


def scope(market=None, category=None, manufacturer=None, **terms) -> AddPolicy:
    facts = {"market": market, "category": category, "manufacturer": manufacturer}
    return AddPolicy(**facts, terms=terms, note="", actor="admin:test")


@pytest.mark.requirement("RMA-2")
@given(
    goods=st.integers(0, 10**9),
    share=st.integers(0, 10**6),
    least=st.integers(0, 10**6),
    most=st.none() | st.integers(0, 10**6),
    cap=st.integers(0, 999_999),
)
def test_the_fee_keeps_within_its_bounds_and_never_eats_the_goods(goods, share, least, most, cap) -> None:
    terms = msgspec.structs.replace(
        market_terms(get_market("FR")),
        restocking_fee_ppm=share,
        restocking_fee_min_minor=least,
        restocking_fee_max_minor=most,
        restocking_fee_cap_ppm=cap,
    )
    fee = terms.fee_minor(goods)
    assert 0 <= fee <= goods * cap // 10**6
    assert most is None or fee <= most
    assert fee >= min(least, goods * cap // 10**6, least if most is None else most)
    assert goods == 0 or fee < goods


@pytest.mark.requirement("RMA-8")
@given(price=st.none() | st.integers(0, 10**9), flat=st.none() | st.integers(0, 10**6), least=st.integers(0, 10**6))
def test_a_repair_costs_its_flat_price_or_a_share_of_the_article(price, flat, least) -> None:
    terms = msgspec.structs.replace(
        market_terms(get_market("FR")), repair_flat_minor=flat, repair_share_ppm=400_000, repair_min_minor=least
    )
    quote = repair_price(terms, price)
    if flat is not None:
        assert quote == flat
    elif price is None:
        assert quote is None
    else:
        assert quote >= least
        assert abs(max(quote, least) - max(price * 0.4, least)) <= 1


@pytest.mark.requirement("RMA-1")
def test_every_market_has_conditions_that_hold_together() -> None:
    for market in all_markets():
        terms = market_terms(market)
        assert terms.restocking_fee_cap_ppm < 1_000_000
        assert set(terms.wishes) == set(terms.requires) == {"wrong_order", "wrong_delivery", "defective"}
        assert all(terms.wishes.values())


@pytest.mark.requirement("RMA-1", "RMA-2")
async def test_the_more_specific_policy_wins_figure_by_figure(desk: Desk) -> None:
    france = get_market("FR")
    weakest_first = [
        scope(),
        scope("FR"),
        scope(None, "headsets"),
        scope("FR", "headsets"),
        scope(None, None, "aurelvo"),
        scope("FR", None, "aurelvo"),
        scope(None, "headsets", "aurelvo"),
        scope("FR", "headsets", "aurelvo"),
    ]
    for days, each in enumerate(
        reversed(weakest_first), start=1
    ):  # the strongest first: the order of adding is nothing
        await add_policy(scope(each.market, each.category, each.manufacturer, wrong_order_days=10 - days))
        expected = (await effective_terms(france, "headsets", "aurelvo")).terms.wrong_order_days
        assert expected == 9
    await add_policy(scope("FR", "headsets", "aurelvo", wrong_delivery_days=77))  # a new version replaces the old one
    applied = await effective_terms(france, "headsets", "aurelvo")
    assert (applied.terms.wrong_order_days, applied.terms.wrong_delivery_days) == (8, 77)
    assert [row["version"] for row in applied.policies][-1] == applied.version
    both = await load_terms(france, [("headsets", "aurelvo"), ("switches", "vendrel")])
    assert both["switches", "vendrel"].terms.wrong_order_days == 3  # FR alone
    assert (await effective_terms(get_market("US"), None, None)).terms.wrong_order_days == 2


@pytest.mark.requirement("RMA-1")
async def test_lists_of_one_reason_leave_the_other_reasons_alone(desk: Desk) -> None:
    await add_policy(scope(None, "headsets", requires={"wrong_order": ["photo"]}, wishes={"defective": ["repair"]}))
    terms = (await effective_terms(get_market("FR"), "headsets", None)).terms
    assert terms.requires["wrong_order"] == ("photo",)
    assert terms.requires["wrong_delivery"] == ("photo_or_received_sku",)
    assert (terms.wishes["defective"], terms.wishes["wrong_order"]) == (("repair",), ("refund",))


@pytest.mark.requirement("RMA-1")
@pytest.mark.parametrize(
    ("market", "terms"),
    [
        ("FR", {"no_such_term": 1}),
        ("FR", {"restocking_fee_ppm": 1_000_001}),
        ("FR", {"restocking_fee_cap_ppm": 1_000_000}),
        ("FR", {"restocking_fee_min_minor": -1}),
        ("FR", {"expiry_days": 0}),
        ("FR", {"expiry_days": True}),
        ("FR", {"expiry_days": 1.5}),
        ("FR", {"wrong_order_days": None}),
        ("FR", {"requires": {"wrong_order": ["a blessing"]}}),
        ("FR", {"requires": ["photo"]}),
        ("FR", {"wishes": {"wrong_order": []}}),
        (None, {"restocking_fee_min_minor": 100}),
        (None, {"repair_flat_minor": None}),
    ],
)
async def test_a_policy_that_makes_no_sense_is_refused(desk: Desk, market: str | None, terms: dict) -> None:
    with pytest.raises(PolicyInvalid) as refusal:
        await add_policy(scope(market, **terms))
    assert refusal.value.facts["errors"][0]["field"].startswith("terms.")
    assert await db.fetchval("select count(*) from rma_policy") == 0


@pytest.mark.requirement("RMA-1", "ACC-4")
async def test_an_item_keeps_the_conditions_it_was_registered_under(desk: Desk) -> None:
    order_id = await sold(desk, (OURS, 1))
    (serial,) = await serials_of(order_id)
    added = await add_policy(scope("FR", restocking_fee_ppm=100_000))
    rma_id = await open_return(OpenReturn(caller=guest(order_id), locale="fr", items=[mistaken(serial)]))
    await add_policy(scope("FR", restocking_fee_ppm=0, restocking_fee_min_minor=0))
    (unit,) = (await load_return(rma_id)).units
    assert (unit["fee_minor"], unit["policy_version"]) == (799, added["version"])
    assert unit["policy"]["restocking_fee_ppm"] == 100_000
    assert await db.fetchval("select count(*) from audit_entry where action = 'add_return_policy'") == 2
    with pytest.raises(Exception, match="rma_policy"):
        await db.execute("update rma_policy set terms = '{}'")
