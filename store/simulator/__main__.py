"""`python -m store.simulator --port 12111 --state FILE`."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from store.simulator.app import serve
from store.simulator.storage import StateFileInUse


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m store.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=12111, help="0 picks a free one (default 12111)")
    parser.add_argument("--state", type=Path, default=None, help="an SQLite file; without it nothing is kept")
    arguments = parser.parse_args()
    try:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(_until_stopped(arguments.host, arguments.port, arguments.state))
    except (StateFileInUse, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _until_stopped(host: str, port: int, state_path: Path | None) -> None:
    serving = asyncio.ensure_future(serve(host, port, state_path))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers on the loop.
            loop.add_signal_handler(number, serving.cancel)
    await serving


if __name__ == "__main__":
    sys.exit(main())
