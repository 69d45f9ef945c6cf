"""A POST that is sent again is answered again, byte for byte, and not done again (CRT-6).

Two statements per request: one takes the key, one keeps the answer. Kept are answers that say something about what
was done; let go are those after which nothing was done and the same key may try again.
"""

from __future__ import annotations

from uuid import UUID

from litestar.exceptions import HTTPException
from litestar.types import (
    ASGIApp,
    HTTPRequestEvent,
    HTTPResponseStartEvent,
    HTTPScope,
    Message,
    Receive,
    ReceiveMessage,
    Send,
)

from store.customers import Principal
from store.kernel import idempotency
from store.kernel.ids import hash_token, new_id
from store.web.edge.failures import BadIdempotencyKey, BodyTooLarge, IdempotencyKeyRequired
from store.web.edge.locale import header
from store.web.edge.problems import MAX_BODY_BYTES, PROBLEM_JSON

KEY_LENGTH_MAX = 255
RETRY_AFTER_SECONDS = 2
# What this process is at: a repetition is told so without a query.
_here: set[tuple[str, str]] = set()
# Nothing was done: the request could not be read, came too fast, or lost a race in the database.
NOT_KEPT = frozenset({400, 401, 403, 413, 415, 422, 429})


async def answer_once(app: ASGIApp, scope: HTTPScope, receive: Receive, send: Send, *, required: bool) -> None:
    key = header(scope, b"idempotency-key")
    if not key:
        if required:
            raise IdempotencyKeyRequired
        await app(scope, receive, send)
        return
    if len(key) > KEY_LENGTH_MAX or not key.isascii() or not key.isprintable():
        raise BadIdempotencyKey(maximum=KEY_LENGTH_MAX)
    body = await read_body(receive)
    where = key_scope(scope)
    if (where, key) in _here:
        raise idempotency.RequestInFlight(retry_after_seconds=RETRY_AFTER_SECONDS)
    _here.add((where, key))
    claim_id = new_id()
    try:
        known = await idempotency.claim(where, key, idempotency.fingerprint(scope["query_string"], body), claim_id)
        if known is None:
            await _answer_and_keep(app, scope, body, send, claim_id)
        else:
            await _send_again(known, send)
    finally:
        _here.discard((where, key))


async def _answer_and_keep(app: ASGIApp, scope: HTTPScope, body: bytes, send: Send, claim_id: UUID) -> None:
    where, key = key_scope(scope), header(scope, b"idempotency-key")
    captured = _Captured()
    try:
        await app(scope, _replay(body), captured)
    except BaseException:
        await idempotency.forget(where, key, claim_id)
        raise
    if captured.worth_keeping:
        await idempotency.remember(where, key, claim_id, idempotency.Answer(captured.status, captured.body))
    else:
        await idempotency.forget(where, key, claim_id)
    for message in captured.messages:
        await send(message)


def key_scope(scope: HTTPScope) -> str:
    """Whose key it is and for what: caller, method and path. Guests are told apart by the token they hold."""
    principal: Principal = scope["state"]["principal"]
    token = scope["state"].get("order_token") or header(scope, b"x-case-token") or header(scope, b"x-return-token")
    guest = f"+{hash_token(token).hex()[:16]}" if token else ""
    return f"{principal.identity}{guest} {scope['method']} {scope['path']}"


async def read_body(receive: Receive, limit: int = MAX_BODY_BYTES) -> bytes:
    """The whole body. Raises BodyTooLarge."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise HTTPException(status_code=400)
        parts.append(message["body"])
        size += len(message["body"])
        if size > limit:
            raise BodyTooLarge(limit_bytes=limit)
        if not message.get("more_body"):
            return b"".join(parts)


class _Captured:
    """A `send` that keeps the answer until we know what to do with it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 500
        self.body = b""

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.body += message["body"]

    @property
    def worth_keeping(self) -> bool:
        lost_a_race = self.status == 409 and b'"code":"try_again"' in self.body
        return self.status < 500 and self.status not in NOT_KEPT and not lost_a_race


def _replay(body: bytes) -> Receive:
    """A `receive` that gives the body that was read already."""

    async def receive() -> ReceiveMessage:
        return HTTPRequestEvent(type="http.request", body=body, more_body=False)

    return receive


async def _send_again(answer: idempotency.Answer, send: Send) -> None:
    media_type = "application/json" if answer.status < 400 else PROBLEM_JSON
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [
            (b"content-type", media_type.encode()),
            (b"content-length", str(len(answer.body)).encode()),
            (b"idempotent-replayed", b"true"),
        ],
    }
    await send(start)
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
