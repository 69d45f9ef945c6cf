"""A code without a label would be spoken as its own English words (L10N-2)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

import store
from l10n.said import import_everything
from store.kernel.wording import LABELS
from store.warranty.statuses import UNIT_STATUS_LABELS
from store.web.agent.exception_labels import EXCEPTION_LABELS

pytestmark = pytest.mark.requirement("L10N-2")
# Nobody reads these: how a list is sorted, the book's accounts, a provider's own words.
UNSPOKEN = {"Sort", "Account", "AuthorizationState", "SettlementState", "DisputeState"}


def enums(parent: type) -> Iterator[type[StrEnum]]:
    for enum in parent.__subclasses__():
        yield enum
        yield from enums(enum)


def test_every_status_has_a_label() -> None:
    import_everything()
    ours = [
        enum
        for enum in enums(StrEnum)
        if enum.__module__.startswith("store.") and not enum.__module__.startswith("store.simulator")
    ]
    assert len(ours) > 15
    known = {*LABELS, *map(str, UNIT_STATUS_LABELS)}
    bare = [
        f"{enum.__name__}.{member.name}"
        for enum in ours
        if enum.__name__ not in UNSPOKEN
        for member in enum
        if member.value not in known
    ]
    assert not bare, bare


def test_every_kind_of_exception_has_a_label() -> None:
    kinds = {
        call.args[0].value
        for file in Path(store.__file__).parent.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and "open_exception" in {getattr(call.func, "attr", ""), getattr(call.func, "id", "")}
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(kinds) > 10
    assert not kinds - set(EXCEPTION_LABELS)


@pytest.mark.parametrize("code", ["external", "storefront", "agent", "warehouse", "admin", "customer", "partner"])
def test_what_has_no_list_of_its_own_has_a_label(code: str) -> None:
    import_everything()
    assert code in LABELS
