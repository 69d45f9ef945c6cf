"""How often somebody may guess: counted in this process, by caller and address.

With several processes the limit multiplies by their number; an attacker gains a small factor, not a way in.
"""

from __future__ import annotations

import time
from typing import Any

from litestar import Request

from store.customers import Principal
from store.kernel.throttle import TooManyTries

ENTRIES_MAX = 50_000


class Tries:
    """At most `most` tries within `seconds`; one that succeeds is given back."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self._spent: dict[str, list[float]] = {}

    def spend(self, request: Request[Any, Any, Any]) -> None:
        """Raises TooManyTries."""
        now = time.monotonic()
        key = _whose(request)
        recent = [at for at in self._spent.get(key, ()) if at > now - self.seconds]
        if len(recent) >= self.most:
            raise TooManyTries(retry_after_seconds=int(recent[0] + self.seconds - now) + 1)
        if key not in self._spent and len(self._spent) >= ENTRIES_MAX:
            self._spent.clear()
        self._spent[key] = [*recent, now]

    def give_back(self, request: Request[Any, Any, Any]) -> None:
        if spent := self._spent.get(_whose(request)):
            spent.pop()

    def forget(self) -> None:
        self._spent.clear()


def _whose(request: Request[Any, Any, Any]) -> str:
    principal: Principal = request.scope["state"]["principal"]
    return f"{principal.identity} {request.client.host if request.client else ''}"


GUEST_LOOKUPS = Tries(most=10, seconds=300)
