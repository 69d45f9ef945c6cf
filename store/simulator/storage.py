"""Keep every world in memory, and in SQLite too when a state file is given.

A change is committed to the file before its answer is sent, so a killed process loses nothing that it
acknowledged. The file is held exclusively: two simulators can't share one.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Entry = tuple[str, str, str, str | None]  # world, kind, id, body; None deletes


class StateFileInUse(RuntimeError):
    """Another simulator holds the state file."""


class Storage:
    """A table of JSON documents, in the order in which they were first written."""

    def __init__(self, path: Path | None) -> None:
        self._connection: sqlite3.Connection | None = None
        if path is not None:
            self._connection = _open(path)

    def load(self) -> Iterator[tuple[str, str, str, Json]]:
        if self._connection is None:
            return
        for world, kind, entry_id, body in self._connection.execute(
            "select world, kind, id, body from entries order by position"
        ):
            yield world, kind, entry_id, json.loads(body)

    def save(self, entries: Iterable[Entry]) -> None:
        if self._connection is None:
            return
        with self._connection:
            for world, kind, entry_id, body in entries:
                if body is None:
                    self._connection.execute(
                        "delete from entries where world = ? and kind = ? and id = ?", (world, kind, entry_id)
                    )
                else:
                    self._connection.execute(
                        "insert into entries (world, kind, id, body) values (?, ?, ?, ?)"
                        " on conflict (world, kind, id) do update set body = excluded.body",
                        (world, kind, entry_id, body),
                    )

    def forget_world(self, world: str) -> None:
        if self._connection is not None:
            with self._connection:
                self._connection.execute("delete from entries where world = ?", (world,))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=2.0)
    try:
        connection.execute("pragma locking_mode = exclusive")
        connection.execute("pragma journal_mode = wal")
        # The file outlives the process, not a power cut: that is what a stand-in needs, and it is ten times faster.
        connection.execute("pragma synchronous = off")
        with connection:
            connection.execute(
                "create table if not exists entries (position integer primary key autoincrement,"
                " world text not null, kind text not null, id text not null, body text not null,"
                " unique (world, kind, id))"
            )
            # Writing takes the lock now, so that a second simulator is refused at its start and not later.
            connection.execute("delete from entries where world = '' and kind = ''")
    except sqlite3.OperationalError as error:
        connection.close()
        raise StateFileInUse(f"{path}: {error}") from error
    return connection
