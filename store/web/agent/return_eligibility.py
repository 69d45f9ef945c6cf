"""Customer service asks whether something can be returned, for whomever and on any day (RMA-1 … RMA-8)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from store.customers import Principal
from store.rma.caller import caller_of
from store.rma.eligibility import return_eligibility
from store.rma.reasons import ReasonCode
from store.web.edge.roles import DESK, requires
from store.web.storefront.order_refunds import aware
from store.web.storefront.return_eligibility import (
    OrderParameter,
    ProductParameter,
    SerialParameter,
    SkuParameter,
    SymptomParameter,
    eligibility_out,
    eligibility_request,
)
from store.web.storefront.return_shapes import ReturnEligibilityOut


@get("/eligibility", opt=requires(*DESK), summary="Can this be returned?")
async def show_eligibility(
    principal: NamedDependency[Principal],
    locale: NamedDependency[str],
    reason: FromQuery[ReasonCode],
    serial: SerialParameter = None,
    order: OrderParameter = None,
    sku: SkuParameter = None,
    product: ProductParameter = None,
    symptom: SymptomParameter = None,
    as_of: Annotated[datetime | None, QueryParameter(description="Had it been asked for then.")] = None,
) -> ReturnEligibilityOut:
    """As for its owner, whoever that is, and on any day."""
    request = eligibility_request(reason, serial, order, sku, product, symptom)
    found = await return_eligibility(request, caller_of(principal), as_of=aware("as_of", as_of))
    return await eligibility_out(found, locale, symptom)


router = Router(path="/api/v1/agent/returns", route_handlers=[show_eligibility], tags=["Agent: returns"])
