"""Which PostgreSQL processes work on a cluster, and starting one that can't outlive us."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from store.kernel import embedded_launch
from store.kernel.embedded_account import Account

STATUS_LINE = 7  # of postmaster.pid: "starting", "ready", "stopping"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}  # PGPORT and its like must not reach it


def spawn(
    command: Sequence[str], account: Account, log: IO[bytes] | int, *, when_we_die: signal.Signals
) -> subprocess.Popen[bytes]:
    """Start a program as the account, in a session of its own, that Linux ends together with us.

    Linux takes the end of the *thread* that started it for our end: call it from one that lives as long as the server.
    """
    who = (account.uid, account.gid) if account.changes_user else (-1, -1)
    launcher = [sys.executable, "-I", "-S", str(embedded_launch.__file__)]
    return subprocess.Popen(
        [*launcher, str(int(when_we_die)), str(os.getpid()), *map(str, who), *command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,
    )


class Keeper:
    """Starts a program from a thread that lives until released, when the caller isn't on the main thread."""

    def __init__(self) -> None:
        self._released = threading.Event()

    def spawn(
        self, command: Sequence[str], account: Account, log: IO[bytes] | int, *, when_we_die: signal.Signals
    ) -> subprocess.Popen[bytes]:
        """See spawn(); errors of the start reach the caller."""
        if threading.current_thread() is threading.main_thread():
            return spawn(command, account, log, when_we_die=when_we_die)
        results: list[subprocess.Popen[bytes] | OSError] = []
        started = threading.Event()

        def keep() -> None:
            try:
                results.append(spawn(command, account, log, when_we_die=when_we_die))
            except OSError as error:
                results.append(error)
            started.set()
            self._released.wait()

        threading.Thread(target=keep, name="embedded-postgres-keeper", daemon=True).start()
        started.wait()
        if isinstance(results[0], OSError):
            raise results[0]
        return results[0]

    def release(self) -> None:
        """Let the thread end: its program is gone."""
        self._released.set()


def postmaster_pid(cluster: Path) -> int | None:
    """The process that postmaster.pid names, alive or not; None without one."""
    lines = _pid_file_lines(cluster)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def is_ready(cluster: Path, pid: int) -> bool:
    """Tell whether this server says that it accepts connections (what pg_ctl looks at, too)."""
    lines = _pid_file_lines(cluster)
    return len(lines) > STATUS_LINE and lines[0] == str(pid) and lines[STATUS_LINE].strip() == "ready"


def living_processes(cluster: Path) -> list[int]:
    """Give all processes of PostgreSQL that work in the cluster's folder: PostgreSQL's make it their working directory.

    A number in postmaster.pid alone proves nothing: after a crash or in a restarted container somebody else has it.
    """
    if not Path("/proc/self/cwd").exists():
        return _living_postmaster(cluster)
    found, wanted = [], str(cluster.resolve())
    for entry in os.listdir("/proc"):  # noqa: PTH208 - quicker by far
        try:
            if entry.isdigit() and os.readlink(f"/proc/{entry}/cwd") == wanted:  # noqa: PTH115 - the same
                found.append(int(entry))
        except OSError:  # Gone meanwhile, or somebody else's.
            continue
    return [pid for pid in found if _is_working_postgres(pid)]


def interrupt(pid: int) -> None:
    """Ask a server for a fast shutdown, if it is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)


def _living_postmaster(cluster: Path) -> list[int]:
    """Without /proc (macOS): the named process, if it is a postgres."""
    pid = postmaster_pid(cluster)
    if pid is None:
        return []
    answer = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return [pid] if "postgres" in answer.stdout else []


def _is_working_postgres(pid: int) -> bool:
    """Neither a shell that somebody opened in the folder, nor a zombie, which keeps its entry but not its work."""
    try:
        name, state = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(") ")[::2]
    except OSError:
        return False
    return name == "postgres" and state[:1] not in {"Z", "X"}


def _pid_file_lines(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []
