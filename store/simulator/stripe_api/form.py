"""Turn Stripe's bracketed form encoding into nested values and check them against an operation's table."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from store.simulator.stripe_api.errors import malformed
from store.simulator.stripe_api.parameters import NOT_SIMULATED, PARAMETERS, REQUIRED

Json = dict[str, Any]
LONGEST_STRING = 5_000


def read_parameters(operation: str, encoded: str) -> Json:
    """The typed parameters of a call; raises StripeError 400 for what the API description refuses."""
    raw = decode(encoded)
    known = PARAMETERS[operation]
    parameters: Json = {}
    for name, value in raw.items():
        if name in known:
            parameters[name] = _typed(known[name], value, name)
        elif name in NOT_SIMULATED.get(operation, ()):
            raise malformed(
                f"Stripe knows the parameter `{name}`, but this simulator doesn't model it.",
                param=name,
                code="parameter_not_simulated",
            )
        else:
            raise malformed(f"Received unknown parameter: {name}", param=name, code="parameter_unknown")
    for name in REQUIRED.get(operation, ()):
        if name not in parameters:
            raise malformed(f"Missing required param: {name}.", param=name, code="parameter_missing")
    return parameters


def decode(encoded: str) -> Json:
    """`a[b][c]=1&d[]=2` as `{"a": {"b": {"c": "1"}}, "d": {"0": "2"}}`; lists become lists when typed."""
    root: Json = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        path = [part.rstrip("]") for part in key.split("[")]
        node = root
        for part in path[:-1]:
            child = node.setdefault(part or str(len(node)), {})
            if not isinstance(child, dict):
                raise malformed(f"Invalid hash: {key}", param=key)
            node = child
        node[path[-1] or str(len(node))] = value
    return root


def _typed(kind: Any, value: Any, path: str) -> Any:
    if isinstance(kind, tuple):
        return _one_of(kind, value, path)
    if isinstance(kind, dict):
        return _hash(kind, value, path)
    compound = {"metadata": _metadata, "range": _range, "list": _list}
    return compound.get(kind, partial(_scalar, kind))(value, path)


def _scalar(kind: str, value: Any, path: str) -> str | int | bool:
    if not isinstance(value, str):
        raise malformed(f"Invalid {'string' if kind == 'str' else kind}: {value}", param=path)
    if kind == "int":
        if not re.fullmatch(r"-?\d{1,15}", value):
            raise malformed(f"Invalid integer: {value}", param=path, code="parameter_invalid_integer")
        return int(value)
    if kind == "bool":
        if value not in {"true", "false"}:
            raise malformed(f"Invalid boolean: {value}", param=path)
        return value == "true"
    if len(value) > LONGEST_STRING:
        raise malformed(f"Invalid string: {path} is too long", param=path)
    return value


def _range(value: Any, path: str) -> Any:
    """A moment, or bounds around it."""
    if isinstance(value, dict):
        return _hash(dict.fromkeys(("gt", "gte", "lt", "lte"), "int"), value, path)
    return {"eq": _scalar("int", value, path)}


def _one_of(choices: tuple[str, ...], value: Any, path: str) -> Any:
    if value not in choices:
        listed = ", ".join(choice for choice in choices if choice)
        raise malformed(f"Invalid {path}: must be one of {listed}", param=path)
    return value


def _hash(fields: Mapping[str, Any], value: Any, path: str) -> Any:
    if value == "":
        return None
    if not isinstance(value, dict):
        raise malformed("Invalid hash", param=path)
    result: Json = {}
    for name, item in value.items():
        inner = f"{path}[{name}]"
        if name not in fields:
            raise malformed(f"Received unknown parameter: {inner}", param=inner, code="parameter_unknown")
        result[name] = _typed(fields[name], item, inner)
    return result


def _metadata(value: Any, path: str) -> Any:
    if value == "":
        return None
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise malformed("Metadata must be a hash of strings", param=path)
    for key, item in value.items():
        if len(key) > 40 or len(item) > 500:
            raise malformed("Metadata keys have at most 40 characters and values at most 500", param=f"{path}[{key}]")
    if len(value) > 50:
        raise malformed("You can specify up to 50 keys of metadata", param=path)
    return value


def _list(value: Any, path: str) -> list[Any]:
    if value == "":
        return []
    if not isinstance(value, dict) or not all(key.isdigit() for key in value):
        raise malformed("Invalid array", param=path)
    return [value[key] for key in sorted(value, key=int)]
