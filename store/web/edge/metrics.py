"""What Prometheus reads: requests, the outbox, the database pool."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from store.kernel import db, outbox

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of one application in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "store_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "store_http_request_seconds",
            "Time to answer.",
            ["method", "route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._outbox = Gauge("store_outbox_rows", "Rows of the outbox.", ["state"], registry=self.registry)
        self._pool = Gauge("store_database_connections", "Connections of the pool.", ["state"], registry=self.registry)
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request; `route` is the template of the path, so that its number of values is bounded."""
        known = self._known.get((method, route, status))
        if known is None:
            known = (self._requests.labels(method, route, str(status)), self._seconds.labels(method, route))
            self._known[method, route, status] = known
        known[0].inc()
        known[1].observe(seconds)

    async def render(self) -> bytes:
        for state, rows in (await outbox.depth()).items():
            self._outbox.labels(state).set(rows)
        pool = db.ENGINE.pool
        if pool is not None:
            self._pool.labels("open").set(pool.get_size())
            self._pool.labels("idle").set(pool.get_idle_size())
            self._pool.labels("max").set(pool.get_max_size())
        return generate_latest(self.registry)
