"""A return as its reader gets it."""

from __future__ import annotations

from typing import Any

from litestar import Request

from store.customers import Principal
from store.markets import get_market
from store.rma.find_returns import WholeReturn
from store.web.edge.locale import locale_for
from store.web.storefront.return_shapes import ReturnOut
from store.web.storefront.return_view import return_out


async def answer(request: Request[Any, Any, Any], principal: Principal, whole: WholeReturn) -> ReturnOut:
    """In the reader's language, else in the one that the return was registered in."""
    return await return_out(whole, return_locale(request, whole), staff=principal.staff)


def return_locale(request: Request[Any, Any, Any], whole: WholeReturn) -> str:
    return locale_for(request, whole.rma["locale"], market=get_market(whole.rma["market"]))
