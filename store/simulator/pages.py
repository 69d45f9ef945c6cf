"""Pages for people: what goes on in the simulator, the bank's 3-D Secure page, and PayPal's approval page."""

from html import escape
from typing import Any
from urllib.parse import urlencode

from store.simulator.dashboard import authenticate
from store.simulator.http_message import Request, Response, html_response, redirect
from store.simulator.paypal_api import orders
from store.simulator.paypal_api.certificates import OWN_WORLD
from store.simulator.paypal_api.errors import PayPalError
from store.simulator.stripe_api.errors import StripeError
from store.simulator.world import World, Worlds

Json = dict[str, Any]
SHOWN_ROWS = 20
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #ddd}"
    "button{font:inherit;padding:.5rem 1.25rem;margin-right:.75rem}code{background:#f2f2f4;padding:.1rem .25rem}"
)


class Pages:
    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def answer(self, request: Request) -> Response | None:
        """The page at an address, or None when it isn't one of ours."""
        if request.path == "/":
            return html_response(200, _page("Payment simulator", self._index()))
        parts = request.path.strip("/").split("/")
        if len(parts) != 3 or parts[:2] not in (["stripe", "3ds"], ["paypal", "approve"]):
            return None
        world = self._worlds.known(request.query.get("world", ""))
        if world is None:
            return html_response(404, _page("Not found", "<p>No such world.</p>"))
        show = self._bank_page if parts[0] == "stripe" else self._approval_page
        try:
            response = show(request, world, parts[2])
        except (StripeError, PayPalError) as error:
            response = html_response(409, _page("Not possible", f"<p>{escape(str(error))}</p>"))
        self._worlds.commit(world)
        return response

    def _bank_page(self, request: Request, world: World, intent_id: str) -> Response:
        kind = "stripe.payment_intents" if intent_id.startswith("pi_") else "stripe.setup_intents"
        intent = world.get(kind, intent_id)
        if intent is None:
            return html_response(404, _page("Not found", "<p>No such payment.</p>"))
        if request.method == "POST":
            authenticate(world, intent_id, succeeded=request.form.get("answer") == "approve")
            return _back_to_shop(intent, "payment_intent" if kind.endswith("payment_intents") else "setup_intent")
        amount = f"{intent['amount']} {escape(intent['currency'])} (minor units)" if "amount" in intent else "no amount"
        question = f"<p>Your bank asks: did you order this? Payment <code>{escape(intent_id)}</code>, {amount}.</p>"
        return html_response(200, _page("3-D Secure", question + _form("Approve", "Decline")))

    def _approval_page(self, request: Request, world: World, order_id: str) -> Response:
        order = world.get(orders.KIND, order_id)
        if order is None:
            return html_response(404, _page("Not found", "<p>No such order.</p>"))
        if request.method == "POST":
            approved = request.form.get("answer") == "approve"
            if approved:
                order = orders.approve(world, order_id)
            target = orders.payer_returns_to(order, approved=approved)
            return redirect(target) if target else html_response(200, _page("Done", "<p>You may close this page.</p>"))
        amount = order["purchase_units"][0]["amount"]
        price = f"{escape(amount['value'])} {escape(amount['currency_code'])}"
        question = (
            f"<p>Pay {price} with PayPal? Order <code>{escape(order_id)}</code> is {escape(order['status'])}.</p>"
        )
        return html_response(200, _page("PayPal approval", question + _form("Approve", "Cancel")))

    def _index(self) -> str:
        shown = [
            (
                "<p>A local stand-in for Stripe (<code>/stripe</code>) and PayPal (<code>/paypal</code>). No money"
                " moves. A Stripe key <code>sk_test_NAME</code> or a PayPal client id <code>NAME</code> opens the world"
                " NAME; <code>/_sim/…</code> moves its clock, breaks its calls and plays the bank."
                " See docs/simulator.md.</p>"
            )
        ]
        shown += [_world(world) for world in self._worlds if world.name != OWN_WORLD]
        return "".join(shown)


def _back_to_shop(intent: Json, name: str) -> Response:
    url = intent.get("_return_url")
    if not url:
        return html_response(200, _page("Done", "<p>You may close this page.</p>"))
    failed = intent["status"] == "requires_payment_method"
    facts = urlencode(
        {
            name: intent["id"],
            f"{name}_client_secret": intent["client_secret"],
            "redirect_status": "failed" if failed else "succeeded",
        }
    )
    return redirect(f"{url}{'&' if '?' in url else '?'}{facts}")


def _world(world: World) -> str:
    payments = [
        (row["id"], row["status"], f"{row['amount']} {row['currency']}") for row in world.all("stripe.payment_intents")
    ]
    payments += [
        (
            row["id"],
            row["status"],
            " ".join(row["purchase_units"][0]["amount"][name] for name in ("value", "currency_code")),
        )
        for row in world.all(orders.KIND)
    ]
    deliveries = [
        (row["event_type"], row["status"], f"{len(row['attempts'])} tries") for row in world.all("deliveries")
    ]
    return (
        f"<h2>{escape(world.name)}</h2><p>Its clock says {world.iso()}."
        f' <a href="/_sim/books?world={escape(world.name)}">Books</a></p>'
        + _table("Payments", payments)
        + _table("Webhook deliveries", deliveries)
    )


def _table(title: str, rows: list[tuple[str, str, str]]) -> str:
    if not rows:
        return f"<h3>{title}</h3><p>None yet.</p>"
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in reversed(rows[-SHOWN_ROWS:])
    )
    return f"<h3>{title}, the newest {min(len(rows), SHOWN_ROWS)} of {len(rows)}</h3><table>{lines}</table>"


def _form(yes: str, no: str) -> str:
    return (
        '<form method="post"><button name="answer" value="approve">'
        f'{yes}</button><button name="answer" value="decline">{no}</button></form>'
    )


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1>{content}</html>"
    )
