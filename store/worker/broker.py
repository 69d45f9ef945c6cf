"""Which broker carries the ids of outbox rows, and the one actor that receives them.

Without STORE_BROKER_URL messages stay in this process; with it they go through Redis or RabbitMQ to any worker. The
broker may lose everything: a row whose message was lost is sent again when its lease is over. Dramatiq's own retries
are therefore left out, as the outbox has its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import dramatiq
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.middleware import Middleware

QUEUE = "outbox"
ACTOR = "consume"
# Idle threads look up this often, which is also how long a stop waits for idle ones.
IDLE_MILLISECONDS = 200


class HostLoop(EventLoopThread):  # type: ignore[misc] # dramatiq is not checked
    """Lends a loop that already runs, that of the web server or of `store worker`, to Dramatiq's async actors.

    Connections of the pool belong to that loop, and it ends with its process: no thread that could outlive a signal.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.interrupt_check_ival = 0.1
        self.loop = loop
        threading.Thread.__init__(self, daemon=True)


class HostAsyncIO(Middleware):  # type: ignore[misc] # the same
    """Dramatiq's AsyncIO middleware, on the host's loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def before_worker_boot(self, broker: Any, worker: Any) -> None:  # noqa: ARG002 - Dramatiq's signature
        set_event_loop_thread(HostLoop(self._loop))

    def after_worker_shutdown(self, broker: Any, worker: Any) -> None:  # noqa: ARG002 - Dramatiq's signature
        set_event_loop_thread(None)


def make_broker(url: str, loop: asyncio.AbstractEventLoop) -> Any:
    """The broker for STORE_BROKER_URL; empty means in process. Connects when first used."""
    middleware = [HostAsyncIO(loop)]
    scheme = url.partition(":")[0]
    if scheme in {"redis", "rediss"}:
        from dramatiq.brokers.redis import RedisBroker  # noqa: PLC0415 - loaded where it is used only

        return RedisBroker(url=url, middleware=middleware)
    if scheme in {"amqp", "amqps"}:
        from dramatiq.brokers.rabbitmq import RabbitmqBroker  # noqa: PLC0415 - the same

        return RabbitmqBroker(url=url, middleware=middleware)
    from dramatiq.brokers.stub import StubBroker  # noqa: PLC0415 - the same

    return StubBroker(middleware=middleware)


def make_actor(broker: Any, consume: Callable[[int], Awaitable[None]]) -> Any:
    """The actor whose messages carry the id of one outbox row each."""

    async def receive(outbox_id: int) -> None:
        await consume(outbox_id)

    return dramatiq.actor(receive, actor_name=ACTOR, queue_name=QUEUE, broker=broker)


def make_worker(broker: Any, threads: int) -> Any:
    """Threads that hand messages to the host's loop; their number bounds how many consumers run at once."""
    return dramatiq.Worker(broker, queues={QUEUE}, worker_timeout=IDLE_MILLISECONDS, worker_threads=threads)
