"""Check what goes over the wire against Stripe's and PayPal's own API descriptions.

    validate_stripe_request("/v1/refunds", "post", {"charge": "ch_1", "amount": 100})
    validate_stripe_response("/v1/refunds", "post", 200, answer)
    validate_paypal_request("/v2/checkout/orders", "post", body)
    validate_paypal_response("/v2/checkout/orders", "post", 201, answer)

Path templates may name their placeholders freely: `/v1/refunds/{id}` finds `/v1/refunds/{refund}`. Each raises
`ContractBroken` with the place and the reason. The descriptions lie beside the repository and aren't shipped:
use `requires_contract` to skip where they are missing.
"""

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

Json = dict[str, Any]
CONTRACTS = Path(__file__).parents[2].parent / "shared" / "contracts"
STRIPE_FILE = CONTRACTS / "stripe" / "stripe.oas.2024-04-10.json"
PAYPAL_FOLDER = CONTRACTS / "paypal"

requires_contract = pytest.mark.skipif(
    not STRIPE_FILE.exists(), reason=f"the providers' API descriptions aren't in {CONTRACTS}"
)


class ContractBroken(AssertionError):
    """What was sent or answered isn't what the provider's description allows."""


def validate_stripe_request(path_template: str, method: str, form: Mapping[str, Any]) -> None:
    """The parameters of a call, nested as the SDK takes them; strings are read as the form would carry them."""
    contract = _stripe()
    operation = _operation(contract, path_template, method)
    if method.lower() == "get":
        parameters = {p["name"]: p for p in operation.get("parameters", []) if p["in"] == "query"}
        for name, value in form.items():
            if name not in parameters:
                raise ContractBroken(f"{method} {path_template}: unknown query parameter {name}")
            _check(contract, parameters[name]["schema"], _coerced(contract, parameters[name]["schema"], value), name)
        return
    schema = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    _check(contract, schema, _coerced(contract, schema, dict(form)), f"{method} {path_template} request")


def validate_stripe_response(path_template: str, method: str, status: int, body: Any) -> None:
    contract = _stripe()
    answers = _operation(contract, path_template, method)["responses"]
    answer = answers.get(str(status)) or answers["default"]
    schema = answer["content"]["application/json"]["schema"]
    _check(contract, schema, body, f"{method} {path_template} {status}")


def validate_paypal_request(path_template: str, method: str, body: Any) -> None:
    contract = _paypal_contract_of(path_template)
    operation = _operation(contract, path_template, method)
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        _check(contract, schema, body, f"{method} {path_template} request")


def validate_paypal_response(path_template: str, method: str, status: int, body: Any) -> None:
    contract = _paypal_contract_of(path_template)
    answers = _operation(contract, path_template, method)["responses"]
    answer = answers.get(str(status)) or answers["default"]
    answer = _resolved(contract, answer)
    content = answer.get("content")
    if content is None:
        assert not body, f"{path_template}: {status} has no body"
        return
    _check(contract, content["application/json"]["schema"], body, f"{method} {path_template} {status}")


def validate_stripe_object(schema_name: str, body: Any) -> None:
    """An object on its own, such as the one inside an event."""
    _check(_stripe(), {"$ref": f"#/components/schemas/{schema_name}"}, body, schema_name)


def stripe_parameters(path_template: str, method: str) -> set[str]:
    """The names that the description knows for an operation."""
    operation = _operation(_stripe(), path_template, method)
    names = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/x-www-form-urlencoded", {}).get("schema", {})
    return names | set(schema.get("properties", {}))


# --- the descriptions, made strict and readable by a JSON Schema validator


@functools.cache
def _stripe() -> Json:
    return _prepared(json.loads(STRIPE_FILE.read_text()), closed=True)


@functools.cache
def _paypal_file(path: Path) -> Json:
    return _prepared(json.loads(path.read_text()), closed=False)


def _paypal_contract_of(path_template: str) -> Json:
    for path in sorted(PAYPAL_FOLDER.glob("*.json")):
        contract = _paypal_file(path)
        if _find_path(contract, path_template) is not None:
            return contract
    raise ContractBroken(f"no PayPal description has {path_template}")


def _find_path(contract: Json, template: str) -> str | None:
    wanted = re.sub(r"\{[^}]*\}", "{}", template)
    server = (contract.get("servers") or [{"url": ""}])[0]["url"]
    for path in contract["paths"]:
        for candidate in (path, f"/v1/reporting{path}" if server.endswith("/v1/reporting") else path):
            if re.sub(r"\{[^}]*\}", "{}", candidate) == wanted:
                return str(path)
    return None


def _operation(contract: Json, template: str, method: str) -> Json:
    path = _find_path(contract, template)
    if path is None or method.lower() not in contract["paths"][path]:
        raise ContractBroken(f"the description has no {method.upper()} {template}")
    return contract["paths"][path][method.lower()]


def _prepared(node: Any, *, closed: bool) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` spelled out; objects with listed properties closed, if asked."""
    if isinstance(node, list):
        return [_prepared(item, closed=closed) for item in node]
    if not isinstance(node, dict):
        return node
    made = {name: _prepared(value, closed=closed) for name, value in node.items() if not name.startswith("x-")}
    if made.get("format") in {"ppaas_date_time_v3", "date-time"}:
        made.pop("format")
    if closed and made.get("type") == "object" and made.get("properties") and isinstance(made["properties"], dict):
        made.setdefault("additionalProperties", False)
    if made.pop("nullable", False) is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made


def _resolved(contract: Json, node: Json) -> Json:
    while "$ref" in node:
        target: Any = contract
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


_VALIDATORS: dict[tuple[int, str], Draft202012Validator] = {}


def _check(contract: Json, schema: Json, value: Any, where: str) -> None:
    key = (id(contract), json.dumps(schema, sort_keys=True) if len(schema) < 3 else str(id(schema)))
    validator = _VALIDATORS.get(key)
    if validator is None:
        # The components travel with each schema, so that its references resolve without a registry.
        validator = Draft202012Validator({**schema, "components": contract["components"]})
        _VALIDATORS[key] = validator
    error = best_match(validator.iter_errors(value))
    if error is not None:
        place = "/".join(str(part) for part in error.absolute_path) or "(whole)"
        raise ContractBroken(f"{where}: at {place}: {error.message[:400]}")


def _coerced(contract: Json, schema: Json, value: Any) -> Any:
    """A form carries strings; read them the way the schema would have them."""
    schema = _resolved(contract, schema)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        for choice in choices:
            read = _coerced(contract, choice, value)
            validator = Draft202012Validator({**choice, "components": contract["components"]})
            if validator.is_valid(read):
                return read
        return value
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        extra = schema.get("additionalProperties")
        inner = extra if isinstance(extra, dict) else {}
        return {name: _coerced(contract, properties.get(name, inner), item) for name, item in value.items()}
    if isinstance(value, list):
        return [_coerced(contract, schema.get("items", {}), item) for item in value]
    if isinstance(value, str):
        if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
            return int(value)
        if schema.get("type") == "boolean" and value in {"true", "false"}:
            return value == "true"
    return value
