"""`store serve` starts everything, keeps it running, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from urllib.request import Request, urlopen

import pytest

from tests.system.conftest import await_gone, await_true

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and only Linux ends children with their parent"),
]


def test_a_new_folder_becomes_a_store_with_demo_data(start_store, tmp_path):
    store = start_store(folder=tmp_path)
    store.await_ready()
    store.await_simulator()
    await_true(lambda: "The store is ready" in store.text, "the panel is shown")
    for shown in (store.url, "pk_demo_storefront", "sk_demo_agent", "sk_demo_warehouse", "sk_demo_admin"):
        assert shown in store.text


def test_the_second_start_finds_what_the_first_one_made(start_store):
    store = start_store()
    store.await_ready()
    request = Request(f"{store.url}/api/v1/products?market=FR", headers={"Authorization": "Bearer pk_demo_storefront"})
    with urlopen(request, timeout=10) as answer:
        assert len(json.load(answer)["items"]) > 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_good_order_and_leaves_no_process(start_store, number):
    store = start_store()
    store.await_ready()
    family = store.family()
    assert len(family) > 5
    assert store.end(number) == 0, store.text
    await_gone(family, seconds=5)
    assert "Traceback" not in store.text


def test_a_signal_during_the_start_leaves_no_process(start_store):
    store = start_store()
    await_true(lambda: len(store.family()) > 1, "a child is started")
    family = store.family()
    store.end(signal.SIGTERM)
    await_gone(family)


def test_a_killed_store_takes_its_processes_along_and_starts_again(start_store):
    store = start_store()
    store.await_ready()
    family = store.family()
    store.end(signal.SIGKILL)
    await_gone(family)
    start_store().await_ready()


def test_a_killed_database_is_started_again(start_store):
    store = start_store()
    store.await_ready()
    os.kill(store.child("/postgres "), signal.SIGKILL)
    await_true(lambda: "PostgreSQL runs again" in store.text, "PostgreSQL is started again")
    await_true(store.is_ready, "the store is ready again")
    assert store.end() == 0


def test_a_killed_simulator_is_started_again(start_store):
    store = start_store()
    store.await_ready()
    store.await_simulator()
    first = store.child("store.simulator")
    os.kill(first, signal.SIGKILL)
    await_true(lambda: store.child("store.simulator") not in {first, None}, "a new one is started")
    store.await_simulator()
    assert store.end() == 0


def test_two_stores_cannot_share_a_folder(start_store):
    first = start_store()
    first.await_ready()
    second = start_store()
    assert second.process.wait(20) == 1
    assert "is in use by process" in second.text.replace("\n", " ")
    assert "Traceback" not in second.text
    assert first.is_ready()


def test_a_taken_port_is_told_before_anything_starts(start_store):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        store = start_store(STORE_PORT=port)
        assert store.process.wait(20) == 1
    assert f"Port {port} on 127.0.0.1 can't be used" in store.text
    assert "Traceback" not in store.text


def test_production_without_settings_is_refused_by_name(start_store):
    store = start_store(STORE_ENV="production")
    assert store.process.wait(20) == 2
    for name in ("STORE_DATABASE_URL", "STORE_STRIPE_SECRET_KEY", "STORE_PAYPAL_CLIENT_ID", "STORE_SECRET_KEY"):
        assert name in store.text
    assert "Traceback" not in store.text


def test_several_web_processes_start_from_a_script_without_a_guard(start_store, tmp_path):
    script = tmp_path / "store"
    script.write_text("import sys\nfrom store.cli import main\nsys.exit(main())\n")
    store = start_store("--workers", "2", program=(str(script),))
    store.await_ready()
    store.end(signal.SIGINT)
    assert "Traceback" not in store.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_several_web_processes_end_with_their_parent(start_store, number):
    store = start_store("--workers", "2")
    store.await_ready()
    family = store.family()
    code = store.end(number)
    assert code == (0 if number == signal.SIGINT else -number), store.text
    await_gone(family)
