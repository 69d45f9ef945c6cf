"""Typeset a document as PDF/A with typst: texts come as data, so nothing that a person typed is ever markup (DOC-5).

The same template, data and time give the same bytes. Every font is embedded and subset.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import typst

from store.documents.factur_x import as_factur_x
from store.documents.fonts import FONTS, font_set
from store.documents.legible import legible
from store.kernel.db import to_json
from store.kernel.i18n import LOCALES

logger = logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent / "templates"
# For archives (all that is needed is inside) and for screen readers (tagged, in reading order).
STANDARDS = ["a-2a", "ua-1"]
# The part of PDF/A that allows another file inside.
STANDARDS_WITH_FILE = ["a-3a", "ua-1"]
# Where paper is US Letter (CLDR, supplemental measurement data); A4 everywhere else.
LETTER_COUNTRIES = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])

# Typst remembers the layouts of its last documents, should the next be alike. Long ones are not, and would hold 20 MB
# each.
REMEMBERED = 10
LONG_BYTES = 100_000

Paper = Literal["a4", "us-letter"]
# Typesetting is work for a processor, and each document under way holds tens of megabytes.
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="typeset")
_own = threading.local()


def paper_of(country: str) -> Paper:
    return "us-letter" if country in LETTER_COUNTRIES else "a4"


async def typeset(
    template: str,
    data: Mapping[str, Any],
    *,
    locale: str,
    paper: Paper,
    at: datetime,
    drawings: Mapping[str, str] | None = None,
    electronic: bytes | None = None,
) -> bytes:
    """The PDF that `templates/<template>.typ` makes of the data, typeset in a thread.

    `data` holds finished texts, `drawings` our own SVG by name; `at` is written into the file as its creation time.
    With `electronic`, the XML of the document's data, it is a Factur-X file.
    """
    work = partial(
        typeset_now,
        template,
        data,
        locale=locale,
        paper=paper,
        at=at,
        drawings=drawings or {},
        electronic=electronic,
    )
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)


def typeset_now(
    template: str,
    data: Mapping[str, Any],
    *,
    locale: str,
    paper: Paper,
    at: datetime,
    drawings: Mapping[str, str],
    electronic: bytes | None = None,
) -> bytes:
    """The same in this thread."""
    language, _, rest = LOCALES[locale].partition("_")
    settings = {
        "language": language,
        "region": rest.rpartition("_")[2],
        "fonts": list(FONTS),
        "paper": paper,
        "drawings": drawings,
        "electronic": electronic.decode() if electronic else None,
    }
    try:
        pdf = _compile(template, {**settings, **legible(data)}, at)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        logger.warning("%s: %s; set without accents that stand apart", template, error)
        pdf = _compile(template, {**settings, **legible(data, marks=False)}, at)
    return as_factur_x(pdf) if electronic else pdf


def _compile(template: str, data: Mapping[str, Any], at: datetime) -> bytes:
    compiled = _compiler().compile(
        TEMPLATES / f"{template}.typ",
        format="pdf",
        sys_inputs={"data": to_json(data)},
        pdf_standards=STANDARDS_WITH_FILE if data["electronic"] else STANDARDS,  # type: ignore[arg-type]
        timestamp=int(at.timestamp()),
    )
    assert isinstance(compiled, bytes)
    if len(compiled) > LONG_BYTES:
        _forget()
    return compiled


def _forget() -> None:
    """Typst drops what it didn't need for its last documents; a few empty ones take ten milliseconds."""
    for _ in range(REMEMBERED + 1):
        _compiler().compile(b"", format="pdf")


def _compiler() -> typst.Compiler:
    """One per thread, as a compiler serves one call at a time; each keeps what it has parsed."""
    if not hasattr(_own, "compiler"):
        _own.compiler = typst.Compiler(root=TEMPLATES, font_paths=font_set())
    compiler: typst.Compiler = _own.compiler
    return compiler
