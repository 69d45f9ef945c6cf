"""Stripe's addresses and what answers at each."""

from collections.abc import Callable

from store.simulator.http_message import Router
from store.simulator.stripe_api import (
    authorizations,
    balance,
    captures,
    confirmation_tokens,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    refunds,
    search,
    setup_intents,
    webhook_endpoints,
)
from store.simulator.stripe_api.documents import Call, Json

Operation = Callable[[Call], Json]
# What a publishable key may do, because a storefront does it in the browser.
PUBLISHABLE = frozenset({"payment_methods.create", "confirmation_tokens.create"})

_TABLE: list[tuple[str, str, str, Operation]] = [
    ("POST", "/v1/payment_methods", "payment_methods.create", payment_methods.create),
    ("GET", "/v1/payment_methods", "payment_methods.list", payment_methods.list_),
    ("GET", "/v1/payment_methods/{id}", "payment_methods.retrieve", payment_methods.retrieve),
    ("POST", "/v1/payment_methods/{id}", "payment_methods.update", payment_methods.update),
    ("POST", "/v1/payment_methods/{id}/attach", "payment_methods.attach", payment_methods.attach),
    ("POST", "/v1/payment_methods/{id}/detach", "payment_methods.detach", payment_methods.detach),
    ("POST", "/v1/customers", "customers.create", customers.create),
    ("GET", "/v1/customers", "customers.list", customers.list_),
    ("GET", "/v1/customers/{id}", "customers.retrieve", customers.retrieve),
    ("POST", "/v1/customers/{id}", "customers.update", customers.update),
    ("DELETE", "/v1/customers/{id}", "customers.delete", customers.delete),
    (
        "GET",
        "/v1/customers/{id}/payment_methods",
        "customers.list_payment_methods",
        customers.list_payment_methods,
    ),
    ("POST", "/v1/setup_intents", "setup_intents.create", setup_intents.create),
    ("GET", "/v1/setup_intents", "setup_intents.list", setup_intents.list_),
    ("GET", "/v1/setup_intents/{id}", "setup_intents.retrieve", setup_intents.retrieve),
    ("POST", "/v1/setup_intents/{id}", "setup_intents.update", setup_intents.update),
    ("POST", "/v1/setup_intents/{id}/confirm", "setup_intents.confirm", setup_intents.confirm),
    ("POST", "/v1/setup_intents/{id}/cancel", "setup_intents.cancel", setup_intents.cancel),
    ("POST", "/v1/test_helpers/confirmation_tokens", "confirmation_tokens.create", confirmation_tokens.create),
    # Stripe.js posts here with the publishable key; the public description leaves it out.
    ("POST", "/v1/confirmation_tokens", "confirmation_tokens.create", confirmation_tokens.create),
    ("GET", "/v1/confirmation_tokens/{id}", "confirmation_tokens.retrieve", confirmation_tokens.retrieve),
    ("POST", "/v1/payment_intents", "payment_intents.create", payment_intents.create),
    ("GET", "/v1/payment_intents", "payment_intents.list", payment_intents.list_),
    ("GET", "/v1/payment_intents/search", "payment_intents.search", search.search),
    ("GET", "/v1/payment_intents/{id}", "payment_intents.retrieve", payment_intents.retrieve),
    ("POST", "/v1/payment_intents/{id}", "payment_intents.update", payment_intents.update),
    ("POST", "/v1/payment_intents/{id}/confirm", "payment_intents.confirm", payment_intents.confirm),
    ("POST", "/v1/payment_intents/{id}/capture", "payment_intents.capture", captures.capture),
    ("POST", "/v1/payment_intents/{id}/cancel", "payment_intents.cancel", payment_intents.cancel),
    ("GET", "/v1/charges", "charges.list", authorizations.list_),
    ("GET", "/v1/charges/{id}", "charges.retrieve", authorizations.retrieve),
    ("POST", "/v1/refunds", "refunds.create", refunds.create),
    ("GET", "/v1/refunds", "refunds.list", refunds.list_),
    ("GET", "/v1/refunds/{id}", "refunds.retrieve", refunds.retrieve),
    ("POST", "/v1/refunds/{id}", "refunds.update", refunds.update),
    ("GET", "/v1/disputes", "disputes.list", disputes.list_),
    ("GET", "/v1/disputes/{id}", "disputes.retrieve", disputes.retrieve),
    ("POST", "/v1/disputes/{id}/close", "disputes.close", disputes.close),
    ("GET", "/v1/balance_transactions", "balance_transactions.list", balance.list_),
    ("GET", "/v1/balance_transactions/{id}", "balance_transactions.retrieve", balance.retrieve),
    ("GET", "/v1/events", "events.list", events.list_),
    ("GET", "/v1/events/{id}", "events.retrieve", events.retrieve),
    ("POST", "/v1/webhook_endpoints", "webhook_endpoints.create", webhook_endpoints.create),
    ("GET", "/v1/webhook_endpoints", "webhook_endpoints.list", webhook_endpoints.list_),
    ("GET", "/v1/webhook_endpoints/{id}", "webhook_endpoints.retrieve", webhook_endpoints.retrieve),
    ("DELETE", "/v1/webhook_endpoints/{id}", "webhook_endpoints.delete", webhook_endpoints.delete),
]


def stripe_router() -> Router[Operation]:
    router: Router[Operation] = Router()
    for method, template, operation, handler in _TABLE:
        router.add(method, template, operation, handler)
    return router
