"""Search PaymentIntents by Stripe's query language: `field:'value'` clauses joined with AND.

Stripe's index follows its data by up to a minute; a world's setting `search_lag_seconds` shows what that does.
"""

import re
from typing import Any

from store.simulator.stripe_api.documents import Call, Json, render
from store.simulator.stripe_api.errors import invalid

_CLAUSE = re.compile(
    r"""\s*(?P<minus>-?)(?P<field>[a-z_]+)(?:\[(?P<quote>['"])(?P<key>.*?)(?P=quote)\])?"""
    r"""\s*(?P<operator>:|>=|<=|>|<|~)\s*(?:(?P<mark>['"])(?P<text>.*?)(?P=mark)|(?P<bare>[^\s'"]+))\s*"""
)
_FIELDS = frozenset({"metadata", "status", "customer", "currency", "amount", "created"})


def search(call: Call) -> Json:
    clauses = _parse(call.parameters["query"])
    limit = call.parameters.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("Invalid limit: must be between 1 and 100", param="limit")
    indexed_until = call.world.now - call.world.setting("search_lag_seconds")
    rows = [
        row
        for row in call.world.newest_first("stripe.payment_intents")
        if row["created"] <= indexed_until and all(_fits(row, clause) for clause in clauses)
    ]
    start = int(call.parameters["page"]) if str(call.parameters.get("page", "")).isdigit() else 0
    found = rows[start : start + limit]
    more = len(rows) > start + limit
    return render(
        call.world,
        {
            "object": "search_result",
            "data": [render(call.world, row, _inner(call)) for row in found],
            "has_more": more,
            "next_page": str(start + limit) if more else None,
            "url": call.path,
        },
    )


def _inner(call: Call) -> list[str]:
    return [path.removeprefix("data.") for path in call.parameters.get("expand", ())]


def _parse(query: str) -> list[dict[str, str | None]]:
    clauses: list[dict[str, str | None]] = []
    position = 0
    while position < len(query):
        if clauses:
            joint = re.compile(r"AND\s", re.IGNORECASE).match(query, position)
            position = joint.end() if joint else position
        match = _CLAUSE.match(query, position)
        if match is None or match["field"] not in _FIELDS:
            raise invalid(f"We were unable to parse your search query at: {query[position:]}", param="query")
        clauses.append(match.groupdict())
        position = match.end()
    if not clauses:
        raise invalid("The search query is empty.", param="query")
    return clauses


def _fits(row: Json, clause: dict[str, str | None]) -> bool:
    wanted: str = clause["text"] if clause["text"] is not None else clause["bare"] or ""
    actual: Any = row["metadata"].get(clause["key"]) if clause["field"] == "metadata" else row[clause["field"] or ""]
    if isinstance(actual, int) and wanted.isdigit():
        holds = _compare(actual, int(wanted), clause["operator"] or ":")
    elif clause["operator"] == "~":
        holds = actual is not None and wanted.lower() in str(actual).lower()
    elif wanted == "null":
        holds = actual is None
    else:
        holds = actual == wanted
    return holds != bool(clause["minus"])


def _compare(actual: int, wanted: int, operator: str) -> bool:
    return {
        ":": actual == wanted,
        ">": actual > wanted,
        ">=": actual >= wanted,
        "<": actual < wanted,
        "<=": actual <= wanted,
        "~": actual == wanted,
    }[operator]
