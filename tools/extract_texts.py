"""Find the texts of the store where they stand: in Python as whole literals, in Jinja templates inside `_()`.

Only whole literals count: of `translate(locale, texts["sentence"])` nothing is taken, and `N_(f"…")`, which no
catalogue could know, is a mistake that the check names. A word in a template outside of `_()` is one, too.
"""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir

KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "translate": (2,),  # translate(locale, text, facts)
    "translate_plural": (2, 3),  # translate_plural(locale, singular, plural, count, facts)
}
TEMPLATES = (*(f"**/*.{ending}" for ending in ("html", "j2", "mjml")), "**/templates/**/*.txt")
TRANSLATORS = "# Translators:"
# What a template says without _(): code, comments, styles, tags (but not the attributes that are read out), references.
_CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<style.*?</style>|<script.*?</script>|<!--.*?-->", re.DOTALL)
_READ_OUT = re.compile(r"\b(?:alt|title|placeholder|aria-label)=\"([^\"]*)\"")
_TAG = re.compile(r"<[^>]*>")
_REFERENCE = re.compile(r"&#?\w+;")
_WORD = re.compile(r"[^\W\d_]{2,}")


def extract(source: Path) -> Catalog:
    """Collect all texts, with the files that use them."""
    found = Catalog(project="store", charset="utf-8", fuzzy=False)
    methods: list[tuple[str, Any]] = [("**.py", literals), *((_flat(pattern), "jinja2") for pattern in TEMPLATES)]
    for file, _line, text, comments, context in extract_from_dir(source, methods, keywords=KEYWORDS):
        if text:
            found.add(text, None, [(f"{source.name}/{file}", 0)], auto_comments=comments, context=context)
    return found


def _flat(pattern: str) -> str:
    """A pattern of pathlib as Babel writes it: `**` stands for any path, the file's name included."""
    return pattern.replace("**/*", "**")


def literals(
    file: BinaryIO, keywords: Collection[str], _comment_tags: object, options: object
) -> Iterator[tuple[int, str, tuple[str | None, ...], list[str]]]:
    """The texts of a Python file, as Babel wants them: (line, function, arguments, comments). It has no options."""
    assert not options
    source = file.read().decode("utf-8")
    lines = source.splitlines()
    for call, name in _calls(source, keywords):
        above = lines[call.lineno - 2].strip() if call.lineno > 1 else ""
        comments = [above.removeprefix("# ")] if above.startswith(TRANSLATORS) else []
        yield call.lineno, name, tuple(_literal(argument) for argument in call.args), comments


def unmarkable(source: Path) -> Iterator[str]:
    """Name each `N_()` around something that isn't a literal: it is marked for nobody."""
    for file in sorted(source.rglob("*.py")):
        for call, _ in _calls(file.read_text("utf-8"), {"N_"}):
            if [_literal(argument) for argument in call.args] in ([], [None]):
                yield f"{file.relative_to(source.parent)}:{call.lineno}: N_() takes a literal, nothing made up"


def bare_words(source: Path) -> Iterator[str]:
    """Name each word of a template that stands outside of `_()`."""
    for pattern in TEMPLATES:
        for file in sorted(source.glob(pattern)):
            for word in words_outside(file.read_text("utf-8")):
                yield f"{file.relative_to(source.parent)}: {word!r} stands outside of _()"


def words_outside(template: str) -> list[str]:
    text = _CODE.sub(" ", template)
    read_out = " ".join(_READ_OUT.findall(text))
    return _WORD.findall(_REFERENCE.sub(" ", f"{_TAG.sub(' ', text)} {read_out}"))


def _calls(source: str, names: Collection[str]) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name in names:
                yield node, name


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
