"""`store worker` runs beside `store serve`, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.system.conftest import await_true

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="as test_serve")]


@pytest.fixture
def start_worker(used_folder):
    workers = []

    def start(environment, *arguments):
        output = used_folder / "worker.txt"
        with output.open("wb") as stream:
            worker = subprocess.Popen(
                [sys.executable, "-m", "store", "worker", *arguments],
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=used_folder,
                env=environment,
                start_new_session=True,
            )
        workers.append(worker)
        await_true(lambda: "the worker is ready" in output.read_text() or worker.poll() is not None, "it starts")
        assert worker.poll() is None, output.read_text()
        return worker

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_its_whole_group_ends_a_worker_soon(start_store, start_worker, number):
    store = start_store()
    store.await_ready()
    worker = start_worker(store.environment)
    os.killpg(worker.pid, number)
    assert worker.wait(10) == 0
    assert store.is_ready()


def test_a_worker_outlives_a_restart_of_the_database(start_store, start_worker):
    store = start_store()
    store.await_ready()
    worker = start_worker(store.environment, "--lease-seconds", "5")
    os.kill(store.child("/postgres "), signal.SIGKILL)
    await_true(lambda: "PostgreSQL runs again" in store.text, "PostgreSQL is started again")
    await_true(store.is_ready, "the store is ready again")
    time.sleep(1)
    assert worker.poll() is None
    worker.terminate()
    assert worker.wait(15) == 0
