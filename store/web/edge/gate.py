"""The gate in front of every handler: who is calling, may they, in which language, and was this said before?"""

from __future__ import annotations

from typing import cast

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from store.customers import ANONYMOUS, Principal, authenticate
from store.kernel.errors import Forbidden, Unauthorized
from store.web.edge.fields import invalid
from store.web.edge.idempotent import answer_once
from store.web.edge.locale import header, request_locale
from store.web.edge.methods import allowed_methods
from store.web.edge.queries import check_query
from store.web.edge.roles import roles_of


def gate(app: ASGIApp) -> ASGIApp:
    """A Litestar middleware: it runs after routing, so it knows the handler and its `opt`."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        scope = cast("HTTPScope", scope)  # There are no web sockets.
        if scope["method"] == "OPTIONS":
            allow = (b"allow", allowed_methods(scope).encode())
            await send({"type": "http.response.start", "status": 204, "headers": [allow]})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        handler = cast("HTTPRouteHandler", scope["route_handler"])
        roles = roles_of(handler)
        state = scope["state"]
        state["order_token"] = header(scope, b"x-order-token") or None
        open_to_all = "anonymous" in roles
        principal = ANONYMOUS if open_to_all else await caller(scope)
        state["principal"] = principal
        state["locale"] = request_locale(scope, principal)
        if not open_to_all and principal.kind not in roles:
            raise Forbidden
        if b"%00" in scope["query_string"] or "\0" in scope["path"]:
            raise invalid({"field": "", "code": "bad_characters"})
        check_query(scope, handler)
        if handler.opt.get("idempotent"):
            await answer_once(app, scope, receive, send, required=handler.opt["idempotent"] == "required")
        else:
            await app(scope, receive, send)

    return guarded


async def caller(scope: HTTPScope) -> Principal:
    """The principal of the request's tokens.

    A signed-in person's session goes into Authorization, with the storefront's key beside it in X-Store-Key; either
    alone works too. Raises Unauthorized when there is no token, or any that does not hold.
    """
    bearer = bearer_token(scope)
    store_key = header(scope, b"x-store-key")
    principal = await authenticate(bearer) if bearer else None
    if bearer and principal is None:
        raise Unauthorized
    if store_key:
        storefront = await authenticate(store_key)
        if storefront is None or storefront.kind != "storefront":
            raise Unauthorized
        principal = principal or storefront
    if principal is None:
        raise Unauthorized
    return principal


def bearer_token(scope: HTTPScope) -> str | None:
    """The token of `Authorization: Bearer …`; None without that header. Raises Unauthorized for another scheme."""
    value = header(scope, b"authorization")
    if not value:
        return None
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized
    return token.strip()
