"""The OpenAPI 3.1 document: what Litestar derives from the handlers, completed with what the edge does around them."""

from __future__ import annotations

from typing import Any

from litestar import Litestar
from litestar._openapi.schema_generation.plugins.struct import StructSchemaPlugin
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, License, Schema, SecurityScheme, Tag
from litestar.plugins import OpenAPISchemaPlugin
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition
from msgspec import Struct

from store.kernel.attachments import DOCUMENTS, MEDIA_TYPES
from store.kernel.errors import Forbidden, Invalid, NotFound, StoreError, Unauthorized
from store.kernel.i18n import LOCALES
from store.kernel.idempotency import IdempotencyKeyReused, RequestInFlight
from store.web.edge.api_page import ApiPage, api_page_router
from store.web.edge.api_texts import DESCRIPTION, TAGS
from store.web.edge.documented import example_body
from store.web.edge.failures import (
    BadIdempotencyKey,
    BodyTooLarge,
    CardNumberRefused,
    IdempotencyKeyRequired,
    InternalError,
    MalformedJson,
    TryAgain,
    Unavailable,
    UnsupportedMediaType,
)
from store.web.edge.problems import PROBLEM_JSON
from store.web.edge.roles import roles_of
from store.web.edge.schemas import RequestBody

_SECURITY = {
    "publishable_key": SecurityScheme(
        type="http", scheme="bearer", bearer_format="pk_…", description="A storefront's publishable key."
    ),
    "secret_key": SecurityScheme(type="http", scheme="bearer", bearer_format="sk_…", description="A server's key."),
    "session": SecurityScheme(
        type="http", scheme="bearer", bearer_format="cs_…", description="The session of a signed-in person."
    ),
}
_SCHEMES_OF = {
    "storefront": ("publishable_key",),
    "customer": ("session",),
    "partner": ("session",),
    "agent": ("secret_key", "session"),
    "warehouse": ("secret_key", "session"),
    "admin": ("secret_key", "session"),
}


class StrictStructSchemas(OpenAPISchemaPlugin):
    """Struct schemas with `additionalProperties: false` where unknown fields are refused, and the body's example."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        if field_definition.is_union or not field_definition.is_subclass_of(Struct):
            return False
        return bool(field_definition.type_.__struct_config__.forbid_unknown_fields)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        schema = StructSchemaPlugin().to_openapi_schema(field_definition, schema_creator)
        schema.additional_properties = False
        if issubclass(field_definition.type_, RequestBody) and hasattr(field_definition.type_, "EXAMPLE"):
            schema.examples = [field_definition.type_.EXAMPLE]
        return schema


def openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Store",
        version="1",
        description=DESCRIPTION,
        license=License(name="MIT", identifier="MIT"),
        tags=[Tag(name=name, description=text) for name, text in TAGS],
        components=Components(security_schemes=dict(_SECURITY)),
        use_handler_docstrings=True,
        render_plugins=[ApiPage()],
        openapi_router=api_page_router(),
    )


def complete_document(app: Litestar) -> dict[str, Any]:
    """The document with roles, security, headers and the edge's own problems on every operation."""
    document = app.openapi_schema.to_schema()
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            operation = document["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None and handler.resolve_include_in_schema() and method != "OPTIONS":
                _complete(operation, handler)
    document.setdefault("components", {}).setdefault("schemas", {}).setdefault("Problem", _PROBLEM_SCHEMA)
    return document


def _complete(operation: dict[str, Any], handler: HTTPRouteHandler) -> None:
    roles = roles_of(handler)
    operation["x-roles"] = sorted(roles)
    schemes = {scheme for role in roles for scheme in _SCHEMES_OF.get(role, ())}
    operation["security"] = [] if "anonymous" in roles else [{scheme: []} for scheme in sorted(schemes)]
    operation.setdefault("parameters", []).extend(_own_parameters(handler, roles))
    if not operation["parameters"]:
        del operation["parameters"]
    _drop_litestar_errors(operation)
    _correct_downloads(operation)
    for error in _edge_errors(operation, handler, roles):
        _document(operation, error)
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            for example in content.get("examples", {}).values():
                example.pop("id", None)  # Litestar's own, unknown to OpenAPI.


def _edge_errors(operation: dict[str, Any], handler: HTTPRouteHandler, roles: frozenset[Any]) -> list[type[StoreError]]:
    errors: list[type[StoreError]] = [InternalError, Unavailable]
    if "anonymous" not in roles:
        errors += [Unauthorized, Forbidden]
    if "requestBody" in operation:
        errors += [MalformedJson, BodyTooLarge, UnsupportedMediaType, CardNumberRefused, TryAgain]
    if "requestBody" in operation or operation.get("parameters"):
        errors.append(Invalid)
    if any("{" in path for path in handler.paths):
        errors.append(NotFound)
    if handler.opt.get("idempotent"):
        errors += [BadIdempotencyKey, IdempotencyKeyReused, RequestInFlight]
    if handler.opt.get("idempotent") == "required":
        errors.append(IdempotencyKeyRequired)
    return errors


def _document(operation: dict[str, Any], error: type[StoreError]) -> None:
    responses = operation.setdefault("responses", {})
    response = responses.setdefault(str(error.status), {"description": error.title, "content": {}})
    content = response.setdefault("content", {}).setdefault(
        PROBLEM_JSON, {"schema": {"$ref": "#/components/schemas/Problem"}}
    )
    content.setdefault("examples", {}).setdefault(error.code, {"summary": error.title, "value": example_body(error)})


def _drop_litestar_errors(operation: dict[str, Any]) -> None:
    """Litestar documents its own 400 for every input; ours are told apart and have another shape."""
    bad = operation.get("responses", {}).get("400", {})
    if PROBLEM_JSON not in bad.get("content", {}):
        operation.get("responses", {}).pop("400", None)


def _correct_downloads(operation: dict[str, Any]) -> None:
    """Litestar gives a `File` no media type, and its last-modified the form of a JSON time."""
    for response in operation["responses"].values():
        content = response.get("content", {})
        if content.pop("", None) is not None:
            content.update({MEDIA_TYPES[kind]: {"schema": dict(_BINARY)} for kind in DOCUMENTS})
            response["headers"]["last-modified"]["schema"].pop("format", None)
        if "application/pdf" in content:
            content["application/pdf"]["schema"] = dict(_BINARY)


def _own_parameters(handler: HTTPRouteHandler, roles: frozenset[Any]) -> list[dict[str, Any]]:
    language = {"type": "string", "examples": list(LOCALES)}
    found = [
        _parameter("query", "locale", "The language of the answer; before X-Locale.", language),
        _header("X-Locale", "The language of the answer.", language),
    ]
    if handler.opt.get("idempotent"):
        found.append(
            _header(
                "Idempotency-Key",
                "A random value per request; the same value repeats the first answer.",
                {"type": "string", "minLength": 1, "maxLength": 255},
                required=handler.opt["idempotent"] == "required",
            )
        )
    if "order_token" in handler.parsed_fn_signature.parameters:
        found.append(_header("X-Order-Token", "A guest's right to the order, from placing it.", {"type": "string"}))
    if roles & {"customer", "partner"} and "storefront" in roles:
        found.append(_header("X-Store-Key", "The storefront's key beside a session.", {"type": "string"}))
    return found


def _header(name: str, description: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return _parameter("header", name, description, schema, required=required)


def _parameter(
    place: str, name: str, description: str, schema: dict[str, Any], *, required: bool = False
) -> dict[str, Any]:
    return {"name": name, "in": place, "description": description, "required": required, "schema": schema}


_BINARY = {"type": "string", "format": "binary"}
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "code", "status", "title", "detail"],
    "properties": {
        "type": {"type": "string"},
        "code": {"type": "string"},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
