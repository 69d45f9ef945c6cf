"""A query parameter that an endpoint does not know is refused, not ignored: `?categroy=…` would list everything."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from urllib.parse import parse_qsl

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import HTTPScope

from store.kernel.i18n import N_
from store.web.edge.fields import FieldError, invalid
from store.web.edge.roles import roles_of

EVERYWHERE = frozenset({"locale"})
MOST_TOLD = 10
NAME_LENGTH_MAX = 100
PERHAPS = N_("There is no such parameter here. Perhaps “{suggestion}” was meant.")

Known = dict[HTTPRouteHandler, frozenset[str]]


def check_query(scope: HTTPScope, handler: HTTPRouteHandler) -> None:
    """Raises Invalid for names that the handler does not take.

    Endpoints that are open to all are left out: people follow links there and others' services call them, and mail
    programs, payment providers and probes append parameters of their own.
    """
    if not scope["query_string"] or "anonymous" in roles_of(handler):
        return
    known = _known_parameters(scope["litestar_app"])[handler]
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    unknown = [name for name in dict.fromkeys(name for name, _ in pairs) if name not in known]
    if unknown:
        raise invalid(*(_unknown(name[:NAME_LENGTH_MAX], known) for name in unknown[:MOST_TOLD]))


def known_parameters(app: Litestar) -> Known:
    """The query parameters of every handler, its dependencies' included."""
    found: Known = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler, model in route.route_handler_map.values():
                names = frozenset(parameter.field_alias for parameter in model.expected_query_params)
                found[handler] = found.get(handler, EVERYWHERE) | names
    return found


def _known_parameters(app: Litestar) -> Known:
    known: Known | None = app.state.get("known_parameters")
    if known is None:
        known = app.state["known_parameters"] = known_parameters(app)
    return known


def _unknown(name: str, known: Iterable[str]) -> FieldError:
    error: FieldError = {"field": name, "code": "unknown_parameter"}
    if nearest := get_close_matches(name.lower(), known, n=1):
        return {**error, "message": PERHAPS, "suggestion": nearest[0]}
    return error
