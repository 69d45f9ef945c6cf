"""Who reacts to what: every topic of the outbox with its consumers, and every job of the schedule.

A lower room tells a past-tense fact; the rooms above react to it, here and nowhere else.
"""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path

from store import customers, documents, notifications, refunds, rma, support, warranty
from store.carts import purge_carts
from store.kernel import attachments, clock, idempotency, outbox, signing, throttle
from store.kernel.settings import Settings
from store.orders import attach_guest_orders, fulfil_services, keep_orders
from store.orders.release_shipment import secure_ready_shipment
from store.payments import keep_secured, operations, payment_links
from store.payments.perform_operation import run_operation
from store.payments.reconcile import reconcile
from store.payments.take_webhook import take_webhook
from store.payments.void_authorization import void_again
from store.providers import connect_providers
from store.rma import expire_returns
from store.shipments import on_stock_freed
from store.warranty.import_rows import fail_stuck
from store.warranty.imports import purge_failures
from store.worker import every

RECONCILED_DAYS = 3

# Facts that may have no consumer: they are told for those to come.
TOLD = (
    "account.email_changed",
    "account.email_verified",
    "account.password_changed",
    "account_link.created",
    "certificate.issued",
    "certificate.resend_asked",
    "charge.at_risk",
    "charge.invoiced",
    "charge.paid",
    "dispute.closed",
    "dispute.opened",
    "order.canceled",
    "order.confirmed",
    "order.not_placed",
    "payment.action_required",
    "payment_link.created",
    "payment_link.reminded",
    "email.written",
    "fault_report.asked",
    "fault_report.decided",
    "refund.created",
    "refund.settled",
    "rma.canceled",
    "rma.closed",
    "rma.confirmed",
    "rma.expired",
    "rma.tracking_reported",
    "rma.unit_inspected",
    "rma.unit_received",
    "rma.unit_settled",
    "shipment.delivered",
    "shipment.dispatched",
    "shipment.released",
)


def connect_rooms() -> None:
    """Subscribe every consumer; doing it again in one process changes nothing."""
    outbox.declare(*TOLD)
    outbox.subscribe(operations.TOPIC, run_operation)
    outbox.subscribe("stripe.webhook", take_stripe_webhook)
    outbox.subscribe("paypal.webhook", take_paypal_webhook)
    outbox.subscribe("stock.freed", on_stock_freed)
    outbox.subscribe("shipment.ready", secure_ready_shipment)
    outbox.subscribe("shipment.held", keep_orders.on_shipment_held)
    outbox.subscribe("payment.authorized", keep_orders.on_payment_changed)
    outbox.subscribe("payment.not_authorized", keep_orders.on_payment_changed)
    outbox.subscribe("capture.succeeded", keep_orders.on_capture_succeeded)
    outbox.subscribe("capture.failed", keep_orders.on_capture_failed)
    outbox.subscribe("charge.unsecured", keep_orders.on_charge_unsecured)
    outbox.subscribe("charge.paid", keep_orders.on_charge_paid)
    outbox.subscribe("dispute.opened", keep_orders.on_dispute_opened)
    outbox.subscribe("dispute.closed", keep_orders.on_dispute_closed)
    for room in (
        customers,
        attach_guest_orders,
        fulfil_services,
        refunds,
        warranty,
        rma,
        support,
        documents,
        notifications,
    ):
        for topic, consumer in room.consumers():
            outbox.subscribe(topic, consumer)
    refunds.guard_units(warranty.CERTIFICATE_GUARD)


async def take_stripe_webhook(event_id: str) -> None:
    await take_webhook("stripe", event_id)


async def take_paypal_webhook(event_id: str) -> None:
    await take_webhook("paypal", event_id)


def schedule_jobs() -> None:
    """The jobs that run again and again; intervals are in seconds of real time."""
    every(2, "resolve unknown operations", keep_secured.resolve_unknown)
    every(5, "expire authorizations", keep_secured.expire_authorizations)
    every(10, "rescue expiring authorizations", keep_secured.rescue_expiring)
    every(5, "expire abandoned placements", keep_orders.expire_abandoned)
    every(600, "let go of what was refused to be let go", void_again)
    every(30, "expire abandoned link payments", keep_orders.expire_abandoned_links)
    every(10, "remind and cancel holds", keep_orders.remind_and_cancel_holds)
    every(60, "expire returns", expire_returns.expire_returns)
    every(600, "ask about unpaid repairs", expire_returns.ask_about_unpaid_repairs)
    every(60, "cancel unpaid transfers", keep_orders.cancel_unpaid_transfers)
    every(3600, "purge idempotency keys", idempotency.purge)
    every(3600, "purge carts", purge_carts)
    every(3600, "purge tries", throttle.purge)
    every(3600, "purge files", attachments.purge)
    every(3600, "purge failures of imports", purge_failures)
    every(60, "give up stuck imports", fail_stuck)
    every(3600, "purge sessions", customers.purge_sessions)
    every(3600, "purge account links", customers.purge_links)
    every(900, "reconcile with the providers", reconcile_recent)


async def reconcile_recent() -> None:
    """The last days once more: providers tell some of their movements late (PAY-13)."""
    await reconcile(clock.now() - timedelta(days=RECONCILED_DAYS))


def connect(settings: Settings) -> None:
    """Everything that a process needs before it may stage or consume."""
    secret = installation_secret(settings)
    signing.configure(secret)
    attachments.configure(settings.data_dir)
    payment_links.configure(secret)
    notifications.configure(settings)
    connect_providers(settings)
    connect_rooms()
    schedule_jobs()


def installation_secret(settings: Settings) -> bytes:
    """STORE_SECRET_KEY, or a random one that is kept in the data folder (never in production: see the settings)."""
    if settings.secret_key:
        return settings.secret_key.encode()
    path = settings.data_dir.expanduser() / "secret.key"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return _make_secret(path)


def _make_secret(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(secrets.token_hex(32).encode())
    try:
        os.link(draft, path)  # the first of several processes wins
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()
