"""The embedded cluster's files: made whole or not at all, of the right version, and worked on by nobody else."""

import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from store.kernel import embedded_processes as processes
from store.kernel.embedded_account import Account
from store.kernel.embedded_errors import DataDamaged, FolderInUse, WrongVersion, failure_told_by

USER = "store"  # No schema may be called so: PostgreSQL would look into it first.
ORPHAN_TIMEOUT_SECONDS = 30
POLL_SECONDS = 0.005


def make_cluster(location: Path, account: Account, binaries: Path, *, sync: bool) -> None:
    """Run initdb in a folder aside and rename it when it is whole: a killed initdb leaves no half cluster.

    `sync=False` saves the flush to disk, for throw-away clusters. Raises DiskFull or StartFailed.
    """
    _sweep(location)
    aside = location / f"initializing-{secrets.token_hex(4)}"
    aside.mkdir(mode=0o700)
    try:
        account.own(aside)
        command = [str(binaries / "initdb"), "-D", str(aside), "-U", USER, "-A", "trust", "-E", "UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
        if not sync:
            command.append("--no-sync")
        # A pipe, as a log on a full disk would stay empty. Waiting here keeps the thread that Linux watches alive.
        with processes.spawn(command, account, subprocess.PIPE, when_we_die=signal.SIGINT) as initdb:
            output = initdb.communicate()[0].decode(errors="replace")
        if initdb.returncode:
            raise failure_told_by(output, location, "The PostgreSQL cluster could not be made")
        aside.rename(location / "cluster")
    finally:
        _sweep(location)  # An initdb whose starter was killed may have written on beneath the first sweep.


def _sweep(location: Path) -> None:
    for leftover in location.glob("initializing-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def check_version(cluster: Path, binaries: Path) -> None:
    """Refuse data of another major version (WrongVersion) and a folder that isn't a cluster (DataDamaged)."""
    try:
        found = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise DataDamaged(cluster, "PG_VERSION is missing") from None
    answer = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
    expected = answer.stdout.split()[-1].split(".")[0]
    if found != expected:
        raise WrongVersion(cluster, found=found, expected=expected)


def await_orphans(cluster: Path, our_last_server: int | None) -> None:
    """Let a server whose starter was killed come to its end; then drop the mark that a crash left.

    PostgreSQL would take the mark's number, given to another process meanwhile, for a running server.

    Linux told it to stop when its starter died; we say it again for systems that don't. A server that no store started
    (its number isn't in our lock file) is not ours to stop: FolderInUse. To be called by the holder of the owner lock.
    """
    deadline = time.monotonic() + ORPHAN_TIMEOUT_SECONDS
    asked = False
    while living := processes.living_processes(cluster):
        postmaster = processes.postmaster_pid(cluster)
        if postmaster in living and postmaster != our_last_server:
            raise FolderInUse(cluster.parent, postmaster)
        if postmaster in living and not asked:
            asked = True
            processes.interrupt(postmaster)
        if time.monotonic() > deadline:
            raise FolderInUse(cluster.parent, living[0])
        time.sleep(POLL_SECONDS)
    (cluster / "postmaster.pid").unlink(missing_ok=True)
