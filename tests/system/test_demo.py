"""`store demo` from outside: the whole story over HTTP, every check of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from system.conftest import ROOT, free_ports

RUN_SECONDS = 170  # alone it takes a fraction; the machine is shared with other tests


def environment(**variables):
    own = {name: value for name, value in os.environ.items() if not name.startswith("STORE_")}
    # Whatever runs at the usual address is left alone.
    return {**own, "PYTHONPATH": str(ROOT), "STORE_PORT": str(free_ports(1)[0]), **variables}


def folders():
    return set(Path(tempfile.gettempdir()).glob("store-demo-*"))


@pytest.mark.slow
@pytest.mark.requirement(
    "CRT-3", "CRT-7", "PAY-2", "PAY-3", "PAY-4", "PAY-5", "PAY-6", "PAY-9", "PAY-11", "PAY-12", "PAY-13", "SHP-1",
    "SHP-3", "SHP-6", "ORD-4", "ORD-5", "ORD-8", "REF-1", "REF-2", "REF-4", "REF-6", "REF-7", "REF-10",
)  # fmt: skip
def test_every_check_of_the_story_holds(tmp_path):
    before = folders()
    done = subprocess.run(
        [sys.executable, "-m", "store", "demo", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=RUN_SECONDS,
        check=False,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert [check["name"] for check in told["checks"] if not check["ok"]] == [], done.stderr
    assert (told["ok"], done.returncode) == (True, 0), done.stderr
    acts = {check["name"].partition(":")[0] for check in told["checks"]}
    assert acts == {"a", "b", "c", "d", "e", "f", "g", "h", "i", "races", "end"}
    assert folders() == before, "the temporary store's folder is gone"


@pytest.mark.slow
def test_the_story_can_be_told_again_in_a_store_that_runs(start_store, tmp_path):
    store = start_store(folder=tmp_path)
    store.await_ready()
    store.await_simulator()
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "store", "demo", "--url", store.url, "--only", "a,d,h,races", "--json"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment(),
            timeout=RUN_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_story_leaves_nothing_behind(tmp_path, number):
    before = folders()
    with subprocess.Popen(
        [sys.executable, "-m", "store", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=tmp_path,
        env=environment(),
        start_new_session=True,
    ) as process:
        while "store of its own" not in process.stdout.readline().decode():
            assert process.poll() is None
        time.sleep(0.5)
        process.send_signal(number)
        assert process.wait(30) != 0
    assert folders() == before
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "store-demo-" not in listed


def test_an_unknown_act_is_named():
    done = subprocess.run(
        [sys.executable, "-m", "store", "demo", "--only", "a,z"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "'z'" in done.stderr
    assert "races" in done.stderr


def test_a_store_that_does_not_answer_is_said_so():
    done = subprocess.run(
        [sys.executable, "-m", "store", "demo", "--url", f"http://127.0.0.1:{free_ports(1)[0]}"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "nothing answers there" in done.stderr
