"""What is bought: reading a purchase unit from a request and checking that its sums agree."""

from typing import Any

from store.simulator.currencies import paypal_minor
from store.simulator.paypal_api.documents import Json, read_money
from store.simulator.paypal_api.errors import invalid_request, unprocessable

_ADDED = ("item_total", "shipping", "handling", "tax_total", "insurance")
_SUBTRACTED = ("shipping_discount", "discount")
_TEXTS = {"reference_id": 256, "description": 127, "custom_id": 255, "invoice_id": 127, "soft_descriptor": 22}


def read_purchase_unit(body: Json) -> Json:
    """The only purchase unit of an order; PayPal takes up to ten, the simulator one."""
    units = body.get("purchase_units")
    if not isinstance(units, list) or not units:
        raise invalid_request("MISSING_REQUIRED_PARAMETER", "A required parameter is missing.", "/purchase_units")
    if len(units) > 1:
        raise invalid_request(
            "INVALID_ARRAY_MAX_ITEMS", "PayPal takes ten purchase units; this simulator models one.", "/purchase_units"
        )
    unit: Json = units[0]
    field = "/purchase_units/@reference_id=='default'"
    amount, currency = read_money(unit.get("amount"), f"{field}/amount")
    for name, longest in _TEXTS.items():
        if name in unit and (not isinstance(unit[name], str) or not 1 <= len(unit[name]) <= longest):
            raise invalid_request(
                "INVALID_STRING_LENGTH", "The value of a field is either too short or too long", f"{field}/{name}"
            )
    breakdown = unit["amount"].get("breakdown")
    if breakdown:
        _check_breakdown(breakdown, amount, currency)
    if unit.get("items"):
        _check_items(unit["items"], breakdown or {}, currency)
    return {"reference_id": "default", **unit}


def _check_breakdown(breakdown: Json, amount: int, currency: str) -> None:
    parts = {name: _part(breakdown[name], currency) for name in (*_ADDED, *_SUBTRACTED) if name in breakdown}
    total = sum(parts.get(name, 0) for name in _ADDED) - sum(parts.get(name, 0) for name in _SUBTRACTED)
    if total != amount:
        raise unprocessable("AMOUNT_MISMATCH")


def _part(money: Any, currency: str) -> int:
    if not isinstance(money, dict) or money.get("currency_code") != currency:
        raise unprocessable("MULTI_CURRENCY_ORDER")
    value = paypal_minor(str(money.get("value")), currency)
    if value is None:
        raise unprocessable("DECIMAL_PRECISION")
    return value


def _check_items(items: list[Json], breakdown: Json, currency: str) -> None:
    for item in items:
        for name in ("name", "quantity", "unit_amount"):
            if name not in item:
                raise invalid_request(
                    "MISSING_REQUIRED_PARAMETER", "A required parameter is missing.", f"/items/{name}"
                )
    if "item_total" not in breakdown:
        raise unprocessable("ITEM_TOTAL_REQUIRED")
    total = sum(_part(item["unit_amount"], currency) * int(item["quantity"]) for item in items)
    if total != _part(breakdown["item_total"], currency):
        raise unprocessable("ITEM_TOTAL_MISMATCH")
    taxes = [item["tax"] for item in items if "tax" in item]
    if taxes:
        tax = sum(_part(item["tax"], currency) * int(item["quantity"]) for item in items if "tax" in item)
        if "tax_total" not in breakdown or tax != _part(breakdown["tax_total"], currency):
            raise unprocessable("TAX_TOTAL_MISMATCH")
