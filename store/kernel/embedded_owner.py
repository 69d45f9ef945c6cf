"""Who runs the cluster of a data folder: a lock that the system itself lets go when its holder dies."""

import fcntl
import os
from pathlib import Path
from typing import IO, Self

from store.kernel.embedded_errors import FolderInUse


class OwnerLock:
    """Held from start to stop. The file tells our process on its first line and the server's on the second."""

    def __init__(self, stream: IO[str], previous_server_pid: int | None) -> None:
        self._stream = stream
        self.previous_server_pid = previous_server_pid

    @classmethod
    def take(cls, folder: Path) -> Self:
        """Take the lock or raise FolderInUse with the holder's process."""
        stream = (folder / "owner.lock").open("a+", encoding="ascii")
        owner_pid, server_pid = _read(stream)
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            stream.close()
            raise FolderInUse(folder, owner_pid) from error
        lock = cls(stream, server_pid)
        lock._write(str(os.getpid()), str(server_pid or ""))
        return lock

    @staticmethod
    def holder(folder: Path) -> int | None:
        """The process that holds the lock, without waiting and without keeping it."""
        try:
            stream = (folder / "owner.lock").open(encoding="ascii")
        except FileNotFoundError:
            return None
        with stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return _read(stream)[0]
        return None

    def record_server(self, pid: int) -> None:
        """Note our server, so that a later start knows it from one that was started by hand."""
        self._write(str(os.getpid()), str(pid))

    def release(self) -> None:
        """Let go; closing the file does it."""
        self._stream.close()

    def _write(self, *lines: str) -> None:
        self._stream.seek(0)
        self._stream.truncate()
        self._stream.write("\n".join(lines) + "\n")
        self._stream.flush()


def _read(stream: IO[str]) -> tuple[int | None, int | None]:
    stream.seek(0)
    lines = [*stream.read().splitlines(), "", ""]
    owner, server = (int(line) if line.isdigit() else None for line in lines[:2])
    return owner, server
