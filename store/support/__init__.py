"""Support: the FAQ, help with a product, opening hours, and cases that customers open (SUP, CAT-6)."""

from __future__ import annotations

from store.kernel.outbox import Consumer
from store.support.faq_entries import FAQ_TOPICS, FaqEntry, ManualEntry
from store.support.find_cases import (
    attach_cases,
    case_for,
    case_queue,
    case_token,
    cases_of,
    cases_of_orders,
    find_case,
    get_case,
    get_message,
    messages_of,
    on_email_verified,
)
from store.support.handle_case import assign_case, close_case, reopen_case, unassign_case
from store.support.open_case import OpenCase, OpenedCase, open_case
from store.support.opening_hours import SupportChannels, support_channels
from store.support.product_support import Manual, ProductSupport, manuals_of, product_support
from store.support.save_faq import save_faq, save_manuals
from store.support.search_faq import Answer, get_answer, list_faq, search_faq, suggest_faq
from store.support.statuses import CaseStatus
from store.support.topics import TOPICS, Topic
from store.support.write_in_case import answer_case, write_as_customer


def consumers() -> list[tuple[str, Consumer]]:
    """(topic, consumer): what this room does about the facts of the rooms below."""
    return [("account.email_verified", on_email_verified)]


__all__ = [
    "FAQ_TOPICS",
    "TOPICS",
    "Answer",
    "CaseStatus",
    "FaqEntry",
    "Manual",
    "ManualEntry",
    "OpenCase",
    "OpenedCase",
    "ProductSupport",
    "SupportChannels",
    "Topic",
    "answer_case",
    "assign_case",
    "attach_cases",
    "case_for",
    "case_queue",
    "case_token",
    "cases_of",
    "cases_of_orders",
    "close_case",
    "consumers",
    "find_case",
    "get_answer",
    "get_case",
    "get_message",
    "list_faq",
    "manuals_of",
    "messages_of",
    "on_email_verified",
    "open_case",
    "product_support",
    "reopen_case",
    "save_faq",
    "save_manuals",
    "search_faq",
    "suggest_faq",
    "support_channels",
    "unassign_case",
    "write_as_customer",
]
