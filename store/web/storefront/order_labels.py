"""Words of the answers about carts and orders that no room names."""

from store.kernel.i18n import N_
from store.kernel.wording import register_labels

register_labels(
    {
        "at_placement": N_("Charged when you order"),
        "at_shipment": N_("Charged when it ships"),
        "invoice_at_shipment": N_("Invoiced when it ships"),
        "prepaid": N_("To be paid before anything ships"),
        "stock": N_("In stock"),
        "external": N_("through the sales channel"),
        "in_workshop": N_("in our workshop"),
        "partly_in_stock": N_("Partly in stock"),
        "cancel": N_("Cancel"),
        "change_address": N_("Change the shipping address"),
        "request_refund": N_("Ask for a refund"),
        "partly_canceled": N_("partly cancelled"),
        "origin_shop": N_("Order"),
        "origin_replacement": N_("Replacement"),
        "origin_repair": N_("Repair"),
        "origin_return": N_("Goods sent back"),
    }
)
