"""Where Stripe's events go, managed through Stripe's own API as well as through the control API."""

from store.simulator.stripe_api.documents import API_VERSION, Call, Json, add, find, page, render
from store.simulator.webhooks import register_endpoint
from store.simulator.world import new_id


def create(call: Call) -> Json:
    parameters = call.parameters
    secret = new_id("whsec_", 32)
    endpoint = add(
        call.world,
        {
            "id": new_id("we_1"),
            "object": "webhook_endpoint",
            "api_version": parameters.get("api_version", API_VERSION),
            "application": None,
            "created": call.world.now,
            "description": parameters.get("description"),
            "enabled_events": parameters["enabled_events"],
            "livemode": False,
            "metadata": parameters.get("metadata") or {},
            "status": "enabled",
            "url": parameters["url"],
        },
    )
    register_endpoint(
        call.world,
        "stripe",
        parameters["url"],
        secret=secret,
        enabled_events=parameters["enabled_events"],
        endpoint_id=endpoint["id"],
    )
    return {**render(call.world, endpoint), "secret": secret}


def retrieve(call: Call) -> Json:
    return render(call.world, find(call.world, "webhook_endpoint", call.id))


def list_(call: Call) -> Json:
    return page(call, "webhook_endpoint")


def delete(call: Call) -> Json:
    find(call.world, "webhook_endpoint", call.id)
    call.world.drop("stripe.webhook_endpoints", call.id)
    call.world.drop("endpoints", call.id)
    return {"id": call.id, "object": "webhook_endpoint", "deleted": True}
