"""What a shop shows behind a payment link, with test cards: so that the link in a demo's e-mail leads somewhere.

A real storefront has a page of its own at STORE_STOREFRONT_URL and calls `/api/v1/payment-links/{token}`.
"""

from __future__ import annotations

from html import escape
from typing import Annotated, Any

from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from store.kernel import db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import DEFAULT_LOCALE, translate
from store.kernel.wording import problem
from store.payments.pay_link import pay_link
from store.payments.payment_links import PaymentLink, read_link
from store.payments.port import Declined, OutcomeUnknown, ProviderRefused
from store.web.edge.roles import PUBLIC, requires

LinkToken = Annotated[str, Meta(max_length=100)]
CARDS = {
    "pm_card_visa": "Visa",
    "pm_card_mastercard": "Mastercard",
    "pm_card_amex": "American Express",
    "pm_card_authenticationRequired": "Visa, 3-D Secure",
    "pm_card_chargeDeclinedInsufficientFunds": "Visa, insufficient_funds",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem;color:#1c2733}"
    "select,button{font:inherit;padding:.5rem 1rem;border-radius:.4rem;border:1px solid #9fb0c0;margin-right:.5rem}"
    "button{background:#0b5cad;color:#fff;border-color:#0b5cad}.amount{font-size:2rem;margin:.5rem 0}"
)


@get("/{token:str}", opt=requires(*PUBLIC), media_type=MediaType.HTML, summary="The demo's payment page")
async def show_page(token: FromPath[LinkToken], locale: NamedDependency[str]) -> Response[str]:
    """What is to be paid, in the order's language, and a choice of test cards."""
    try:
        link = await read_link(token)
    except StoreError as error:
        return _refusal(error, locale)
    locale = await _language(link)
    cards = "".join(f"<option value='{code}'>{escape(name)}</option>" for code, name in CARDS.items())
    return _page(
        locale,
        f"<p>{escape(translate(locale, 'Order {number}', {'number': link.order_number}))}</p>"
        f"<p class='amount'>{escape(link.amount.format(locale))}</p>"
        f"<form method='post'><select name='card'>{cards}</select>"
        f"<button>{escape(translate(locale, 'Pay now'))}</button></form>",
    )


@post("/{token:str}", opt=requires(*PUBLIC), media_type=MediaType.HTML, status_code=200, summary="Pay in the demo")
async def pay_on_page(
    token: FromPath[LinkToken], request: Request[Any, Any, Any], locale: NamedDependency[str]
) -> Response[str]:
    """Pay with the chosen test card; 3-D Secure leads to the simulator's page and back here."""
    card = (await request.form()).get("card", "")
    try:
        locale = await _language(await read_link(token))
        paid = await pay_link(token, card if card in CARDS else "", str(request.url), save_consent=False)
    except StoreError as error:
        return _refusal(error, locale)
    except (ProviderRefused, Declined, OutcomeUnknown):
        return _refusal(NotFound(), locale)
    if paid.next_action and paid.next_action.get("url"):
        return Response("", status_code=303, headers={"location": paid.next_action["url"]})
    if paid.status in {"declined", "failed"}:
        code = {"code": paid.decline_code or paid.status}
        return _page(locale, f"<p>{escape(translate(locale, 'The payment was declined ({code}).', code))}</p>")
    thanks = translate(locale, "Thank you. The payment is secured, and your shipment can leave.")
    return _page(locale, f"<p>{escape(thanks)}</p>")


async def _language(link: PaymentLink) -> str:
    locale: str | None = await db.fetchval("select locale from sales_order where id = $1", link.order_id)
    return locale or DEFAULT_LOCALE


def _refusal(error: StoreError, locale: str) -> Response[str]:
    told = problem(error, locale)
    return _page(locale, f"<h1>{escape(told['title'])}</h1><p>{escape(told['detail'])}</p>", status=error.status)


def _page(locale: str, content: str, *, status: int = 200) -> Response[str]:
    title = escape(translate(locale, "Payment"))
    html = (
        f"<!doctype html><html lang='{locale}'><head><meta charset='utf-8'><title>{title}</title>"
        f"<meta name='viewport' content='width=device-width, initial-scale=1'><style>{_STYLE}</style></head>"
        f"<body>{content}</body></html>"
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; form-action *; frame-ancestors 'none'"
    return Response(html, media_type=MediaType.HTML, status_code=status, headers={"content-security-policy": policy})


router = Router(path="/pay", route_handlers=[show_page, pay_on_page], include_in_schema=False)
