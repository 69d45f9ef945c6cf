"""Composition: the only place where everything meets.

`create_app` gives the HTTP application; `compose` connects what rooms tell (topics) with what rooms do about it
(consumers), for the web process and for workers alike.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from store import composition
from store.customers import forget_authentications
from store.kernel import db
from store.kernel.settings import Settings
from store.markets import load_markets
from store.providers import close_providers
from store.web import health
from store.web.agent import accounts as agent_accounts
from store.web.agent import audit as agent_audit
from store.web.agent import certificates as agent_certificates
from store.web.agent import documents as agent_documents
from store.web.agent import exemptions as agent_exemptions
from store.web.agent import fault_reports as agent_fault_reports
from store.web.agent import ledger as agent_ledger
from store.web.agent import orders as agent_orders
from store.web.agent import paper_labels as agent_paper_labels
from store.web.agent import partners as agent_partners
from store.web.agent import payments as agent_payments
from store.web.agent import queues as agent_queues
from store.web.agent import refund_queue as agent_refund_queue
from store.web.agent import refund_requests as agent_refund_requests
from store.web.agent import refunds as agent_refunds
from store.web.agent import return_eligibility as agent_return_eligibility
from store.web.agent import return_policies as agent_return_policies
from store.web.agent import returns as agent_returns
from store.web.agent import support as agent_support
from store.web.agent import unit_imports as agent_unit_imports
from store.web.agent import warranty as agent_warranty
from store.web.dev import clock as dev_clock
from store.web.dev import mail as dev_mail
from store.web.dev import mail_preview as dev_mail_preview
from store.web.dev import pay as dev_pay
from store.web.edge.dependencies import provide_locale, provide_order_token, provide_principal
from store.web.edge.document import openapi_json
from store.web.edge.front import Front
from store.web.edge.gate import gate
from store.web.edge.logs import configure_logging
from store.web.edge.metrics import Metrics
from store.web.edge.openapi import StrictStructSchemas, openapi_config
from store.web.edge.problems import MAX_BODY_BYTES, handle_exception
from store.web.edge.request import StoreRequest
from store.web.edge.roles import check_roles
from store.web.storefront import (
    accounts,
    address_book,
    attachments,
    carts,
    catalogue,
    certificates,
    documents,
    fault_reports,
    markets,
    orders,
    payment_links,
    registrations,
    return_documents,
    returns,
    support,
    support_cases,
    warranty,
    warranty_imports,
)
from store.web.storefront.listing_cache import ListingCache
from store.web.storefront.media import media_routers
from store.web.warehouse import packing_slips as warehouse_packing_slips
from store.web.warehouse import returns as warehouse_returns
from store.web.warehouse import shipments as warehouse_shipments
from store.web.warehouse import stock as warehouse_stock
from store.web.webhooks import providers as provider_webhooks

# One line per file of store/web/<area>/ that serves something.
ROUTERS: tuple[Router | HTTPRouteHandler, ...] = (
    markets.router,
    catalogue.router,
    accounts.router,
    address_book.router,
    carts.router,
    orders.router,
    documents.router,
    payment_links.router,
    attachments.router,
    warranty_imports.router,
    agent_unit_imports.router,
    certificates.router,
    returns.router,
    returns.orders_router,
    return_documents.links_router,
    fault_reports.router,
    support.router,
    support_cases.router,
    warehouse_shipments.router,
    warehouse_returns.router,
    warehouse_packing_slips.router,
    warehouse_stock.router,
    provider_webhooks.router,
    agent_accounts.router,
    agent_exemptions.router,
    agent_audit.router,
    agent_ledger.router,
    agent_orders.router,
    agent_orders.channel_router,
    agent_documents.router,
    agent_certificates.router,
    agent_queues.router,
    agent_refunds.router,
    agent_refund_queue.router,
    agent_refund_requests.router,
    agent_returns.router,
    agent_return_eligibility.router,
    agent_return_policies.router,
    agent_paper_labels.router,
    agent_fault_reports.router,
    agent_support.router,
    agent_payments.router,
    agent_partners.router,
    warranty.router,
    registrations.router,
    agent_warranty.router,
    health.live,
    health.ready,
    health.metrics,
    openapi_json,
)
# Only while the clock is movable, and never in production.
DEV_ROUTERS: tuple[Router, ...] = (dev_clock.router, dev_mail.router, dev_mail_preview.router, dev_pay.router)


def compose(settings: Settings) -> None:
    """Connect topics to consumers: `outbox.subscribe("shipment.dispatched", register_units)` and so on, all here.

    Called by every process that stages or consumes. Safe to call again in one process.
    """
    composition.connect(settings)


class StoreApp(Litestar):
    """Litestar behind the front layer, which has to stand before routing."""

    front: Front

    def _create_asgi_handler(self) -> ASGIApp:
        self.front = Front(super()._create_asgi_handler(), self.state.settings, self.state.metrics)
        return cast("ASGIApp", self.front)


def create_app(settings: Settings, *extra: Router | HTTPRouteHandler) -> StoreApp:
    """The HTTP application. It connects to `settings.database_url` in its lifespan, on the server's own loop.

    `extra` handlers are added to those of the store: tests bring their own.
    """
    configure_logging(settings.log_level)
    load_markets(settings.markets_dir or None)
    compose(settings)
    dev = DEV_ROUTERS if settings.movable_clock and not settings.production else ()
    listing_cache = ListingCache()
    app = StoreApp(
        route_handlers=[*ROUTERS, *dev, *media_routers(settings), *extra],
        lifespan=[connected],
        middleware=[gate],
        dependencies={
            "principal": Provide(provide_principal, sync_to_thread=False),
            "locale": Provide(provide_locale, sync_to_thread=False),
            "order_token": Provide(provide_order_token, sync_to_thread=False),
        },
        exception_handlers={Exception: handle_exception},
        request_class=StoreRequest,
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=openapi_config(),
        plugins=[StrictStructSchemas()],
        state=State({"settings": settings, "metrics": Metrics(), "listing_cache": listing_cache}),
        logging_config=None,
    )
    app.front.early = listing_cache
    check_roles(app)
    return app


@asynccontextmanager
async def connected(app: Litestar) -> AsyncIterator[None]:
    """The database, open on the server's loop for as long as the application runs."""
    settings: Settings = app.state.settings
    forget_authentications()
    await db.connect(settings.database_url, pool_size=settings.database_pool)
    try:
        yield
    finally:
        await close_providers()
        await db.disconnect()
