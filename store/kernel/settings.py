"""Settings from the environment, checked at the start with messages that name the variable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "STORE_"
SECRET_LENGTH_MIN = 32
PROXIES_MAX = 10


class BadSettings(ValueError):
    """The environment can't be used; the message lists every variable that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Each field is read from STORE_<FIELD IN CAPITALS>."""

    env: str = "development"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    storefront_url: str = ""
    data_dir: Path = Path("var")
    database_url: str = ""
    database_pool: int = 10
    trusted_proxies: int = 0
    broker_url: str = ""
    smtp_url: str = ""
    mail_from: str = "no-reply@store.example.com"
    mail_logo: str = ""
    simulator_url: str = ""
    simulator_port: int = 12111
    stripe_secret_key: str = ""
    stripe_publishable_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_multicapture: bool = False
    paypal_client_id: str = ""
    paypal_client_secret: str = ""
    paypal_webhook_id: str = ""
    paypal_mode: str = "sandbox"
    secret_key: str = ""
    markets_dir: str = ""
    movable_clock: bool = True
    demo_data: bool = True
    log_level: str = "INFO"
    provider_timeout_seconds: float = 20.0

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def base_url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check the environment. Raises BadSettings."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    production = environ.get("STORE_ENV") == "production"
    if production:  # nothing of the demo unless asked for, and asking for it is refused below
        values |= {"movable_clock": False, "demo_data": False}
    for field in fields(Settings):
        name = PREFIX + field.name.upper()
        text = environ.get(name, "").strip()
        if not text:
            continue
        try:
            values[field.name] = _parse(text, type(field.default))
        except ValueError as error:
            problems.append(f"{name}={text!r}: {error}")
    if problems:
        raise BadSettings(problems)
    settings = Settings(**values)
    problems = _check(settings)
    if problems:
        raise BadSettings(problems)
    return settings


def _parse(text: str, kind: type) -> Any:
    if kind is bool:
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        if text.lower() not in words:
            msg = "must be true or false"
            raise ValueError(msg)
        return words[text.lower()]
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            msg = "must be a number"
            raise ValueError(msg) from None
    return kind(text)


def _check(settings: Settings) -> list[str]:
    problems = []
    if settings.env not in {"development", "production"}:
        problems.append(f"STORE_ENV={settings.env!r}: must be development or production")
    if not 0 <= settings.port <= 65535:
        problems.append(f"STORE_PORT={settings.port}: must be between 0 and 65535")
    if not 0 <= settings.trusted_proxies <= PROXIES_MAX:
        problems.append(f"STORE_TRUSTED_PROXIES={settings.trusted_proxies}: must be between 0 and {PROXIES_MAX}")
    if settings.secret_key and len(settings.secret_key) < SECRET_LENGTH_MIN:
        problems.append(f"STORE_SECRET_KEY: must have {SECRET_LENGTH_MIN} characters or more")
    for name, schemes in {
        "database_url": {"postgresql", "postgres"},
        "broker_url": {"redis", "rediss", "amqp", "amqps"},
        "smtp_url": {"smtp", "smtps"},
        "public_url": {"http", "https"},
        "storefront_url": {"http", "https"},
        "simulator_url": {"http"},
    }.items():
        value = getattr(settings, name)
        if value and urlsplit(value).scheme not in schemes:
            problems.append(
                f"{PREFIX}{name.upper()}: must begin with {' or '.join(sorted(s + '://' for s in schemes))}"
            )
    return problems + (_check_production(settings) if settings.production else [])


def _check_production(settings: Settings) -> list[str]:
    """Production never falls back to the demo in silence."""
    problems = [
        f"{PREFIX}{name.upper()}: must be set in production"
        for name in (
            "database_url",
            "public_url",
            "secret_key",
            "smtp_url",
            "stripe_secret_key",
            "stripe_webhook_secret",
            "paypal_client_id",
            "paypal_client_secret",
            "paypal_webhook_id",
        )
        if not getattr(settings, name)
    ]
    if settings.public_url and not settings.public_url.startswith("https://"):
        problems.append("STORE_PUBLIC_URL: must be https:// in production")
    if settings.simulator_url:
        problems.append("STORE_SIMULATOR_URL: the simulator is refused in production")
    if settings.movable_clock:
        problems.append("STORE_MOVABLE_CLOCK: a movable clock is refused in production")
    if settings.demo_data:
        problems.append("STORE_DEMO_DATA: demo accounts are refused in production")
    if settings.stripe_secret_key.startswith("sk_test"):
        problems.append("STORE_STRIPE_SECRET_KEY: a test key is refused in production")
    if settings.paypal_mode != "live":
        problems.append("STORE_PAYPAL_MODE: must be live in production")
    return problems
