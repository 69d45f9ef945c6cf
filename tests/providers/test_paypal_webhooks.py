"""PayPal's webhooks: signed with PayPal's own certificate, fresh, and never believed without asking."""

import asyncio
import base64
import json
import threading
import zlib
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509 import load_pem_x509_certificates
from simulator.sink import Received, Sink
from simulator.world_client import WorldClient

from providers.conftest import WEBHOOK_ID
from providers.requests_of_the_store import refund_request
from providers.test_paypal_payments import paid
from store.kernel import clock
from store.payments.port import AuthorizationSnapshot, RefundSnapshot, WebhookRefused
from store.providers import paypal_certificates
from store.providers.paypal import PayPalProvider
from store.providers.paypal_certificates import CertificateNotTrusted, PayPalCertificates, check_url

pytestmark = pytest.mark.requirement("PAY-9")
GOOD_URL = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-df8cd2d5"


@pytest.fixture
async def genuine(paypal_provider: PayPalProvider, world: WorldClient, sink: Sink) -> Received:
    """The approval of an order, as PayPal sends it."""
    world.sim("endpoints", provider="paypal", url=sink.url, webhook_id=WEBHOOK_ID)
    await paid(paypal_provider, world)
    return (await asyncio.to_thread(sink.wait_for, 1))[0]


async def test_every_event_of_a_payment_is_signed_and_read(
    paypal_provider: PayPalProvider, world: WorldClient, sink: Sink
) -> None:
    world.sim("endpoints", provider="paypal", url=sink.url, webhook_id=WEBHOOK_ID)
    done = await paid(paypal_provider, world)
    refund = await paypal_provider.refund(refund_request(done))
    received = await asyncio.to_thread(sink.wait_for, 4)
    kinds = {}
    for one in received:
        event = await paypal_provider.verify_webhook(one.headers, one.body)
        kinds[event.kind] = await paypal_provider.read_webhook(event.kind, event.payload)
    truth = await paypal_provider.fetch_authorization(done.provider_ref)
    assert kinds["CHECKOUT.ORDER.APPROVED"] == [truth]
    assert kinds["PAYMENT.CAPTURE.COMPLETED"] == [truth]
    (given_back,) = kinds["PAYMENT.CAPTURE.REFUNDED"]
    assert isinstance(given_back, RefundSnapshot)
    assert (given_back.refund_id, given_back.capture_ref) == (refund.refund_id, refund.capture_ref)
    assert isinstance(truth, AuthorizationSnapshot)


async def test_events_of_no_interest_are_read_as_nothing(paypal_provider: PayPalProvider) -> None:
    assert await paypal_provider.read_webhook("BILLING.PLAN.CREATED", {}) == []
    for kind in ("CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.REFUND.FAILED"):
        for reference in ("NOTOURS", "../../v1/oauth2", None):
            assert await paypal_provider.read_webhook(kind, {"resource": {"id": reference}}) == []


async def test_headers_are_found_in_any_case(paypal_provider: PayPalProvider, genuine: Received) -> None:
    headers = {name.upper(): value for name, value in genuine.headers.items()}
    assert await paypal_provider.verify_webhook(headers, genuine.body)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("paypal-transmission-sig", "bm90IGEgc2lnbmF0dXJl"),
        ("paypal-transmission-sig", "not base64!"),
        ("paypal-transmission-sig", ""),
        ("paypal-transmission-id", "00000000-0000-0000-0000-000000000000"),
        ("paypal-transmission-id", "a|b"),
        ("paypal-transmission-time", "yesterday"),
        ("paypal-transmission-time", "2026-01-01T00:00:00"),
        ("paypal-auth-algo", "SHA1withRSA"),
        ("paypal-auth-algo", "none"),
        ("paypal-cert-url", ""),
        ("paypal-cert-url", GOOD_URL),  # well-formed, and unknown to the simulator
    ],
)
async def test_a_changed_header_is_refused(
    paypal_provider: PayPalProvider, genuine: Received, name: str, value: str
) -> None:
    with pytest.raises(WebhookRefused):
        await paypal_provider.verify_webhook({**genuine.headers, name: value}, genuine.body)
    missing = {key: kept for key, kept in genuine.headers.items() if key != name}
    with pytest.raises(WebhookRefused):
        await paypal_provider.verify_webhook(missing, genuine.body)


async def test_a_changed_body_is_refused(paypal_provider: PayPalProvider, genuine: Received) -> None:
    for body in (genuine.body.replace(b"EUR", b"USD"), genuine.body + b" ", b"[]", b"not json", b"{}"):
        with pytest.raises(WebhookRefused):
            await paypal_provider.verify_webhook(genuine.headers, body)


async def test_an_event_for_another_webhook_is_refused(world: WorldClient, genuine: Received) -> None:
    other = PayPalProvider(world.name, "s", "ANOTHERWEBHOOK", f"{world.url}/paypal", simulator_url=world.url)
    with pytest.raises(WebhookRefused):
        await other.verify_webhook(genuine.headers, genuine.body)
    await other.close()


@pytest.mark.parametrize("offset", [timedelta(days=5), timedelta(minutes=-10)])
async def test_an_old_transmission_and_one_from_the_future_are_refused(
    paypal_provider: PayPalProvider, genuine: Received, offset: timedelta
) -> None:
    clock.set_offset(offset)
    with pytest.raises(WebhookRefused):
        await paypal_provider.verify_webhook(genuine.headers, genuine.body)


async def test_a_notification_that_paypal_sends_again_days_later_is_accepted(
    paypal_provider: PayPalProvider, genuine: Received
) -> None:
    clock.set_offset(timedelta(days=3))
    assert await paypal_provider.verify_webhook(genuine.headers, genuine.body)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.evil.test/v1/notifications/certs/CERT-1",
        "https://evil.test/v1/notifications/certs/CERT-1",
        "https://evilpaypal.com/v1/notifications/certs/CERT-1",
        "https://paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com@evil.test/v1/notifications/certs/CERT-1",
        "https://user:password@api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
        "https://evil.test\\.paypal.com/v1/notifications/certs/CERT-1",
        "https://evil.test/.paypal.com/v1/notifications/certs/CERT-1",
        "https://evil.test#.paypal.com/v1/notifications/certs/CERT-1",
        "https://evil.test?.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1?next=https://evil.test",
        "https://api.paypal.com/v1/notifications/certs/../../redirect",
        "https://api.paypal.com/v1/notifications/certs/CERT-1/../../x",
        "https://api.paypal.com/redirect?to=https://evil.test/",
        "https://[::1].paypal.com/v1/notifications/certs/CERT-1",
        " https://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1\n",
        "file:///v1/notifications/certs/CERT-1",
        "",
    ],
)
def test_only_paypals_own_certificates_are_fetched(url: str) -> None:
    with pytest.raises(WebhookRefused):
        check_url(url)


def test_paypals_hosts_are_accepted() -> None:
    check_url(GOOD_URL)
    check_url(GOOD_URL.replace("api.", "api.sandbox."))


@pytest.fixture
def certificates(simulator_url: str) -> PayPalCertificates:
    return PayPalCertificates(now=clock.now, simulator_url=simulator_url)


class Redirecting(BaseHTTPRequestHandler):
    """Sends every question on to a certificate that would do."""

    target = ""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("location", self.target)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


async def test_a_redirect_is_not_followed(certificates: PayPalCertificates, genuine: Received) -> None:
    good = genuine.headers["paypal-cert-url"]
    Redirecting.target = certificates._origin_of(good) + urlsplit(good).path
    assert await certificates.trusted(good)
    certificates._kept.clear()
    server = HTTPServer(("127.0.0.1", 0), Redirecting)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    certificates._simulator_url = f"http://127.0.0.1:{server.server_port}"
    with pytest.raises(WebhookRefused):
        await certificates.trusted(good)
    server.shutdown()
    server.server_close()
    thread.join()
    await certificates.close()


async def test_a_certificate_of_another_authority_is_not_trusted(world: WorldClient, genuine: Received) -> None:
    """Production trusts the machine's roots: the simulator's certificate chains to none of them."""
    production = PayPalCertificates(now=clock.now, simulator_url=None)
    pem = world.http.get(f"/paypal{genuine.headers['paypal-cert-url'].removeprefix('https://api.sandbox.paypal.com')}")
    production._kept[GOOD_URL] = load_pem_x509_certificates(pem.content)
    with pytest.raises(CertificateNotTrusted):
        await production.trusted(GOOD_URL)


async def test_a_certificate_that_is_not_valid_now_is_not_trusted(
    paypal_provider: PayPalProvider, genuine: Received
) -> None:
    await paypal_provider.verify_webhook(genuine.headers, genuine.body)
    certificates = paypal_provider._webhooks._certificates
    clock.set_offset(timedelta(days=365 * 40))
    with pytest.raises(CertificateNotTrusted):  # though it was fetched and kept while it was valid
        await certificates.trusted(genuine.headers["paypal-cert-url"])


async def test_a_certificate_made_out_to_another_is_not_trusted(
    paypal_provider: PayPalProvider, genuine: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paypal_certificates, "NAMES", ("messageverificationcerts.example.com",))
    with pytest.raises(CertificateNotTrusted):
        await paypal_provider._webhooks._certificates.trusted(genuine.headers["paypal-cert-url"])


async def test_without_a_chain_paypal_itself_is_asked(
    paypal_provider: PayPalProvider, genuine: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paypal_certificates, "NAMES", ())
    assert await paypal_provider.verify_webhook(genuine.headers, genuine.body)
    with pytest.raises(WebhookRefused):
        await paypal_provider.verify_webhook(genuine.headers, genuine.body.replace(b"EUR", b"USD"))


async def test_the_signature_covers_id_time_webhook_and_body(genuine: Received, world: WorldClient) -> None:
    """The simulator signs as PayPal documents it; said here once more, independently of both."""
    cert_url = genuine.headers["paypal-cert-url"].removeprefix("https://api.sandbox.paypal.com")
    (certificate,) = load_pem_x509_certificates(world.http.get(f"/paypal{cert_url}").content)
    facts = (
        genuine.headers["paypal-transmission-id"],
        genuine.headers["paypal-transmission-time"],
        WEBHOOK_ID,
        str(zlib.crc32(genuine.body)),
    )
    signature = base64.b64decode(genuine.headers["paypal-transmission-sig"])
    certificate.public_key().verify(signature, "|".join(facts).encode(), padding.PKCS1v15(), hashes.SHA256())
    assert json.loads(genuine.body)["id"]
