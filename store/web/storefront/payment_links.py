"""Payment links: a customer whose card was declined pays a held shipment with another one (PAY-6)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from store.kernel.errors import NotFound
from store.kernel.wording import status_label
from store.orders.errors import PaymentDeclined, PaymentProviderUnavailable, PaymentTokenInvalid
from store.payments.methods import CardNetworkNotAccepted, PaymentMethodDiffers
from store.payments.pay_link import LinkPayment, PaymentInProgress, pay_link
from store.payments.payment_links import PaymentLinkClosed, PaymentLinkExpired, PaymentLinkUsed, read_link
from store.payments.port import Declined, OutcomeUnknown, ProviderRefused
from store.payments.take_webhook import confirm_payment
from store.web.edge.documented import problems
from store.web.edge.roles import PUBLIC, requires
from store.web.edge.schemas import Labelled, MoneyOut, Out, RequestBody, labelled, money_out

LinkToken = Annotated[str, Meta(max_length=100)]


class PayLinkBody(RequestBody):
    """`token` is what the payment provider's own form returned; never a card number."""

    token: Annotated[str, Meta(min_length=1, max_length=255)]
    return_url: Annotated[str, Meta(max_length=2000, pattern=r"^https?://\S+$")] | None = None
    save_card_consent: bool = False
    EXAMPLE: ClassVar = {"token": "pm_card_visa", "return_url": "https://shop.example.com/orders/paid"}


class PaymentLinkOut(Out):
    """What is to be paid, and until when."""

    order_number: str
    method: Labelled
    amount: MoneyOut
    shipping: MoneyOut
    tax: MoneyOut
    expires_at: datetime


class LinkPaymentOut(Out):
    """How it went: `authorized`, `requires_action` with what the payer has to do next, or `pending`."""

    status: str
    status_label: str
    next_action: dict[str, Any] | None


_LINK_PROBLEMS = (NotFound, PaymentLinkUsed, PaymentLinkClosed, PaymentLinkExpired)


@get("/{token:str}", opt=requires(*PUBLIC), responses=problems(*_LINK_PROBLEMS), summary="Show a payment link")
async def show_link(token: FromPath[LinkToken], locale: NamedDependency[str]) -> PaymentLinkOut:
    """The link from the e-mail is the key: no other one is needed."""
    link = await read_link(token)
    return PaymentLinkOut(
        order_number=link.order_number,
        method=labelled(link.method, locale),
        amount=money_out(link.amount, locale),
        shipping=money_out(link.shipping, locale),
        tax=money_out(link.tax, locale),
        expires_at=link.expires_at,
    )


@post(
    "/{token:str}/pay",
    opt=requires(*PUBLIC, payment=True),
    status_code=200,
    responses=problems(
        *_LINK_PROBLEMS,
        PaymentDeclined,
        PaymentInProgress,
        PaymentTokenInvalid,
        CardNetworkNotAccepted,
        PaymentMethodDiffers,
        PaymentProviderUnavailable,
    ),
    summary="Pay by a payment link",
)
async def pay(
    token: FromPath[LinkToken],
    data: JSONBody[PayLinkBody],
    locale: NamedDependency[str],
) -> LinkPaymentOut:
    """Authorise the shipment with another card; it is charged when the shipment leaves.

    A link pays once, and stays open after a declined card. The same token sent twice pays once.
    """
    try:
        paid = await pay_link(token, data.token, data.return_url or "", save_consent=data.save_card_consent)
    except (ProviderRefused, Declined) as refused:
        raise PaymentTokenInvalid from refused
    except OutcomeUnknown as unknown:
        raise PaymentProviderUnavailable from unknown
    return _answer(paid, locale)


@post(
    "/{token:str}/confirm",
    opt=requires(*PUBLIC),
    status_code=200,
    responses=problems(NotFound, PaymentLinkClosed, PaymentLinkExpired),
    summary="The payer of a link is back",
)
async def confirm(token: FromPath[LinkToken], locale: NamedDependency[str]) -> LinkPaymentOut:
    """After 3-D Secure: ask the provider how it went. `authorized` once the link is paid, else `pending`."""
    try:
        link = await read_link(token)
        await confirm_payment(link.order_id)
        await read_link(token)
        status = "pending"
    except PaymentLinkUsed:
        status = "authorized"
    return LinkPaymentOut(status=status, status_label=status_label(status, locale), next_action=None)


def _answer(paid: LinkPayment, locale: str) -> LinkPaymentOut:
    if paid.status in {"declined", "failed"}:
        raise PaymentDeclined(decline_code=paid.decline_code or "declined")
    return LinkPaymentOut(
        status=paid.status, status_label=status_label(paid.status, locale), next_action=paid.next_action
    )


router = Router(path="/api/v1/payment-links", route_handlers=[show_link, pay, confirm], tags=["Orders"])
