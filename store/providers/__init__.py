"""The payment providers' adapters, connected from the settings. Imported only where the process is composed.

Wire transfers and purchase orders have no adapter: nobody is called for them (`invoice_at_shipment`, `prepaid`).
"""

from __future__ import annotations

from dataclasses import replace

from store.kernel.settings import BadSettings, Settings
from store.payments import port
from store.providers.paypal import PayPalProvider
from store.providers.stripe import StripeProvider

SIMULATED_WORLD = "store"


def connect_providers(settings: Settings) -> None:
    """Register an adapter for each provider that has keys; with a simulator both have. Raises BadSettings."""
    keys = with_simulated_keys(settings)
    simulator = keys.simulator_url.rstrip("/")
    if keys.stripe_secret_key:
        port.use_provider(
            StripeProvider(
                keys.stripe_secret_key,
                keys.stripe_webhook_secret,
                f"{simulator}/stripe" if simulator else None,
                keys.provider_timeout_seconds,
                multicapture=keys.stripe_multicapture,
            )
        )
    if keys.paypal_client_id:
        port.use_provider(
            PayPalProvider(
                keys.paypal_client_id,
                keys.paypal_client_secret,
                keys.paypal_webhook_id,
                f"{simulator}/paypal" if simulator else None,
                keys.provider_timeout_seconds,
                mode=keys.paypal_mode,
                simulator_url=simulator or None,
            )
        )


async def close_providers() -> None:
    """Close the connections of every registered adapter."""
    for provider in port.providers().values():
        await provider.close()


def with_simulated_keys(settings: Settings) -> Settings:
    """The settings with keys of the simulator where it is used and none are set; with real keys it is refused."""
    if not settings.simulator_url:
        return settings
    if settings.stripe_secret_key and not settings.stripe_secret_key.startswith("sk_test_"):
        raise BadSettings(["STORE_STRIPE_SECRET_KEY: a live key and STORE_SIMULATOR_URL exclude each other"])
    secret_key = settings.stripe_secret_key or f"sk_test_{SIMULATED_WORLD}"
    return replace(
        settings,
        stripe_secret_key=secret_key,
        stripe_publishable_key=settings.stripe_publishable_key or secret_key.replace("sk_", "pk_", 1),
        stripe_webhook_secret=settings.stripe_webhook_secret or f"whsec_{SIMULATED_WORLD}",
        paypal_client_id=settings.paypal_client_id or SIMULATED_WORLD,
        paypal_client_secret=settings.paypal_client_secret or "simulated",
        paypal_webhook_id=settings.paypal_webhook_id or "SIMULATEDWEBHOOK",
    )
