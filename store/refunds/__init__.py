"""What the composition connects of this room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable


def consumers() -> list[tuple[str, Callable[..., Awaitable[None]]]]:
    """(topic, consumer) of this room: subscribed where everything is composed."""
    return []
