"""The load generator: `python -m bench.load checkout|page …` prints one line of JSON. A process of its own."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from bench.checkout import Shopper
from bench.http_connection import HttpConnection, request
from bench.store_process import STOREFRONT_KEY, BenchFailed

Action = Callable[[], Awaitable[object]]
ROOT = Path(__file__).parents[1]


@dataclass(slots=True)
class Tally:
    """What was finished between the end of the warm-up and the end."""

    begins: float
    ends: float
    milliseconds: list[float] = field(default_factory=list)

    def result(self) -> dict[str, float]:
        seconds = self.ends - self.begins
        if len(self.milliseconds) < 2:
            msg = "next to nothing was finished"
            raise BenchFailed(msg)
        cuts = statistics.quantiles(self.milliseconds, n=100)
        return {
            "per_second": round(len(self.milliseconds) / seconds, 1),
            "done": len(self.milliseconds),
            "p50_ms": round(cuts[49], 2),
            "p95_ms": round(cuts[94], 2),
            "p99_ms": round(cuts[98], 2),
        }


async def press(actions: Sequence[Action], seconds: float, warm_up: float) -> dict[str, float]:
    """Each action again and again, all beside each other; a failure ends it all."""
    begins = time.monotonic() + warm_up
    tally = Tally(begins, begins + seconds)

    async def repeat(action: Action) -> None:
        while (started := time.monotonic()) < tally.ends:
            await action()
            ended = time.monotonic()
            if tally.begins <= ended < tally.ends:
                tally.milliseconds.append((ended - started) * 1000)

    async with asyncio.TaskGroup() as group:
        for action in actions:
            group.create_task(repeat(action))
    return tally.result()


async def press_checkout(options: argparse.Namespace) -> dict[str, float]:
    payment = json.loads(options.payment) if options.payment else None
    shoppers = [
        Shopper(
            connection=await HttpConnection.open(options.port),
            skus=options.skus.split(","),
            dice=random.Random(),
            payment_method=options.method,
            payment=payment,
        )
        for _ in range(options.clients)
    ]
    return await press([shopper.check_out for shopper in shoppers], options.seconds, options.warm_up)


async def press_page(options: argparse.Namespace) -> dict[str, float]:
    """One page; every answer must be 200, and be JSON of more than a little."""
    asked = request("GET", options.path, options.key, **json.loads(options.headers))

    def reader(connection: HttpConnection) -> Action:
        async def read() -> None:
            status, body = await connection.ask(asked)
            if status != 200 or len(body) < 100 or body[:1] not in b"{[":
                msg = f"{options.path} answered {status}: {body[:300]!r}"
                raise BenchFailed(msg)

        return read

    readers = [reader(await HttpConnection.open(options.port)) for _ in range(options.clients)]
    return await press(readers, options.seconds, options.warm_up)


def checkout_load(
    port: int,
    skus: Sequence[str],
    *,
    clients: int,
    seconds: float,
    method: str = "wire",
    payment: dict[str, Any] | None = None,
) -> dict[str, float]:
    options = [f"--skus={','.join(skus)}", f"--method={method}"]
    options += [f"--payment={json.dumps(payment)}"] if payment else []
    return _run("checkout", port, clients, seconds, options)


def page_load(
    port: int, path: str, *, clients: int, seconds: float, key: str = STOREFRONT_KEY, **headers: str
) -> dict[str, float]:
    """By wrk where it is installed, as it takes the least of the processor; by our own client otherwise."""
    check_page(port, path, key, **headers)
    if shutil.which("wrk"):
        return _wrk(port, path, clients, seconds, {"Authorization": f"Bearer {key}", **headers})
    options = [f"--path={path}", f"--key={key}", f"--headers={json.dumps(headers)}"]
    return _run("page", port, clients, seconds, options)


def check_page(port: int, path: str, key: str, **headers: str) -> None:
    """One answer, looked at closely. Raises BenchFailed."""

    async def ask() -> tuple[int, bytes]:
        connection = await HttpConnection.open(port)
        try:
            return await connection.ask(request("GET", path, key, **headers))
        finally:
            connection.close()

    status, body = asyncio.run(ask())
    if status != 200 or not json.loads(body):
        msg = f"{path} answered {status}: {body[:300]!r}"
        raise BenchFailed(msg)


_WRK_DONE = """
done = function(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
    + summary.errors.timeout
  io.write(string.format('{"requests": %d, "microseconds": %d, "failed": %d, "p50": %d, "p95": %d, "p99": %d}\\n',
    summary.requests, summary.duration, failed, latency:percentile(50), latency:percentile(95),
    latency:percentile(99)))
end
"""


def _wrk(port: int, path: str, clients: int, seconds: float, headers: dict[str, str]) -> dict[str, float]:
    script = Path(f"/tmp/store-bench-wrk-{port}.lua")
    script.write_text(_WRK_DONE)
    try:
        answer = subprocess.run(
            [
                *("wrk", "--threads", "1", "--connections", str(clients), "--duration", f"{round(seconds)}s"),
                *(part for name, value in headers.items() for part in ("--header", f"{name}: {value}")),
                *("--script", str(script), f"http://127.0.0.1:{port}{path}"),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        script.unlink()
    told = json.loads(answer.stdout.strip().splitlines()[-1])
    if told["failed"]:
        msg = f"{told['failed']} of {told['requests']} requests for {path} failed"
        raise BenchFailed(msg)
    return {
        "per_second": round(told["requests"] / (told["microseconds"] / 1e6), 1),
        "done": told["requests"],
        **{f"{name}_ms": round(told[name] / 1000, 2) for name in ("p50", "p95", "p99")},
    }


def _run(what: str, port: int, clients: int, seconds: float, options: Sequence[str]) -> dict[str, float]:
    answer = subprocess.run(
        [
            *(sys.executable, "-m", "bench.load", what, f"--port={port}", f"--clients={clients}"),
            *(f"--seconds={seconds}", *options),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if answer.returncode:
        raise BenchFailed(answer.stderr.strip()[-3000:])
    result: dict[str, float] = json.loads(answer.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["checkout", "page"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--warm-up", type=float, default=0.5)
    parser.add_argument("--skus", default="")
    parser.add_argument("--method", default="wire")
    parser.add_argument("--payment", default="")
    parser.add_argument("--path", default="")
    parser.add_argument("--key", default=STOREFRONT_KEY)
    parser.add_argument("--headers", default="{}")
    options = parser.parse_args()
    press_it = press_checkout if options.what == "checkout" else press_page
    print(json.dumps(uvloop.run(press_it(options))))


if __name__ == "__main__":
    main()
