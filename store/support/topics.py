"""What one may write to support about: the topic is mandatory, and some topics need more (SUP-1)."""

from __future__ import annotations

from dataclasses import dataclass

from store.kernel.i18n import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """`needs_order`: the number of the order, and the e-mail address that it was placed with. `asks_…`: may be told."""

    code: str
    name: str
    needs_order: bool = False
    asks_order: bool = False
    asks_product: bool = False
    asks_serial: bool = False


_ALL = (
    Topic(code="order_help", name=N_("Help with an order"), needs_order=True, asks_order=True),
    Topic(code="product_question", name=N_("Question about a product"), asks_product=True),
    Topic(code="technical_support", name=N_("Technical support"), asks_order=True, asks_product=True, asks_serial=True),
    Topic(code="returns", name=N_("Return of a product"), asks_order=True, asks_product=True, asks_serial=True),
    Topic(code="warranty", name=N_("Warranty"), asks_order=True, asks_product=True, asks_serial=True),
    Topic(code="billing", name=N_("Invoices and payment"), asks_order=True),
    Topic(code="partner", name=N_("Becoming a partner")),
    Topic(code="other", name=N_("Something else"), asks_order=True, asks_product=True),
)
TOPICS = {topic.code: topic for topic in _ALL}
