"""What a question of the FAQ and a manual are when they are handed in, and the words they may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from store.catalog import ProductFacts
from store.kernel.i18n import N_
from store.kernel.wording import register_labels

Texts = Mapping[str, str]  # {"en": …, "fr": …, "zh-Hans": …}

# Topics in the order in which a page shows them.
FAQ_TOPICS = {
    "orders": N_("Orders"),
    "payment": N_("Payment and invoices"),
    "delivery": N_("Delivery"),
    "returns": N_("Returns and refunds"),
    "warranty": N_("Warranty and services"),
    "setup": N_("Setting up"),
    "troubleshooting": N_("Troubleshooting"),
    "account": N_("Account and contact"),
}

GENERAL = "general"
SUBJECT_KINDS = frozenset({"product", "category", "manufacturer"})

register_labels(
    {
        "quick_start": N_("Quick start guide"),
        "user_guide": N_("User guide"),
        "installation_guide": N_("Installation guide"),
        "data_sheet": N_("Data sheet"),
    }
)
MANUAL_KINDS = ("quick_start", "user_guide", "installation_guide", "data_sheet")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqEntry:
    """A question and its answer; answers are plain text or simple Markdown, never HTML.

    `subjects` are "product:<slug>", "category:<slug>" or "manufacturer:<slug>"; none: a general one. `market` None:
    the answer holds everywhere.
    """

    slug: str
    topic: str
    questions: Texts
    answers: Texts
    subjects: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    market: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualEntry:
    """A document about a product. `titles` are by the reader's language, `language` is the document's."""

    product: str
    kind: str
    language: str
    titles: Texts
    url: str


def subjects_of(product: ProductFacts) -> list[str]:
    """What an entry may be about to concern this product, the closest first, general ones last."""
    return [f"product:{product.slug}", f"category:{product.category}", f"manufacturer:{product.manufacturer}", GENERAL]
