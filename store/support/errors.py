"""Why support can't take something."""

from __future__ import annotations

from store.kernel.errors import StoreError
from store.kernel.i18n import N_


class OrderNotMatched(StoreError):
    """SUP-1: without telling which of the two was wrong."""

    code = "order_not_matched"
    status = 422
    title = N_("We can't find this order.")
    detail = N_("There is no order with this number and e-mail address. Both stand in your order confirmation.")


class OrderNumberRequired(StoreError):
    """SUP-1."""

    code = "order_number_required"
    status = 422
    title = N_("The order number is missing.")
    detail = N_("For help with an order, please state its number. It stands in your order confirmation.")


class UnknownSupportTopic(StoreError):
    """Facts: topic, known."""

    code = "unknown_support_topic"
    status = 422
    title = N_("This topic is not known.")
    detail = N_("Please choose one of the listed topics.")


class UnknownSupportProduct(StoreError):
    code = "unknown_support_product"
    status = 422
    title = N_("This product is not known.")
    detail = N_("There is no product called “{product}” in our shop. You can leave the product out.")


class MessageEmpty(StoreError):
    code = "message_empty"
    status = 422
    title = N_("The message is empty.")
    detail = N_("Please write what we can do for you, in {most} characters at most.")


class UnknownAttachment(StoreError):
    """Facts: attachment_ids."""

    code = "unknown_attachment"
    status = 422
    title = N_("A file is missing.")
    detail = N_("One of the files was not sent, or was sent too long ago. Please send it again.")


class CaseFull(StoreError):
    """A thread that grows without end is no conversation any more."""

    code = "case_full"
    status = 409
    title = N_("This case has too many messages.")
    detail = N_("Please open a new case and mention {number} in it.")


class UnknownAssignee(StoreError):
    code = "unknown_assignee"
    status = 422
    title = N_("This person can't take cases.")
    detail = N_("A case can only be given to somebody who works in customer service.")
