"""What PayPal is told about an order: the amount, where it goes, and how its page should look."""

from __future__ import annotations

import re

from store.payments.port import AuthorizeRequest, Payer
from store.providers.paypal_amounts import to_paypal
from store.providers.paypal_http import Json

# PayPal's pages take five-character codes; a language alone gets its most common country.
_COUNTRY_OF_LANGUAGE = {"fr": "FR", "en": "US", "zh": "CN", "de": "DE", "es": "ES", "it": "IT", "ja": "JP", "nl": "NL"}
_LOCALE = re.compile(r"([a-z]{2})(?:[-_][A-Z][a-z]{3})?(?:[-_]([A-Z]{2}))?")
_LONGEST = {"address_line_1": 300, "address_line_2": 300, "admin_area_2": 120, "admin_area_1": 300, "postal_code": 60}


def order_request(request: AuthorizeRequest) -> Json:
    """The invoice's number ends in the authorization's, so that a second attempt is not taken for a duplicate."""
    unit: Json = {
        "amount": to_paypal(request.amount),
        "custom_id": str(request.authorization_id),
        "invoice_id": f"{request.order_number}-{request.authorization_id.hex[-8:]}",
    }
    shipping = _shipping(request.payer)
    if shipping:
        unit["shipping"] = shipping
    context = {
        "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
        "shipping_preference": "SET_PROVIDED_ADDRESS" if shipping else "NO_SHIPPING",
        "user_action": "PAY_NOW",
        "return_url": request.return_url,
        "cancel_url": request.cancel_url or request.return_url,
    }
    locale = _locale(request.payer.locale)
    if locale:
        context["locale"] = locale
    return {
        "intent": "CAPTURE",
        "purchase_units": [unit],
        "payment_source": {"paypal": {"experience_context": context}},
    }


def _locale(locale: str) -> str | None:
    found = _LOCALE.fullmatch(locale)
    country = found and (found[2] or _COUNTRY_OF_LANGUAGE.get(found[1]))
    return f"{found[1]}-{country}" if found and country else None


def _shipping(payer: Payer) -> Json | None:
    """The address in PayPal's fields; None when there is none, as for services."""
    given = payer.address
    country = given.get("country", "")
    if not given.get("line1") or not country:
        return None
    lines = (given.get("line2", ""), given.get("district", ""))
    address = {
        "address_line_1": given["line1"],
        "address_line_2": ", ".join(line for line in lines if line),
        "admin_area_2": given.get("city", ""),
        "admin_area_1": given.get("region", "").removeprefix(f"{country}-"),
        "postal_code": given.get("postcode", ""),
    }
    fields = {name: value[: _LONGEST[name]] for name, value in address.items() if value}
    # PayPal calls mainland China C2 in cross-border payments.
    fields["country_code"] = "C2" if country == "CN" else country
    return {"name": {"full_name": (given.get("name") or payer.name)[:300]}, "address": fields}
