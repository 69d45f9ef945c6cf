"""Which providers are simulated, and telling the simulator where their webhooks go."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.request import Request, urlopen

from store.kernel.settings import Settings

logger = logging.getLogger(__name__)

# The simulator keeps apart what belongs to different keys; these name the store's own world in it.
WORLD = "store"
STRIPE_SECRET_KEY = f"sk_test_{WORLD}"
STRIPE_WEBHOOK_SECRET = "whsec_c2ltdWxhdG9yLW9mLXRoZS1zdG9yZQ"  # noqa: S105 - of the simulator only
PAYPAL_CLIENT_ID = WORLD
PAYPAL_WEBHOOK_ID = "WH-STORE-SIMULATOR"
ADDRESS_FILE = "simulator.url"


def simulated_providers(settings: Settings) -> list[str]:
    """Those without keys of their own; none in production."""
    if settings.production:
        return []
    keys = {"stripe": settings.stripe_secret_key, "paypal": settings.paypal_client_id}
    return [provider for provider, key in keys.items() if not key]


def with_running_simulator(settings: Settings) -> Settings:
    """For commands beside `store serve`: providers without keys are played by its simulator, if that runs."""
    if settings.simulator_url or not simulated_providers(settings):
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
    secrets: dict[str, dict[str, Any]] = {
        "stripe": {"secret": STRIPE_WEBHOOK_SECRET},
        "paypal": {"webhook_id": PAYPAL_WEBHOOK_ID},
    }
    for provider in simulated_providers(settings):
        endpoint = f"{_loopback_url(settings)}/webhooks/{provider}"
        facts = {"world": WORLD, "provider": provider, "url": endpoint, **secrets[provider]}
        request = Request(  # noqa: S310 - the same
            f"{url}/_sim/endpoints",
            data=json.dumps(facts).encode(),
            headers={"content-type": "application/json"},
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
