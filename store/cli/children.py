"""The processes that `store serve` starts and keeps alive: the embedded PostgreSQL and the payment simulator.

They end with us however we end (Linux sends them a signal when the thread that started them is gone), and they are
started again when they end before us.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import store
from store.kernel import embedded_launch
from store.kernel.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
HEALTHY_SECONDS = 10.0  # living longer than this clears the record of failures
STOP_SECONDS = 5.0
PATIENCE_ATTEMPTS = 5


class Simulator:
    """`python -m store.simulator` on a port of the loopback interface."""

    def __init__(self, port: int, data_dir: Path) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._state = data_dir / "simulator.db"
        self._log = data_dir / "simulator.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; call it from a thread that lives as long as it shall live."""
        package_parent = str(Path(store.__file__).parents[1])
        path = os.pathsep.join(filter(None, [package_parent, os.environ.get("PYTHONPATH")]))
        launcher = [sys.executable, "-I", "-S", str(embedded_launch.__file__)]
        about_us = [str(int(signal.SIGTERM)), str(os.getpid()), "-1", "-1"]
        program = [sys.executable, "-m", "store.simulator", "--port", str(self.port), "--state", str(self._state)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*launcher, *about_us, *program],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # Ctrl-C is for us to pass on
            )

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def last_words(self) -> str:
        """The last line of its log: what it died of, as a rule."""
        with suppress(OSError, IndexError):
            return self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-1]
        return "no reason known"


class Children(threading.Thread):
    """Watches both and starts them again; `failure` tells why it gave up, after asking us to end with SIGTERM."""

    def __init__(
        self,
        postgres: EmbeddedPostgres | None,
        simulator: Simulator | None,
        connect_simulator: Callable[[], bool] | None = None,
    ) -> None:
        """`connect_simulator` is called after each of its starts, until it says that it has succeeded."""
        super().__init__(name="children", daemon=True)
        self.postgres = postgres
        self.simulator = simulator
        self._connect = connect_simulator or (lambda: True)
        self._connected = False
        self.failure: str | None = None
        self._ending = threading.Event()
        self._simulator_failures = 0
        self._simulator_started = 0.0

    def stop(self) -> None:
        """End the watch, then the children; the database last."""
        self._ending.set()
        if self.is_alive():
            self.join()
        if self.simulator is not None:
            self.simulator.stop()
        if self.postgres is not None:
            self.postgres.stop()

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                self._look_after_simulator()
                self._look_after_postgres()
            except Exception:
                logger.exception("looking after the children failed")
            self._ending.wait(LOOK_SECONDS)

    def _look_after_simulator(self) -> None:
        simulator = self.simulator
        if simulator is None:
            return
        if simulator.running:
            self._connected = self._connected or self._connect()
            return
        lived = time.monotonic() - self._simulator_started
        if self._simulator_started:
            if lived > HEALTHY_SECONDS:
                self._simulator_failures = 0
            if lived < min(10.0, 0.5 * self._simulator_failures):
                return
            self._simulator_failures += 1
            logger.warning("the payment simulator ended and is started again: %s", simulator.last_words())
        simulator.stop()
        self._connected = False
        self._simulator_started = time.monotonic()
        simulator.start()

    def _look_after_postgres(self) -> None:
        postgres = self.postgres
        if postgres is None or postgres.running:
            return
        logger.warning("PostgreSQL ended and is started again")
        for attempt in range(1, PATIENCE_ATTEMPTS + 1):
            try:
                postgres.start()
            except EmbeddedPostgresError as error:
                self.failure = str(error)
                logger.error("PostgreSQL did not start, attempt %s: %s", attempt, error)  # noqa: TRY400 - says it all
                if self._ending.wait(attempt):
                    return
            else:
                self.failure = None
                logger.warning("PostgreSQL runs again")
                return
        os.kill(os.getpid(), signal.SIGTERM)
        self._ending.set()
