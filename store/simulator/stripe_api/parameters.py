"""Which parameters each operation takes, and of what kind, after Stripe's description of 2024-04-10.

Kinds: "str", "int", "bool", "list" (of strings), "metadata", "range" (a time, or gt/gte/lt/lte), a tuple
(one of these strings) or a dict (a hash). What the description knows and the simulator doesn't model is
refused by name, so that nothing is ignored in silence.
"""

from typing import Any

Table = dict[str, Any]

_ADDRESS: Table = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), "str")
_SHIPPING: Table = {"address": _ADDRESS, "name": "str", "phone": "str", "carrier": "str", "tracking_number": "str"}
_BILLING: Table = {"address": _ADDRESS, "email": "str", "name": "str", "phone": "str"}
_REQUEST = ("if_available", "never")
_CARD: Table = {
    "number": "str",
    "exp_month": "int",
    "exp_year": "int",
    "cvc": "str",
    "token": "str",
    "networks": {"preferred": "str"},
}
_METHOD_DATA: Table = {
    "type": ("card",),
    "card": _CARD,
    "billing_details": _BILLING,
    "metadata": "metadata",
    "allow_redisplay": ("always", "limited", "unspecified"),
}
_AUTOMATIC: Table = {"enabled": "bool", "allow_redirects": ("always", "never")}
_MANDATE: Table = {
    "customer_acceptance": {
        "type": ("offline", "online"),
        "accepted_at": "int",
        "offline": {},
        "online": {"ip_address": "str", "user_agent": "str"},
    }
}
_INTENT_OPTIONS: Table = {
    "card": {
        "capture_method": ("", "manual"),
        "request_extended_authorization": _REQUEST,
        "request_incremental_authorization": _REQUEST,
        "request_multicapture": _REQUEST,
        "request_overcapture": _REQUEST,
        "request_three_d_secure": ("any", "automatic", "challenge"),
        "setup_future_usage": ("", "none", "off_session", "on_session"),
        "moto": "bool",
    }
}
_SETUP_OPTIONS: Table = {"card": {"request_three_d_secure": ("any", "automatic", "challenge"), "moto": "bool"}}
_CAPTURE_METHOD = ("automatic", "automatic_async", "manual")
_SETUP_FUTURE_USAGE = ("", "off_session", "on_session")
_OFF_SESSION = ("true", "false", "one_off", "recurring")
_PAGE: Table = {"expand": "list", "limit": "int", "starting_after": "str", "ending_before": "str"}
_EXPAND: Table = {"expand": "list"}

_INTENT_FACTS: Table = {
    "amount": "int",
    "currency": "str",
    "capture_method": _CAPTURE_METHOD,
    "customer": "str",
    "description": "str",
    "expand": "list",
    "metadata": "metadata",
    "payment_method": "str",
    "payment_method_data": _METHOD_DATA,
    "payment_method_options": _INTENT_OPTIONS,
    "payment_method_types": "list",
    "receipt_email": "str",
    "setup_future_usage": _SETUP_FUTURE_USAGE,
    "shipping": _SHIPPING,
    "statement_descriptor": "str",
    "statement_descriptor_suffix": "str",
}
_CONFIRMATION: Table = {
    "confirmation_token": "str",
    "error_on_requires_action": "bool",
    "mandate_data": _MANDATE,
    "off_session": _OFF_SESSION,
    "return_url": "str",
    "use_stripe_sdk": "bool",
}
_SETUP_FACTS: Table = {
    "customer": "str",
    "description": "str",
    "expand": "list",
    "metadata": "metadata",
    "payment_method": "str",
    "payment_method_data": _METHOD_DATA,
    "payment_method_options": _SETUP_OPTIONS,
    "payment_method_types": "list",
}
_CUSTOMER: Table = {
    "address": _ADDRESS,
    "description": "str",
    "email": "str",
    "expand": "list",
    "metadata": "metadata",
    "name": "str",
    "phone": "str",
    "preferred_locales": "list",
    "shipping": _SHIPPING,
    "invoice_settings": {"default_payment_method": "str"},
}

PARAMETERS: dict[str, Table] = {
    "payment_methods.create": {**_METHOD_DATA, "expand": "list"},
    "payment_methods.retrieve": _EXPAND,
    "payment_methods.update": {
        "allow_redisplay": ("always", "limited", "unspecified"),
        "billing_details": _BILLING,
        "card": {"exp_month": "int", "exp_year": "int"},
        "expand": "list",
        "metadata": "metadata",
    },
    "payment_methods.list": {**_PAGE, "customer": "str", "type": ("card",)},
    "payment_methods.attach": {"customer": "str", "expand": "list"},
    "payment_methods.detach": _EXPAND,
    "customers.create": {**_CUSTOMER, "payment_method": "str"},
    "customers.retrieve": _EXPAND,
    "customers.update": _CUSTOMER,
    "customers.list": {**_PAGE, "created": "range", "email": "str"},
    "customers.delete": {},
    "customers.list_payment_methods": {
        **_PAGE,
        "type": ("card",),
        "allow_redisplay": ("always", "limited", "unspecified"),
    },
    "setup_intents.create": {
        **_SETUP_FACTS,
        "automatic_payment_methods": _AUTOMATIC,
        "confirm": "bool",
        "confirmation_token": "str",
        "mandate_data": _MANDATE,
        "return_url": "str",
        "usage": ("off_session", "on_session"),
        "use_stripe_sdk": "bool",
    },
    "setup_intents.retrieve": {"client_secret": "str", "expand": "list"},
    "setup_intents.update": _SETUP_FACTS,
    "setup_intents.list": {**_PAGE, "created": "range", "customer": "str", "payment_method": "str"},
    "setup_intents.confirm": {
        "client_secret": "str",
        "confirmation_token": "str",
        "expand": "list",
        "mandate_data": _MANDATE,
        "payment_method": "str",
        "payment_method_data": _METHOD_DATA,
        "payment_method_options": _SETUP_OPTIONS,
        "return_url": "str",
        "use_stripe_sdk": "bool",
    },
    "setup_intents.cancel": {
        "cancellation_reason": ("abandoned", "duplicate", "requested_by_customer"),
        "expand": "list",
    },
    "confirmation_tokens.create": {
        "expand": "list",
        "payment_method": "str",
        "payment_method_data": _METHOD_DATA,
        "return_url": "str",
        "setup_future_usage": ("off_session", "on_session"),
        "shipping": _SHIPPING,
    },
    "confirmation_tokens.retrieve": _EXPAND,
    "payment_intents.create": {
        **_INTENT_FACTS,
        **_CONFIRMATION,
        "automatic_payment_methods": _AUTOMATIC,
        "confirm": "bool",
        "confirmation_method": ("automatic", "manual"),
    },
    "payment_intents.retrieve": {"client_secret": "str", "expand": "list"},
    "payment_intents.update": _INTENT_FACTS,
    "payment_intents.list": {**_PAGE, "created": "range", "customer": "str"},
    "payment_intents.search": {"expand": "list", "limit": "int", "page": "str", "query": "str"},
    "payment_intents.confirm": {
        **_CONFIRMATION,
        "capture_method": _CAPTURE_METHOD,
        "client_secret": "str",
        "expand": "list",
        "payment_method": "str",
        "payment_method_data": _METHOD_DATA,
        "payment_method_options": _INTENT_OPTIONS,
        "payment_method_types": "list",
        "receipt_email": "str",
        "setup_future_usage": _SETUP_FUTURE_USAGE,
        "shipping": _SHIPPING,
    },
    "payment_intents.capture": {
        "amount_to_capture": "int",
        "expand": "list",
        "final_capture": "bool",
        "metadata": "metadata",
        "statement_descriptor": "str",
        "statement_descriptor_suffix": "str",
    },
    "payment_intents.cancel": {
        "cancellation_reason": ("abandoned", "duplicate", "fraudulent", "requested_by_customer"),
        "expand": "list",
    },
    "charges.retrieve": _EXPAND,
    "charges.list": {**_PAGE, "created": "range", "customer": "str", "payment_intent": "str"},
    "refunds.create": {
        "amount": "int",
        "charge": "str",
        "expand": "list",
        "metadata": "metadata",
        "payment_intent": "str",
        "reason": ("duplicate", "fraudulent", "requested_by_customer"),
    },
    "refunds.retrieve": _EXPAND,
    "refunds.update": {"expand": "list", "metadata": "metadata"},
    "refunds.list": {**_PAGE, "charge": "str", "created": "range", "payment_intent": "str"},
    "disputes.retrieve": _EXPAND,
    "disputes.list": {**_PAGE, "charge": "str", "created": "range", "payment_intent": "str"},
    "disputes.close": _EXPAND,
    "balance_transactions.retrieve": _EXPAND,
    "balance_transactions.list": {**_PAGE, "created": "range", "currency": "str", "source": "str", "type": "str"},
    "events.retrieve": _EXPAND,
    "events.list": {**_PAGE, "created": "range", "type": "str", "types": "list"},
    "webhook_endpoints.create": {
        "api_version": "str",
        "description": "str",
        "enabled_events": "list",
        "expand": "list",
        "metadata": "metadata",
        "url": "str",
    },
    "webhook_endpoints.retrieve": _EXPAND,
    "webhook_endpoints.list": _PAGE,
    "webhook_endpoints.delete": {},
}

REQUIRED: dict[str, tuple[str, ...]] = {
    "payment_intents.create": ("amount", "currency"),
    "payment_intents.search": ("query",),
    "payment_methods.attach": ("customer",),
    "webhook_endpoints.create": ("enabled_events", "url"),
}

_METHODS_NOT_SIMULATED = frozenset(
    "acss_debit affirm afterpay_clearpay alipay amazon_pay au_becs_debit bacs_debit bancontact blik boleto cashapp"  # noqa: SIM905
    " customer customer_balance eps fpx giropay grabpay ideal interac_present klarna konbini link mobilepay oxxo p24"
    " payment_method paynow paypal pix promptpay radar_options revolut_pay sepa_debit sofort swish us_bank_account"
    " wechat_pay zip".split()
)
_CONNECT = frozenset({"application_fee_amount", "transfer_data", "transfer_group", "payment_method_configuration"})
_CUSTOMER_NOT_SIMULATED = frozenset(
    "balance cash_balance coupon invoice_prefix next_invoice_sequence promotion_code source tax tax_exempt".split()  # noqa: SIM905
)

NOT_SIMULATED: dict[str, frozenset[str]] = {
    "payment_methods.create": _METHODS_NOT_SIMULATED,
    "payment_methods.update": frozenset({"link", "us_bank_account"}),
    "customers.create": _CUSTOMER_NOT_SIMULATED | {"tax_id_data", "test_clock"},
    "customers.update": _CUSTOMER_NOT_SIMULATED
    | {"bank_account", "card", "default_alipay_account", "default_bank_account", "default_card", "default_source"},
    "customers.list": frozenset({"test_clock"}),
    "setup_intents.create": frozenset(
        {"attach_to_self", "flow_directions", "on_behalf_of", "payment_method_configuration", "single_use"}
    ),
    "setup_intents.update": frozenset({"attach_to_self", "flow_directions", "payment_method_configuration"}),
    "setup_intents.list": frozenset({"attach_to_self"}),
    "payment_intents.create": _CONNECT | {"mandate", "on_behalf_of", "radar_options"},
    "payment_intents.update": _CONNECT,
    "payment_intents.confirm": frozenset({"mandate", "radar_options"}),
    "payment_intents.capture": frozenset({"application_fee_amount", "transfer_data"}),
    "charges.list": frozenset({"transfer_group"}),
    "refunds.create": frozenset(
        {"currency", "customer", "instructions_email", "origin", "refund_application_fee", "reverse_transfer"}
    ),
    "balance_transactions.list": frozenset({"payout"}),
    "events.list": frozenset({"delivery_success"}),
    "webhook_endpoints.create": frozenset({"connect"}),
}
