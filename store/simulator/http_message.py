"""What a request and an answer are inside the simulator, and how a path finds its handler."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

Json = dict[str, Any]
Handler = TypeVar("Handler")


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def base_url(self) -> str:
        return f"http://{self.headers.get('host', '127.0.0.1')}"

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(slots=True)
class Response:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def json_response(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(status, body, {"content-type": "application/json", **(headers or {})})


def html_response(status: int, page: str) -> Response:
    return Response(status, page.encode(), {"content-type": "text/html; charset=utf-8"})


def redirect(url: str) -> Response:
    return Response(303, b"", {"location": url})


@dataclass(frozen=True, slots=True)
class Match(Generic[Handler]):
    operation: str
    handler: Handler
    path_values: tuple[str, ...]


class Router(Generic[Handler]):
    """Path templates such as `/v1/refunds/{id}`; a literal segment is preferred to a placeholder."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, int], list[tuple[list[str], str, Handler]]] = {}

    def add(self, method: str, template: str, operation: str, handler: Handler) -> None:
        segments = template.strip("/").split("/")
        routes = self._routes.setdefault((method, len(segments)), [])
        routes.append((segments, operation, handler))
        routes.sort(key=lambda route: sum(segment.startswith("{") for segment in route[0]))

    def find(self, method: str, path: str) -> Match[Handler] | None:
        segments = path.strip("/").split("/")
        for template, operation, handler in self._routes.get((method, len(segments)), []):
            values = []
            for expected, actual in zip(template, segments, strict=True):
                if expected.startswith("{"):
                    values.append(actual)
                elif expected != actual:
                    break
            else:
                return Match(operation, handler, tuple(values))
        return None
