"""The certificates that PayPal signs with: fetched from its own host, chained to a trusted root, kept while valid."""

from __future__ import annotations

import asyncio
import os
import re
import warnings
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import httpx
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from store.payments.port import WebhookRefused

# Whom the certificate must be made out to.
NAMES = ("messageverificationcerts.paypal.com", "messageverificationcerts.sandbox.paypal.com")
_PATH = re.compile(r"/v1/notifications/certs/CERT-[\w-]{1,100}", re.ASCII)
_LONGEST_BYTES = 65_536
_MOST_KEPT = 16
_TIMEOUT_SECONDS = 10.0


class CertificateNotTrusted(Exception):
    """It came from PayPal's host, but no chain leads from it to a root that we trust."""


class PayPalCertificates:
    def __init__(self, *, now: Callable[[], datetime], simulator_url: str | None) -> None:
        self._now = now
        self._simulator_url = simulator_url.rstrip("/") if simulator_url else None
        self._kept: OrderedDict[str, list[x509.Certificate]] = OrderedDict()
        self._roots: Store | None = None
        self._client: httpx.AsyncClient | None = None

    async def trusted(self, url: str) -> x509.Certificate:
        """The certificate at that URL, good at this moment.

        Raises CertificateNotTrusted, or WebhookRefused for a URL that isn't PayPal's or can't be fetched now.
        """
        check_url(url)
        chain = self._kept.get(url)
        if chain is None:
            chain = await self._fetch(url)
        leaf = self._verified(chain, await self._trusted_roots())
        self._kept[url] = chain
        self._kept.move_to_end(url)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return leaf

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def _verified(self, chain: list[x509.Certificate], roots: Store) -> x509.Certificate:
        for name in NAMES:
            verifier = PolicyBuilder().store(roots).time(self._now()).build_server_verifier(x509.DNSName(name))
            try:
                verifier.verify(chain[0], chain[1:])
            except VerificationError:
                continue
            return chain[0]
        raise CertificateNotTrusted

    async def _fetch(self, url: str) -> list[x509.Certificate]:
        """PayPal's PEM holds the certificate and, after it, those that it was issued by."""
        text = await self._get(self._origin_of(url) + urlsplit(url).path)
        try:
            return x509.load_pem_x509_certificates(text)
        except ValueError:
            raise CertificateNotTrusted from None

    def _origin_of(self, url: str) -> str:
        """With a simulator, PayPal's host is a name only: the simulator answers for it."""
        return f"{self._simulator_url}/paypal" if self._simulator_url else f"https://{urlsplit(url).hostname}"

    async def _trusted_roots(self) -> Store:
        if self._roots is None:
            if self._simulator_url:
                pem = await self._get(f"{self._simulator_url}/_sim/paypal/ca.pem")
                roots = x509.load_pem_x509_certificates(pem)
            else:
                # Not ssl's default context: where roots lie in a folder, it shows none of them.
                bundle = Path(os.environ.get("SSL_CERT_FILE") or certifi.where())
                roots = _read_roots(await asyncio.to_thread(bundle.read_bytes))
            self._roots = Store(roots)
        return self._roots

    async def _get(self, url: str) -> bytes:
        """Redirects are not followed: the answer must come from where we asked."""
        if self._client is None:
            self._client = httpx.AsyncClient(follow_redirects=False, timeout=_TIMEOUT_SECONDS)
        content = b""
        try:
            async with self._client.stream("GET", url) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise WebhookRefused(f"the certificate can't be fetched: HTTP {answer.status_code}")
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > _LONGEST_BYTES:
                        raise WebhookRefused("the certificate is too long")
        except httpx.HTTPError as error:
            raise WebhookRefused(f"the certificate can't be fetched: {type(error).__name__}") from None
        return content


def _read_roots(pem: bytes) -> list[x509.Certificate]:
    with warnings.catch_warnings():  # a root of 1998 has the serial number 0; that is its own affair
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return x509.load_pem_x509_certificates(pem)


def check_url(url: str) -> None:
    """Only PayPal's own host, by https, and only the folder of its certificates. Raises WebhookRefused."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise WebhookRefused("the certificate's URL is malformed") from None
    ours = (
        parts.scheme == "https"
        and host.endswith(".paypal.com")
        and parts.netloc == host  # no user, no password, no port
        and port is None
        and not parts.query
        and not parts.fragment
        and _PATH.fullmatch(parts.path)
    )
    if not ours or any(sign in url for sign in "\\ \t\r\n@"):
        raise WebhookRefused("the certificate's URL is not PayPal's")
