"""Whether the payment providers are simulated, and telling the simulator where their webhooks go."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import replace
from urllib.request import Request, urlopen

from store.kernel.settings import Settings

logger = logging.getLogger(__name__)

ADDRESS_FILE = "simulator.url"


def is_simulated(settings: Settings) -> bool:
    """Whether the simulator plays the providers: never beside a real one, and never in production."""
    return not settings.production and not settings.stripe_secret_key and not settings.paypal_client_id


def with_running_simulator(settings: Settings) -> Settings:
    """For commands beside `store serve`: providers are played by its simulator, if that runs."""
    if settings.simulator_url or not is_simulated(settings):
        return settings
    url = running_simulator_url(settings)
    return replace(settings, simulator_url=url) if url else settings


def remember_url(settings: Settings, url: str) -> None:
    """Leave the address for other processes: the port may be another than the usual one."""
    (settings.data_dir.expanduser() / ADDRESS_FILE).write_text(url + "\n", encoding="ascii")


def running_simulator_url(settings: Settings) -> str | None:
    """Where the simulator that `store serve` started answers; None when it doesn't run."""
    with suppress(OSError):
        url = (settings.data_dir.expanduser() / ADDRESS_FILE).read_text(encoding="ascii").strip()
        if url.startswith("http://127.0.0.1:") and answers(url):
            return url
    return None


def answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/_sim/health", timeout=2) as response:  # noqa: S310 - http:// is checked by the settings
            return bool(response.status == 200)
    except (OSError, ValueError):
        return False


def connect(settings: Settings, url: str) -> bool:
    """Register our webhook endpoints; doing so again changes nothing. False while the simulator doesn't answer."""
    if not answers(url):
        return False
    from store.providers import with_simulated_keys

    keys = with_simulated_keys(replace(settings, simulator_url=url))
    stripe = {"world": keys.stripe_secret_key.removeprefix("sk_test_"), "secret": keys.stripe_webhook_secret}
    paypal = {"world": keys.paypal_client_id, "webhook_id": keys.paypal_webhook_id}
    return _register(settings, url, "stripe", stripe) and _register(settings, url, "paypal", paypal)


def _register(settings: Settings, url: str, provider: str, facts: dict[str, str]) -> bool:
    body = {**facts, "provider": provider, "url": f"{_loopback_url(settings)}/webhooks/{provider}"}
    request = Request(  # noqa: S310 - http:// is checked by the settings
        f"{url}/_sim/endpoints", data=json.dumps(body).encode(), headers={"content-type": "application/json"}
    )
    try:
        with urlopen(request, timeout=5) as response:  # noqa: S310 - the same
            response.read()
    except OSError as error:
        logger.warning("the simulator at %s did not take our webhook address: %s", url, error)
        return False
    return True


def _loopback_url(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::", ""} else settings.host  # noqa: S104 - compared only
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
