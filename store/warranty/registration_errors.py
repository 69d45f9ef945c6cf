"""Why a unit can't be registered, by name; each refusal of a rule names the rule in RULES."""

from __future__ import annotations

from store.kernel.errors import Invalid, StoreError
from store.kernel.i18n import N_


class RegistrationRefused(StoreError):
    """Nothing was registered. `errors` has what is wrong with each unit: field (units.0.serial), code, message."""

    code = "registration_refused"
    status = 422
    title = N_("Nothing was registered.")
    detail = N_("Please correct what is listed under “errors” and send everything again.")


class InvalidHolder(Invalid):
    """`errors` lists [{"field", "code", "message"}]."""

    code = "invalid_holder"
    title = N_("The owner's data are not complete or not right.")
    detail = N_("Please correct the fields listed under “errors”.")


class TooManyForForm(StoreError):
    """WAR-7. Facts: given, most."""

    code = "too_many_for_form"
    status = 422
    title = N_("That is too much for the form.")
    detail = N_(
        "At most {most} devices can be registered with the form, and {given} were given. Please send a CSV file."
    )


class DeviceNotKnown(StoreError):
    """WAR-5, WAR-11. Facts: serial, suggestions (look-alikes of what was typed)."""

    code = "device_not_known"
    status = 422
    title = N_("We don't know this serial number.")
    detail = N_(
        "Please compare {serial} with the label. If it is right, name the product, the day of purchase, and add a proof"
        " of purchase."
    )


class UnknownProduct(StoreError):
    code = "unknown_product"
    status = 422
    title = N_("We don't know this product.")
    detail = N_("There is no device called “{product}” in our catalogue. Please give its article number.")


class SerialOfSeveralProducts(StoreError):
    """Facts: serial, products."""

    code = "serial_of_several_products"
    status = 422
    title = N_("Several products have this serial number.")
    detail = N_("Please say which product it is: {products}.")


class SerialOfOtherProduct(StoreError):
    """Facts: serial, product (as we know it)."""

    code = "serial_of_other_product"
    status = 422
    title = N_("The serial number belongs to another product.")
    detail = N_("The device with serial number {serial} is known to us as {product}.")


class SerialTwice(StoreError):
    code = "serial_twice"
    status = 422
    title = N_("This serial number was given twice.")
    detail = N_("The device with serial number {serial} was given more than once.")


class RegisteredBefore(StoreError):
    """By somebody else; nothing is told about who."""

    code = "registered_before"
    status = 409
    title = N_("This device is registered already.")
    detail = N_(
        "The device with serial number {serial} is registered by somebody else. If you have bought it second-hand,"
        " write to customer service and add the proof of purchase."
    )


class DeviceGone(StoreError):
    """It was taken back, replaced or disposed of."""

    code = "device_gone"
    status = 409
    title = N_("This device can't be registered.")
    detail = N_("The device with serial number {serial} was given back to us, replaced or disposed of.")


class PurchaseDateMissing(StoreError):
    code = "purchase_date_missing"
    status = 422
    title = N_("The day of purchase is missing.")
    detail = N_("We did not sell the device with serial number {serial}: please tell the day of purchase.")


class ProofOfPurchaseMissing(StoreError):
    code = "proof_of_purchase_missing"
    status = 422
    title = N_("The proof of purchase is missing.")
    detail = N_("We did not sell the device with serial number {serial}: please add the invoice or receipt.")


class PurchasedInFuture(StoreError):
    code = "purchased_in_future"
    status = 422
    title = N_("The day of purchase is still to come.")
    detail = N_("{purchased_on} is after today.")


class PurchasedTooLongAgo(StoreError):
    """Facts: value (the day)."""

    code = "purchased_too_long_ago"
    status = 422
    title = N_("The day of purchase can't be right.")
    detail = N_("{value} is too long ago.")


class PurchasedBeforeSale(StoreError):
    """Facts: serial, purchased_on, sold_on."""

    code = "purchased_before_sale"
    status = 422
    title = N_("The day of purchase can't be right.")
    detail = N_("The device with serial number {serial} was sold on {sold_on} at the earliest, not on {purchased_on}.")


class ServiceReferenceDiffers(StoreError):
    """Facts: number, reference (given), service (of the certificate)."""

    code = "service_reference_differs"
    status = 422
    title = N_("The service reference does not match the certificate.")
    detail = N_("Certificate {number} is for the service {service}, not for {reference}.")


class AttachmentNotYours(StoreError):
    code = "attachment_unknown"
    status = 422
    title = N_("We don't have one of the files.")
    detail = N_("Please send the proof of purchase again, and use the id that you get for it.")


# Which rule a refusal stands on.
RULES = {
    "registered_before": "WAR-3",
    "device_gone": "RMA-18",
    "device_not_known": "WAR-11",
    "purchase_date_missing": "WAR-11",
    "proof_of_purchase_missing": "WAR-11",
    "too_many_for_form": "WAR-7",
    "unknown_certificate": "WAR-11",
    "extension_too_late": "WAR-6",
    "certificate_used_up": "CER-2",
    "invalid_serial": "WAR-2",
}
