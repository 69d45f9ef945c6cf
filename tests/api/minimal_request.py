"""The smallest request that an endpoint takes, made from its own types: for tests that go over all endpoints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types.internal_types import PathParameterDefinition
from msgspec.inspect import (
    BoolType,
    CustomType,
    DateTimeType,
    DateType,
    DictType,
    FloatType,
    IntType,
    ListType,
    LiteralType,
    NoneType,
    RawType,
    StrType,
    StructType,
    Type,
    UnionType,
    UUIDType,
    VarTupleType,
    type_info,
)

from store.web.edge.queries import known_parameters
from store.web.edge.roles import roles_of

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
# What texts may look like: the first one that fits a field's pattern and length is taken.
TEXTS = (
    "a text of some words",
    "ada@example.com",
    "https://shop.example.com/back",
    "EUR",
    "FR",
    "AUR-ONE-BLK",
    "x",
    "customer_reference",
    "AB12CD34",
    "2099-12-31",
    "0123456789",
    "a text that is longer than most others, for those fields that want to know precisely",
)
PATHS: dict[type, str] = {int: "1", float: "1"}


@dataclass(frozen=True)
class Endpoint:
    """`parts` are the segments of its path; a parameter is (name, type). `query`: what it knows in a query."""

    method: str
    parts: tuple[str | tuple[str, type], ...]
    handler: HTTPRouteHandler
    query: frozenset[str]

    @property
    def roles(self) -> frozenset[str]:
        return roles_of(self.handler)

    @property
    def template(self) -> str:
        return "/" + "/".join(part if isinstance(part, str) else f"{{{part[0]}}}" for part in self.parts)

    @property
    def object(self) -> str | None:
        """The path up to its first parameter: whose thing it is about."""
        template = self.template
        return template[: template.index("}") + 1] if "}" in template else None

    def path(self, **known: str) -> str:
        """The path with `known` parameters, and with something that does not exist for the others."""
        return "/" + "/".join(
            part if isinstance(part, str) else known.get(part[0]) or nothing(part[1]) for part in self.parts
        )

    def body(self) -> Any:
        """The smallest body that is taken; None for an endpoint without one."""
        field = self.handler.parsed_fn_signature.parameters.get("data")
        return smallest(type_info(field.annotation)) if field else None

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def endpoints(app: Litestar) -> Iterator[Endpoint]:
    """Everything that the application answers to."""
    known = known_parameters(app)
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            parts = tuple(
                (part.name, part.type) if isinstance(part, PathParameterDefinition) else part
                for part in route.path_components
            )
            for method, (handler, _) in route.route_handler_map.items():
                if method in METHODS:
                    yield Endpoint(method, parts, handler, known[handler])


def nothing(kind: type) -> str:
    """A parameter of this type that leads to nothing."""
    return PATHS.get(kind) or (str(uuid4()) if kind.__name__ == "UUID" else "FR-0000-0000")


def smallest(kind: Type) -> Any:
    """The smallest JSON value of a type. Raises LookupError for a type or a pattern that nothing here fits."""
    if isinstance(kind, msgspec.inspect.Metadata):
        return smallest(kind.type)
    if isinstance(kind, StructType):
        return {field.encode_name: smallest(field.type) for field in kind.fields if field.required}
    if isinstance(kind, StrType):
        return _text(kind)
    if isinstance(kind, (IntType, FloatType)):
        return kind.ge if kind.ge is not None else (kind.gt + 1 if kind.gt is not None else 1)
    if isinstance(kind, LiteralType):
        return kind.values[0]
    if isinstance(kind, UnionType):
        members = [member for member in kind.types if not isinstance(member, (NoneType, CustomType))]
        return smallest(members[0]) if members else None
    if isinstance(kind, (ListType, VarTupleType)):
        return [smallest(kind.item_type) for _ in range(kind.min_length or 0)]
    simple: dict[type[Type], Any] = {
        BoolType: False,
        UUIDType: str(uuid4()),
        DateTimeType: "2099-12-31T00:00:00Z",
        DateType: "2099-12-31",
        DictType: {},
        RawType: {},
        msgspec.inspect.AnyType: {},
    }
    if type(kind) in simple:
        return simple[type(kind)]
    raise LookupError(f"no smallest value of {kind}: say one in tests/api/minimal_request.py")


def _text(kind: StrType) -> str:
    for text in TEXTS:
        long_enough = (kind.min_length or 0) <= len(text) <= (kind.max_length or len(text))
        if long_enough and (kind.pattern is None or re.search(kind.pattern, text)):
            return text
    raise LookupError(f"no text for {kind}: add one to TEXTS in tests/api/minimal_request.py")
