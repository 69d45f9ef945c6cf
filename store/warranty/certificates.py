"""Service certificates: finding, issuing, using, withdrawing and sending them, in one place to import from (CER)."""

from store.warranty.certificate_errors import (
    CertificateRevoked,
    CertificateUsedUp,
    DeviceNotInUse,
    ExtensionTooLate,
    ServiceNotForProduct,
    ServiceRegisteredBefore,
    UnknownCertificate,
)
from store.warranty.find_certificates import (
    Certificate,
    CertifiedUnit,
    certificates_of,
    certificates_of_buyer,
    find_certificate,
    find_certificates,
    get_certificate,
    units_of_certificates,
)
from store.warranty.issue_certificates import issue_certificates
from store.warranty.resend_certificates import ask_resend, resend_certificate
from store.warranty.revoke_certificate import CERTIFICATE_GUARD, revoke_unused
from store.warranty.use_certificate import (
    CertificateUse,
    last_day_to_register,
    use_certificate,
    use_certificates,
    why_not,
)

__all__ = [
    "CERTIFICATE_GUARD",
    "Certificate",
    "CertificateRevoked",
    "CertificateUse",
    "CertificateUsedUp",
    "CertifiedUnit",
    "DeviceNotInUse",
    "ExtensionTooLate",
    "ServiceNotForProduct",
    "ServiceRegisteredBefore",
    "UnknownCertificate",
    "ask_resend",
    "certificates_of",
    "certificates_of_buyer",
    "find_certificate",
    "find_certificates",
    "get_certificate",
    "issue_certificates",
    "last_day_to_register",
    "resend_certificate",
    "revoke_unused",
    "units_of_certificates",
    "use_certificate",
    "use_certificates",
    "why_not",
]
