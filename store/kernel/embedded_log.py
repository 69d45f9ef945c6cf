"""The log file of the embedded PostgreSQL: appended to, set aside when large, quoted when a start fails."""

import os
from pathlib import Path
from typing import IO

LARGE_BYTES = 10_000_000


class ServerLog:
    """Remembers where this start began, so that an error quotes nothing older."""

    def __init__(self, file: Path) -> None:
        self._file = file
        if file.is_file() and file.stat().st_size > LARGE_BYTES:
            file.replace(file.with_suffix(".log.1"))
        self._begin_byte = file.stat().st_size if file.is_file() else 0

    def open(self) -> IO[bytes]:
        """Open it for the server to append to; ours alone to read, as slow statements carry people's data."""
        return os.fdopen(os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")

    def since_opened(self) -> str:
        """What this start has written."""
        with self._file.open("rb") as stream:
            stream.seek(self._begin_byte)
            return stream.read().decode(errors="replace")
