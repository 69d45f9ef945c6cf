"""Samples of e-mails about a support case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.kernel.i18n import translate
from store.notifications import kinds
from store.notifications.case_emails import case_context
from store.notifications.samples.goods import MARKETS, NAMES
from store.notifications.samples.shop import ORDER_NUMBERS
from store.support import TOPICS

ANSWERS = {
    "en": "Your parcel was handed to the carrier this morning.\n\nIf it has not arrived by Friday, please tell us.",
    "fr": "Votre colis a été remis au transporteur ce matin.\n\nS’il n’est pas arrivé vendredi, merci de nous le dire.",
    "zh-Hans": "您的包裹已于今天上午交给承运商。\n\n如果周五仍未收到，请告诉我们。",
}


def _case(locale: str) -> dict[str, Any]:
    return {
        "number": "CS-5T2H-8KMA",
        "name": NAMES[locale],
        "market": MARKETS[locale],
        "locale": locale,
        "order_number": ORDER_NUMBERS[locale],
    }


def _received(locale: str) -> Mapping[str, Any]:
    return case_context(_case(locale), topic=translate(locale, TOPICS["order_help"].name))


def _answered(locale: str) -> Mapping[str, Any]:
    return case_context(_case(locale), message=ANSWERS[locale])


SAMPLES = {(kinds.CASE_RECEIVED, ""): _received, (kinds.CASE_ANSWERED, ""): _answered}
