"""From error classes to documented answers, with an example body each."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import Any

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example, OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

from store.kernel.errors import StoreError
from store.web.edge.problems import PROBLEM_JSON, problem_body
from store.web.edge.schemas import Problem


def problems(*errors: type[StoreError]) -> dict[int, ResponseSpec]:
    """For `responses=` of a handler: `@post("/refunds", responses=problems(RefundExceedsCaptured, PreviewIsStale))`.

    The errors that the edge itself raises (401, 403, 413, 415, 422, 500 …) are added to every operation by itself.
    """
    by_status: dict[int, list[type[StoreError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {
        status: ResponseSpec(
            data_container=Problem,
            generate_examples=False,
            description=" ".join(error.title for error in group),
            media_type=PROBLEM_JSON,
            examples=[Example(id=error.code, summary=error.title, value=example_body(error)) for error in group],
        )
        for status, group in by_status.items()
    }


def answers(shape: Any, description: str = "OK") -> dict[int, ResponseSpec]:
    """For a handler that gives ready bytes (`answer_with_etag`): what is in them, and that it may say 304.

    `@get("/", responses=answers(Page[Item]) | problems(UnknownMarket))`
    """
    return {
        200: ResponseSpec(data_container=shape, generate_examples=False, description=description),
        304: ResponseSpec(data_container=None, generate_examples=False, description="You have it already."),
    }


def raw_body(*media_types: str) -> type[Operation]:
    """For `operation_class=` of a handler that reads the body as it comes: a file, or a signed message."""
    binary = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)

    @dataclass
    class WithBody(Operation):
        def __post_init__(self) -> None:
            content = {media_type: OpenAPIMediaType(schema=binary) for media_type in media_types}
            self.request_body = RequestBody(required=True, content=content)

    return WithBody


def example_body(error: type[StoreError]) -> dict[str, Any]:
    """The body of an error with its facts left as names in braces."""
    names = {name for _, name, _, _ in Formatter().parse(error.title + error.detail) if name}
    body = problem_body(error(**{name: f"{{{name}}}" for name in sorted(names)}), "en")
    if error.code == "invalid_request":
        body["errors"] = [{"field": "email", "code": "required", "message": "This field is required."}]
    return body
