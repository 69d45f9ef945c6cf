"""Labels that have to be posted, for customers without a printer (RMA-13)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from store.customers import Principal
from store.kernel.errors import NotFound
from store.rma.find_returns import WholeReturn, find_return, load_returns
from store.rma.report_tracking import paper_label_sent, paper_labels
from store.rma.step_errors import LabelNotReady
from store.web.edge.documented import problems
from store.web.edge.pages import decode_cursor, encode_cursor
from store.web.edge.roles import DESK, requires
from store.web.edge.schemas import Cursor, Limit, Page
from store.web.storefront.return_shapes import ReturnOut, ReturnSummaryOut
from store.web.storefront.return_view import address_lines, return_out, summary_out


class PaperLabelOut(ReturnSummaryOut, kw_only=True):
    """A return whose label has to be posted, and where to."""

    market: str
    address_lines: list[str]
    label_url: str


@get("/paper-labels", opt=requires(*DESK), summary="Show the labels that have to be posted")
async def show_paper_labels(
    locale: NamedDependency[str], cursor: Cursor = None, limit: Limit = 25
) -> Page[PaperLabelOut]:
    """The oldest first."""
    after = decode_cursor(cursor, datetime, UUID)
    ids = await paper_labels(after=(after[0], after[1]) if after else None, limit=limit + 1)
    shown = await load_returns(ids[:limit])
    last = shown[-1].rma if len(ids) > limit else None
    return Page(
        items=[paper_label_out(whole, locale) for whole in shown],
        next_cursor=encode_cursor(last["confirmed_at"], last["id"]) if last else None,
    )


@post(
    "/{number:str}/paper-label/sent",
    opt=requires(*DESK),
    status_code=200,
    responses=problems(NotFound, LabelNotReady),
    summary="Note that the label was posted",
)
async def note_paper_label(
    number: FromPath[str], principal: NamedDependency[Principal], locale: NamedDependency[str]
) -> ReturnOut:
    """It leaves the list of labels to post."""
    whole = await find_return(number[:40])
    await paper_label_sent(whole.rma["id"], actor=principal.name)
    return await return_out(await find_return(number[:40]), locale, staff=True)


def paper_label_out(whole: WholeReturn, locale: str) -> PaperLabelOut:
    summary = summary_out(whole, locale)
    return PaperLabelOut(
        **{name: getattr(summary, name) for name in summary.__struct_fields__},
        market=whole.rma["market"],
        address_lines=address_lines(whole.rma, locale),
        label_url=f"/api/v1/returns/{whole.rma['id']}/label.pdf",
    )


router = Router(
    path="/api/v1/agent/returns", route_handlers=[show_paper_labels, note_paper_label], tags=["Agent: returns"]
)
