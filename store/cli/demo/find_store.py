"""The store that the story is played in: one that runs already, or one of its own in a temporary folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

import store
from store.cli.demo.teller import Teller
from store.cli.ports import free_port
from store.cli.seed_accounts import DEMO_KEYS
from store.cli.simulated import running_simulator_url
from store.cli.terminal import fail, settings_or_exit
from store.kernel import embedded_launch

START_SECONDS = 40.0
STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Place:
    url: str
    simulator_url: str


@contextmanager
def find_or_start(url: str | None, simulator_url: str | None, *, own: bool, teller: Teller) -> Iterator[Place]:
    """The store at `url`; without it the one at the configured address, if it can be played in; else a new one."""
    settings = settings_or_exit()
    wanted = (url or settings.base_url).rstrip("/")
    place = None if own else _look_at(wanted, simulator_url or running_simulator_url(settings))
    if url and not own and place is None:
        fail(
            f"The story can't be played at {wanted}: nothing answers there, or it isn't a store with demo data, a"
            " movable clock and the payment simulator. If only the simulator is unknown, say where it is:"
            " --simulator http://127.0.0.1:12111"
        )
    if place is None:
        with _own_store(teller) as place:
            yield place
    else:
        teller.say(f"Playing in the store at {place.url}; its clock will move on.")
        yield place


def _look_at(url: str, simulator_url: str | None) -> Place | None:
    """The store there, if it has a movable clock, demo data and a payment simulator."""
    key = {"authorization": f"Bearer {DEMO_KEYS[0].token}"}
    try:
        clock = httpx.get(f"{url}/dev/clock", timeout=5, trust_env=False)
        demo = httpx.get(f"{url}/api/v1/markets", headers=key, timeout=5, trust_env=False)
        if clock.status_code != 200 or demo.status_code != 200:
            return None
        simulator = clock.json().get("simulator_url") or simulator_url
    except (httpx.HTTPError, ValueError, AttributeError):
        return None
    return Place(url, simulator.rstrip("/")) if simulator else None


@contextmanager
def _own_store(teller: Teller) -> Iterator[Place]:
    """`store serve` in a new folder on free ports; nothing of it is left, however the story ends."""
    signal.signal(signal.SIGTERM, _leave)
    folder = Path(tempfile.mkdtemp(prefix="store-demo-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        place = Place(f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}")
        began = time.monotonic()
        process = _start(folder, place)
        _await_ready(process, place, folder)
        teller.say(f"A store of its own runs at {place.url} ({time.monotonic() - began:.1f} s).")
        yield place
    finally:
        _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, place: Place) -> subprocess.Popen[bytes]:
    package_parent = str(Path(store.__file__).parents[1])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STORE_")}
    environment |= {
        "PYTHONPATH": os.pathsep.join(filter(None, [package_parent, os.environ.get("PYTHONPATH")])),
        "STORE_DATA_DIR": str(folder / "data"),
        "STORE_PORT": place.url.rpartition(":")[2],
        "STORE_SIMULATOR_PORT": place.simulator_url.rpartition(":")[2],
    }
    # It gets SIGTERM when we are killed, so that nothing of it outlives us.
    launcher = [sys.executable, "-I", "-S", str(embedded_launch.__file__)]
    about_us = [str(int(signal.SIGTERM)), str(os.getpid()), "-1", "-1"]
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(
            [*launcher, *about_us, sys.executable, "-m", "store", "serve"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,  # Ctrl-C is for us to pass on
        )


def _await_ready(process: subprocess.Popen[bytes], place: Place, folder: Path) -> None:
    """Ready, and known to the simulator, which sends webhooks."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            ready = httpx.get(f"{place.url}/health/ready", timeout=5, trust_env=False).status_code == 200
            if ready and _webhooks_known(place):
                return
        except (httpx.HTTPError, ValueError):
            pass
        time.sleep(0.05)
    fail(f"The store did not start. It said:\n{(folder / 'output.txt').read_text(errors='replace')[-3000:]}")


def _webhooks_known(place: Place) -> bool:
    answer = httpx.get(f"{place.simulator_url}/_sim/endpoints", params={"world": "store"}, timeout=5, trust_env=False)
    return len(answer.json().get("endpoints", [])) >= 2


def _stop(process: subprocess.Popen[bytes] | None) -> None:
    if process is None:
        return
    for number in (signal.SIGINT, signal.SIGTERM):  # no second Ctrl-C may leave it half stopped
        signal.signal(number, signal.SIG_IGN)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _leave(_number: int, _frame: Any) -> None:
    raise SystemExit(128 + signal.SIGTERM)
