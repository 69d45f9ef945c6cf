"""Every transition table over all pairs, and every status with its name in the API's languages."""

from __future__ import annotations

import itertools

import pytest

from store.kernel.errors import WrongState
from store.kernel.wording import LABELS
from store.payments.statuses import AUTHORIZATION, CAPTURE, CHARGE, OPERATION, REFUND

ALLOWED = {
    "charge": (
        CHARGE,
        """
        planned > secured capturing captured released
        secured > planned capturing captured invoiced released
        capturing > captured planned released
        invoiced > captured released
        captured >
        released >
        """,
    ),
    "authorization": (
        AUTHORIZATION,
        """
        pending > requires_action authorized captured declined voided expired failed
        requires_action > authorized captured declined voided expired failed
        authorized > captured voided expired
        declined > requires_action authorized captured voided
        failed > authorized captured voided
        captured >
        voided >
        expired >
        """,
    ),
    "capture": (CAPTURE, "pending > succeeded failed\n failed > succeeded\n succeeded >"),
    "refund": (
        REFUND,
        """
        pending > succeeded failed manual
        manual > succeeded failed
        succeeded > failed
        failed >
        """,
    ),
    "operation": (
        OPERATION,
        """
        planned > sent failed
        sent > succeeded declined failed unknown
        unknown > planned succeeded declined failed
        succeeded >
        declined >
        failed >
        """,
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_a_status_moves_along_its_table_and_nowhere_else(name):
    machine, text = ALLOWED[name]
    table = {}
    for line in text.strip().splitlines():
        before, _, afters = line.partition(">")
        table[before.strip()] = set(afters.split())
    assert set(table) == {status.value for status in machine.steps}
    for before, after in itertools.product(machine.steps, repeat=2):
        if after.value in table[before.value]:
            machine.check(before, after)
        else:
            with pytest.raises(WrongState):
                machine.check(before, after)


@pytest.mark.parametrize("name", ALLOWED)
def test_every_status_can_be_said_to_a_person(name):
    assert {status.value for status in ALLOWED[name][0].steps} <= set(LABELS)
