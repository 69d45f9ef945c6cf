"""Every problem that a test of the API meets stands in the document of the endpoint that gave it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from store.app import StoreApp
from store.web.edge import problems
from store.web.edge.openapi import complete_document

PARAMETER = re.compile(r"\{[^}]*\}")
Endpoint = tuple[str, str]
_CODES: dict[Endpoint, set[str]] = {}


@pytest.fixture(autouse=True)
def only_documented_problems(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    undocumented: set[tuple[str, str, str]] = set()
    answer = problems.problem_answer

    def noted(error: Any, scope: Any) -> Any:
        method, path = endpoint = (scope["method"], form(scope.get("path_template") or ""))
        if error.code not in documented(scope["litestar_app"]).get(endpoint, {error.code}):
            undocumented.add((method, path, error.code))
        return answer(error, scope)

    monkeypatch.setattr(problems, "problem_answer", noted)
    yield
    assert not undocumented, f"add them to the responses=problems(…) of their handlers: {sorted(undocumented)}"


def documented(app: StoreApp) -> dict[Endpoint, set[str]]:
    """The codes of every documented endpoint; made once, as they are the same for all settings."""
    if not _CODES:
        for path, methods in complete_document(app)["paths"].items():
            for method, operation in methods.items():
                contents = [content for answer in operation["responses"].values() for content in _contents(answer)]
                _CODES[method.upper(), form(path)] = {code for content in contents for code in content}
    return _CODES


def _contents(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [content.get("examples", {}) for content in answer.get("content", {}).values()]


def form(path: str) -> str:
    """The path without the names of its parameters, which may have a type beside them."""
    return PARAMETER.sub("{}", path).rstrip("/")
