"""What is done with a return once it is registered: confirm, send, cancel (RMA-12 … RMA-15, RMA-18)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from store.customers import Principal
from store.kernel.errors import NotFound, WrongState
from store.kernel.throttle import TooManyTries
from store.rma import step_errors
from store.rma.cancel_return import cancel_return
from store.rma.confirm_return import ConfirmReturn, confirm_return
from store.rma.find_returns import load_return
from store.rma.report_tracking import ReportTracking, ask_paper_label, report_tracking
from store.web.edge.documented import problems
from store.web.edge.roles import DESK, SHOPPERS, requires
from store.web.storefront.return_access import ReturnToken, known_caller, return_for
from store.web.storefront.return_answer import answer
from store.web.storefront.return_bodies import CancelBody, ConfirmBody, TrackingBody
from store.web.storefront.return_guesses import count_tracking
from store.web.storefront.return_shapes import ReturnOut


@post(
    "/{rma_id:uuid}/confirm",
    opt=requires(*SHOPPERS, *DESK, idempotent=True),
    status_code=200,
    responses=problems(
        NotFound,
        step_errors.UnitsNotReturnable,
        step_errors.NothingSelected,
        step_errors.ReturnAddressMissing,
        step_errors.TermsNotAccepted,
        step_errors.ReturnNotEditable,
        step_errors.ReturnExpired,
    ),
    summary="Confirm a return",
)
async def confirm(
    request: Request[Any, Any, Any],
    rma_id: FromPath[UUID],
    data: JSONBody[ConfirmBody],
    principal: NamedDependency[Principal],
    order_token: NamedDependency[str | None],
    token: ReturnToken = None,
) -> ReturnOut:
    """Gives the RMA number. Every rule is checked once more, accepted repairs are invoiced, two e-mails follow.

    Confirming twice changes nothing. Of several returns with the same unit the first one gets it.
    """
    whole = await return_for(rma_id, principal, token)
    await confirm_return(
        ConfirmReturn(
            rma_id=rma_id,
            terms_version=data.terms_version,
            terms_accepted=data.terms_accepted,
            caller=known_caller(principal, order_token, whole),
        )
    )
    return await answer(request, principal, await load_return(rma_id))


@post(
    "/{rma_id:uuid}/tracking",
    opt=requires(*SHOPPERS, *DESK),
    status_code=200,
    responses=problems(NotFound, step_errors.ReturnNotUnderWay, step_errors.TrackingInvalid, TooManyTries),
    summary="Tell how the parcel travels",
)
async def track(
    request: Request[Any, Any, Any],
    rma_id: FromPath[UUID],
    data: JSONBody[TrackingBody],
    principal: NamedDependency[Principal],
    token: ReturnToken = None,
) -> ReturnOut:
    """Following the parcel is the sender's duty; with its number we know what to expect. Again replaces it."""
    await return_for(rma_id, principal, token)
    await count_tracking(rma_id, principal)
    await report_tracking(
        ReportTracking(
            rma_id=rma_id,
            carrier=data.carrier.strip(),
            tracking_number=data.tracking_number.strip(),
            posted_on=data.posted_on,
            actor=principal.name,
        )
    )
    return await answer(request, principal, await load_return(rma_id))


@post(
    "/{rma_id:uuid}/paper-label",
    opt=requires(*SHOPPERS, *DESK),
    status_code=200,
    responses=problems(NotFound, step_errors.LabelNotReady),
    summary="Ask for a label by post",
)
async def paper_label(
    request: Request[Any, Any, Any],
    rma_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    token: ReturnToken = None,
) -> ReturnOut:
    """For who has no printer; it goes to the return address."""
    await return_for(rma_id, principal, token)
    await ask_paper_label(rma_id, actor=principal.name)
    return await answer(request, principal, await load_return(rma_id))


@post(
    "/{rma_id:uuid}/cancel",
    opt=requires(*SHOPPERS, *DESK),
    status_code=200,
    responses=problems(NotFound, WrongState, step_errors.ReturnCancellationTooLate),
    summary="Cancel a return",
)
async def cancel(
    request: Request[Any, Any, Any],
    rma_id: FromPath[UUID],
    data: JSONBody[CancelBody],
    principal: NamedDependency[Principal],
    token: ReturnToken = None,
) -> ReturnOut:
    """As long as nothing has arrived. Repairs that were invoiced are credited."""
    whole = await return_for(rma_id, principal, token)
    await cancel_return(rma_id, known_caller(principal, None, whole), reason=data.reason)
    return await answer(request, principal, await load_return(rma_id))


HANDLERS = (confirm, track, paper_label, cancel)
