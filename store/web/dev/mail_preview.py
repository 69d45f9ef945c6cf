"""Previews: every kind of e-mail in every language, with invented facts, as its reader would get it (DOC-1)."""

from __future__ import annotations

from html import escape
from typing import Annotated

from litestar import MediaType, Response, Router, get
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from store.kernel.errors import NotFound
from store.kernel.i18n import LOCALES
from store.notifications.logo import with_logo_inside
from store.notifications.mail_settings import mail_settings
from store.notifications.render import Rendered
from store.notifications.samples import render_sample, sample_names
from store.web.dev.mail import html_of_mail, page
from store.web.edge.roles import PUBLIC, requires

Name = Annotated[str, Meta(max_length=80)]
WIDTHS = {"wide": 700, "narrow": 360}  # pixels: a reading pane, a phone
_DARK = "@media (prefers-color-scheme: dark)"


@get("/", opt=requires(*PUBLIC), media_type=MediaType.HTML, summary="Previews of all e-mails")
async def list_previews() -> Response[str]:
    """Kind by language, each a link."""
    head = "".join(f"<th>{escape(locale)}</th>" for locale in LOCALES)
    lines = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join(f"<td><a href='/dev/mail/previews/{name}/{locale}'>{escape(locale)}</a></td>" for locale in LOCALES)
        + "</tr>"
        for name in sample_names()
    )
    return page(
        "Previews", f"<p><a href='/dev/mail'>All mail</a></p><table><tr><th>E-mail</th>{head}</tr>{lines}</table>"
    )


@get("/{name:str}/{language:str}", opt=requires(*PUBLIC), media_type=MediaType.HTML, summary="Preview of one e-mail")
async def show_preview(
    name: FromPath[Name], language: FromPath[Name], width: FromQuery[str] = "wide", *, dark: FromQuery[bool] = False
) -> Response[str]:
    """Its subject, its HTML in a frame, its text below; links for a phone's width and for dark mode."""
    rendered, here = _rendered(name, language), f"/dev/mail/previews/{name}/{language}"
    others = " · ".join(f"<a href='/dev/mail/previews/{name}/{each}'>{each}</a>" for each in LOCALES)
    looks = " · ".join(
        f"<a href='{here}?width={wide}&amp;dark={str(night).lower()}'>{wide}{', dark' if night else ''}</a>"
        for wide in WIDTHS
        for night in (False, True)
    )
    return page(
        rendered.subject,
        f"<p><a href='/dev/mail/previews'>All previews</a> · {escape(name)} · {others}</p><p>{looks}</p>"
        f"<iframe src='{here}/html?dark={str(dark).lower()}' title='E-mail' sandbox='allow-popups'"
        f" style='width:{WIDTHS.get(width, WIDTHS['wide'])}px;max-width:100%;height:80vh'></iframe>"
        f"<pre lang='{escape(language)}'>{escape(rendered.text)}</pre>",
    )


@get("/{name:str}/{language:str}/html", opt=requires(*PUBLIC), media_type=MediaType.HTML, summary="HTML of a preview")
async def show_preview_html(
    name: FromPath[Name], language: FromPath[Name], *, dark: FromQuery[bool] = False
) -> Response[str]:
    """As a mail program draws it; `dark` draws what it draws at night."""
    html = with_logo_inside(_rendered(name, language).html, mail_settings().logo)
    return html_of_mail(html.replace(_DARK, "@media all") if dark else html)


def _rendered(name: str, locale: str) -> Rendered:
    if name not in sample_names() or locale not in LOCALES:
        raise NotFound
    return render_sample(name, locale)


router = Router(
    path="/dev/mail/previews",
    route_handlers=[list_previews, show_preview, show_preview_html],
    include_in_schema=False,
)
