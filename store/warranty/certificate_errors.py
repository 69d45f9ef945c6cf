"""Why a certificate can't be used, by name (CER, WAR-6)."""

from __future__ import annotations

from store.kernel.errors import StoreError
from store.kernel.i18n import N_


class UnknownCertificate(StoreError):
    """WAR-11: a service of whose purchase there is no trace. Facts: number, mistyped (its check sign is wrong)."""

    code = "unknown_certificate"
    status = 422
    title = N_("We don't know this certificate.")
    detail = N_(
        "There is no service certificate with the number “{number}”. Please compare it with the e-mail that you got"
        " when you bought the service; we can send that e-mail again."
    )


class CertificateUsedUp(StoreError):
    """CER-2. Facts: number, units (that it is for), left."""

    code = "certificate_used_up"
    status = 409
    title = N_("This certificate is used up.")
    detail = N_("Certificate {number} is for {units} devices, and {left} of them are left.")


class CertificateRevoked(StoreError):
    code = "certificate_revoked"
    status = 409
    title = N_("This certificate is no longer valid.")
    detail = N_("The service of certificate {number} was refunded or withdrawn.")


class ExtensionTooLate(StoreError):
    """WAR-6. Facts: service, serial, last_day (on which it could be registered)."""

    code = "extension_too_late"
    status = 409
    title = N_("It is too late to register this service.")
    detail = N_(
        "{service} could be registered for the device with serial number {serial} until {last_day}, while its standard"
        " warranty was running."
    )


class ServiceRegisteredBefore(StoreError):
    """Facts: service, serial."""

    code = "service_registered_before"
    status = 409
    title = N_("The device has this service already.")
    detail = N_("{service} is registered for the device with serial number {serial} already.")


class ServiceNotForProduct(StoreError):
    """Facts: service, serial, product."""

    code = "service_not_for_product"
    status = 422
    title = N_("This service is not for this device.")
    detail = N_("{service} is not offered for the device with serial number {serial} ({product}).")


class DeviceNotInUse(StoreError):
    """The unit was taken back, replaced or disposed of. Facts: serial."""

    code = "device_not_in_use"
    status = 409
    title = N_("This device is no longer in use.")
    detail = N_("The device with serial number {serial} was given back or replaced, so it can't have new services.")
