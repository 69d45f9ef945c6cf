"""The books over HTTP: checked, reconciled, and the charges of an order in the order of its shipments."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from api.shop import CARD, simulated
from store.kernel import outbox


@pytest.fixture
def settings_changes(world):
    return simulated(world)


async def charged_order(shop, keys):
    placed = await shop.order(("AUR-ONE-BLK", 2), payment_method="card", payment=CARD)
    await shop.as_(keys.warehouse).ship(placed["shipments"][0]["number"])
    await outbox.drain()


@pytest.mark.requirement("PAY-13")
async def test_the_trial_balance_sums_to_zero_and_is_for_customer_service(shop, keys):
    await charged_order(shop, keys)
    trial = (await shop.as_(keys.agent).get("/agent/ledger/check")).json()
    assert (trial["ok"], trial["unbalanced_journals"], trial["disagreements"]) == (True, [], [])
    assert sum(row["balance"]["amount_minor"] for row in trial["balances"]) == 0
    assert "clearing:stripe" in {row["account"] for row in trial["balances"]}
    assert (await shop.get("/agent/ledger/check")).status_code == 403


@pytest.mark.requirement("PAY-12", "PAY-13")
async def test_a_reconciliation_names_what_the_store_does_not_know(shop, keys, world):
    """A chargeback that no webhook told: the capture is matched, the rest is for a person."""
    await charged_order(shop, keys)
    charge = next(row["ref"] for row in world.look("books")["movements"] if row["kind"] == "capture")
    world.sim("dashboard/dispute", provider="stripe", charge_or_capture=charge)
    window = {"since": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    path = "/agent/ledger/reconciliations"
    assert (await shop.as_(keys.agent).post(path, window)).status_code == 403
    await asyncio.sleep(1.1)  # the list is by the second
    report = (await shop.as_(keys.admin).post(path, window)).json()
    assert (report["movements"], report["matched"], report["ok"]) == (2, 1, False)
    assert report["exceptions"][0].startswith("movement_unknown")


@pytest.mark.parametrize("since", ["2026-01-01T00:00:00", "yesterday", None])
async def test_a_window_without_a_clear_beginning_is_refused(shop, keys, since):
    answer = await shop.as_(keys.admin).post("/agent/ledger/reconciliations", {"since": since})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_charges_are_listed_in_the_order_of_their_shipments(shop):
    order = await shop.order(("AUR-ONE-BLK", 1), ("HAL-DVID-BLK", 1), payment_method="card", payment=CARD)
    shipments = [shipment["number"] for shipment in order["shipments"]]
    assert [charge["shipment"] for charge in order["payment"]["charges"]] == shipments
    assert len(shipments) == 2
