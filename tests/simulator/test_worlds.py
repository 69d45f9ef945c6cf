"""Worlds: apart from each other, kept over a kill, refused where they should be."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import stripe

from simulator.sink import Sink
from simulator.world_client import ROOT, WorldClient, start_simulator


def test_worlds_do_not_see_each_other(simulator_url: str, world: WorldClient) -> None:
    intent = world.hold()
    world.advance(1000)
    with WorldClient(simulator_url, f"{world.name}other") as other:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            other.stripe.payment_intents.retrieve(intent.id)
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
        assert other.look("clock")["offset_seconds"] == 0


def test_a_killed_simulator_forgets_nothing_that_it_acknowledged(tmp_path: Path, sink: Sink) -> None:
    state = tmp_path / "simulator.sqlite"
    process, url = start_simulator("--state", str(state))
    with WorldClient(url, "kept") as world:
        world.sim("endpoints", provider="stripe", url=sink.url, secret="whsec_x")
        world.sim("webhooks/mode", mode="delay", seconds=2)
        intent = world.hold(key="k", amount=12_34)
        order = world.order("20.00")["id"]
        world.advance(86_000)
        authority = world.http.get("/_sim/paypal/ca.pem").text
    process.kill()
    process.wait()
    process.stdout.close()
    process, url = start_simulator("--state", str(state))
    try:
        with WorldClient(url, "kept") as world:
            assert world.books("stripe")["authorized_open"] == 12_34
            assert world.hold(key="k", amount=12_34).id == intent.id
            assert world.paypal.get(f"v2/checkout/orders/{order}")["id"] == order
            assert world.look("clock")["offset_seconds"] == 86_000
            assert world.http.get("/_sim/paypal/ca.pem").text == authority
            sink.wait_for(3)
            world.advance(7 * 86_400)
            assert world.stripe.payment_intents.retrieve(intent.id).status == "canceled"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def test_a_state_file_has_one_simulator(tmp_path: Path) -> None:
    state = tmp_path / "simulator.sqlite"
    process, _url = start_simulator("--state", str(state))
    try:
        command = [sys.executable, "-m", "store.simulator", "--port", "0", "--state", str(state)]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
        assert second.returncode == 1
        assert "locked" in second.stderr
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def test_the_simulator_listens_on_this_machine_only() -> None:
    command = [sys.executable, "-m", "store.simulator", "--port", "0", "--host", "0.0.0.0"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert refused.returncode == 1
    assert "this machine only" in refused.stderr


def test_a_reset_world_is_empty(world: WorldClient) -> None:
    world.pay()
    world.sim("reset")
    assert world.stripe.payment_intents.list().data == []
    assert world.look("books") == {"stripe": {}, "paypal": {}, "movements": []}


def test_a_publishable_key_only_makes_payment_methods(world: WorldClient) -> None:
    headers = {"authorization": f"Bearer pk_test_{world.name}"}
    card = {"type": "card", "card[token]": "tok_visa"}
    made = world.http.post("/stripe/v1/payment_methods", data=card, headers=headers)
    assert made.status_code == 200
    assert made.headers["access-control-allow-origin"] == "*"
    assert world.http.options("/stripe/v1/payment_methods").status_code == 204
    refused = world.http.post("/stripe/v1/customers", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "secret_key_required")
    assert world.http.post("/stripe/v1/customers").status_code == 401


def test_movements_carry_what_the_store_sent_along(world: WorldClient) -> None:
    world.hold(metadata={"operation": "o-1"})
    world.captured(custom_id="c-1", invoice_id="i-1")
    movements = world.look("books")["movements"]
    assert [(row["provider"], row["kind"]) for row in movements] == [
        ("stripe", "authorization"), ("paypal", "capture"), ("paypal", "fee"),
    ]  # fmt: skip
    assert movements[0]["metadata"] == {"operation": "o-1"}
    assert (movements[1]["custom_id"], movements[1]["invoice_id"]) == ("c-1", "i-1")


def test_the_front_page_shows_worlds_and_escapes_them(simulator_url: str) -> None:
    httpx.post(f"{simulator_url}/_sim/clock", json={"world": "<b>x"}).raise_for_status()
    page = httpx.get(simulator_url).text
    assert "<b>x" not in page
    assert "&lt;b&gt;x" in page


@pytest.mark.parametrize(
    ("path", "facts"),
    [
        ("clock", {}),
        ("faults", {"world": "w", "provider": "stripe", "mode": "nonsense"}),
        ("settings", {"world": "w", "nonsense": True}),
        ("dashboard/dispute/close", {"world": "w", "provider": "stripe", "dispute": "x", "outcome": "maybe"}),
        ("endpoints", {"world": "w", "provider": "stripe"}),
    ],
)
def test_the_control_api_says_what_it_does_not_understand(
    simulator_url: str, path: str, facts: dict[str, object]
) -> None:
    answer = httpx.post(f"{simulator_url}/_sim/{path}", json=facts)
    assert answer.status_code == 400
    assert answer.json()["error"]
