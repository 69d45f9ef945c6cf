'''HTTP: how an endpoint is written.

A file `store/web/<area>/<topic>.py` holds handlers and one `router = Router(path="/api/v1/…", …)`, which is added to
`ROUTERS` in `store/app.py`. Handlers translate between HTTP and one use case of a room; rules live in the rooms.

    class RequestRefundBody(RequestBody):                    # unknown fields are refused; every field has limits
        lines: Annotated[list[RefundLineBody], Meta(min_length=1, max_length=100)]
        reason: Literal["changed_mind", "defective"]

    @post(
        "/{order_number:str}/refunds",
        opt=requires("agent", "admin", idempotent="required"),
        responses=problems(RefundExceedsCaptured, PreviewIsStale),
        summary="Refund shipped goods",
    )
    async def commit_refund(
        order_number: FromPath[str],
        data: JSONBody[RequestRefundBody],
        principal: NamedDependency[Principal],
        locale: NamedDependency[str],
    ) -> RefundOut:
        """What it does, in a sentence or two; this becomes the description in the API page."""

Roles      Every handler says who may call it: `opt=requires("agent", "admin")`, or `requires(*SHOPPERS)`; "anonymous"
           opens it to all. An app with a handler without roles does not start. Whether the object belongs to the
           caller is the handler's (the room's) question: answer NotFound, not Forbidden.
Caller     `principal: NamedDependency[Principal]`; `principal.name` goes into history and audit, `principal.identity`
           keeps callers apart. A guest's right to one order is `order_token: NamedDependency[str | None]`
           (X-Order-Token).
Language   `locale: NamedDependency[str]`; for an object with a language or market of its own,
           `locale_for(request, order.locale, market=market)`.
Failures   Raise StoreError classes; never build a problem by hand. Unexpected exceptions become `internal_error` with
           an id that stands in the log. Document with `responses=problems(…)`.
Input      `data: JSONBody[…]` of a `RequestBody`; `FromPath[UUID]`, `FromQuery[…]` with defaults. Bodies are read
           strictly ("5" is no integer); NUL, lone surrogates, integers beyond 64 bits and bodies over 1 MiB are refused
           before the handler. An upload raises the limit with `request_max_body_size=`.
Payment    Handlers whose whole body is about payment: `requires(…, payment=True)`; keys that begin with payment, card
           … are searched for card numbers in every body.
Repeating  `idempotent=True` heeds an Idempotency-Key, `idempotent="required"` demands it. 2xx, 402, 404, 409 are kept
           and repeated; 400, 401, 403, 413, 415, 422, 429, 5xx and `try_again` are not, as nothing was done.
Money      `MoneyOut` by `money_out(money, locale)`; statuses as `status` and `status_label` (wording.status_label).
Lists      `Page[Item]` with `decode_cursor(cursor, datetime, UUID)` and `encode_cursor(…)`; `FromQuery` cursor and
           `limit` (1 … 100, 25 by default).
Caching    `answer_with_etag(request, content)`, documented with `responses=answers(Page[Item]) | problems(…)`;
           without it answers are `no-store`.
Names      snake_case everywhere; times RFC 3339 in UTC; amounts `…_minor` beside `currency`.
Tests      `from store_http import …`: fixtures `app`, `client`, `keys` (one key per role) on a database of their own.
'''
