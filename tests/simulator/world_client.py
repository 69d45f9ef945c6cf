"""Drive one world of a simulator: the real SDKs for the providers' sides, plain HTTP for the control API."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import httpx
import paypalrestsdk
import stripe

ROOT = Path(__file__).parents[2]
RETURN_URL = "https://shop.example/return"


def start_simulator(*arguments: str) -> tuple["subprocess.Popen[str]", str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "store.simulator", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    words = process.stdout.readline().split()
    assert words[:2] == ["SIMULATOR", "READY"], words
    return process, words[2]


class WorldClient:
    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        self.http = httpx.Client(base_url=url, timeout=20, trust_env=False)
        self._stripe_http = stripe.HTTPXClient(timeout=20, allow_sync_methods=True)
        self.stripe = stripe.StripeClient(
            f"sk_test_{name}",
            base_addresses={"api": f"{url}/stripe"},
            http_client=self._stripe_http,
            max_network_retries=0,
            stripe_version="2024-04-10",
        ).v1
        address = f"{url}/paypal"
        self.paypal = paypalrestsdk.Api(
            {
                "mode": "sandbox",
                "client_id": name,
                "client_secret": "any",
                "endpoint": address,
                "token_endpoint": address,
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stripe_http.close()
        self.http.close()

    # --- control

    def sim(self, path: str, **facts: Any) -> dict[str, Any]:
        answer = self.http.post(f"/_sim/{path}", json={"world": self.name, **facts})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, path: str) -> dict[str, Any]:
        return self.http.get(f"/_sim/{path}", params={"world": self.name}).json()

    def advance(self, seconds: float) -> dict[str, Any]:
        return self.sim("clock", advance_seconds=seconds)

    def fault(self, provider: str, operation: str, mode: str, **facts: Any) -> None:
        self.sim("faults", provider=provider, operation=operation, mode=mode, **facts)

    def books(self, provider: str, currency: str = "usd") -> dict[str, int]:
        return self.look("books")[provider][currency]

    # --- Stripe

    def raw(self, method: str, path: str, form: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """A call without the SDK, for what the SDK would hide."""
        return self.http.request(
            method,
            f"/stripe{path}",
            data=form if method == "POST" else None,
            params=form if method != "POST" else None,
            headers={
                "authorization": f"Bearer sk_test_{self.name}",
                **{k.replace("_", "-"): v for k, v in headers.items()},
            },
        )

    def pay(self, payment_method: str = "pm_card_visa", amount: int = 10_00, **facts: Any) -> Any:
        key = facts.pop("key", None)
        parameters = {
            "amount": amount,
            "currency": "usd",
            "payment_method": payment_method,
            "confirm": True,
            "return_url": RETURN_URL,
            "expand": ["latest_charge"],
            **facts,
        }
        options = {"idempotency_key": key} if key else {}
        return self.stripe.payment_intents.create(parameters, options)

    def hold(self, payment_method: str = "pm_card_visa", amount: int = 10_00, **facts: Any) -> Any:
        return self.pay(payment_method, amount, capture_method="manual", **facts)

    def saved_card(self, payment_method: str = "pm_card_visa") -> tuple[str, str]:
        """A customer with a card that was saved while the customer was there."""
        customer = self.stripe.customers.create({"email": "buyer@example.com"}).id
        intent = self.stripe.setup_intents.create(
            {"customer": customer, "payment_method": payment_method, "confirm": True, "return_url": RETURN_URL}
        )
        return customer, intent.payment_method

    # --- PayPal

    def order(
        self, value: str = "20.00", intent: str = "CAPTURE", key: str | None = None, **unit: Any
    ) -> dict[str, Any]:
        body = {
            "intent": intent,
            "purchase_units": [{"amount": {"currency_code": "USD", "value": value}, **unit}],
            "application_context": {"return_url": RETURN_URL, "cancel_url": "https://shop.example/cancel"},
        }
        return self.paypal.post("v2/checkout/orders", body, {"PayPal-Request-Id": key} if key else {})

    def captured(self, value: str = "20.00", **unit: Any) -> str:
        """An order paid in full; answers the capture's id."""
        order = self.order(value, **unit)["id"]
        self.sim("paypal/approve", order=order)
        answer = self.paypal.post(f"v2/checkout/orders/{order}/capture", {})
        return answer["purchase_units"][0]["payments"]["captures"][0]["id"]

    def refund_capture(
        self, capture: str, value: str | None = None, key: str | None = None, **facts: Any
    ) -> dict[str, Any]:
        body = {**({"amount": {"currency_code": "USD", "value": value}} if value else {}), **facts}
        return self.paypal.post(
            f"v2/payments/captures/{capture}/refund", body, {"PayPal-Request-Id": key} if key else {}
        )
