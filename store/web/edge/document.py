"""GET /api/v1/openapi.json."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from store.web.edge.etag import etag_of, matches
from store.web.edge.locale import header
from store.web.edge.openapi import complete_document
from store.web.edge.roles import PUBLIC, requires


@get("/api/v1/openapi.json", opt=requires(*PUBLIC), include_in_schema=False)
async def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The OpenAPI 3.1 document, made once per process."""
    body: bytes | None = request.app.state.get("openapi_json")
    if body is None:
        body = request.app.state["openapi_json"] = msgspec.json.encode(complete_document(request.app), enc_hook=str)
    etag = etag_of(body)
    headers = {"etag": etag, "cache-control": "no-cache"}
    if matches(header(request.scope, b"if-none-match"), etag):
        return Response(b"", status_code=304, headers=headers, media_type="application/json")
    return Response(body, headers=headers, media_type="application/json")
