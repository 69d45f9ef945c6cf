"""The whole store as a process, in a folder and on ports of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
START_SECONDS = 90


class StoreProcess:
    """One `store serve` and all that it started."""

    def __init__(
        self, folder: Path, *arguments: str, program: tuple[str, ...] = ("-m", "store"), **environment: str
    ) -> None:
        port, simulator_port = free_ports(2)
        self.port = int(environment.get("STORE_PORT", port))
        self.simulator_port = int(environment.get("STORE_SIMULATOR_PORT", simulator_port))
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = folder / f"output-{self.port}.txt"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("STORE_")},
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "default",
            "STORE_DATA_DIR": str(folder / "data"),
            "STORE_PORT": str(self.port),
            "STORE_SIMULATOR_PORT": str(self.simulator_port),
            **environment,
        }
        self.started = time.monotonic()
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *program, "serve", *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=self.environment,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def await_ready(self) -> float:
        """Seconds from the start of the process to the first answer 200 of the health page."""
        while not self.is_ready():
            assert self.process.poll() is None, self.text
            assert time.monotonic() - self.started < START_SECONDS, self.text
            time.sleep(0.02)
        return time.monotonic() - self.started

    def is_ready(self) -> bool:
        try:
            with urlopen(f"{self.url}/health/ready", timeout=5) as answer:
                return answer.status == 200
        except HTTPError as error:
            error.close()
        except OSError:
            pass
        return False

    def await_simulator(self) -> None:
        """Until it knows our webhook addresses."""
        url = f"http://127.0.0.1:{self.simulator_port}/_sim/endpoints?world=store"
        ours = {f"{self.url}/webhooks/{provider}" for provider in ("stripe", "paypal")}

        def known():
            return ours <= {endpoint["url"] for endpoint in (ask(url) or {}).get("endpoints", [])}

        await_true(known, "the simulator knows our addresses")

    def family(self) -> dict[int, str]:
        """{process: its start time} of the process and everything below it."""
        found = {self.process.pid: start_time(self.process.pid)}
        parents = {
            int(entry.name): parent_of(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()
        }
        grown = True
        while grown:
            below = [pid for pid, parent in parents.items() if parent in found and pid not in found]
            found |= {pid: start_time(pid) for pid in below}
            grown = bool(below)
        return {pid: started for pid, started in found.items() if started is not None}

    def child(self, words: str) -> int:
        """The direct child whose command line contains the words."""
        found = [pid for pid in self.family() if parent_of(pid) == self.process.pid and words in command_line(pid)]
        return found[0] if found else None

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send the signal and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture(scope="session")
def used_folder(tmp_path_factory):
    """A data folder that a store has been started in before."""
    folder = tmp_path_factory.mktemp("store")
    store = StoreProcess(folder)
    try:
        store.await_ready()
    finally:
        store.end()
    return folder


@pytest.fixture
def start_store(used_folder):
    """Start a store that is ended, however the test goes."""
    stores = []

    def start(*arguments, folder=None, **environment):
        stores.append(StoreProcess(folder or used_folder, *arguments, **environment))
        return stores[-1]

    yield start
    for store in stores:
        if store.process.poll() is None:
            store.process.terminate()
            try:
                store.process.wait(20)
            except subprocess.TimeoutExpired:
                store.process.kill()
                store.process.wait()


def ask(url):
    try:
        with urlopen(url, timeout=2) as answer:
            return json.loads(answer.read())
    except (OSError, ValueError):
        return None


def await_true(condition, what, seconds=45.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def await_gone(family, seconds=40.0):
    """Until none of these processes is left (zombies of a killed parent have no work and no files)."""
    await_true(lambda: not [pid for pid, started in family.items() if start_time(pid) == started], f"{family}", seconds)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def stat(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return None


def parent_of(pid):
    fields = stat(pid)
    return int(fields[1]) if fields else None


def start_time(pid):
    fields = stat(pid)
    return fields[19] if fields and fields[0] not in "ZX" else None


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
