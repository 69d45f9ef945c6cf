"""What handlers may ask for by name: `principal`, `locale` and `order_token`, each a `NamedDependency[…]`."""

from __future__ import annotations

from typing import Any

from litestar import Request

from store.customers import Principal


def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """Who is calling; the gate has found it out."""
    principal: Principal = request.scope["state"]["principal"]
    return principal


def provide_locale(request: Request[Any, Any, Any]) -> str:
    """The language of the answer by L10N-3. For something with a language of its own use `locale_for`."""
    locale: str = request.scope["state"]["locale"]
    return locale


def provide_order_token(request: Request[Any, Any, Any]) -> str | None:
    """What the caller sent as X-Order-Token: a guest's access to one order, checked by the orders' handlers."""
    token: str | None = request.scope["state"]["order_token"]
    return token
