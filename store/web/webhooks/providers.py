"""Where payment providers report: checked, stored once, acknowledged; applied later by the worker (PAY-9)."""

from __future__ import annotations

from typing import Any, Literal

import structlog
from litestar import Request, Router, post

from store.kernel import inbox
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_
from store.payments.port import WebhookRefused, providers
from store.web.edge.documented import problems, raw_body
from store.web.edge.roles import PUBLIC, requires
from store.web.edge.schemas import Out

BODY_MAX = 256 * 1024

logger = structlog.get_logger("store.webhooks")


class WebhookNotGenuine(StoreError):
    code = "webhook_refused"
    status = 400
    title = N_("This is no genuine message of the payment provider.")
    detail = N_("Its signature is missing or wrong, or it is too old. Nothing was stored.")


class ReceivedOut(Out):
    received: Literal[True] = True


@post(
    "/stripe",
    opt=requires(*PUBLIC),
    status_code=200,
    request_max_body_size=BODY_MAX,
    operation_class=raw_body("application/json"),
    responses=problems(WebhookNotGenuine, NotFound),
    summary="Stripe reports",
)
async def stripe(request: Request[Any, Any, Any]) -> ReceivedOut:
    """An event of Stripe with its Stripe-Signature. One that comes again is acknowledged again, and changes nothing."""
    return await _receive("stripe", request)


@post(
    "/paypal",
    opt=requires(*PUBLIC),
    status_code=200,
    request_max_body_size=BODY_MAX,
    operation_class=raw_body("application/json"),
    responses=problems(WebhookNotGenuine, NotFound),
    summary="PayPal reports",
)
async def paypal(request: Request[Any, Any, Any]) -> ReceivedOut:
    """An event of PayPal with its transmission headers, checked as Stripe's are."""
    return await _receive("paypal", request)


async def _receive(source: str, request: Request[Any, Any, Any]) -> ReceivedOut:
    """The signature first: of a forged message nothing is stored."""
    provider = providers().get(source)
    if provider is None:
        raise NotFound
    body = await request.body()
    try:
        event = await provider.verify_webhook(dict(request.headers), body)
    except WebhookRefused as refused:
        logger.warning("webhook refused", source=source, reason=str(refused))
        raise WebhookNotGenuine from refused
    await inbox.receive(source, event.event_id, event.kind, event.payload)
    return ReceivedOut()


router = Router(path="/webhooks", route_handlers=[stripe, paypal], tags=["Webhooks"])
