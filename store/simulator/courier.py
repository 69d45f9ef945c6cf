"""Carry deliveries to their endpoints: signed at each try, tried again with growing pauses, never in the way.

Deliveries of one endpoint go one after another, so that a test sees them in order unless it asks otherwise;
a failed one steps aside and doesn't hold up the next.
"""

import asyncio
import time
from collections import deque
from typing import Any

import httpx

from store.simulator.paypal_api.certificates import PayPalKeys
from store.simulator.signatures import paypal_headers, stripe_headers
from store.simulator.world import World, Worlds

Json = dict[str, Any]
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60.0
MOST_ATTEMPTS = 14
REVERSE_WINDOW_SECONDS = 0.3
ANSWER_LIMIT_SECONDS = 10.0


class Courier:
    def __init__(self, worlds: Worlds, keys: PayPalKeys) -> None:
        self._worlds = worlds
        self._keys = keys
        self._queues: dict[tuple[str, str], deque[str]] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._reversed: dict[str, list[str]] = {}
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Take up what an earlier process left undelivered."""
        self._loop = asyncio.get_running_loop()
        for world in self._worlds:
            for delivery in world.all("deliveries"):
                if delivery["status"] in {"pending", "sending"}:
                    world.edit("deliveries", delivery["id"])["status"] = "pending"
                    self._schedule(world, delivery)

    async def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def pick_up(self, world: World) -> None:
        """Called after each commit with the deliveries that it saved."""
        born, world.new_deliveries = world.new_deliveries, []
        if self._loop is None:
            return
        for delivery_id in born:
            delivery = world.get("deliveries", delivery_id)
            if delivery is not None:
                self._schedule(world, delivery)

    def _schedule(self, world: World, delivery: Json) -> None:
        assert self._loop is not None
        wait = delivery["not_before"] - time.time()
        if delivery["reversed"] and not delivery["attempts"]:
            waiting = self._reversed.setdefault(world.name, [])
            waiting.append(delivery["id"])
            if len(waiting) == 1:
                self._loop.call_later(REVERSE_WINDOW_SECONDS, self._release_reversed, world)
        elif wait > 0:
            self._loop.call_later(wait, self._enqueue, world, delivery)
        else:
            self._enqueue(world, delivery)

    def _release_reversed(self, world: World) -> None:
        for delivery_id in reversed(self._reversed.pop(world.name, [])):
            delivery = world.get("deliveries", delivery_id)
            if delivery is not None:
                self._enqueue(world, delivery)

    def _enqueue(self, world: World, delivery: Json) -> None:
        place = (world.name, delivery["endpoint"])
        self._queues.setdefault(place, deque()).append(delivery["id"])
        task = self._tasks.get(place)
        if task is None or task.done():
            self._tasks[place] = asyncio.create_task(self._drain(world, place))

    async def _drain(self, world: World, place: tuple[str, str]) -> None:
        queue = self._queues[place]
        while queue:
            delivery = world.get("deliveries", queue.popleft())
            if delivery is None or delivery["status"] != "pending":
                continue
            world.edit("deliveries", delivery["id"])["status"] = "sending"
            await self._try(world, delivery)
            if delivery["status"] == "sending":
                self._try_again_later(world, delivery)
            self._worlds.commit(world)

    def _try_again_later(self, world: World, delivery: Json) -> None:
        tries = len(delivery["attempts"])
        if tries >= MOST_ATTEMPTS:
            delivery["status"] = "failed"
            return
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (tries - 1), LONGEST_PAUSE_SECONDS)
        delivery["status"], delivery["not_before"] = "pending", time.time() + pause
        self._schedule(world, delivery)

    async def _try(self, world: World, delivery: Json) -> int | None:
        """One transmission; the HTTP status that it got, or None when nothing answered."""
        endpoint = world.get("endpoints", delivery["endpoint"])
        if endpoint is None:
            delivery["status"] = "failed"
            return None
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=ANSWER_LIMIT_SECONDS, trust_env=False)
        body = delivery["payload"].encode()
        if endpoint["provider"] == "stripe":
            headers = stripe_headers(body, endpoint["secret"], world.now)
        else:
            headers = paypal_headers(body, endpoint["webhook_id"], world.iso(), self._keys)
        attempt: Json = {"at": world.iso(), "status": None}
        try:
            answer = await self._client.post(endpoint["url"], content=body, headers=headers)
            attempt["status"] = answer.status_code
        except httpx.HTTPError as error:
            attempt["error"] = type(error).__name__
        stored = world.edit("deliveries", delivery["id"])
        stored["attempts"].append(attempt)
        status: int | None = attempt["status"]
        if status is not None and httpx.codes.is_success(status):
            stored["status"] = "delivered"
        return status

    async def flush(self, world: World, *, order: str, times: int) -> list[Json]:
        """Deliver now, in the order asked for, all that is held or waiting; answers what each delivery got."""
        waiting = [row for row in world.all("deliveries") if row["status"] in {"held", "pending"}]
        for delivery in waiting:
            world.edit("deliveries", delivery["id"])["status"] = "held"
        if order == "reverse":
            waiting.reverse()
        answers = []
        for delivery in waiting:
            statuses = [await self._try(world, delivery) for _time in range(times)]
            answers.append({"event": delivery["event"], "event_type": delivery["event_type"], "statuses": statuses})
        self._worlds.commit(world)
        await self._finish_sending(world)
        return answers

    async def _finish_sending(self, world: World) -> None:
        """What was already on its way arrives before the answer too."""
        sending = [task for place, task in self._tasks.items() if place[0] == world.name and not task.done()]
        if sending:
            await asyncio.wait(sending, timeout=ANSWER_LIMIT_SECONDS)

    async def send_again(self, world: World, event_id: str) -> list[Json]:
        """Deliver an event once more whatever became of it, lost ones included."""
        answers = []
        for delivery in [row for row in world.all("deliveries") if row["event"] == event_id]:
            status = await self._try(world, delivery)
            answers.append({"event": event_id, "event_type": delivery["event_type"], "statuses": [status]})
        self._worlds.commit(world)
        return answers
