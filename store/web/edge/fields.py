"""Every wrong field of a request with a stable code and a translated sentence.

msgspec stops at the first mistake and speaks English; here the whole body is walked once more after it has refused
it, so that the answer lists all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from store.kernel.errors import Invalid
from store.kernel.i18n import N_, translate
from store.kernel.wording import spoken_facts

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

MESSAGES = {
    "required": N_("This field is required."),
    "unknown_field": N_("There is no such field here."),
    "unknown_parameter": N_("There is no such parameter here."),
    "wrong_type": N_("Expected {expected}, got {actual}."),
    "too_small": N_("Must be at least {limit}."),
    "too_large": N_("Must be at most {limit}."),
    "too_short": N_("Must have a length of at least {limit}."),
    "too_long": N_("Must have a length of at most {limit}."),
    "wrong_format": N_("Does not have the expected form."),
    "not_allowed": N_("This value is not one of the possible ones."),
    "bad_characters": N_("Contains characters that can't be stored."),
    "wrong_value": N_("This value can't be used."),
}

FieldError = dict[str, Any]

_PATTERNS = (
    (re.compile(r"^Expected `(?P<expected>[^`]+)`, got `(?P<actual>[^`]+)`"), "wrong_type"),
    (re.compile(r"^Expected `[^`]+` of length >= (?P<limit>\S+)"), "too_short"),
    (re.compile(r"^Expected `[^`]+` of length <= (?P<limit>\S+)"), "too_long"),
    (re.compile(r"^Expected `[^`]+` >=? (?P<limit>\S+)"), "too_small"),
    (re.compile(r"^Expected `[^`]+` <=? (?P<limit>\S+)"), "too_large"),
    (re.compile(r"^(Expected `[^`]+` matching regex|Invalid |Expected `[^`]+` with )"), "wrong_format"),
    (re.compile(r"^Object missing required field `(?P<name>[^`]+)`"), "required"),
    (re.compile(r"^Object contains unknown field `(?P<name>[^`]+)`"), "unknown_field"),
    (re.compile(r"^(Number|Integer) (value )?out of range"), "wrong_value"),
)
_PATH = re.compile(r" - at `(key in )?\$(?P<path>[^`]*)`$")


def field_errors(value: Any, type_: Any, path: str = "") -> list[FieldError]:
    """All mistakes of a decoded JSON value against a type of a request; empty when it fits."""
    return list(_walk(value, type_, path))


def from_message(message: str, path: str = "") -> FieldError:
    """One mistake from the text of a msgspec.ValidationError."""
    if found := _PATH.search(message):
        path = _join(path, found["path"])
        message = message[: found.start()]
    if message.startswith("Invalid enum value"):
        return {"field": path, "code": "not_allowed"}
    for pattern, code in _PATTERNS:
        if found := pattern.match(message):
            facts = {name: text for name, text in found.groupdict().items() if text is not None}
            name = facts.pop("name", "")
            return {"field": _join(path, name), "code": code, **facts}
    return {"field": path, "code": "wrong_value"}


def with_messages(errors: list[FieldError], locale: str) -> list[FieldError]:
    """The same with the sentence for the reader; a `message` that a room wrote itself is translated."""
    return [
        {
            "field": error.get("field", ""),
            "code": error.get("code", "wrong_value"),
            "message": translate(
                locale,
                str(error.get("message") or MESSAGES[error.get("code", "wrong_value")]),
                spoken_facts(error, locale),
            ),
        }
        for error in errors
    ]


def unstorable(value: Any, path: str = "") -> Iterator[FieldError]:
    """Strings with NUL or lone surrogates, and integers beyond 64 bits: JSON allows them, PostgreSQL doesn't."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            yield {"field": path, "code": "bad_characters"}
    elif isinstance(value, bool):
        return
    elif isinstance(value, int):
        if not INT64_MIN <= value <= INT64_MAX:
            limit = INT64_MAX if value > 0 else INT64_MIN
            yield {"field": path, "code": "too_large" if value > 0 else "too_small", "limit": str(limit)}
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from unstorable(key, path)
            yield from unstorable(item, _join(path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unstorable(item, _join(path, str(index)))


def _walk(value: Any, type_: Any, path: str) -> Iterator[FieldError]:
    inner = _unwrap(type_, value)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and isinstance(value, dict):
        yield from _walk_struct(value, inner, path)
    elif get_origin(inner) in {list, tuple} and isinstance(value, list) and get_args(inner):
        for index, item in enumerate(value):
            yield from _walk(item, get_args(inner)[0], _join(path, str(index)))
        yield from _convert([], type_, path) if not value else ()
        yield from _length(value, type_, path)
    else:
        yield from _convert(value, type_, path)


def _walk_struct(value: dict[str, Any], struct: type[msgspec.Struct], path: str) -> Iterator[FieldError]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    if struct.__struct_config__.forbid_unknown_fields:
        for name in value.keys() - fields.keys() - {struct.__struct_config__.tag_field}:
            yield {"field": _join(path, name), "code": "unknown_field"}
    for name, field in fields.items():
        if name in value:
            yield from _walk(value[name], field.type, _join(path, name))
        elif field.required:
            yield {"field": _join(path, name), "code": "required"}


def _convert(value: Any, type_: Any, path: str) -> Iterator[FieldError]:
    try:
        msgspec.convert(value, type_, strict=True)
    except msgspec.ValidationError as error:
        yield from_message(str(error), path)


def _length(value: list[Any], type_: Any, path: str) -> Iterator[FieldError]:
    """A list that is too long or too short, whatever is in it."""
    for meta in getattr(type_, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta):
            if meta.max_length is not None and len(value) > meta.max_length:
                yield {"field": path, "code": "too_long", "limit": str(meta.max_length)}
            if meta.min_length is not None and 0 < len(value) < meta.min_length:
                yield {"field": path, "code": "too_short", "limit": str(meta.min_length)}


def _unwrap(type_: Any, value: Any) -> Any:
    """Annotated[X, …] → X, and the one member of X | None when there is a value."""
    if get_origin(type_) is Annotated:
        return _unwrap(get_args(type_)[0], value)
    if get_origin(type_) in {Union, UnionType} and value is not None:
        members = [member for member in get_args(type_) if member is not NoneType and member is not msgspec.UnsetType]
        if len(members) == 1:
            return _unwrap(members[0], value)
    return type_


def _join(path: str, name: str) -> str:
    name = name.replace("[...]", "").replace("[", ".").replace("]", "").strip(".")
    return f"{path}.{name}" if path and name else path or name


def invalid(*errors: FieldError) -> Invalid:
    """The refusal of a request with these mistakes."""
    return Invalid(errors=list(errors))
