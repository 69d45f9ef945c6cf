"""What Stripe is told: parameters, our ids as metadata, and only tokens and ids in the form that Stripe gives them."""

from __future__ import annotations

import re

from store.payments.port import AuthorizeRequest, ProviderRefused, RefundRequest, SetupRequest
from store.providers.stripe_amounts import to_stripe
from store.providers.stripe_calls import Json

_TOKEN = re.compile(r"(pm|ctoken)_\w{1,200}", re.ASCII)
_REFUND_REASONS = {"duplicate", "fraudulent", "requested_by_customer"}
_REFERENCE = re.compile(r"(pi|seti|re|pyr|du|dp|cus|pm|ch|py)_\w{1,200}", re.ASCII)


def authorization_parameters(request: AuthorizeRequest, customer: str | None, *, multicapture: bool) -> Json:
    parameters: Json = {
        "amount": to_stripe(request.amount),
        "currency": request.amount.currency.lower(),
        "capture_method": "automatic" if request.capture else "manual",
        "confirm": True,
        "payment_method_types": ["card"],
        "metadata": _metadata(request),
        **_method(request.token, request.provider_method),
    }
    if customer:
        parameters["customer"] = customer
    if request.off_session:
        parameters["off_session"] = True
    else:
        parameters["return_url"] = request.return_url
        if request.save:
            parameters["setup_future_usage"] = "off_session"
    if multicapture and not request.capture:
        parameters["payment_method_options"] = {"card": {"request_multicapture": "if_available"}}
    return parameters


def setup_parameters(request: SetupRequest, customer: str | None) -> Json:
    return {
        "confirm": True,
        "customer": customer,
        "usage": "off_session",
        "payment_method_types": ["card"],
        "return_url": request.return_url,
        "metadata": _metadata(request),
        **_method(request.token, None),
    }


def refund_parameters(request: RefundRequest) -> Json:
    target = {"charge": request.capture_ref}
    if not request.capture_ref.startswith(("ch_", "py_")):
        target = {"payment_intent": check_reference(request.authorization_ref)}
    return {
        **target,
        "amount": to_stripe(request.amount),
        "reason": request.reason if request.reason in _REFUND_REASONS else "requested_by_customer",
        "metadata": {"refund_id": str(request.refund_id), "order_number": request.order_number},
    }


def _metadata(request: AuthorizeRequest | SetupRequest) -> dict[str, str]:
    return {
        "order_id": str(request.order_id),
        "order_number": request.order_number,
        "payment_id": str(request.payment_id),
        "authorization_id": str(request.authorization_id),
    }


def _method(token: str | None, provider_method: str | None) -> dict[str, str]:
    if token is None:
        return {"payment_method": check_reference(provider_method)}
    check_token(token)
    return {"confirmation_token" if token.startswith("ctoken_") else "payment_method": token}


def check_token(token: str) -> None:
    """Only what Stripe.js gives out: a card number, or a path, is refused before it is sent anywhere."""
    if not _TOKEN.fullmatch(token):
        raise ProviderRefused("invalid_token", "a PaymentMethod (pm_…) or ConfirmationToken (ctoken_…) is needed")


def check_reference(reference: str | None) -> str:
    if reference is None or not _REFERENCE.fullmatch(reference):
        raise ProviderRefused("invalid_reference", "not an id of Stripe's")
    return reference
