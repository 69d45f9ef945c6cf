"""PayPal's adapter when answers are lost (PAY-8), and the faults of its SDK that are mended."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from simulator.world_client import WorldClient

from providers.requests_of_the_store import refund_request
from providers.test_paypal_payments import approved, paid, paypal_request
from store.payments.port import AuthorizationState, OutcomeUnknown, ProviderRefused
from store.providers.paypal import PayPalProvider

BEFORE = ["drop_before", "error_500_before"]
AFTER = ["drop_after", "error_500_after"]


@pytest.mark.requirement("PAY-8")
@pytest.mark.parametrize("mode", [*BEFORE, *AFTER])
async def test_a_lost_order_is_asked_for_again_with_its_key(
    paypal_provider: PayPalProvider, world: WorldClient, mode: str
) -> None:
    request = paypal_request()
    world.fault("paypal", "orders.create", mode)
    with pytest.raises(OutcomeUnknown):
        await paypal_provider.authorize(request)
    asked = await paypal_provider.authorize(request)
    assert asked.state is AuthorizationState.REQUIRES_ACTION
    assert (await paypal_provider.authorize(request)).provider_ref == asked.provider_ref


@pytest.mark.requirement("PAY-8")
@pytest.mark.parametrize("mode", [*BEFORE, *AFTER])
async def test_a_lost_capture_takes_the_money_once(
    paypal_provider: PayPalProvider, world: WorldClient, mode: str
) -> None:
    ready = await approved(paypal_provider, world)
    world.fault("paypal", "orders.capture", mode)
    with pytest.raises(OutcomeUnknown):
        await paypal_provider.complete(ready, "complete")
    truth = await paypal_provider.fetch_authorization(ready.provider_ref)
    assert truth.state is (AuthorizationState.CAPTURED if mode in AFTER else AuthorizationState.APPROVED)
    done = await paypal_provider.complete(ready, "complete")
    assert done.state is AuthorizationState.CAPTURED
    assert world.books("paypal", "eur")["captured"] == 50_00


@pytest.mark.requirement("PAY-8")
@pytest.mark.parametrize("mode", [*BEFORE, *AFTER])
async def test_a_lost_refund_gives_the_money_back_once(
    paypal_provider: PayPalProvider, world: WorldClient, mode: str
) -> None:
    done = await paid(paypal_provider, world)
    request = refund_request(done)
    world.fault("paypal", "captures.refund", mode)
    with pytest.raises(OutcomeUnknown):
        await paypal_provider.refund(request)
    found = await paypal_provider.find_refund(
        request.refund_id, capture_ref=request.capture_ref, authorization_ref=done.provider_ref
    )
    assert (found is not None) == (mode in AFTER)
    await paypal_provider.refund(request)
    assert world.books("paypal", "eur")["refunded"] == 10_00


@pytest.mark.requirement("PAY-8")
async def test_a_time_out_is_unknown_until_paypal_is_asked(paypal_provider: PayPalProvider, world: WorldClient) -> None:
    ready = await approved(paypal_provider, world)
    impatient = PayPalProvider(world.name, "secret", "WEBHOOK", f"{world.url}/paypal", timeout_seconds=0.4)
    world.fault("paypal", "orders.capture", "delay", seconds=1)
    with pytest.raises(OutcomeUnknown):
        await impatient.complete(ready, "complete")
    await asyncio.sleep(1)
    await impatient.close()
    assert (await paypal_provider.fetch_authorization(ready.provider_ref)).state is AuthorizationState.CAPTURED
    assert world.books("paypal", "eur")["captured"] == 50_00


async def test_too_many_requests_are_sent_again_and_in_the_end_unknown(
    paypal_provider: PayPalProvider, world: WorldClient
) -> None:
    world.fault("paypal", "orders.create", "rate_limit_429", times=2)
    assert (await paypal_provider.authorize(paypal_request())).provider_ref
    world.fault("paypal", "orders.create", "rate_limit_429", times=3)
    with pytest.raises(OutcomeUnknown):
        await paypal_provider.authorize(paypal_request())


async def test_a_provider_that_is_not_there_is_unknown() -> None:
    provider = PayPalProvider("x", "secret", "WEBHOOK", "http://127.0.0.1:1/paypal", timeout_seconds=2)
    with pytest.raises(OutcomeUnknown):
        await provider.authorize(paypal_request())
    await provider.close()


async def test_the_token_is_fetched_once_for_many_calls(world: WorldClient) -> None:
    provider = PayPalProvider(world.name, "secret", "WEBHOOK", f"{world.url}/paypal", timeout_seconds=5)
    asked = await asyncio.gather(*(provider.authorize(paypal_request()) for _ in range(20)))
    await provider.close()
    assert len({one.provider_ref for one in asked}) == 20


class Recorder:
    """A PayPal that says no to every token, and writes down what it was sent."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                recorder.calls.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                token = self.path.endswith("/token")
                text = b'{"access_token": "A-TOKEN", "token_type": "Bearer", "expires_in": 3600}' if token else b"{}"
                self.send_response(200 if token else 401)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    listening = Recorder()
    listening.thread.start()
    yield listening
    listening.server.shutdown()
    listening.server.server_close()
    listening.thread.join()


@pytest.mark.requirement("PAY-14")
async def test_a_lasting_401_ends_and_nothing_leaks(recorder: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    provider = PayPalProvider("client", "a-very-secret-secret", "WEBHOOK", recorder.url, timeout_seconds=5)
    with pytest.raises(ProviderRefused) as refused:
        await provider.authorize(paypal_request())
    with pytest.raises(ProviderRefused):
        await provider.fetch_authorization("ORDER1")
    await provider.close()
    paths = [path for path, _, _ in recorder.calls]
    assert paths.count("/v2/checkout/orders") == 2
    assert paths.count("/v2/checkout/orders/ORDER1") == 2
    for path, headers, body in recorder.calls:
        if path.endswith("/token"):
            # The caller's headers are not for the token.
            assert "paypal-request-id" not in headers
            assert "prefer" not in headers
        if path.endswith("ORDER1"):
            assert body == b""
    told = f"{refused.value} {caplog.text}"
    for secret in ("a-very-secret-secret", "A-TOKEN", "Basic ", "Bearer "):
        assert secret not in told


async def test_a_token_that_paypal_forgot_is_renewed(paypal_provider: PayPalProvider, world: WorldClient) -> None:
    await paypal_provider.authorize(paypal_request())
    world.advance(12 * 3600)
    assert (await paypal_provider.authorize(paypal_request())).state is AuthorizationState.REQUIRES_ACTION


async def test_a_long_key_is_shortened_to_what_paypal_takes(
    paypal_provider: PayPalProvider, world: WorldClient
) -> None:
    request = paypal_request(idempotency_key=f"{'x' * 200}{uuid4()}")
    asked = await paypal_provider.authorize(request)
    assert (await paypal_provider.authorize(request)).provider_ref == asked.provider_ref
