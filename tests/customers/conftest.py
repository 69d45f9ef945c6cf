"""People in a database of their own; the room's facts are kept, and nobody reacts to them unless a test says so."""

from __future__ import annotations

import pytest

from store.customers.authenticate import forget_authentications
from store.kernel import signing


@pytest.fixture(autouse=True)
def _process():
    signing.configure(b"the secret of the tests")
    forget_authentications()
