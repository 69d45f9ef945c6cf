"""The door of the PayPal side: tokens, request ids, faults, and the answer's form."""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Callable

from store.simulator.faults import take_fault, under_fault
from store.simulator.http_message import Match, Request, Response, Router, json_response
from store.simulator.paypal_api import authorizations, captures, disputes, notifications, orders, refunds, reporting
from store.simulator.paypal_api.certificates import PayPalKeys
from store.simulator.paypal_api.documents import Answer, Call, Json, new_token
from store.simulator.paypal_api.errors import (
    PayPalError,
    in_progress,
    internal,
    invalid_request,
    not_found,
    too_many_requests,
    unauthorized,
    unprocessable,
)
from store.simulator.timers import run_due_timers
from store.simulator.world import World, Worlds

Operation = Callable[[Call], Answer]
TOKEN_SECONDS = 32_400
ORDER_KEY_SECONDS = 6 * 3600
PAYMENT_KEY_SECONDS = 45 * 86_400
KEYS = "paypal.request_ids"
TOKENS = "paypal.tokens"
_SHOWN: dict[str, Callable[[World, Json], Json]] = {
    orders.KIND: orders.shown_order,
    captures.KIND: captures.shown_capture,
    authorizations.KIND: authorizations.shown_authorization,
    refunds.KIND: refunds.shown_refund,
}


class PayPalGateway:
    def __init__(self, worlds: Worlds, keys: PayPalKeys) -> None:
        self._worlds = worlds
        self._keys = keys
        self._router: Router[Operation] = Router()
        for method, path, operation, handler in (
            ("POST", "/v2/checkout/orders", "orders.create", orders.create),
            ("GET", "/v2/checkout/orders/{id}", "orders.get", orders.retrieve),
            ("POST", "/v2/checkout/orders/{id}/capture", "orders.capture", orders.capture),
            ("POST", "/v2/checkout/orders/{id}/authorize", "orders.authorize", orders.authorize),
            ("GET", "/v2/payments/captures/{id}", "captures.get", captures.retrieve),
            ("POST", "/v2/payments/captures/{id}/refund", "captures.refund", refunds.create),
            ("GET", "/v2/payments/refunds/{id}", "refunds.get", refunds.retrieve),
            ("GET", "/v2/payments/authorizations/{id}", "authorizations.get", authorizations.retrieve),
            (
                "POST",
                "/v2/payments/authorizations/{id}/capture",
                "authorizations.capture",
                authorizations.capture,
            ),
            ("POST", "/v2/payments/authorizations/{id}/void", "authorizations.void", authorizations.void),
            ("GET", "/v1/reporting/transactions", "reporting.transactions", reporting.transactions),
            ("GET", "/v1/customer/disputes", "disputes.list", disputes.list_),
            ("GET", "/v1/customer/disputes/{id}", "disputes.get", disputes.retrieve),
            ("POST", "/v1/notifications/verify-webhook-signature", "webhooks.verify", self._verify),
        ):
            self._router.add(method, path, operation, handler)

    def _verify(self, call: Call) -> Answer:
        return notifications.verify(call, self._keys)

    async def answer(self, request: Request, path: str) -> Response:
        try:
            response = await self._route(request, path)
        except PayPalError as error:
            response = _error_response(error)
        response.headers["paypal-debug-id"] = secrets.token_hex(7)[:13]
        return response

    async def _route(self, request: Request, path: str) -> Response:
        if path == "/v1/oauth2/token" and request.method == "POST":
            return await self._token(request)
        if path.startswith("/v1/notifications/certs/"):
            if path.rsplit("/", 1)[-1] != self._keys.certificate_id:
                raise not_found()
            return Response(200, self._keys.certificate_pem.encode(), {"content-type": "application/x-pem-file"})
        match = self._router.find(request.method, path)
        if match is None:
            raise not_found("The simulator doesn't model this address.")
        world = self._authenticate(request)
        if run_due_timers(world):
            self._worlds.commit(world)
        if (world.get("world", "address") or {}).get("base_url") != request.base_url:
            world.put("world", {"id": "address", "base_url": request.base_url})
        return await _Exchange(self._worlds, world, request, path).perform(match)

    async def _token(self, request: Request) -> Response:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, secret = base64.b64decode(credentials).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name, secret = "", ""
        if scheme.lower() != "basic" or not name or not secret:
            raise unauthorized("Client Authentication failed", "invalid_client")
        if request.form.get("grant_type") != "client_credentials":
            raise PayPalError(400, {"error": "unsupported_grant_type", "error_description": "unsupported grant_type"})
        world = self._worlds.named(name)
        return await under_fault(
            take_fault(world, "paypal", "oauth2.token"),
            apply=lambda: self._new_token(world),
            fail_unapplied=lambda: _error_response(internal()),
            fail_applied=lambda: _error_response(internal()),
            refuse=lambda: _error_response(too_many_requests()),
        )

    def _new_token(self, world: World) -> Response:
        for old in world.all(TOKENS):
            if old["expires"] <= world.now:
                world.drop(TOKENS, old["id"])
        owner = base64.urlsafe_b64encode(world.name.encode()).decode().rstrip("=")
        token = f"A21AA.{owner}.{new_token()}"
        world.put(TOKENS, {"id": token, "expires": world.now + TOKEN_SECONDS})
        self._worlds.commit(world)
        return json_response(
            200,
            {
                "scope": "https://uri.paypal.com/services/payments/payment https://uri.paypal.com/services/reporting/search/read",
                "access_token": token,
                "token_type": "Bearer",
                "app_id": "APP-80W284485P519543T",
                "expires_in": TOKEN_SECONDS,
                "nonce": f"{world.iso()}{secrets.token_urlsafe(12)}",
            },
        )

    def _authenticate(self, request: Request) -> World:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        parts = token.split(".")
        if scheme.lower() == "bearer" and len(parts) == 3:
            name = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)).decode("utf-8", "replace")
            world = self._worlds.known(name)
            record = world.get(TOKENS, token) if world else None
            if world is not None and record is not None and record["expires"] > world.now:
                return world
        raise unauthorized("Token signature verification failed")


class _Exchange:
    """One call in one world, remembered under its PayPal-Request-Id if it has one."""

    def __init__(self, worlds: Worlds, world: World, request: Request, path: str) -> None:
        self._worlds = worlds
        self._world = world
        self._request = request
        self._path = path
        request_id = request.headers.get("paypal-request-id") if request.method == "POST" else None
        self._key = f"{path} {request_id}" if request_id else None

    async def perform(self, match: Match[Operation]) -> Response:
        fault = take_fault(self._world, "paypal", match.operation)
        call = Call(
            world=self._world,
            body=self._body(),
            query=self._request.query,
            headers=self._request.headers,
            path_values=match.path_values,
            base_url=self._request.base_url,
            declined_by_fault=bool(fault and fault["mode"] == "decline"),
        )
        fingerprint = hashlib.sha256(json.dumps(call.body, sort_keys=True).encode()).hexdigest()
        remembered = self._remembered(fingerprint)
        if remembered is None:
            self._claim(fingerprint)
        try:
            return await under_fault(
                fault,
                apply=lambda: self._replay(remembered, call) if remembered else self._apply(match, call, fingerprint),
                fail_unapplied=lambda: _error_response(internal()),
                fail_applied=lambda: _error_response(internal()),
                refuse=lambda: _error_response(too_many_requests()),
            )
        finally:
            self._release()

    def _body(self) -> Json:
        text = self._request.body.strip()
        if self._request.method == "GET" or not text or text == b"null":
            return {}
        try:
            body = json.loads(text)
        except ValueError:
            raise invalid_request("MALFORMED_REQUEST_JSON", "The request JSON is not well formed.", "/") from None
        if not isinstance(body, dict):
            raise invalid_request("MALFORMED_REQUEST_JSON", "The request must be a JSON object.", "/")
        return body

    def _remembered(self, fingerprint: str) -> Json | None:
        record = self._world.get(KEYS, self._key) if self._key else None
        if record is None:
            return None
        if record["in_flight"]:
            raise in_progress()
        life = PAYMENT_KEY_SECONDS if self._path.startswith("/v2/payments/") else ORDER_KEY_SECONDS
        if record["created"] + life <= self._world.now:
            return None
        if record["fingerprint"] != fingerprint:
            raise unprocessable(
                "DUPLICATE_REQUEST_ID", "The value of PayPal-Request-Id header has already been used with another body."
            )
        return record

    def _claim(self, fingerprint: str) -> None:
        if self._key:
            record = {"id": self._key, "fingerprint": fingerprint, "in_flight": True, "created": self._world.now}
            self._world.restore(KEYS, record)

    def _release(self) -> None:
        record = self._world.get(KEYS, self._key) if self._key else None
        if self._key and record is not None and record["in_flight"]:
            self._world.drop(KEYS, self._key)

    def _apply(self, match: Match[Operation], call: Call, fingerprint: str) -> Response:
        self._world.request = {"id": None, "idempotency_key": None}
        try:
            answer = match.handler(call)
        except PayPalError as error:
            self._worlds.commit(self._world)
            return _error_response(error)
        if self._key and answer.resource:
            self._world.put(
                KEYS,
                {
                    "id": self._key,
                    "fingerprint": fingerprint,
                    "in_flight": False,
                    "created": self._world.now,
                    "status": answer.status,
                    "resource": list(answer.resource),
                },
            )
        self._worlds.commit(self._world)
        if answer.body is None:
            return Response(answer.status, b"")
        return json_response(answer.status, answer.body)

    def _replay(self, remembered: Json, call: Call) -> Response:
        """PayPal answers a repeated request id with the resource as it is by now, and 200."""
        kind, document_id = remembered["resource"]
        document = self._world.get(kind, document_id)
        if document is None:
            raise not_found()
        shown = _SHOWN[kind](self._world, document)
        if not call.wants_representation and kind != orders.KIND:
            shown = {name: shown[name] for name in ("id", "status", "links")}
        return json_response(200, shown)


def _error_response(error: PayPalError) -> Response:
    return json_response(error.status, error.body)
