"""Every body that the document describes comes with an example that would be taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from litestar.routes import HTTPRoute

from store.catalog.demo.read_catalogue import read_catalogue
from store.web.edge.request import read_json
from store.web.edge.schemas import RequestBody

BODIES = ("POST", "PUT", "PATCH")
LEAST_BODIES = 70
JSON = "application/json"


def decoded_bodies(app) -> Iterator[tuple[str, str, str, type]]:
    """Path, method, a name for it and the struct of every handler that decodes a JSON body."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                data = handler.parsed_fn_signature.parameters.get("data")
                shown = handler.resolve_include_in_schema()
                if method in BODIES and shown and data is not None and issubclass(data.annotation, RequestBody):
                    yield route.path_format, method.lower(), f"{method} {route.path_format}", data.annotation


async def document_of(client) -> dict[str, Any]:
    return (await client.get("/api/v1/openapi.json")).json()


def schema_of(document: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    return document["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[1]]


async def test_every_json_body_has_an_example_that_its_schema_and_its_handler_take(app, client):
    document = await document_of(client)
    checked = 0
    for path, method, where, struct in decoded_bodies(app):
        content = document["paths"][path][method]["requestBody"]["content"][JSON]
        examples = schema_of(document, content).get("examples")
        assert examples, f"{where}: give {struct.__name__} an EXAMPLE"
        # The components have to be there for the references inside.
        validator = Draft202012Validator({**document, **content["schema"]}, format_checker=FormatChecker())
        for example in examples:
            assert [error.message for error in validator.iter_errors(example)] == [], where
            assert isinstance(read_json(msgspec.json.encode(example), struct), struct), where
        checked += 1
    assert checked >= LEAST_BODIES


async def test_an_example_says_nothing_of_real_people(client):
    document = await document_of(client)
    for name, schema in document["components"]["schemas"].items():
        for text in texts(schema.get("examples")):
            if "@" in text:
                assert text.endswith("@example.com"), name
            if "://" in text:
                assert ".example.com/" in text, name


async def test_bodies_in_examples_speak_of_the_demo_catalogue(client, demo_skus):
    document = await document_of(client)
    seen = {
        value
        for schema in document["components"]["schemas"].values()
        for name, value in facts(schema.get("examples"))
        if name == "sku"
    }
    assert seen
    assert seen <= demo_skus


@pytest.fixture(scope="module")
def demo_skus() -> set[str]:
    return {variant.sku for product in read_catalogue().products for variant in product.variants}


def facts(value: Any) -> Iterator[tuple[str, Any]]:
    """Every name with its value, however deep."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name, item
            yield from facts(item)
    elif isinstance(value, list):
        for item in value:
            yield from facts(item)


def texts(value: Any) -> Iterator[str]:
    """Every text, however deep."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(item)
