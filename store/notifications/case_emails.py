"""E-mails about a support case: it has arrived, it was answered (SUP-1). They follow each other in one thread.

The first one repeats nothing of what was written: whoever fills in a contact form with somebody else's address must
not be able to send a message of their own through us.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from store.kernel import db
from store.kernel.i18n import translate
from store.markets import get_market
from store.notifications import kinds
from store.notifications.case_address import marked_case_address
from store.notifications.letterhead import letterhead
from store.notifications.write_email import is_written, write_email
from store.support import TOPICS, get_case, get_message


async def on_case_opened(case_id: str, **_: Any) -> None:
    """Consumer of case.opened: the number, and the page on which the case goes on."""
    key = f"case.opened:{case_id}"
    if await is_written(key):
        return
    case = await get_case(UUID(case_id))
    topic, locale = TOPICS[case["topic"]], case["locale"]
    await _write(key, kinds.CASE_RECEIVED, case, {"topic": translate(locale, topic.name)})


async def on_case_answered(case_id: str, message_id: str, **_: Any) -> None:
    """Consumer of case.answered: what the agent wrote, as text."""
    key = f"case.answered:{message_id}"
    if await is_written(key):
        return
    case, message = await get_case(UUID(case_id)), await get_message(UUID(message_id))
    await _write(key, kinds.CASE_ANSWERED, case, {"message": message["body"]})


async def _write(key: str, kind: str, case: db.Row, facts: dict[str, Any]) -> None:
    await write_email(
        key=key,
        kind=kind,
        recipient=case["email"],
        locale=case["locale"],
        case_id=case["id"],
        context=case_context(case, **facts),
    )


def case_context(case: Mapping[str, Any] | db.Row, **facts: Any) -> dict[str, Any]:
    """What every e-mail about a case has, from its row."""
    return {
        "subject_facts": {"number": case["number"]},
        "number": case["number"],
        "name": case["name"],
        **letterhead(get_market(case["market"]), case["locale"]),
        "order_number": case["order_number"],
        "url": marked_case_address(case["number"]),
        **facts,
    }
