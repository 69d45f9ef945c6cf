"""Where e-mails leave, whose name they carry, and where their links lead: set once, where everything is composed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from store.kernel.settings import Settings, load_settings
from store.notifications.logo import read_logo
from store.notifications.mailbox import Mailbox, read_sender

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
STARTTLS = {"required": True, "never": False, "auto": None}


class BadSmtpUrl(ValueError):
    """STORE_SMTP_URL can't be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """`start_tls` None: when the server offers it. Time limits are the deliverer's."""

    host: str
    port: int
    tls: bool
    start_tls: bool | None
    username: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """Without `smtp`, e-mails stay in the local folder. `pages` is where the storefront's pages begin, `ours` where
    what the store serves itself does.
    """

    sender: Mailbox
    pages: str
    ours: str
    logo: bytes
    smtp: SmtpServer | None = None


_settings: list[MailSettings] = []


def configure(settings: Settings) -> None:
    """Read what e-mails need. Raises BadSmtpUrl, UnusableAddress, BadLogo."""
    _settings[:] = [
        MailSettings(
            sender=read_sender(settings.mail_from),
            pages=(settings.storefront_url or settings.base_url).rstrip("/"),
            ours=settings.base_url.rstrip("/"),
            logo=read_logo(settings.mail_logo),
            smtp=read_smtp_url(settings.smtp_url) if settings.smtp_url else None,
        )
    ]


def mail_settings() -> MailSettings:
    """What was configured; a process that nobody configured has the settings of its environment."""
    if not _settings:
        configure(load_settings())
    return _settings[0]


def read_smtp_url(url: str) -> SmtpServer:
    """smtp://user:password@host:587?starttls=required|auto|never, or smtps://… for TLS from the first byte.

    A password goes over the network encrypted or not at all, unless `starttls=never` says otherwise.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise BadSmtpUrl("STORE_SMTP_URL: expected smtp://host:port or smtps://host:port")
    tls = parts.scheme == "smtps"
    secret = parts.username is not None and parts.hostname not in LOOPBACK
    wish = parse_qs(parts.query).get("starttls", ["required" if secret else "auto"])[0]
    if wish not in STARTTLS:
        raise BadSmtpUrl(f"STORE_SMTP_URL: starttls is one of {', '.join(STARTTLS)}")
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587 if parts.username else 25),
        tls=tls,
        start_tls=False if tls else STARTTLS[wish],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )
