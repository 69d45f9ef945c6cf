"""The door of the Stripe side: keys, parameters, idempotency, faults, and the answer's form."""

import base64
import hashlib
import json

from store.simulator.faults import take_fault, under_fault
from store.simulator.http_message import Match, Request, Response, json_response
from store.simulator.stripe_api.documents import API_VERSION, Call, Json
from store.simulator.stripe_api.errors import StripeError, internal, invalid, too_many_requests, unauthorized
from store.simulator.stripe_api.form import read_parameters
from store.simulator.stripe_api.routes import PUBLISHABLE, Operation, stripe_router
from store.simulator.timers import run_due_timers
from store.simulator.world import World, Worlds, new_id

KEY_LIFE_SECONDS = 86_400
KEY_LENGTH = 255
KEYS = "stripe.idempotency_keys"


class StripeGateway:
    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._router = stripe_router()

    async def answer(self, request: Request, path: str) -> Response:
        request_id = new_id("req_", 14)
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        try:
            response = await self._route(request, path, request_id, key)
        except StripeError as error:
            response = _error_response(error)
        response.headers |= {"request-id": request_id, "stripe-version": API_VERSION}
        if key:
            response.headers["idempotency-key"] = key
        return response

    async def _route(self, request: Request, path: str, request_id: str, key: str | None) -> Response:
        match = self._router.find(request.method, path)
        if match is None:
            raise StripeError(
                404,
                {
                    "type": "invalid_request_error",
                    "message": f"Unrecognized request URL ({request.method}: {path}). The simulator doesn't model it.",
                },
            )
        world = self._authenticate(request, match.operation)
        if run_due_timers(world):
            self._worlds.commit(world)
        encoded = request.query_string if request.method == "GET" else request.body.decode("utf-8", "replace")
        if request.method != "GET" and request.query_string:
            encoded = f"{encoded}&{request.query_string}" if encoded else request.query_string
        exchange = _Exchange(self._worlds, world, request_id, key)
        return await exchange.perform(match, encoded, request, path)

    def _authenticate(self, request: Request, operation: str) -> World:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        api_key = credentials.strip()
        if scheme.lower() == "basic":
            api_key = base64.b64decode(api_key + "==").decode("utf-8", "replace").partition(":")[0]
        if not api_key:
            raise unauthorized(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using"
                " Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
            )
        kind, _, name = api_key.partition("_test_")
        if kind not in {"sk", "pk"} or not name:
            raise unauthorized(f"Invalid API Key provided: {api_key[:3]}****. The simulator takes sk_test_<world>.")
        if kind == "pk" and operation not in PUBLISHABLE:
            raise StripeError(
                403,
                {
                    "type": "invalid_request_error",
                    "code": "secret_key_required",
                    "message": "This API call cannot be made with a publishable API key. Please use a secret API key.",
                },
                kept=False,
            )
        return self._worlds.named(name)


class _Exchange:
    """One call in one world, remembered under its idempotency key if it has one."""

    def __init__(self, worlds: Worlds, world: World, request_id: str, key: str | None) -> None:
        self._worlds = worlds
        self._world = world
        self._request_id = request_id
        self._key = key

    async def perform(self, match: Match[Operation], encoded: str, request: Request, path: str) -> Response:
        fingerprint = hashlib.sha256(f"{request.method} {path}\n{encoded}".encode()).hexdigest()
        remembered = self._remembered(fingerprint)
        if remembered is not None:
            return await self._replay(match.operation, remembered)
        parameters = read_parameters(match.operation, encoded)
        fault = take_fault(self._world, "stripe", match.operation)
        call = Call(
            world=self._world,
            parameters=parameters,
            path_values=match.path_values,
            base_url=request.base_url,
            path=path,
            declined_by_fault=bool(fault and fault["mode"] == "decline"),
        )
        self._claim(fingerprint)
        try:
            return await under_fault(
                fault,
                apply=lambda: self._apply(match.handler, call, fingerprint),
                fail_unapplied=lambda: self._fail(fingerprint),
                fail_applied=lambda: self._fail(fingerprint),
                refuse=lambda: _error_response(too_many_requests()),
            )
        finally:
            self._release()

    async def _replay(self, operation: str, remembered: Json) -> Response:
        fault = take_fault(self._world, "stripe", operation)
        response = Response(
            remembered["status"],
            remembered["body"].encode(),
            {"content-type": "application/json", "idempotent-replayed": "true"},
        )
        return await under_fault(
            fault,
            apply=lambda: response,
            fail_unapplied=lambda: response,
            fail_applied=lambda: response,
            refuse=lambda: _error_response(too_many_requests()),
        )

    def _remembered(self, fingerprint: str) -> Json | None:
        if self._key is None:
            return None
        if len(self._key) > KEY_LENGTH:
            raise invalid(f"The idempotency key is longer than {KEY_LENGTH} characters.")
        record = self._world.get(KEYS, self._key)
        if record is None:
            return None
        if not record["in_flight"] and record["created"] + KEY_LIFE_SECONDS <= self._world.now:
            self._world.drop(KEYS, self._key)
            return None
        if record["fingerprint"] != fingerprint:
            raise StripeError(
                400,
                {
                    "type": "idempotency_error",
                    "message": "Keys for idempotent requests can only be used with the same parameters they were first"
                    f" used with. Try using a key other than '{self._key}' if you meant to execute a different"
                    " request.",
                },
            )
        if record["in_flight"]:
            raise StripeError(
                409,
                {
                    "type": "idempotency_error",
                    "code": "idempotency_key_in_use",
                    "message": "There is currently another in-progress request using this Stripe-Idempotency-Key"
                    " (that probably means you submitted twice, and the other request is still going through).",
                },
            )
        return record

    def _claim(self, fingerprint: str) -> None:
        if self._key is not None:
            # Only in memory: a request that dies with the process wasn't acknowledged and may be sent again.
            record = {"id": self._key, "fingerprint": fingerprint, "in_flight": True, "created": self._world.now}
            self._world.restore(KEYS, record)

    def _release(self) -> None:
        if self._key is not None:
            record = self._world.get(KEYS, self._key)
            if record is not None and record["in_flight"]:
                self._world.drop(KEYS, self._key)

    def _remember(self, fingerprint: str, response: Response) -> None:
        if self._key is not None:
            self._world.put(
                KEYS,
                {
                    "id": self._key,
                    "fingerprint": fingerprint,
                    "in_flight": False,
                    "created": self._world.now,
                    "status": response.status,
                    "body": response.body.decode(),
                },
            )

    def _apply(self, handler: Operation, call: Call, fingerprint: str) -> Response:
        self._world.request = {"id": self._request_id, "idempotency_key": self._key}
        kept = True
        try:
            response = json_response(200, handler(call))
        except StripeError as error:
            response, kept = _error_response(error), error.kept
        if kept:
            self._remember(fingerprint, response)
        self._worlds.commit(self._world)
        return response

    def _fail(self, fingerprint: str) -> Response:
        """A 500 is remembered too: the same key gets it again, whatever became of the payment."""
        response = _error_response(internal())
        self._remember(fingerprint, response)
        self._worlds.commit(self._world)
        return response


def _error_response(error: StripeError) -> Response:
    return Response(
        error.status, json.dumps({"error": error.error}, indent=2).encode(), {"content-type": "application/json"}
    )
