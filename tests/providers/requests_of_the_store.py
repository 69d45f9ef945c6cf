"""Requests as the payments room makes them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from store.kernel import clock
from store.kernel.money import Money
from store.payments.port import (
    AuthorizationSnapshot,
    AuthorizeRequest,
    CaptureRequest,
    Payer,
    Provider,
    RefundRequest,
    SetupRequest,
)

ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 rue de la Paix",
    "line2": "Bâtiment B",
    "city": "Paris",
    "postcode": "75002",
    "country": "FR",
}
PAYER = Payer(email="ada@example.com", name="Ada Lovelace", locale="fr", address=ADDRESS)
RETURN_URL = "https://shop.example/return"


def eur(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def authorize_request(**facts: Any) -> AuthorizeRequest:
    authorization_id = uuid4()
    given = {
        "idempotency_key": f"authorize:{authorization_id}",
        "payment_id": uuid4(),
        "authorization_id": authorization_id,
        "order_id": uuid4(),
        "order_number": "FR-7K3M-9QX2",
        "amount": eur(50_00),
        "capture": False,
        "payer": PAYER,
        "return_url": RETURN_URL,
        "cancel_url": "https://shop.example/cancel",
        "token": "pm_card_visa",
    }
    return AuthorizeRequest(**{**given, **facts})


def setup_request(**facts: Any) -> SetupRequest:
    authorization_id = uuid4()
    given = {
        "idempotency_key": f"setup:{authorization_id}",
        "payment_id": uuid4(),
        "authorization_id": authorization_id,
        "order_id": uuid4(),
        "order_number": "FR-7K3M-9QX2",
        "payer": PAYER,
        "token": "pm_card_visa",
        "return_url": RETURN_URL,
    }
    return SetupRequest(**{**given, **facts})


def capture_request(held: AuthorizationSnapshot, amount_minor: int = 50_00, **facts: Any) -> CaptureRequest:
    capture_id = uuid4()
    given = {
        "idempotency_key": f"capture:{capture_id}",
        "capture_id": capture_id,
        "order_number": "FR-7K3M-9QX2",
        "authorization_ref": held.provider_ref,
        "amount": Money(amount_minor, held.amount.currency),
        "final": True,
    }
    return CaptureRequest(**{**given, **facts})


def refund_request(taken: AuthorizationSnapshot, amount_minor: int = 10_00, **facts: Any) -> RefundRequest:
    refund_id = uuid4()
    given = {
        "idempotency_key": f"refund:{refund_id}",
        "refund_id": refund_id,
        "order_number": "FR-7K3M-9QX2",
        "authorization_ref": taken.provider_ref,
        "capture_ref": taken.captures[0].provider_ref,
        "amount": Money(amount_minor, taken.amount.currency),
        "reason": "returned",
    }
    return RefundRequest(**{**given, **facts})


async def take(provider: Provider, amount_minor: int = 50_00, **facts: Any) -> AuthorizationSnapshot:
    """Money taken from a card at once."""
    return await provider.authorize(authorize_request(amount=eur(amount_minor), capture=True, **facts))


async def movements(provider: Provider, days: int = 100) -> list[Any]:
    now = clock.now()
    found = provider.movements(now - timedelta(days=days), now + timedelta(days=days))
    return [movement async for movement in found]
