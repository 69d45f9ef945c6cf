"""ConfirmationTokens: what a storefront collected, to be looked at before it is charged."""

from store.simulator.stripe_api.documents import Call, Json, add, find, render
from store.simulator.stripe_api.errors import invalid
from store.simulator.stripe_api.payment_methods import from_data, resolve
from store.simulator.world import new_id

LIFE_SECONDS = 12 * 3600


def create(call: Call) -> Json:
    parameters = call.parameters
    if not {"payment_method", "payment_method_data"} & set(parameters):
        raise invalid("You must provide `payment_method` or `payment_method_data`.", param="payment_method")
    if "payment_method" in parameters:
        payment_method = resolve(call.world, parameters["payment_method"])
    else:
        payment_method = from_data(call.world, parameters["payment_method_data"])
    preview = {name: payment_method[name] for name in ("allow_redisplay", "billing_details", "card", "type")}
    token = add(
        call.world,
        {
            "id": new_id("ctoken_1"),
            "object": "confirmation_token",
            "created": call.world.now,
            "expires_at": call.world.now + LIFE_SECONDS,
            "livemode": False,
            "mandate_data": None,
            "payment_intent": None,
            "payment_method_preview": preview,
            "return_url": parameters.get("return_url"),
            "setup_future_usage": parameters.get("setup_future_usage"),
            "setup_intent": None,
            "shipping": parameters.get("shipping"),
            "use_stripe_sdk": True,
            "_payment_method": payment_method["id"],
            "_data": None,
        },
    )
    return render(call.world, token, parameters.get("expand", ()))


def retrieve(call: Call) -> Json:
    return render(call.world, find(call.world, "confirmation_token", call.id), call.parameters.get("expand", ()))
