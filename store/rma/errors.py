"""Why a return is refused, by name; each refusal of a rule names the rule in RULES."""

from __future__ import annotations

from store.kernel.errors import StoreError
from store.kernel.i18n import N_


class SerialUnreadable(StoreError):
    """RMA-7."""

    code = "serial_unreadable"
    status = 422
    title = N_("Without a readable serial number this can't be returned.")
    detail = N_(
        "An item without a readable serial number or barcode counts as out of warranty and can't be processed. Please"
        " look for the number on the item, on its packaging or on the invoice."
    )


class SerialNotKnown(StoreError):
    """Facts: serial, look_alikes (numbers that look like the one that was typed)."""

    code = "serial_not_known"
    status = 422
    title = N_("We don't know this serial number.")
    detail = N_("“{serial}” belongs to no item that we know. Please check it, or register the item first.")


class SeveralProducts(StoreError):
    """Facts: serial, products (slugs)."""

    code = "several_products"
    status = 422
    title = N_("Several products have this serial number.")
    detail = N_("Please say which product it is: {products}.")


class UnitNotRegistered(StoreError):
    code = "unit_not_registered"
    status = 409
    title = N_("Please register this item first.")
    detail = N_(
        "Nobody is registered as the owner of {serial}. Register it with its proof of purchase, then return it."
    )


class UnitNotYours(StoreError):
    code = "unit_not_yours"
    status = 409
    title = N_("This item belongs to somebody else.")
    detail = N_(
        "{serial} was bought or registered by somebody else. Sign in with the account it belongs to, or open the order"
        " with its number and e-mail address."
    )


class UnitNotInUse(StoreError):
    code = "unit_not_in_use"
    status = 409
    title = N_("This item has come back already.")
    detail = N_("{serial} was returned or replaced before.")


class UnitInOpenReturn(StoreError):
    """`number` stands there only for whom that return is theirs. Facts: item, number."""

    code = "unit_in_open_return"
    status = 409
    title = N_("This item is in an open return already.")
    detail = N_("{item} can be in one return at a time.")


class UnknownReturnItem(StoreError):
    code = "unknown_return_item"
    status = 422
    title = N_("This item is not part of the order.")
    detail = N_("“{sku}” is not among the items of order {order}.")


class SerialRequired(StoreError):
    """RMA-6: what has a serial number is returned by it."""

    code = "serial_required"
    status = 422
    title = N_("Please give the serial number.")
    detail = N_("{sku} has a serial number and is returned by it.")


class DefectiveWithoutSerial(StoreError):
    """RMA-7: what has no serial number has no warranty that could be looked up."""

    code = "defective_without_serial"
    status = 409
    title = N_("This item has no serial number.")
    detail = N_(
        "A defective item is returned by its serial number, and {item} has none. Please ask for a refund of the order,"
        " or contact customer service."
    )


class NotBoughtFromUs(StoreError):
    code = "not_bought_from_us"
    status = 409
    title = N_("This was not bought from us.")
    detail = N_("A wrong order or a wrong delivery is settled where {item} was bought. Please ask the seller.")


class NothingPaid(StoreError):
    """RMA-2: of what came as a replacement, or as a present, nothing can be credited. Facts: item."""

    code = "nothing_paid"
    status = 409
    title = N_("Nothing was paid for this item.")
    detail = N_("{item} came to you free of charge, so nothing can be credited for it. Please ask customer service.")


class ServiceNotReturned(StoreError):
    code = "service_not_returned"
    status = 409
    title = N_("A service is not sent back.")
    detail = N_("{item} is a service, so there is nothing to send. Please ask for a refund of the order instead.")


class NotLeftYet(StoreError):
    code = "return_before_dispatch"
    status = 409
    title = N_("This has not left yet.")
    detail = N_("{item} has not left our warehouse. Please cancel it instead of returning it.")


class NothingLeftToReturn(StoreError):
    """Facts: item, wanted, left."""

    code = "nothing_left_to_return"
    status = 409
    title = N_("That many can't be returned.")
    detail = N_("{wanted} of {item} were chosen, but {left} can be returned: the others are refunded or on their way.")


class ReturnDeadlineOver(StoreError):
    """Facts: item, dispatched_on, last_day, asked_on (days in the market's time zone)."""

    code = "return_deadline_over"
    status = 409
    title = N_("The time for this return is over.")
    detail = N_("{item} left on {dispatched_on}. It could be returned for this reason until {last_day}.")


class MustBeUnused(StoreError):
    """RMA-2."""

    code = "must_be_unused"
    status = 422
    title = N_("Only unused items in their original packaging can be returned for this reason.")
    detail = N_("Please confirm that {item} is unused and in its original packaging.")


class EvidenceMissing(StoreError):
    """RMA-1, RMA-3. Facts: item, missing (codes of what a policy asks for)."""

    code = "evidence_missing"
    status = 422
    title = N_("Something is missing for this return.")
    detail = N_("For {item} we also need: {missing}.")


class UnknownReceivedItem(StoreError):
    code = "unknown_received_item"
    status = 422
    title = N_("We don't know the item that was received.")
    detail = N_("“{received_sku}” is none of our articles. Please check the number, or send a photo.")


class ReceivedAsOrdered(StoreError):
    code = "received_as_ordered"
    status = 422
    title = N_("This is what was ordered.")
    detail = N_("{sku} is the article that was ordered. Please name the one that was received instead.")


class WishNotOffered(StoreError):
    """Facts: wish, reason, offered."""

    code = "wish_not_offered"
    status = 422
    title = N_("This can't be chosen for this return.")
    detail = N_("For this reason you can choose: {offered}.")


class UnknownSymptom(StoreError):
    code = "unknown_symptom"
    status = 422
    title = N_("Please say what is wrong with the item.")
    detail = N_("Choose one of the listed symptoms.")


class ManufacturerHandles(StoreError):
    """RMA-5 a."""

    code = "manufacturer_handles"
    status = 409
    title = N_("The manufacturer takes care of this itself.")
    detail = N_("{manufacturer} handles defective items directly. Please open the case there: {portal_url}")


class TicketRequired(StoreError):
    """RMA-5 b."""

    code = "ticket_required"
    status = 422
    title = N_("The ticket number of the manufacturer's support is needed.")
    detail = N_(
        "{manufacturer} confirms a fault before the item is sent. Please open a ticket at {portal_url} and give its"
        " number here."
    )


class TicketNotPlausible(StoreError):
    code = "ticket_not_plausible"
    status = 422
    title = N_("This is not a ticket number.")
    detail = N_("“{ticket_number}” can't be a ticket number: it has at least one digit, and letters, digits or dashes.")


class FaultNotConfirmed(StoreError):
    """RMA-5 c."""

    code = "fault_not_confirmed"
    status = 409
    title = N_("Our technical support has to confirm the fault first.")
    detail = N_("Please describe the fault of {serial} to our technical support. Once it is confirmed, return it here.")


class RepairNotOffered(StoreError):
    """RMA-8: nothing says what the repair would cost."""

    code = "repair_not_offered"
    status = 409
    title = N_("We don't offer a repair for this item.")
    detail = N_("{item} is out of warranty and we have no repair for it. Please contact customer service.")


# Which requirement a refusal stands on; shown with eligibility.
RULES = {
    "serial_unreadable": "RMA-7",
    "serial_not_known": "RMA-6",
    "several_products": "RMA-6",
    "serial_required": "RMA-6",
    "invalid_serial": "WAR-2",
    "unit_not_registered": "WAR-11",
    "unit_not_yours": "ACC-4",
    "unit_not_in_use": "RMA-18",
    "unit_in_open_return": "RMA-6",
    "unknown_return_item": "RMA-6",
    "defective_without_serial": "RMA-7",
    "return_other_market": "RMA-6",
    "not_bought_from_us": "REF-4",
    "bought_elsewhere": "REF-4",
    "bought_at_unknown_place": "REF-4",
    "service_not_returned": "REF-2",
    "nothing_paid": "RMA-2",
    "return_before_dispatch": "ORD-4",
    "nothing_left_to_return": "REF-7",
    "must_be_unused": "RMA-2",
    "unknown_received_item": "RMA-3",
    "received_as_ordered": "RMA-3",
    "evidence_missing": "RMA-1",
    "wish_not_offered": "RMA-1",
    "unknown_symptom": "RMA-11",
    "manufacturer_handles": "RMA-5",
    "ticket_required": "RMA-5",
    "ticket_not_plausible": "RMA-5",
    "fault_not_confirmed": "RMA-4",
    "repair_not_offered": "RMA-8",
}


def rule_of(error: StoreError) -> str:
    """The requirement that a refusal stands on."""
    if isinstance(error, ReturnDeadlineOver):
        return "RMA-2" if error.facts.get("reason") == "wrong_order" else "RMA-3"
    return RULES.get(error.code, "")
