"""The checks of `store doctor`, in the order in which they depend on each other."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import asyncpg

from store.cli.database import postgres_folder, without_password
from store.cli.simulated import answers, is_simulated, running_simulator_url
from store.kernel import clock, db, outbox
from store.kernel.embedded_postgres import EmbeddedPostgres
from store.kernel.migrate import pending
from store.kernel.settings import BadSettings, Settings, load_settings
from store.worker import movable_clock

OLDEST_VERSION = 14  # of PostgreSQL
LEAST_FREE_BYTES = 1_000_000_000
OLD_UNKNOWN = timedelta(minutes=15)
LATE_SECONDS = 300
CLOCK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table; `fine` is None for what could not be checked or isn't used."""

    what: str
    fine: bool | None
    found: str
    advice: str = ""


async def examine() -> list[Finding]:
    """Run every check that makes sense."""
    try:
        settings = load_settings()
    except BadSettings as error:
        return [
            Finding("settings", False, problem, "Set it right; docs/configuration.md") for problem in error.problems
        ]
    findings = [Finding("settings", True, settings.env), _disk(settings)]
    findings += await _examine_database(settings)
    return [*findings, *_providers(settings), _reach("broker", settings.broker_url), _reach("SMTP", settings.smtp_url)]


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir.expanduser().absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.1f} GB free in {settings.data_dir}"
    return Finding("disk", free >= LEAST_FREE_BYTES, found, "Make room: PostgreSQL stops when the disk is full.")


async def _examine_database(settings: Settings) -> list[Finding]:
    if not settings.database_url:
        postgres = EmbeddedPostgres(postgres_folder(settings))
        if postgres.owner_pid is None:
            found = f"the embedded PostgreSQL in {settings.data_dir} does not run"
            return [Finding("database", None, found, "`store serve` starts it.")]
        settings = replace(settings, database_url=postgres.dsn())
    try:
        await db.connect(settings.database_url, pool_size=2)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        found = f"{without_password(settings.database_url)}: {error or type(error).__name__}"
        return [Finding("database", False, found, "Start the server, or mend STORE_DATABASE_URL.")]
    try:
        findings = [await _version(), await _migrations()]
        if findings[-1].fine:
            findings += [await _outbox(), await _unknown_operations(), *await _clocks(settings)]
    finally:
        await db.disconnect()
    return findings


async def _version() -> Finding:
    version = await db.fetchval("show server_version")
    fine = int(await db.fetchval("show server_version_num")) >= OLDEST_VERSION * 10_000
    return Finding("database", fine, f"PostgreSQL {version}", f"Use PostgreSQL {OLDEST_VERSION} or newer.")


async def _migrations() -> Finding:
    missing = await pending()
    found = f"{len(missing)} are missing: {', '.join(missing[:3])}" if missing else "all are applied"
    return Finding("migrations", not missing, found, "Run `store migrate`.")


async def _outbox() -> Finding:
    depth = await outbox.depth()
    late = await db.fetchval(
        "select count(*) from outbox where not dead and due_at < clock_timestamp() - make_interval(secs => $1)",
        float(LATE_SECONDS),
    )
    found = f"{depth['waiting']} waiting, {late} of them for over {LATE_SECONDS // 60} minutes, {depth['dead']} failed"
    advice = "See `store outbox list`, mend the cause, then `store outbox retry`."
    if late and not depth["dead"]:
        advice = "Is a worker running? Start `store worker`, or `store serve` without STORE_BROKER_URL."
    return Finding("background work", not late and not depth["dead"], found, advice)


async def _unknown_operations() -> Finding:
    oldest: datetime | None = await db.fetchval(
        "select min(created_at) from provider_operation where status in ('sent', 'unknown')"
    )
    if oldest is None or clock.now() - oldest < OLD_UNKNOWN:
        return Finding("payment operations", True, "none is unknown for long")
    found = f"the oldest unknown outcome is of {oldest:%Y-%m-%d %H:%M} UTC"
    return Finding("payment operations", False, found, "Is the provider reachable? Workers ask it until it answers.")


async def _clocks(settings: Settings) -> list[Finding]:
    """Leases and due times are the database's, signatures and deadlines ours."""
    theirs: datetime = await db.fetchval("select clock_timestamp()")
    apart = abs((theirs - (clock.now() - clock.offset())).total_seconds())
    advice = "Let NTP set the clocks of both machines."
    findings = [Finding("clock", apart < CLOCK_SECONDS, f"{apart:.1f} s from the database's", advice)]
    if settings.movable_clock:
        await movable_clock.follow()
        moved = clock.offset()
        if moved:
            findings.append(Finding("movable clock", None, f"moved by {moved}", "Meant for trying things out only."))
    return findings


def _providers(settings: Settings) -> list[Finding]:
    if settings.simulator_url or is_simulated(settings):
        url = settings.simulator_url or running_simulator_url(settings)
        found = f"plays Stripe and PayPal at {url}" if url else "does not run"
        fine = answers(url) if url else None
        return [Finding("payment simulator", fine, found, "`store serve` or `store simulator` starts it.")]
    paypal = "api-m.paypal.com" if settings.paypal_mode == "live" else "api-m.sandbox.paypal.com"
    return [
        _reach("Stripe", "https://api.stripe.com" if settings.stripe_secret_key else ""),
        _reach("PayPal", f"https://{paypal}" if settings.paypal_client_id else ""),
    ]


def _reach(what: str, url: str) -> Finding:
    """Whether something listens there; that it lets us in shows in the logs."""
    if not url:
        return Finding(what, None, "not used")
    parts = urlsplit(url)
    ports = {"https": 443, "redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "smtp": 25, "smtps": 465}
    address = (parts.hostname or "", parts.port or ports.get(parts.scheme, 80))
    try:
        socket.create_connection(address, timeout=5).close()
    except OSError as error:
        advice = "Check the address, the network and the firewall."
        return Finding(what, False, f"{address[0]}:{address[1]} can't be reached: {error}", advice)
    return Finding(what, True, f"{address[0]}:{address[1]} answers")
