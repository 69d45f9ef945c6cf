"""Serial and order numbers that aren't the caller's are counted, wherever returns take them (WAR-1, ACC-4).

So is what makes us write to an address that the caller names.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from litestar import Request

from store.customers import Principal
from store.kernel.errors import StoreError
from store.rma.errors import SerialNotKnown, UnitNotYours, UnknownReturnItem
from store.rma.step_errors import UnitsNotReturnable
from store.web.edge.client_address import client_address
from store.web.storefront.try_limits import (
    RETURN_GUESS_BY_CLIENT,
    RETURNS_BY_ACCOUNT,
    RETURNS_BY_GUEST,
    RETURNS_BY_PARTNER,
    TRACKING_BY_RETURN,
)

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


async def count_return(request: Request[Any, Any, Any], principal: Principal) -> None:
    """Before a return is registered. Raises TooManyTries."""
    if principal.staff:
        return
    if principal.partner_id is not None:
        await RETURNS_BY_PARTNER.spend(str(principal.partner_id))
    elif principal.account_id is not None:
        await RETURNS_BY_ACCOUNT.spend(str(principal.account_id))
    else:
        await RETURNS_BY_GUEST.spend(client_address(request))


async def count_tracking(rma_id: UUID, principal: Principal) -> None:
    """Each report is confirmed by e-mail. Raises TooManyTries."""
    if not principal.staff:
        await TRACKING_BY_RETURN.spend(str(rma_id))
