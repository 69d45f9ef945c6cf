"""Which adapters a process gets from its settings."""

from collections.abc import Iterator

import pytest
from simulator.world_client import WorldClient

from providers.requests_of_the_store import authorize_request
from providers.test_paypal_payments import paypal_request
from store.kernel.settings import BadSettings, Settings
from store.payments import port
from store.payments.port import AuthorizationState
from store.providers import close_providers, connect_providers, with_simulated_keys


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(port, "_providers", {})
    return


async def test_with_a_simulator_both_providers_answer_without_any_key(world: WorldClient) -> None:
    connect_providers(Settings(simulator_url=f"{world.url}/"))
    held = await port.get_provider("stripe").authorize(authorize_request())
    assert held.state is AuthorizationState.AUTHORIZED
    asked = await port.get_provider("paypal").authorize(paypal_request())
    assert asked.state is AuthorizationState.REQUIRES_ACTION
    await close_providers()


async def test_without_keys_there_is_no_provider() -> None:
    connect_providers(Settings())
    assert port.providers() == {}


async def test_with_keys_the_real_services_are_meant() -> None:
    connect_providers(
        Settings(stripe_secret_key="sk_live_1", paypal_client_id="c", paypal_client_secret="s", paypal_mode="live")
    )
    assert port.get_provider("paypal").calls._api.endpoint == "https://api-m.paypal.com"
    stripe_base = port.get_provider("stripe").calls._client._requestor._options.base_addresses["api"]
    assert stripe_base == "https://api.stripe.com"
    assert port.get_provider("paypal")._webhooks._certificates._simulator_url is None
    await close_providers()


def test_a_live_key_is_never_given_to_the_simulator() -> None:
    with pytest.raises(BadSettings):
        connect_providers(Settings(simulator_url="http://127.0.0.1:1", stripe_secret_key="sk_live_1"))


def test_given_keys_are_kept() -> None:
    keys = with_simulated_keys(Settings(simulator_url="http://127.0.0.1:1", stripe_secret_key="sk_test_mine"))
    assert (keys.stripe_secret_key, keys.stripe_publishable_key) == ("sk_test_mine", "pk_test_mine")
