"""The embedded PostgreSQL starts quickly, dies with its starter, and gets over whatever killed it."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from store.kernel import embedded_processes
from store.kernel.embedded_errors import failure_told_by
from store.kernel.embedded_postgres import (
    FAST_AND_UNSAFE,
    DataDamaged,
    DiskFull,
    EmbeddedPostgres,
    FolderInUse,
    FolderNotUsable,
    StartFailed,
    WrongVersion,
    temporary_postgres,
)

ROOT = Path(__file__).parents[2]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change users and mount")
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a program with its starter")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A stopped data folder to copy, as most laws here don't need an initdb of their own."""
    folder = Path(tempfile.mkdtemp(prefix="store-embedded-"))
    with EmbeddedPostgres(folder, settings=FAST_AND_UNSAFE) as postgres:
        postgres.create_database("shop")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Outside of pytest's own folder, which is closed to the user that PostgreSQL gets from root."""
    path = Path(tempfile.mkdtemp(prefix="store-embedded-"))
    path.chmod(0o755)
    yield path
    assert eventually(lambda: not embedded_processes.living_processes(path / "cluster"))
    shutil.rmtree(path)


@pytest.fixture
def cluster(template: Path, folder: Path) -> EmbeddedPostgres:
    """A cluster that exists and isn't running."""
    subprocess.run(["cp", "-a", f"{template}/.", str(folder)], check=True)
    return EmbeddedPostgres(folder, settings=FAST_AND_UNSAFE)


def ask(postgres: EmbeddedPostgres, sql: str, database: str = "store") -> object:
    """One value from one statement."""

    async def fetch() -> object:
        connection = await asyncpg.connect(postgres.dsn(database))
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(fetch())


def eventually(condition: Callable[[], bool], *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def start_in_child(folder: Path, *, thread: bool = False, prefix: list[str] | None = None) -> subprocess.Popen[str]:
    """Another Python process that starts the cluster, says the server's pid, and then waits."""
    script = (
        "import sys, threading, time\n"
        "from pathlib import Path\n"
        "from store.kernel.embedded_postgres import FAST_AND_UNSAFE, EmbeddedPostgres\n"
        "postgres = EmbeddedPostgres(Path(sys.argv[1]), settings=FAST_AND_UNSAFE)\n"
        "def start():\n"
        "    postgres.start()\n"
        f"if {thread}:\n"
        "    starter = threading.Thread(target=start); starter.start(); starter.join()\n"
        "else:\n"
        "    start()\n"
        "print(postgres.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    return subprocess.Popen(
        [*(prefix or []), sys.executable, "-c", script, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def kill_hard(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_new_folder_becomes_a_running_server(folder: Path) -> None:
    with EmbeddedPostgres(folder / "new", settings=FAST_AND_UNSAFE) as postgres:
        assert postgres.running
        assert str(ask(postgres, "SHOW server_version")).startswith("18.")
        assert ask(postgres, "SHOW data_checksums") == "on"
        assert ask(postgres, "SELECT datlocprovider::text FROM pg_database WHERE datname = 'store'") == "b"
        assert ask(postgres, "SHOW listen_addresses") == ""
        assert ask(postgres, "SHOW fsync") == "off"
        server_pid = postgres.pid
    assert not postgres.running
    assert not Path(f"/proc/{server_pid}").exists()
    assert embedded_processes.living_processes(folder / "new" / "cluster") == []


def test_what_was_stored_is_there_after_a_restart(cluster: EmbeddedPostgres) -> None:
    with cluster:
        ask(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")
    with cluster:
        assert ask(cluster, "SELECT answer FROM kept") == 42


def test_starting_twice_and_stopping_twice_change_nothing(cluster: EmbeddedPostgres) -> None:
    with cluster:
        before = cluster.pid
        cluster.start()
        assert cluster.pid == before
        assert cluster.owner_pid == os.getpid()
    cluster.stop()
    assert cluster.owner_pid is None


def test_databases_are_made_once(cluster: EmbeddedPostgres) -> None:
    with cluster:
        cluster.create_database("shop")
        cluster.create_database("other_shop")
        assert ask(cluster, "SELECT current_database()", "other_shop") == "other_shop"
        with pytest.raises(ValueError, match="not a database name"):
            cluster.create_database('x"; DROP DATABASE store; --')


def test_defaults_keep_data_safe(cluster: EmbeddedPostgres) -> None:
    with EmbeddedPostgres(cluster.data_dir) as careful:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert ask(careful, f"SHOW {setting}") == "on"


@needs_linux
@pytest.mark.parametrize("thread", [False, True], ids=["main-thread", "thread-that-ended"])
def test_the_server_dies_with_its_starter_and_not_before(cluster: EmbeddedPostgres, thread: bool) -> None:
    child = start_in_child(cluster.data_dir, thread=thread)
    assert child.stdout is not None
    server_pid = int(child.stdout.readline())
    time.sleep(0.2)
    assert Path(f"/proc/{server_pid}").exists()
    kill_hard(child)
    assert eventually(lambda: not embedded_processes.living_processes(cluster.data_dir / "cluster"))


@needs_linux
def test_a_start_right_after_the_owner_was_killed_waits_for_its_server(cluster: EmbeddedPostgres) -> None:
    child = start_in_child(cluster.data_dir)
    assert child.stdout is not None
    child.stdout.readline()
    kill_hard(child)
    with cluster:
        assert ask(cluster, "SELECT 1") == 1


def test_the_server_recovers_from_being_killed(cluster: EmbeddedPostgres) -> None:
    with EmbeddedPostgres(cluster.data_dir) as careful:
        ask(careful, "CREATE TABLE kept AS SELECT 1 AS answer")
        first_pid = careful.pid
        assert first_pid is not None
        os.kill(first_pid, signal.SIGKILL)
        assert eventually(lambda: not careful.running)
        careful.start()
        assert careful.pid != first_pid
        assert ask(careful, "SELECT answer FROM kept") == 1


def test_a_mark_left_by_a_crash_doesnt_stop_a_start(cluster: EmbeddedPostgres) -> None:
    """Its number may belong to anybody by now: here, to ourselves."""
    (cluster.data_dir / "cluster" / "postmaster.pid").write_text(f"{os.getpid()}\n/gone\n1\n5432\n")
    with cluster:
        assert ask(cluster, "SELECT 1") == 1


def test_a_second_owner_is_told_who_has_the_folder(cluster: EmbeddedPostgres) -> None:
    child = start_in_child(cluster.data_dir)
    assert child.stdout is not None
    child.stdout.readline()
    with pytest.raises(FolderInUse) as caught:
        cluster.start()
    assert caught.value.pid == child.pid == cluster.owner_pid
    assert str(child.pid) in str(caught.value)
    assert str(cluster.data_dir) in str(caught.value)
    child.terminate()
    child.communicate()


def test_a_server_that_we_did_not_start_is_left_alone(cluster: EmbeddedPostgres) -> None:
    with cluster:
        (cluster.data_dir / "owner.lock").unlink()
        stranger = EmbeddedPostgres(cluster.data_dir)
        with pytest.raises(FolderInUse) as caught:
            stranger.start()
        assert caught.value.pid == cluster.pid
        assert cluster.running


def test_a_killed_initdb_leaves_no_half_cluster(folder: Path) -> None:
    child = start_in_child(folder)
    assert eventually(lambda: any(folder.glob("initializing-*/PG_VERSION")))
    kill_hard(child)
    assert not (folder / "cluster").exists()
    with EmbeddedPostgres(folder, settings=FAST_AND_UNSAFE) as postgres:
        assert ask(postgres, "SELECT 1") == 1
    assert not any(folder.glob("initializing-*"))


def test_a_long_path_gets_a_short_private_socket_folder(template: Path, folder: Path) -> None:
    deep = folder / ("long" * 20) / ("path" * 10)
    deep.parent.mkdir()
    deep.parent.chmod(0o755)
    subprocess.run(["cp", "-a", str(template), str(deep)], check=True)
    with EmbeddedPostgres(deep, settings=FAST_AND_UNSAFE) as postgres:
        assert ask(postgres, "SELECT 1") == 1
        (socket,) = str(ask(postgres, "SHOW unix_socket_directories")).strip('"').split(",")
        assert not Path(socket).is_relative_to(deep)
        assert Path(socket).stat().st_mode & 0o777 == 0o700
    assert not Path(socket).exists()


def test_names_with_quotes_and_spaces_work(template: Path, folder: Path) -> None:
    odd = folder / "l'été, 50% & co"
    subprocess.run(["cp", "-a", str(template), str(odd)], check=True)
    with EmbeddedPostgres(odd, settings=FAST_AND_UNSAFE) as postgres:
        assert ask(postgres, "SELECT 1") == 1


def test_data_of_another_version_is_refused(cluster: EmbeddedPostgres) -> None:
    (cluster.data_dir / "cluster" / "PG_VERSION").write_text("13\n")
    with pytest.raises(WrongVersion) as caught:
        cluster.start()
    assert (caught.value.found, caught.value.expected) == ("13", "18")


@pytest.mark.parametrize("lost", ["PG_VERSION", "global/pg_control", "pg_wal"])
def test_damaged_data_is_named_so(cluster: EmbeddedPostgres, lost: str) -> None:
    victim = cluster.data_dir / "cluster" / lost
    shutil.rmtree(victim) if victim.is_dir() else victim.unlink()
    with pytest.raises(DataDamaged, match="restore a backup"):
        cluster.start()
    assert cluster.owner_pid is None


def test_a_refused_setting_shows_the_last_lines_of_the_log(cluster: EmbeddedPostgres) -> None:
    wrong = EmbeddedPostgres(cluster.data_dir, settings={"shared_buffers": "much"})
    with pytest.raises(StartFailed, match="shared_buffers"):
        wrong.start()


def test_a_file_instead_of_a_folder_is_refused(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(FolderNotUsable, match="isn't a folder"):
        EmbeddedPostgres(folder / "file" / "data").start()


def test_a_full_disk_is_told_from_the_log(folder: Path) -> None:
    output = "FATAL:  could not write to file: No space left on device"
    assert isinstance(failure_told_by(output, folder, "…"), DiskFull)


def test_the_throw_away_server_leaves_nothing() -> None:
    with temporary_postgres() as postgres:
        assert ask(postgres, "SELECT 1") == 1
    assert not postgres.data_dir.exists()


def test_a_start_from_another_thread_outlives_it(cluster: EmbeddedPostgres) -> None:
    starter = threading.Thread(target=cluster.start)
    starter.start()
    starter.join()
    time.sleep(0.1)
    assert ask(cluster, "SELECT 1") == 1
    cluster.stop()


@needs_root
def test_root_gives_the_server_to_an_account_without_rights(cluster: EmbeddedPostgres) -> None:
    with cluster:
        assert Path(f"/proc/{cluster.pid}").stat().st_uid != 0
        status = Path(f"/proc/{cluster.pid}/status").read_text()
        assert "CapEff:\t0000000000000000" in status


@needs_root
def test_an_ordinary_user_can_run_it(folder: Path) -> None:
    """With the system's Python, as this one may lie where an ordinary user can't go."""
    os.chown(folder, 65534, 65534)
    python = shutil.which("python3", path="/usr/bin")
    if python is None:
        pytest.skip("no Python that everybody can run")
    script = (
        "import os, sys; sys.path[:0] = sys.argv[2:]\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "from pathlib import Path\n"
        "from store.kernel.embedded_postgres import EmbeddedPostgres\n"
        "with EmbeddedPostgres(Path(sys.argv[1])) as p:\n"
        "    print(p.running, os.stat(f'/proc/{p.pid}').st_uid)\n"
    )
    packages = str(Path(asyncpg.__file__).parents[1])
    child = subprocess.run(
        [python, "-c", script, str(folder), str(ROOT), packages],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert child.stdout == "True 65534\n", child.stderr


@needs_root
def test_folders_above_the_data_keep_their_permissions(template: Path, folder: Path) -> None:
    """A folder closed to the server's account: the data goes elsewhere, and the folder says where."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    before = [(path.stat().st_mode, path.stat().st_uid) for path in (folder, closed)]
    with EmbeddedPostgres(closed / "data", settings=FAST_AND_UNSAFE) as postgres:
        assert ask(postgres, "SELECT 1") == 1
        elsewhere = postgres.data_dir
        assert not elsewhere.is_relative_to(folder)
        assert (closed / "data" / "moved-to.txt").read_text().strip() == str(elsewhere)
        assert ask(EmbeddedPostgres(closed / "data"), "SELECT 1") == 1
    assert before == [(path.stat().st_mode, path.stat().st_uid) for path in (folder, closed)]
    shutil.rmtree(elsewhere)


@needs_root
def test_programs_in_a_closed_folder_are_copied_out(
    cluster: EmbeddedPostgres, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = folder / "site-packages"
    installed = Path(asyncpg.__file__).parents[1]
    site.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (installed / name).is_dir():
            shutil.copytree(installed / name, site / name)
    monkeypatch.setattr("store.kernel.embedded_folders.SYSTEM_CACHE", folder / "cache")
    monkeypatch.setattr(
        "store.kernel.embedded_folders.installed_binaries",
        lambda: site / "embedded_postgres" / "pginstall" / "bin",
    )
    old_mask = os.umask(0o077)
    try:
        with cluster:
            assert cluster.binaries.is_relative_to(folder / "cache")
            assert ask(cluster, "SELECT 1") == 1
    finally:
        os.umask(old_mask)


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Callable[[int], Path]]:
    """Mount a memory disk of so many megabytes."""
    mounted: list[Path] = []

    def mount(megabytes: int) -> Path:
        place = folder / "disk"
        place.mkdir()
        options = f"size={megabytes}m,mode=755"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("mounting isn't allowed here")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)


@needs_root
def test_a_disk_too_small_for_a_cluster_is_named_and_left_clean(
    small_disk: Callable[[int], Path],
) -> None:
    place = small_disk(12)
    with pytest.raises(DiskFull, match="is full"):
        EmbeddedPostgres(place / "data").start()
    assert not any((place / "data").glob("initializing-*"))
    assert not (place / "data" / "cluster").exists()


@needs_root
def test_a_disk_that_filled_up_is_named_and_the_data_survives(
    template: Path, small_disk: Callable[[int], Path]
) -> None:
    place = small_disk(120)
    subprocess.run(["cp", "-a", f"{template}/.", f"{place}/data"], check=True)
    ballast = place / "ballast"
    with ballast.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, shutil.disk_usage(place).free)
    postgres = EmbeddedPostgres(place / "data", settings=FAST_AND_UNSAFE)
    with pytest.raises(DiskFull):
        postgres.start()
    ballast.unlink()
    with postgres:
        assert ask(postgres, "SELECT 1", "shop") == 1


@needs_root
def test_a_read_only_disk_is_refused(small_disk: Callable[[int], Path]) -> None:
    place = small_disk(8)
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    with pytest.raises(FolderNotUsable, match="Read-only"):
        EmbeddedPostgres(place / "data").start()
