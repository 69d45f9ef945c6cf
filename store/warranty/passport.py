"""A unit's passport: everything that happened to it, from its sale to its end.

The rooms above add their own kinds of entries with `register_events` and write them with `record_event`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from store.kernel import clock, db
from store.kernel.i18n import N_

# What each kind of entry reads like; facts go into the sentence. Public entries name nobody and no order.
EVENT_TEXTS: dict[str, str] = {
    "sold": N_("Sold by us; the warranty begins."),
    "sold_again": N_("Sold again; a new warranty begins."),
    "came_back": N_("The parcel could not be delivered and came back."),
    "imported": N_("Made known by its maker or a reseller."),
    "made_known": N_("Made known by its owner with a proof of purchase."),
    "registered": N_("Registered by its owner."),
    "registration_ended": N_("The registration ended: {reason}."),
    "service_registered": N_("Service {reference} registered."),
    "service_taken_over": N_("Service {reference} taken over from the device that this one replaced."),
    "returned": N_("Taken back by us."),
    "scrapped": N_("Taken back by us for disposal."),
    "replaced": N_("Replaced by the device with serial number {serial}."),
    "replaces": N_("Replaces the device with serial number {serial}."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportEntry:
    """`sentence` is marked for translation and takes `facts`."""

    at: datetime
    kind: str
    sentence: str
    facts: Mapping[str, Any]
    public: bool


def register_events(texts: Mapping[str, str]) -> None:
    """Add {kind: N_("Sentence with {facts}.")}; two rooms giving one kind two sentences is a mistake."""
    for kind, text in texts.items():
        if EVENT_TEXTS.setdefault(kind, text) != text:
            msg = f"the passport's entry {kind!r} is defined twice"
            raise ValueError(msg)


async def record_event(unit_id: UUID, kind: str, *, public: bool = True, **facts: Any) -> None:
    """Add an entry, in a unit of work; it is shown to staff only unless `public`. Raises KeyError for unknown kinds."""
    await record_events([(unit_id, facts)], kind, public=public)


async def record_events(entries: Sequence[tuple[UUID, Mapping[str, Any]]], kind: str, *, public: bool = True) -> None:
    """The same for many units, one statement."""
    if kind not in EVENT_TEXTS:
        msg = f"unknown kind of passport entry: {kind}"
        raise KeyError(msg)
    await db.write_rows(
        "unit_event",
        {"unit_id": "uuid", "facts": "jsonb"},
        [{"unit_id": unit_id, "facts": dict(facts)} for unit_id, facts in entries],
        at=clock.now(),
        kind=kind,
        public=public,
    )


async def passport(unit_id: UUID, *, staff: bool) -> list[PassportEntry]:
    """From the sale on; entries that are not public are for staff."""
    rows = await db.fetch(
        "select at, kind, facts, public from unit_event where unit_id = $1 and (public or $2) order by id",
        unit_id,
        staff,
    )
    return [
        PassportEntry(
            at=row["at"],
            kind=row["kind"],
            sentence=EVENT_TEXTS[row["kind"]],
            facts=row["facts"],
            public=row["public"],
        )
        for row in rows
    ]
