"""Many calls at once, and what came of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from typing import Any

from store.cli.demo.call import Answer


async def together(calls: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    return list(await asyncio.gather(*calls))


def tally(answers: Iterable[Answer]) -> str:
    """Such as "201 ×10, 409 stock_gone ×40"."""
    counted = Counter(f"{answer.status} {answer.code}".strip() for answer in answers)
    return ", ".join(f"{what} ×{times}" for what, times in sorted(counted.items()))
