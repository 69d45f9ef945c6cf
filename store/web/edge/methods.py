"""Which methods a path has: for OPTIONS and for the Allow header of a 405 (RFC 9110 §15.5.6)."""

from __future__ import annotations

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.types import HTTPScope, Method
from litestar.utils import normalize_path

METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(scope: HTTPScope) -> str:
    """As Allow lists them: "GET, POST, OPTIONS"."""
    app: Litestar = scope["litestar_app"]
    return ", ".join([method for method in METHODS if _has(app, scope["path"], method)] + ["OPTIONS"])


def _has(app: Litestar, path: str, method: Method) -> bool:
    try:
        app.asgi_router.handle_routing(path=normalize_path(path), method=method)
    except HTTPException:
        return False
    return True
