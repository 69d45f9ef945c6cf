"""The mail folder: what the store has written to people, readable in the browser (DOC-4)."""

from __future__ import annotations

from html import escape
from typing import Any
from uuid import UUID

from litestar import MediaType, Response, Router, get
from litestar.params import FromPath

from store.kernel import db
from store.kernel.errors import NotFound
from store.notifications.logo import with_logo_inside
from store.notifications.mail_settings import mail_settings
from store.web.edge.roles import PUBLIC, requires

SHOWN = 200
_LIST_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'"
# The mail's own HTML: pictures and styles, no scripts, in a frame of its own.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox allow-popups"
)
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1d2733 }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .4rem .6rem;
border-bottom: 1px solid #d8dee6; vertical-align: top }
td:first-child { white-space: nowrap } a { color: #0b5cad } iframe { width: 100%; height: 60vh;
border: 1px solid #d8dee6 } pre { white-space: pre-wrap; background: #f4f6f8; padding: 1rem }
"""


@get("/", opt=requires(*PUBLIC), media_type=MediaType.HTML, summary="The e-mails the store wrote")
async def list_mail() -> Response[str]:
    """The newest two hundred, as a page."""
    rows = await db.fetch(
        "select id, created_at, recipient, subject, kind, locale, sent_at, last_error from email"
        f" order by created_at desc, id desc limit {SHOWN}"
    )
    lines = "".join(
        f"<tr><td>{row['created_at']:%Y-%m-%d %H:%M:%S}</td><td>{escape(row['recipient'])}</td>"
        f"<td><a href='/dev/mail/{row['id']}'>{escape(row['subject'])}</a></td>"
        f"<td>{escape(row['kind'])}</td><td>{escape(row['locale'])}</td>"
        f"<td>{'sent' if row['sent_at'] else escape('waiting: ' + (row['last_error'] or 'not tried yet'))}</td></tr>"
        for row in rows
    )
    head = "".join(f"<th>{title}</th>" for title in ("Written", "To", "Subject", "Kind", "Language", "State"))
    table = f"<table><tr>{head}</tr>{lines}</table>"
    previews = "<p><a href='/dev/mail/previews'>Previews of all e-mails</a></p>"
    return page("Mail", previews + (table if rows else "<p>No e-mail was written yet.</p>"))


@get("/{email_id:uuid}", opt=requires(*PUBLIC), media_type=MediaType.HTML, summary="One e-mail")
async def show_mail(email_id: FromPath[UUID]) -> Response[str]:
    """Its HTML in a frame, its text below."""
    row = await _load(email_id)
    state = f"sent {row['sent_at']:%Y-%m-%d %H:%M:%S} via {escape(row['via'] or '')}" if row["sent_at"] else "not sent"
    return page(
        row["subject"],
        f"<p><a href='/dev/mail'>All mail</a></p><p>To {escape(row['recipient'])}, {state}</p>"
        f"<iframe src='/dev/mail/{email_id}/html' title='E-mail' sandbox='allow-popups'></iframe>"
        f"<pre>{escape(row['text_body'])}</pre>",
    )


@get("/{email_id:uuid}/html", opt=requires(*PUBLIC), media_type=MediaType.HTML, summary="The HTML of one e-mail")
async def show_html(email_id: FromPath[UUID]) -> Response[str]:
    """As the reader's mail program gets it, without scripts."""
    row = await _load(email_id)
    return html_of_mail(with_logo_inside(row["html_body"], mail_settings().logo))


def html_of_mail(html: str) -> Response[str]:
    """An e-mail's HTML for a frame of these pages: without scripts, and without anything from outside."""
    headers = {"content-security-policy": _MAIL_POLICY, "x-frame-options": "SAMEORIGIN"}
    return Response(html, media_type=MediaType.HTML, headers=headers)


async def _load(email_id: UUID) -> Any:
    row = await db.fetchrow("select * from email where id = $1", email_id)
    if row is None:
        raise NotFound
    return row


def page(title: str, content: str) -> Response[str]:
    html = (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<meta name='viewport' content='width=device-width, initial-scale=1'><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{content}</body></html>"
    )
    return Response(html, media_type=MediaType.HTML, headers={"content-security-policy": _LIST_POLICY})


router = Router(path="/dev/mail", route_handlers=[list_mail, show_mail, show_html], include_in_schema=False)
