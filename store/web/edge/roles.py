"""Who may call a handler: said in its `opt`, so that tests and documentation read it from there (ACC-4)."""

from __future__ import annotations

from typing import Any, Literal

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from store.customers import KINDS, Kind


def requires(*roles: Kind, idempotent: bool | Literal["required"] = False, payment: bool = False) -> dict[str, Any]:
    """The `opt` of a handler: `@post("/refunds", opt=requires("agent", "admin", idempotent="required"))`.

    `anonymous` among the roles opens it to everybody, and no token is looked at. `idempotent` makes a POST heed the
    Idempotency-Key header ("required": it must be there). `payment` says that the whole body is about payment: it is
    searched for card numbers.
    """
    if not roles or set(roles) - set(KINDS):
        msg = f"roles must be some of {KINDS}"
        raise ValueError(msg)
    return {"roles": frozenset(roles), "idempotent": idempotent, "payment": payment}


PUBLIC: tuple[Kind, ...] = ("anonymous",)
SHOPPERS: tuple[Kind, ...] = ("storefront", "customer", "partner")
SIGNED_IN: tuple[Kind, ...] = ("customer", "partner")
DESK: tuple[Kind, ...] = ("agent", "admin")


def roles_of(handler: HTTPRouteHandler) -> frozenset[Kind]:
    """The roles of a handler. Raises LookupError for one without: no endpoint is open by omission."""
    roles: frozenset[Kind] | None = handler.opt.get("roles")
    if not roles:
        msg = f"{handler} has no roles: give it opt=requires(…)"
        raise LookupError(msg)
    return roles


def check_roles(app: Litestar) -> None:
    """Refuse to start with a handler that has no roles."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if method != "OPTIONS":
                    roles_of(handler)
