"""Hand out the PDF of an invoice or credit note: typeset once, kept, and the same bytes ever after (DOC-3, REF-8)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from store.documents.credit_note_document import credit_note_data, load_corrected
from store.documents.electronic_invoice import ElectronicDataDiffers, credit_note_xml, invoice_xml
from store.documents.invoice_document import invoice_data
from store.documents.typeset import paper_of, typeset
from store.documents.views import invoice_of_order
from store.kernel import audit, clock, db
from store.kernel.errors import NotFound, StoreError
from store.kernel.i18n import N_, translate
from store.refunds import get_credit_note

logger = logging.getLogger(__name__)


class DocumentDamaged(StoreError):
    """The kept file is not what was handed out before; it is in the exceptions queue."""

    code = "document_damaged"
    status = 503
    title = N_("This document can't be shown at the moment.")
    detail = N_("Document {number} no longer is what it was when it was issued. We have been told, and will mend it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """A finished PDF. `name` is for people and in their language; `sha256` is in hexadecimal."""

    content: bytes
    sha256: str
    name: str


async def invoice_pdf(order_id: UUID, number: str) -> DocumentFile:
    """The invoice of this order with this number. Raises NotFound, DocumentDamaged."""
    invoice = await invoice_of_order(order_id, number)
    if invoice is None:
        raise NotFound

    async def make() -> bytes:
        xml = await _electronic(invoice, partial(invoice_xml, invoice))
        return await _typeset(invoice, invoice_data(invoice), invoice["seller"]["country"], xml)

    return await _keep("invoice", invoice, make)


async def credit_note_pdf(order_id: UUID, number: str) -> DocumentFile:
    """The credit note of this order with this number. Raises NotFound, DocumentDamaged."""
    note = await get_credit_note(number)
    if note["order_id"] != order_id:
        raise NotFound

    async def make() -> bytes:
        corrected = await load_corrected(note)
        xml = await _electronic(note, partial(credit_note_xml, note, corrected))
        return await _typeset(note, credit_note_data(note, corrected), corrected.seller["country"], xml)

    return await _keep("credit_note", note, make)


_NAMES = {"invoice": N_("Invoice {invoice}"), "credit_note": N_("Credit note {credit_note}")}


async def _typeset(row: db.Row, data: Mapping[str, Any], country: str, xml: bytes | None) -> bytes:
    paper = paper_of(country)
    return await typeset("invoice", data, locale=row["locale"], paper=paper, at=row["issued_at"], electronic=xml)


async def _electronic(row: db.Row, make: Callable[[], bytes | None]) -> bytes | None:
    """The document's data, for sellers that send them along; wrong ones are worse than none."""
    try:
        return make()
    except ElectronicDataDiffers as error:
        logger.exception("%s is handed out without its data", row["number"])
        await audit.open_exception("electronic_data_differ", row["number"], order_id=row["order_id"], error=str(error))
        return None


async def _keep(kind: str, row: db.Row, make: Callable[[], Awaitable[bytes]]) -> DocumentFile:
    """What was handed out first, made now if this is the first time. Raises DocumentDamaged."""
    kept = await _load(kind, row)
    if kept is None:
        await _insert(kind, row, await make())
        kept = await _load(kind, row)
        assert kept is not None
    if hashlib.sha256(kept["content"]).digest() != kept["sha256"]:
        logger.error("the kept file of %s %s was changed", kind, row["number"])
        await audit.open_exception("document_damaged", f"{kind} {row['number']}", order_id=row["order_id"])
        raise DocumentDamaged(number=row["number"])
    pattern = _NAMES[kind]
    name = translate(row["locale"], pattern, {kind: row["number"]})
    return DocumentFile(content=kept["content"], sha256=kept["sha256"].hex(), name=f"{name}.pdf")


async def _insert(kind: str, row: db.Row, content: bytes) -> None:
    """Keep it, unless somebody else's came first: then all get that one."""
    await db.execute(
        "insert into document_file (kind, subject_id, order_id, locale, sha256, content, made_at)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict (kind, subject_id, locale) do nothing",
        kind,
        row["id"],
        row["order_id"],
        row["locale"],
        hashlib.sha256(content).digest(),
        content,
        clock.now(),
    )


async def _load(kind: str, row: db.Row) -> db.Row | None:
    return await db.fetchrow(
        "select sha256, content from document_file where kind = $1 and subject_id = $2 and locale = $3",
        kind,
        row["id"],
        row["locale"],
    )
