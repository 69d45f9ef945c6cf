"""Texts that others wrote, made fit to stand among ours: no control signs, and right-to-left names keep to themselves.

A name in Hebrew or Arabic would turn the order of the signs around it, and an override sign that somebody typed
would turn a whole e-mail; Unicode's isolates (UAX #9) and HTML's `bdi` keep a name inside its own borders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from unicodedata import bidirectional

from markupsafe import Markup, escape

ISOLATE, END = "\u2068", "\u2069"
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAKS = re.compile(r"[\n\t]+ *")


def cleaned(value: Any) -> Any:
    """The same without control signs, overrides and isolates of the writer's own, whatever the texts are nested in."""
    if isinstance(value, str):
        text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", value))
        return value if text == value else text  # a subclass of str means something to who speaks it
    if isinstance(value, Mapping):
        return {name: cleaned(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(cleaned(each) for each in value)
    return value


def one_line(text: str) -> str:
    """A name of several lines must not look like sentences of ours, nor bring a header of its own."""
    return _BREAKS.sub(" ", text)


def isolated(text: str) -> str:
    """For plain text: between isolates if it has right-to-left signs."""
    return f"{ISOLATE}{text}{END}" if is_right_to_left(text) else text


def isolated_html(text: str) -> Markup:
    """For HTML: escaped, and in a `bdi` if it has right-to-left signs."""
    return Markup("<bdi>{}</bdi>").format(text) if is_right_to_left(text) else escape(text)


def is_right_to_left(text: str) -> bool:
    return not text.isascii() and any(bidirectional(sign) in RIGHT_TO_LEFT for sign in text)
