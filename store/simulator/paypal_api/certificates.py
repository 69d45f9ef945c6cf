"""The key with which PayPal's notifications are signed, its certificate, and the authority behind it.

They are made when first needed and kept with the state, so that a certificate that the store has fetched
stays good over a restart.
"""

import base64
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from store.simulator.world import Worlds, new_id

HOST = "messageverificationcerts.paypal.com"
OWN_WORLD = "_simulator"
# A world's clock may be moved by years, so the certificates are good for long.
VALID_FROM = datetime(2015, 1, 1, tzinfo=UTC)
VALID_UNTIL = datetime(2049, 1, 1, tzinfo=UTC)


class PayPalKeys:
    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._private_key: rsa.RSAPrivateKey | None = None
        self._stored: dict[str, str] = {}

    @property
    def certificate_id(self) -> str:
        self._load()
        return self._stored["certificate_id"]

    @property
    def certificate_url(self) -> str:
        """At PayPal's own host, because that is what the store must insist on."""
        return f"https://api.sandbox.paypal.com/v1/notifications/certs/{self.certificate_id}"

    @property
    def certificate_pem(self) -> str:
        self._load()
        return self._stored["certificate"]

    @property
    def authority_pem(self) -> str:
        self._load()
        return self._stored["authority"]

    def sign(self, text: bytes) -> str:
        key = self._load()
        return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()

    def is_signed(self, text: bytes, signature: str) -> bool:
        try:
            self._load().public_key().verify(base64.b64decode(signature), text, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def _load(self) -> rsa.RSAPrivateKey:
        if self._private_key is None:
            world = self._worlds.named(OWN_WORLD)
            stored = world.get("keys", "paypal")
            if stored is None:
                stored = world.put("keys", {"id": "paypal", **_make()})
                self._worlds.commit(world)
            self._stored = stored
            loaded = serialization.load_pem_private_key(stored["private_key"].encode(), password=None)
            assert isinstance(loaded, rsa.RSAPrivateKey)
            self._private_key = loaded
        return self._private_key


def _make() -> dict[str, str]:
    authority_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    leaf_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    authority_name = _name("Simulated Certificate Authority")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    leaf = (
        _builder(_name(HOST), authority_name, leaf_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    private_key = leaf_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "certificate_id": f"CERT-{new_id('', 8).lower()}-{new_id('', 8).lower()}-{new_id('', 8).lower()}",
        "private_key": private_key.decode(),
        "certificate": leaf.public_bytes(serialization.Encoding.PEM).decode(),
        "authority": authority.public_bytes(serialization.Encoding.PEM).decode(),
    }


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_UNTIL)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
