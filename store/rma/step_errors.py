"""Why a step of a return, of a fault report or of a policy is refused, by name."""

from __future__ import annotations

from store.kernel.errors import StoreError
from store.kernel.i18n import N_


class UnitTwice(StoreError):
    code = "unit_twice"
    status = 409
    title = N_("This item is on the list already.")
    detail = N_("{item} stands in this return already.")


class OtherMarket(StoreError):
    code = "return_other_market"
    status = 409
    title = N_("These items belong into separate returns.")
    detail = N_("{item} was sold in another country than the other items. Please open a return of its own for it.")


class NoQuoteToAccept(StoreError):
    code = "no_quote"
    status = 409
    title = N_("There is no quote to accept.")
    detail = N_("The return of {item} costs nothing.")


class ReturnNotEditable(StoreError):
    code = "return_not_editable"
    status = 409
    title = N_("This return can't be changed any more.")
    detail = N_("The return is {state}. Only a draft can be changed.")


class TooManyReturnUnits(StoreError):
    code = "too_many_return_units"
    status = 422
    title = N_("Too many items for one return.")
    detail = N_("A return takes up to {most} items. Please open another one for the rest.")


class NothingSelected(StoreError):
    code = "nothing_selected"
    status = 409
    title = N_("Nothing is selected for this return.")
    detail = N_("Add an item, and accept its quote if the repair has a price.")


class UnitsNotReturnable(StoreError):
    """Rules that stood when the item was added no longer hold. Facts: units [{position, code, title, detail, …}]."""

    code = "units_not_returnable"
    status = 409
    title = N_("Some items can't be returned any more.")
    detail = N_("Please remove the items listed under “units”, or correct them.")


class TermsNotAccepted(StoreError):
    """RMA-12. Facts: terms_version, the one to accept."""

    code = "terms_not_accepted"
    status = 422
    title = N_("Please accept the conditions of return.")
    detail = N_("The conditions of return, version {terms_version}, have to be accepted.")


class ReturnEmailMissing(StoreError):
    code = "return_email_missing"
    status = 422
    title = N_("Please give an e-mail address.")
    detail = N_("We need to know where to send the RMA number and the label.")


class ReturnAddressMissing(StoreError):
    code = "return_address_missing"
    status = 409
    title = N_("Please give the address for the way back.")
    detail = N_("We need to know where repaired, replaced or rejected items go.")


class ReturnExpired(StoreError):
    code = "return_expired"
    status = 409
    title = N_("This return has expired.")
    detail = N_("It could be confirmed until {expires_on}. Please register the items again.")


class ReturnCancellationTooLate(StoreError):
    code = "return_cancellation_too_late"
    status = 409
    title = N_("It is too late to cancel this return.")
    detail = N_("Something of return {number} has arrived already.")


class LabelNotReady(StoreError):
    """RMA-13, RMA-14."""

    code = "label_not_ready"
    status = 409
    title = N_("There is no label yet.")
    detail = N_("The label is ready as soon as the return is confirmed and has its number.")


class PolicyInvalid(StoreError):
    """Facts: errors [{field, message}]."""

    code = "return_policy_invalid"
    status = 422
    title = N_("These return conditions are not valid.")
    detail = N_("Please correct the fields listed under “errors”.")


class FaultReportOpen(StoreError):
    code = "fault_report_open"
    status = 409
    title = N_("This fault is being looked at already.")
    detail = N_("Report {number} about this item waits for our technical support.")


class FaultReportNotNeeded(StoreError):
    code = "fault_report_not_needed"
    status = 409
    title = N_("This fault needs no confirmation by us.")
    detail = N_("{serial} can be returned without it: please register the return.")


class TrackingInvalid(StoreError):
    code = "tracking_invalid"
    status = 422
    title = N_("The day of posting can't be right.")
    detail = N_("The parcel was posted between the day the return was confirmed and today.")


class ReturnNotUnderWay(StoreError):
    code = "return_not_under_way"
    status = 409
    title = N_("This can't be done with this return now.")
    detail = N_("The return is {state}. Only a confirmed return can be on its way.")
