"""Serial and order numbers that aren't the caller's are counted, wherever returns take them (WAR-1, ACC-4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Request

from store.customers import Principal
from store.kernel.errors import StoreError
from store.rma.errors import SerialNotKnown, UnitNotYours, UnknownReturnItem
from store.rma.step_errors import UnitsNotReturnable
from store.web.edge.client_address import client_address
from store.web.storefront.try_limits import RETURN_GUESS_BY_CLIENT

GUESSES = frozenset({SerialNotKnown.code, UnitNotYours.code, UnknownReturnItem.code})


@asynccontextmanager
async def guesses_counted(request: Request[Any, Any, Any], principal: Principal) -> AsyncIterator[None]:
    """Count the guesses among the refusals of what is done inside. Raises TooManyTries in their place."""
    try:
        yield
    except StoreError as error:
        refused = error.facts["units"] if isinstance(error, UnitsNotReturnable) else [error]
        await count_guesses(request, principal, [each.code for each in refused])
        raise


async def count_guesses(request: Request[Any, Any, Any], principal: Principal, codes: Sequence[str]) -> None:
    """Customer service may ask as much as it likes. Raises TooManyTries."""
    if principal.staff:
        return
    for code in codes:
        if code in GUESSES:
            await RETURN_GUESS_BY_CLIENT.spend(client_address(request))
