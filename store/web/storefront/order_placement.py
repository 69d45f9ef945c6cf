"""The answer to a placement: the order, and for a guest the token that opens it again."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response

from store.carts import BadQuantity, CouponNotValid, UnknownItems
from store.customers import CreditLimitExceeded, PartnerNotApproved, Principal
from store.inventory import StockGone
from store.kernel import signing
from store.kernel.errors import StoreError
from store.markets import UnknownShippingMethod
from store.orders.errors import (
    CheckoutIncomplete,
    PaymentDeclined,
    PaymentProviderUnavailable,
    PaymentTokenInvalid,
    PurchaseOrderNotAllowed,
    PurchaseOrderNumberUsed,
    QuoteChanged,
    SaveConsentRequired,
)
from store.orders.placement import PlacedOrder
from store.payments.methods import CardNetworkNotAccepted, PaymentMethodDiffers, PaymentMethodNotOffered
from store.web.edge.locale import locale_for
from store.web.storefront.order_shapes import OrderOut
from store.web.storefront.order_view import SeenOrder, order_out, see_order

PLACEMENT_PROBLEMS: tuple[type[StoreError], ...] = (
    PaymentDeclined,
    QuoteChanged,
    StockGone,
    CheckoutIncomplete,
    PaymentTokenInvalid,
    SaveConsentRequired,
    CardNetworkNotAccepted,
    PaymentMethodDiffers,
    PaymentMethodNotOffered,
    PurchaseOrderNotAllowed,
    PurchaseOrderNumberUsed,
    PartnerNotApproved,
    CreditLimitExceeded,
    UnknownShippingMethod,
    UnknownItems,
    CouponNotValid,
    BadQuantity,
    PaymentProviderUnavailable,
)


async def placed_answer(
    request: Request[Any, Any, Any], placed: PlacedOrder, principal: Principal
) -> Response[OrderOut]:
    """201 with the order; a GET gives the same but for the token."""
    written = placed.written
    seen = SeenOrder(whole=written.whole, payment=written.payment) if written else await see_order(placed.order_id)
    locale = locale_for(request, seen.order["locale"], market=seen.market)
    answer = order_out(seen, locale)
    if principal.account_id is None:
        answer.order_token = signing.make_token("order", placed.order_id)
    return Response(answer, status_code=201, headers={"location": f"/api/v1/orders/{placed.number}"})
