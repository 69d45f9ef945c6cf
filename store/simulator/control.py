"""The control API: move the clock, break things, play the customer, the bank and the dashboard, read the books."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from store.simulator import dashboard
from store.simulator.courier import Courier
from store.simulator.faults import MODES as FAULT_MODES
from store.simulator.faults import add_fault
from store.simulator.http_message import Request, Response, Router, json_response
from store.simulator.movements import books
from store.simulator.paypal_api.certificates import PayPalKeys
from store.simulator.paypal_api.errors import PayPalError
from store.simulator.stripe_api.errors import StripeError
from store.simulator.timers import run_due_timers
from store.simulator.webhooks import MODES as WEBHOOK_MODES
from store.simulator.webhooks import register_endpoint, shown
from store.simulator.world import DEFAULT_SETTINGS, World, Worlds

Json = dict[str, Any]
Action = Callable[[World, Json], Awaitable[Json]]


class ControlError(Exception):
    """The control API was used wrongly."""


class Control:
    def __init__(self, worlds: Worlds, courier: Courier, keys: PayPalKeys) -> None:
        self._worlds = worlds
        self._courier = courier
        self._keys = keys
        self._router: Router[Action] = Router()
        for method, path, action in (
            ("POST", "/endpoints", self._register),
            ("GET", "/endpoints", self._endpoints),
            ("GET", "/clock", self._clock),
            ("POST", "/clock", self._clock),
            ("GET", "/faults", self._faults),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("GET", "/webhooks", self._webhooks),
            ("POST", "/webhooks/mode", self._webhook_mode),
            ("POST", "/webhooks/flush", self._flush),
            ("POST", "/webhooks/resend", self._resend),
            ("POST", "/settings", self._settings),
            ("GET", "/settings", self._settings),
            ("GET", "/books", self._books),
            ("POST", "/reset", self._reset),
            ("POST", "/dashboard/refund", dashboard.refund),
            ("POST", "/dashboard/refund/fail", dashboard.fail_refund),
            ("POST", "/dashboard/dispute", dashboard.dispute),
            ("POST", "/dashboard/dispute/close", dashboard.close_dispute),
            ("POST", "/paypal/approve", dashboard.approve_order),
            ("POST", "/paypal/capture", dashboard.settle_capture),
            ("POST", "/stripe/3ds", dashboard.answer_authentication),
        ):
            self._router.add(method, path, path, action)

    async def answer(self, request: Request, path: str) -> Response:
        if path == "/health":
            return json_response(200, {"status": "ok", "worlds": sum(1 for _world in self._worlds)})
        if path == "/paypal/ca.pem":
            return Response(200, self._keys.authority_pem.encode(), {"content-type": "application/x-pem-file"})
        match = self._router.find(request.method, path)
        if match is None:
            return json_response(404, {"error": f"no such control: {request.method} /_sim{path}", "see": "/"})
        try:
            facts: Json = {**request.query, **(json.loads(request.body) if request.body.strip() else {})}
            world = self._worlds.named(_name_of_world(facts))
            run_due_timers(world)
            world.request = {"id": None, "idempotency_key": None}
            result = await match.handler(world, facts)
            self._worlds.commit(world)
        except (ControlError, KeyError, ValueError, TypeError) as error:
            return json_response(400, {"error": f"{type(error).__name__}: {error}"})
        except StripeError as refusal:
            return json_response(refusal.status, {"error": refusal.error})
        except PayPalError as refusal:
            return json_response(refusal.status, {"error": refusal.body})
        return json_response(200, result)

    async def _register(self, world: World, facts: Json) -> Json:
        _one_of(facts["provider"], {"stripe", "paypal"}, "provider")
        return register_endpoint(
            world,
            facts["provider"],
            str(facts["url"]),
            secret=facts.get("secret"),
            webhook_id=facts.get("webhook_id"),
            enabled_events=facts.get("enabled_events"),
        )

    async def _endpoints(self, world: World, _facts: Json) -> Json:
        return {"endpoints": world.all("endpoints")}

    async def _clock(self, world: World, facts: Json) -> Json:
        if "advance_seconds" in facts:
            world.move_clock(world.clock_offset_seconds + float(facts["advance_seconds"]))
        elif "now" in facts:
            wanted = datetime.fromisoformat(facts["now"])
            wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
            world.move_clock((wanted - datetime.now(UTC)).total_seconds())
        run_due_timers(world)
        return {"now": world.iso(), "unix": world.now, "offset_seconds": world.clock_offset_seconds}

    async def _faults(self, world: World, _facts: Json) -> Json:
        return {"faults": world.all("faults")}

    async def _add_fault(self, world: World, facts: Json) -> Json:
        _one_of(facts["provider"], {"stripe", "paypal"}, "provider")
        _one_of(facts["mode"], FAULT_MODES, "mode")
        return add_fault(
            world,
            facts["provider"],
            str(facts.get("operation", "*")),
            facts["mode"],
            seconds=float(facts.get("seconds", 1)),
            times=int(facts.get("times", 1)),
        )

    async def _clear_faults(self, world: World, _facts: Json) -> Json:
        left = world.all("faults")
        for fault in left:
            world.drop("faults", fault["id"])
        return {"cleared": len(left)}

    async def _webhooks(self, world: World, _facts: Json) -> Json:
        return {
            "mode": world.setting("webhook_mode"),
            "deliveries": [shown(delivery) for delivery in world.all("deliveries")],
        }

    async def _webhook_mode(self, world: World, facts: Json) -> Json:
        _one_of(facts["mode"], WEBHOOK_MODES, "mode")
        world.change_settings({"webhook_mode": facts["mode"], "webhook_mode_seconds": float(facts.get("seconds", 0))})
        return {"mode": facts["mode"]}

    async def _flush(self, world: World, facts: Json) -> Json:
        order = _one_of(facts.get("order", "normal"), {"normal", "reverse"}, "order")
        self._worlds.commit(world)
        answers = await self._courier.flush(world, order=order, times=int(facts.get("times", 1)))
        return {"delivered": answers}

    async def _resend(self, world: World, facts: Json) -> Json:
        return {"delivered": await self._courier.send_again(world, str(facts["event"]))}

    async def _settings(self, world: World, facts: Json) -> Json:
        changes = {name: value for name, value in facts.items() if name != "world"}
        for name in changes:
            _one_of(name, set(DEFAULT_SETTINGS), "setting")
        return world.change_settings(changes)

    async def _books(self, world: World, _facts: Json) -> Json:
        return books(world)

    async def _reset(self, world: World, _facts: Json) -> Json:
        self._worlds.commit(world)
        self._worlds.forget(world.name)
        return {"reset": world.name}


def _name_of_world(facts: Json) -> str:
    name = facts.get("world")
    if not isinstance(name, str) or not name:
        raise ControlError("say which world")
    return name


def _one_of(value: str, choices: frozenset[str] | set[str], name: str) -> str:
    if value not in choices:
        raise ControlError(f"{name} must be one of {', '.join(sorted(choices))}")
    return value
