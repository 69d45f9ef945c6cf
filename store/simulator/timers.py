"""Things that happen by themselves when a world's clock reaches them: holds expire, refunds settle.

A provider's room registers what it does for a kind of timer; this file only knows when. A timer whose
reason has gone (the hold was captured) still fires: its action looks and does nothing.
"""

import heapq
from collections.abc import Callable

from store.simulator.world import World, new_id

Action = Callable[[World, str], None]
ACTIONS: dict[str, Action] = {}


def on_timer(kind: str) -> Callable[[Action], Action]:
    def register(action: Action) -> Action:
        ACTIONS[kind] = action
        return action

    return register


def set_timer(world: World, kind: str, reference: str, due: int) -> None:
    heap = _heap(world)
    timer = world.put("timers", {"id": new_id("timer_"), "kind": kind, "reference": reference, "due": due})
    heapq.heappush(heap, (due, timer["id"]))


def run_due_timers(world: World) -> int:
    """Run what is due, earliest first, also what that makes due; answers how many ran."""
    heap = _heap(world)
    ran = 0
    while heap and heap[0][0] <= world.now:
        _due, timer_id = heapq.heappop(heap)
        timer = world.get("timers", timer_id)
        if timer is not None:
            world.drop("timers", timer_id)
            world.request = {"id": None, "idempotency_key": None}
            ACTIONS[timer["kind"]](world, timer["reference"])
            ran += 1
    return ran


def _heap(world: World) -> list[tuple[int, str]]:
    if world.timer_heap is None:
        world.timer_heap = [(timer["due"], timer["id"]) for timer in world.all("timers")]
        heapq.heapify(world.timer_heap)
    return world.timer_heap
