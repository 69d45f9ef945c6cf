"""The shop of the refunds' tests: orders that are shipped, with providers in memory."""

from refunds.conftest import desk  # noqa: F401 - a fixture
