"""`store demo --returns` from outside: every check of it, told twice in one store."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from system.test_demo import RUN_SECONDS, environment

ACTS = set("abcdefghi")


@pytest.mark.slow
@pytest.mark.requirement(
    "RMA-1", "RMA-2", "RMA-3", "RMA-4", "RMA-5", "RMA-6", "RMA-7", "RMA-8", "RMA-9", "RMA-10", "RMA-12", "RMA-14",
    "RMA-17", "RMA-18", "WAR-1", "WAR-2", "WAR-3", "WAR-5", "WAR-7", "WAR-8", "WAR-9", "CER-1", "CER-2", "CER-4",
)  # fmt: skip
def test_every_check_of_the_story_holds_and_it_can_be_told_again_in_the_same_store(start_store, tmp_path):
    store = start_store(folder=tmp_path)
    store.await_ready()
    store.await_simulator()
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "store", "demo", "--returns", "--url", store.url, "--json"],
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
        assert {check["name"].partition(":")[0] for check in told["checks"]} == {*ACTS, "end"}


def test_acts_of_the_other_story_are_not_known_here():
    done = subprocess.run(
        [sys.executable, "-m", "store", "demo", "--returns", "--only", "a,races"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "'races'" in done.stderr
