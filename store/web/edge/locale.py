"""The language of an answer: explicit, else the account's, else Accept-Language, else the market's (L10N-3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from litestar import Request
from litestar.types import HTTPScope

from store.customers import Principal
from store.kernel.i18n import choose_locale, normalize_locale
from store.markets import Market, UnknownMarket, get_market


def header(scope: HTTPScope, name: bytes) -> str:
    """A request header, or ''. Names are lower-case bytes."""
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return ""


def explicit_locale(scope: HTTPScope) -> str | None:
    """What the caller asked for by ?locale= or X-Locale, if it is a language of ours."""
    query = scope.get("query_string", b"")
    if b"locale=" in query:
        values = parse_qs(query.decode("latin-1")).get("locale")
        if values and (locale := normalize_locale(values[0])):
            return locale
    return normalize_locale(header(scope, b"x-locale"))


def request_market(scope: HTTPScope) -> Market | None:
    """The market that the request names in its path or query, if there is such a one."""
    code = scope.get("path_params", {}).get("market")
    query = scope.get("query_string", b"")
    if code is None and b"market=" in query:
        code = next(iter(parse_qs(query.decode("latin-1")).get("market", [])), None)
    try:
        return get_market(str(code)) if code else None
    except UnknownMarket:
        return None


def request_locale(scope: HTTPScope, principal: Principal | None = None) -> str:
    """The language of the answer; handlers take it as `locale: NamedDependency[str]`."""
    market = request_market(scope)
    return choose_locale(
        explicit_locale(scope),
        principal.locale if principal else None,
        accept_language=header(scope, b"accept-language") or None,
        market_locales=market.locales if market else (),
    )


def locale_for(request: Request[Any, Any, Any], *kept: str | None, market: Market | None = None) -> str:
    """The language of an answer about something with a language or market of its own, such as an order or a cart."""
    principal: Principal | None = request.scope["state"].get("principal")
    scope = request.scope
    locale = choose_locale(
        explicit_locale(scope),
        principal.locale if principal else None,
        *kept,
        accept_language=header(scope, b"accept-language") or None,
        market_locales=market.locales if market else (),
    )
    scope["state"]["locale"] = locale
    return locale
