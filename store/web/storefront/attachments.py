"""Files that go with something else: sent first, named by their id in what they go with (WAR-8, RMA-1, SUP-1)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import unquote
from uuid import UUID

from litestar import Request, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import File
from msgspec import Meta

from store.customers import Principal
from store.kernel import throttle
from store.kernel.attachments import (
    MAX_BYTES,
    Attachment,
    EmptyFile,
    FileRefused,
    FileTooLarge,
    keep_file,
    open_file,
)
from store.kernel.errors import NotFound
from store.kernel.throttle import TooManyTries
from store.web.edge.client_address import client_address
from store.web.edge.documented import problems, raw_body
from store.web.edge.fields import invalid
from store.web.edge.roles import DESK, SHOPPERS, requires
from store.web.edge.schemas import Out

MULTIPART_BYTES = 64 * 1024  # what a form has around its file
FILES_MOST, FILES_SECONDS = 120, 600
NAME_MAX = 400  # percent signs included


class AttachmentOut(Out):
    """A kept file. It is forgotten after two days unless something names it."""

    id: UUID
    name: str
    media_type: Annotated[str, Meta(examples=["application/pdf"])]
    size_bytes: int
    sha256: Annotated[str, Meta(description="Of the content, in hexadecimal digits.")]
    kept_at: datetime


@post(
    "/attachments",
    opt=requires(*SHOPPERS, *DESK, "warehouse"),
    request_max_body_size=MAX_BYTES + MULTIPART_BYTES,
    operation_class=raw_body("application/pdf", "image/jpeg", "image/png", "multipart/form-data"),
    responses=problems(FileRefused, EmptyFile, FileTooLarge, TooManyTries),
    summary="Send a file",
    tags=["Files"],
)
async def upload(request: Request[Any, Any, Any], principal: NamedDependency[Principal]) -> AttachmentOut:
    """A PDF, JPEG or PNG of at most 10 MB: as the body, with its name in `X-File-Name` (percent-encoded UTF-8), or as
    the one file of a form. Its content decides what it is. The same file sent again is the same.

    The id goes into the request that the file belongs to: a registration, an import, a return, a message.
    """
    if not principal.staff:
        # Guests of one shop are told apart by their address.
        caller = f"{principal.identity} {client_address(request)}"
        await throttle.spend("attachments", caller, most=FILES_MOST, seconds=FILES_SECONDS)
    content, name = await sent_file(request)
    return attachment_out(await keep_file(content, name=name, purpose="attachment", by=principal.identity))


@get(
    "/agent/attachments/{attachment_id:uuid}",
    opt=requires(*DESK, "warehouse"),
    responses=problems(NotFound),
    summary="Download a file",
    tags=["Files"],
)
async def download(attachment_id: FromPath[UUID]) -> File:
    """As it was sent; offered for saving, never shown inside the page."""
    return await saved_file(attachment_id)


def attachment_out(attachment: Attachment) -> AttachmentOut:
    return AttachmentOut(
        id=attachment.id,
        name=attachment.name,
        media_type=attachment.media_type,
        size_bytes=attachment.size_bytes,
        sha256=attachment.sha256,
        kept_at=attachment.kept_at,
    )


async def saved_file(attachment_id: UUID) -> File:
    """An answer that gives the file for saving. Raises NotFound, for a file that was lost as well."""
    attachment, path = await open_file(attachment_id)
    if not path.exists():
        raise NotFound
    return File(
        path=path,
        filename=attachment.name,
        media_type=attachment.media_type,
        content_disposition_type="attachment",
    )


async def sent_file(request: Request[Any, Any, Any], *, default_name: str = "file") -> tuple[bytes, str]:
    """The content and the name: the body itself, or the one file of a form. Raises Invalid for a form with none."""
    if request.content_type[0] != "multipart/form-data":
        return await request.body(), _named(request.headers.get("x-file-name"), default_name)
    files = [value for _, value in (await request.form()).multi_items() if isinstance(value, UploadFile)]
    try:
        if len(files) != 1:
            raise invalid({"field": "file", "code": "required"})
        return await files[0].read(), _named(files[0].filename, default_name)
    finally:
        for file in files:
            await file.close()


def _named(header: str | None, default_name: str) -> str:
    name = unquote((header or "")[:NAME_MAX]).replace("\0", "").strip()
    return name.encode("utf-8", "ignore").decode() or default_name


router = Router(path="/api/v1", route_handlers=[upload, download])
