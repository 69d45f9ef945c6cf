"""Record what the adapters really send and get, and hold it against the providers' own API descriptions."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import requests
from simulator.contract import (
    validate_paypal_request,
    validate_paypal_response,
    validate_stripe_request,
    validate_stripe_response,
)

from store.providers.paypal import PayPalProvider
from store.providers.stripe import StripeProvider

_STRIPE_ID = re.compile(r"/(?:pi|seti|ch|re|du|pm|cus|ctoken)_\w+")


@dataclass(frozen=True)
class Exchange:
    method: str
    path: str
    query: str
    body: str
    headers: dict[str, str]
    status: int
    answer: Any

    @property
    def place(self) -> str:
        return f"{self.method} {self.path}"


def record_stripe(provider: StripeProvider) -> list[Exchange]:
    exchanges: list[Exchange] = []

    async def note(response: httpx.Response) -> None:
        await response.aread()
        request = response.request
        path = _STRIPE_ID.sub("/{id}", request.url.path.removeprefix("/stripe"))
        exchanges.append(
            Exchange(
                request.method,
                path,
                request.url.query.decode(),
                request.content.decode(),
                {name.lower(): value for name, value in request.headers.items()},
                response.status_code,
                response.json(),
            )
        )

    provider.calls._http._client_async.event_hooks["response"].append(note)
    return exchanges


def record_paypal(provider: PayPalProvider) -> list[Exchange]:
    exchanges: list[Exchange] = []

    def note(response: requests.Response, *_: Any, **__: Any) -> None:
        request = response.request
        parts = urlsplit(request.url)
        path = re.sub(r"/(?=[A-Z0-9-]*\d)[A-Z0-9-]{10,}", "/{id}", parts.path.removeprefix("/paypal"))
        body = request.body or ""
        text = body.decode() if isinstance(body, bytes) else body
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        exchanges.append(
            Exchange(request.method, path, parts.query, text, headers, response.status_code, response.json())
        )

    provider.calls._api._session.hooks["response"].append(note)
    return exchanges


def check_stripe(exchange: Exchange) -> None:
    form = nested(exchange.query if exchange.method == "GET" else exchange.body)
    validate_stripe_request(exchange.path, exchange.method.lower(), form)
    validate_stripe_response(exchange.path, exchange.method.lower(), exchange.status, exchange.answer)


def check_paypal(exchange: Exchange) -> None:
    if exchange.path.endswith("/token"):
        return
    body = json.loads(exchange.body) if exchange.body else None
    validate_paypal_request(exchange.path, exchange.method.lower(), body)
    validate_paypal_response(exchange.path, exchange.method.lower(), exchange.status, exchange.answer)


def nested(form: str) -> dict[str, Any]:
    """`a[b][c]=1&d[0]=2` as {"a": {"b": {"c": "1"}}, "d": ["2"]}."""
    whole: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        first, *rest = [part.rstrip("]") for part in name.split("[")]
        node, key = whole, first
        for part in rest:
            node = node.setdefault(key, {})
            key = part
        node[key] = value
    return _with_lists(whole)


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    made = {name: _with_lists(value) for name, value in node.items()}
    if made and all(name.isdigit() for name in made):
        return [made[name] for name in sorted(made, key=int)]
    return made
