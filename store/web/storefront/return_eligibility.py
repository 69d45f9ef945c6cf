"""Can this be returned, and what is there to choose (RMA-1 … RMA-8, RMA-11)."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from store.customers import Principal
from store.kernel.errors import NotFound
from store.kernel.i18n import pick, translate
from store.kernel.money import Money
from store.kernel.throttle import TooManyTries
from store.kernel.wording import spoken_facts
from store.markets import get_market
from store.rma.eligibility import ReturnEligibility, order_eligibility, return_eligibility
from store.rma.item import ItemRequest
from store.rma.reasons import REASONS, ReasonCode
from store.rma.symptoms import SYMPTOMS
from store.support import suggest_faq
from store.warranty import Coverage
from store.web.edge.documented import problems
from store.web.edge.fields import invalid
from store.web.edge.locale import locale_for
from store.web.edge.roles import DESK, SHOPPERS, requires
from store.web.edge.schemas import MoneyOut, labelled, money_out
from store.web.storefront.order_access import order_for
from store.web.storefront.order_refund_view import verdict_out
from store.web.storefront.return_access import new_caller
from store.web.storefront.return_guesses import count_guesses
from store.web.storefront.return_shapes import (
    NeedOut,
    ReasonOut,
    ReturnEligibilityOut,
    ReturnOptionsOut,
    WarrantyOut,
)
from store.web.storefront.return_view import terms_out
from store.web.storefront.support_view import answer_out

SerialParameter = Annotated[str | None, QueryParameter(max_length=80, description="As it stands on the item.")]
OrderParameter = Annotated[str | None, QueryParameter(max_length=40, description="The order's number, with `sku`.")]
SkuParameter = Annotated[str | None, QueryParameter(max_length=64)]
ProductParameter = Annotated[
    str | None, QueryParameter(max_length=200, description="A slug, when several products have the serial number.")
]
SymptomParameter = Annotated[
    str | None, QueryParameter(max_length=40, description="What is wrong with it; answers from the FAQ are offered.")
]


@get("/eligibility", opt=requires(*SHOPPERS), responses=problems(TooManyTries), summary="Can this be returned?")
async def show_eligibility(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
    locale: NamedDependency[str],
    reason: FromQuery[ReasonCode],
    serial: SerialParameter = None,
    order: OrderParameter = None,
    sku: SkuParameter = None,
    product: ProductParameter = None,
    symptom: SymptomParameter = None,
) -> ReturnEligibilityOut:
    """Yes or no with the rule, the facts, the deadline and a sentence; the same checks as when it is registered.

    What is still to be given (a photo, a ticket number …) stands in `needs` and is no refusal here.
    """
    asked = eligibility_request(reason, serial, order, sku, product, symptom)
    found = await return_eligibility(asked, new_caller(principal, order_token))
    await count_guesses(request, principal, [found.verdict.code])
    return await eligibility_out(found, locale, symptom)


@get("/options", opt=requires(*SHOPPERS, *DESK), summary="What can be chosen for a return")
async def show_options(locale: NamedDependency[str]) -> ReturnOptionsOut:
    """Reasons with their wishes, symptoms, and the conditions of return."""
    return ReturnOptionsOut(
        reasons=[
            ReasonOut(
                code=reason.code,
                label=labelled(reason.code, locale).label,
                wishes=[labelled(wish, locale) for wish in reason.wishes],
            )
            for reason in REASONS.values()
        ],
        symptoms=[labelled(code, locale) for code in SYMPTOMS],
        terms=terms_out(locale),
    )


@get(
    "/{number:str}/eligibility/return",
    opt=requires(*SHOPPERS, *DESK),
    responses=problems(NotFound),
    summary="What of this order can be returned?",
    tags=["Returns"],
)
async def show_order_eligibility(
    request: Request[Any, Any, Any],
    number: FromPath[str],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
) -> list[ReturnEligibilityOut]:
    """By line, as a wrong order and as a wrong delivery. A defective item is asked for by its serial number."""
    order = await order_for(number, principal, order_token)
    locale = locale_for(request, order["locale"], market=get_market(order["market"]))
    found = await order_eligibility(order["id"], new_caller(principal, order_token))
    return [await eligibility_out(each, locale, None) for each in found]


def eligibility_request(
    reason: ReasonCode,
    serial: str | None,
    order: str | None,
    sku: str | None,
    product: str | None,
    symptom: str | None,
) -> ItemRequest:
    """Raises Invalid when nothing says which item is meant."""
    if serial is None and (not order or not sku):
        raise invalid({"field": "serial", "code": "required"})
    return ItemRequest(reason=reason, serial=serial, order_number=order, sku=sku, product=product, symptom=symptom)


async def eligibility_out(found: ReturnEligibility, locale: str, symptom: str | None) -> ReturnEligibilityOut:
    answers = await suggest_faq(found.product_id, symptom, locale) if found.product_id and symptom else []
    return ReturnEligibilityOut(
        item=found.item,
        sku=found.sku,
        name=pick(found.names, locale),
        reason=labelled(found.reason, locale),
        verdict=verdict_out(found.verdict, locale),
        asked_on=found.asked_on,
        deadline=found.deadline,
        route=labelled(found.route, locale) if found.route else None,
        portal_url=found.portal_url or None,
        wishes=[labelled(wish, locale) for wish in found.wishes],
        needs=[NeedOut(code=code, label=labelled(code, locale).label) for code in found.needs],
        warranty=coverage_out(found.cover, locale),
        quote=_money(found.quote, locale),
        restocking_fee=_money(found.fee, locale),
        paid=_money(found.goods, locale),
        faq=[answer_out(each, locale) for each in answers],
    )


def coverage_out(cover: Coverage | None, locale: str) -> WarrantyOut | None:
    if cover is None:
        return None
    return WarrantyOut(
        in_warranty=cover.in_warranty,
        rule=cover.rule,
        code=cover.code,
        message=translate(locale, cover.sentence, spoken_facts(cover.facts, locale)),
        starts_on=cover.starts_on,
        until=cover.until,
    )


def _money(amount: Money | None, locale: str) -> MoneyOut | None:
    return money_out(amount, locale) if amount is not None else None
