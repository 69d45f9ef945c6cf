"""Every kind of e-mail as a reader of each language would get it: for previews, and to hold their texts and looks.

The facts are invented, and go through the functions that real e-mails are made with. The French reader buys in France,
the Chinese one in China, the English one in the United States, where tax comes on top.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from store.kernel import i18n
from store.notifications import kinds
from store.notifications.render import Rendered, render
from store.notifications.samples.accounts import SAMPLES as OF_ACCOUNTS
from store.notifications.samples.orders import SAMPLES as OF_ORDERS
from store.notifications.samples.payments import SAMPLES as OF_PAYMENTS
from store.notifications.samples.returns import SAMPLES as OF_RETURNS
from store.notifications.samples.support import SAMPLES as OF_SUPPORT
from store.notifications.samples.warranty import SAMPLES as OF_WARRANTY

Sample = Callable[[str], Mapping[str, Any]]

# (kind, variant): the context of a language. A kind's first variant has no name.
SAMPLES: dict[tuple[str, str], Sample] = {
    **OF_ORDERS,
    **OF_PAYMENTS,
    **OF_RETURNS,
    **OF_WARRANTY,
    **OF_ACCOUNTS,
    **OF_SUPPORT,
}


def sample_names() -> list[str]:
    """ "order_confirmed", "order_confirmed-wire" …, in the order of the kinds."""
    order = list(kinds.SUBJECTS)
    return ["-".join(filter(None, key)) for key in sorted(SAMPLES, key=lambda key: order.index(key[0]))]


def render_sample(name: str, locale: str) -> Rendered:
    """Raises KeyError for a name or a language that there isn't."""
    kind, _, variant = name.partition("-")
    i18n.LOCALES[locale]
    return render(kind, kinds.SUBJECTS[kind], locale, SAMPLES[kind, variant](locale))


__all__ = ["SAMPLES", "render_sample", "sample_names"]
