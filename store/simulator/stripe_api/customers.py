"""Stripe's customers, to whom saved cards belong."""

from store.simulator.stripe_api.documents import Call, Json, add, change, find, merge_metadata, page, render
from store.simulator.stripe_api.errors import missing
from store.simulator.stripe_api.events import emit
from store.simulator.stripe_api.payment_methods import keep, resolve
from store.simulator.world import new_id

_FACTS = ("address", "description", "email", "name", "phone", "shipping")


def create(call: Call) -> Json:
    parameters = call.parameters
    customer = add(
        call.world,
        {
            "id": new_id("cus_", 14),
            "object": "customer",
            "balance": 0,
            "created": call.world.now,
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "discount": None,
            "invoice_prefix": new_id("", 8).upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": parameters.get("metadata") or {},
            "next_invoice_sequence": 1,
            "preferred_locales": parameters.get("preferred_locales", []),
            "tax_exempt": "none",
            "test_clock": None,
            **{name: parameters.get(name) or None for name in _FACTS},
        },
    )
    if "payment_method" in parameters:
        keep(call.world, resolve(call.world, parameters["payment_method"]), customer["id"])
    emit(call.world, "customer.created", customer)
    return render(call.world, customer, parameters.get("expand", ()))


def retrieve(call: Call) -> Json:
    return render(call.world, find(call.world, "customer", call.id), call.parameters.get("expand", ()))


def update(call: Call) -> Json:
    customer = find(call.world, "customer", call.id)
    if customer.get("deleted"):
        raise missing("customer", call.id)
    changes: Json = {name: call.parameters[name] or None for name in _FACTS if name in call.parameters}
    if "metadata" in call.parameters:
        changes["metadata"] = merge_metadata(customer, call.parameters["metadata"])
    if "preferred_locales" in call.parameters:
        changes["preferred_locales"] = call.parameters["preferred_locales"]
    if "invoice_settings" in call.parameters:
        changes["invoice_settings"] = {**customer["invoice_settings"], **call.parameters["invoice_settings"]}
    change(call.world, customer, **changes)
    emit(call.world, "customer.updated", customer)
    return render(call.world, customer, call.parameters.get("expand", ()))


def list_(call: Call) -> Json:
    return page(call, "customer", "email")


def delete(call: Call) -> Json:
    customer = find(call.world, "customer", call.id)
    for payment_method in call.world.all("stripe.payment_methods"):
        if payment_method["customer"] == call.id:
            change(call.world, payment_method, customer=None, _used=True)
    emit(call.world, "customer.deleted", customer)
    call.world.drop("stripe.customers", call.id)
    return {"id": call.id, "object": "customer", "deleted": True}


def list_payment_methods(call: Call) -> Json:
    find(call.world, "customer", call.id)
    return page(call, "payment_method", "type", where=lambda row: row["customer"] == call.id)
