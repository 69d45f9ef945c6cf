"""What a checkout may cost: statements as PostgreSQL counts them, requests as a storefront sends them. No clocks."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from bench import quick
from bench.checkout import REQUESTS
from bench.statements import count_statements, total
from bench.store_process import cluster

STATEMENTS_MAX = 30
REQUESTS_MAX = 4
FIGURES = {
    "checkout_per_second_c8",
    "ceiling_per_second_c8",
    "checkout_ratio_c8",
    "checkout_requests",
    "checkout_sql_statements",
    "product_list_per_second_c32",
    "api_rss_mb",
}


@pytest.mark.slow
def test_a_checkout_stays_within_its_statements_and_requests(tmp_path: Path):
    with cluster(tmp_path) as postgres:
        statements = count_statements(postgres, tmp_path)
    texts = [statement.text.upper() for statement in statements]
    assert "BEGIN" in texts
    assert "COMMIT" in texts
    assert any(text.startswith("WITH W0 AS (INSERT INTO SALES_ORDER") for text in texts)
    assert total(statements) <= STATEMENTS_MAX, statements
    assert REQUESTS <= REQUESTS_MAX


@pytest.mark.slow
def test_the_quick_measurement_tells_every_figure():
    figures = quick.measure(Console(file=io.StringIO()), seconds=2, rounds=1)
    assert figures.keys() >= FIGURES
    assert all(figures[name] > 0 for name in FIGURES)
