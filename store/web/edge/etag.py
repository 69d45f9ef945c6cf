"""Answers that were not changed since the caller last had them: ETag and 304 (RFC 9110 §13)."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from litestar import Request, Response

from store.web.edge.locale import header


def etag_of(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def matches(if_none_match: str, etag: str) -> bool:
    """Whether one of the tags in If-None-Match is this one (weak comparison)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags


def answer_with_etag(
    request: Request[Any, Any, Any], content: Any, *, cache_control: str = "no-cache"
) -> Response[bytes]:
    """The content as JSON with its ETag, or 304 when the caller has it already."""
    body = msgspec.json.encode(content, enc_hook=str)
    etag = etag_of(body)
    headers = {"etag": etag, "cache-control": cache_control}
    if matches(header(request.scope, b"if-none-match"), etag):
        return Response(b"", status_code=304, headers=headers, media_type="application/json")
    return Response(body, headers=headers, media_type="application/json")
