"""The shop of the refunds' tests: orders that are shipped, with providers in memory, and files in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from refunds.conftest import desk  # noqa: F401 - a fixture

from store.kernel import attachments


@pytest.fixture(autouse=True)
def kept_files(tmp_path: Path) -> Iterator[None]:
    attachments.configure(tmp_path)
    yield
    attachments.configure(tmp_path)
