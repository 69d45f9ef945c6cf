"""The API page at /api/docs: Scalar's reference, served from our own files, so that it works without a network."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, get
from litestar.openapi.plugins import OpenAPIRenderPlugin

from store.web.edge.etag import etag_of, matches
from store.web.edge.locale import header
from store.web.edge.roles import PUBLIC, requires

# @scalar/api-reference (MIT), its standalone build, gzipped as it is sent; see LICENSE.scalar.txt beside it.
SCRIPT = Path(__file__).parent / "static" / "scalar.js.gz"
DOCUMENT_URL = "/api/v1/openapi.json"

_PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Store API</title>
<link rel="icon" href="data:,">
</head>
<body>
<div id="reference"></div>
<noscript>The document behind this page: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a></noscript>
<script src="/api/docs/scalar.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
_OPTIONS = {
    "url": DOCUMENT_URL,
    "withDefaultFonts": False,
    "telemetry": False,
    "hideClientButton": True,
    "showDeveloperTools": "never",
    "agent": {"disabled": True},
    "mcp": {"disabled": True},
}
_START = b'Scalar.createApiReference("#reference", ' + msgspec.json.encode(_OPTIONS) + b");\n"
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
AnyRequest = Request[Any, Any, Any]


class ApiPage(OpenAPIRenderPlugin):
    """The page itself."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)

    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002 - Litestar's shape
        return _PAGE


def allow_own_scripts(response: Response[Any]) -> Response[Any]:
    response.headers.setdefault("content-security-policy", _POLICY)
    return response


@get("/scalar.js", sync_to_thread=False)
def scalar_script(request: AnyRequest) -> Response[bytes]:
    """The script, compressed as it lies on the disk unless the browser can't read that."""
    compressed, etag = _script()
    headers = {"etag": etag, "cache-control": "public, max-age=3600", "vary": "Accept-Encoding"}
    if matches(header(request.scope, b"if-none-match"), etag):
        return Response(b"", status_code=304, headers=headers, media_type="text/javascript")
    if "gzip" not in header(request.scope, b"accept-encoding"):
        return Response(gzip.decompress(compressed), headers=headers, media_type="text/javascript")
    return Response(compressed, headers={**headers, "content-encoding": "gzip"}, media_type="text/javascript")


@get("/start.js", sync_to_thread=False)
def start_script() -> Response[bytes]:
    return Response(_START, media_type="text/javascript")


def api_page_router() -> Router:
    return Router(
        path="/api/docs",
        route_handlers=[scalar_script, start_script],
        include_in_schema=False,
        opt=requires(*PUBLIC),
        after_request=allow_own_scripts,
    )


@cache
def _script() -> tuple[bytes, str]:
    compressed = SCRIPT.read_bytes()
    return compressed, etag_of(compressed)
