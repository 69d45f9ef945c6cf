"""The approved texts in tests/golden, with the names that stand in them by right."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from store.kernel.i18n import normalize_locale

_CODE = re.compile(r"<style.*?</style>|<script.*?</script>|<!--.*?-->|<title>\s*</title>", re.DOTALL)
_READ_OUT = re.compile(r"\b(?:alt|title)=\"([^\"]*)\"")


def golden_texts(folder: Path) -> Iterator[tuple[Path, str, str, list[str]]]:
    """(file, locale, what is read of it, names) for each `….<locale>.txt` and `….<locale>.html` that isn't English.

    A file `names.txt` beside them lists the names of products, people, streets and carriers, one a line.
    """
    for file in sorted(folder.rglob("*.*.*")):
        locale = normalize_locale(file.suffixes[-2].lstrip(".")) if len(file.suffixes) > 1 else None
        if file.suffix not in {".txt", ".html"} or locale in {None, "en"}:
            continue
        listed = file.with_name("names.txt")
        names = listed.read_text("utf-8").splitlines() if listed.exists() else []
        text = file.read_text("utf-8")
        yield file, str(locale), plain_text(text) if file.suffix == ".html" else text, [name for name in names if name]


def plain_text(page: str) -> str:
    """What is read of a page, the texts of its pictures included."""
    page = _CODE.sub(" ", page)
    read_out = " ".join(_READ_OUT.findall(page))
    return html.unescape(f"{re.sub(r'<[^>]*>', ' ', page)} {read_out}")
