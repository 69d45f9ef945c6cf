"""A world: everything that one Stripe key and one PayPal client id can see, with a clock of its own.

Parallel tests share one simulator and never meet, because each has its own world. All work on a world is
synchronous, so that one request is finished before the next one begins.
"""

import json
import secrets
import string
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from store.simulator.storage import Entry, Storage

Json = dict[str, Any]
ALPHABET = string.ascii_letters + string.digits
PAYPAL_ALPHABET = string.ascii_uppercase + string.digits

DEFAULT_SETTINGS: Json = {
    "multicapture": False,
    "extended_authorization": False,
    "refund_pending": False,
    "paypal_capture_pending": False,
    "paypal_refund_pending": False,
    "settle_after_seconds": 3600,
    "search_lag_seconds": 0,
    "dispute_fee_minor": 1500,
    "webhook_mode": "normal",
    "webhook_mode_seconds": 0,
}


class World:
    """Documents by kind and id, with the changes since the last commit."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._documents: dict[str, dict[str, Json]] = {}
        self._changed: set[tuple[str, str]] = set()
        self.new_deliveries: list[str] = []  # Born in this request, picked up after its commit.
        self.timer_heap: list[tuple[int, str]] | None = None  # Built from the documents when first needed.
        self.request: Json = {"id": None, "idempotency_key": None}  # What events say about their cause.

    # --- clock

    @property
    def now(self) -> int:
        """The world's time in whole seconds since 1970, the way both providers count."""
        return int(time.time() + self.clock_offset_seconds)

    @property
    def clock_offset_seconds(self) -> float:
        return float(self._documents.get("world", {}).get("clock", {}).get("offset_seconds", 0.0))

    def move_clock(self, offset_seconds: float) -> None:
        self.put("world", {"id": "clock", "offset_seconds": offset_seconds})

    def iso(self, seconds: int | None = None) -> str:
        moment = datetime.fromtimestamp(self.now if seconds is None else seconds, UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    # --- settings

    def setting(self, name: str) -> Any:
        return self._documents.get("world", {}).get("settings", {}).get(name, DEFAULT_SETTINGS[name])

    def change_settings(self, changes: Json) -> Json:
        stored = {**self._documents.get("world", {}).get("settings", {"id": "settings"}), **changes}
        self.put("world", stored)
        return {name: self.setting(name) for name in DEFAULT_SETTINGS}

    # --- documents

    def put(self, kind: str, document: Json) -> Json:
        self._documents.setdefault(kind, {})[document["id"]] = document
        self._changed.add((kind, document["id"]))
        return document

    def get(self, kind: str, document_id: str) -> Json | None:
        return self._documents.get(kind, {}).get(document_id)

    def edit(self, kind: str, document_id: str) -> Json:
        """The document, to be changed in place; it is saved at the next commit."""
        document = self._documents[kind][document_id]
        self._changed.add((kind, document_id))
        return document

    def drop(self, kind: str, document_id: str) -> None:
        if self._documents.get(kind, {}).pop(document_id, None) is not None:
            self._changed.add((kind, document_id))

    def all(self, kind: str) -> list[Json]:
        """Oldest first."""
        return list(self._documents.get(kind, {}).values())

    def newest_first(self, kind: str) -> Iterator[Json]:
        return reversed(self._documents.get(kind, {}).values())

    def count(self, kind: str) -> int:
        return len(self._documents.get(kind, {}))

    # --- saving

    def restore(self, kind: str, document: Json) -> None:
        self._documents.setdefault(kind, {})[document["id"]] = document

    def take_changes(self) -> list[Entry]:
        entries: list[Entry] = []
        for kind, document_id in sorted(self._changed):
            document = self._documents.get(kind, {}).get(document_id)
            body = None if document is None else json.dumps(document, separators=(",", ":"))
            entries.append((self.name, kind, document_id, body))
        self._changed.clear()
        return entries

    @property
    def has_changes(self) -> bool:
        return bool(self._changed)


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_paypal_id(length: int = 17) -> str:
    return "".join(secrets.choice(PAYPAL_ALPHABET) for _ in range(length))


class Worlds:
    """All worlds, each of which springs into being when it is first named."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._worlds: dict[str, World] = {}
        self.after_commit: Callable[[World], None] = lambda _world: None
        for name, kind, _entry_id, document in storage.load():
            self.named(name).restore(kind, document)

    def named(self, name: str) -> World:
        world = self._worlds.get(name)
        if world is None:
            world = self._worlds[name] = World(name)
        return world

    def known(self, name: str) -> World | None:
        return self._worlds.get(name)

    def __iter__(self) -> Iterator[World]:
        return iter(list(self._worlds.values()))

    def commit(self, world: World) -> None:
        """Save what changed, then hand new webhook deliveries on. A world that was reset meanwhile stays forgotten."""
        if self._worlds.get(world.name) is not world:
            return
        if world.has_changes:
            self._storage.save(world.take_changes())
        self.after_commit(world)

    def forget(self, name: str) -> None:
        self._worlds.pop(name, None)
        self._storage.forget_world(name)
