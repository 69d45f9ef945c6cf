"""Elements of Cross Industry Invoice: names with their prefixes, dates and amounts as its schema wants them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from store.kernel.money import exponent

_STANDARD = "urn:un:unece:uncefact:data:standard:"
NAMESPACES = {
    "rsm": f"{_STANDARD}CrossIndustryInvoice:100",
    "ram": f"{_STANDARD}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_STANDARD}UnqualifiedDataType:100",
    "qdt": f"{_STANDARD}QualifiedDataType:100",
}
for _prefix, _address in NAMESPACES.items():
    register_namespace(_prefix, _address)
NOTHING = "-"
# What XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Node:
    """An element that is being filled; children without a text are left out."""

    def __init__(self, name: str, parent: Element | None = None) -> None:
        tag = _tag(name)
        self.element = Element(tag) if parent is None else SubElement(parent, tag)

    def node(self, name: str) -> Node:
        return Node(name, self.element)

    def add(self, name: str, text: str | None, *, must: bool = False, **attributes: str) -> None:
        """A child with a text, without what XML can't hold; `must` be there even if nothing is left of it."""
        written = _UNWRITABLE.sub("", text or "").strip() or (NOTHING if must else "")
        if written:
            child = SubElement(self.element, _tag(name), attributes)
            child.text = written

    def add_in(self, parent: str, name: str, text: str | None, **attributes: str) -> None:
        """A child with one child of its own that has a text; neither without a text."""
        if _UNWRITABLE.sub("", text or "").strip():
            self.node(parent).add(name, text, must=False, **attributes)

    def add_day(self, name: str, day: date | None, *, space: str = "udt") -> None:
        """A day as year, month, day (format 102)."""
        if day is not None:
            self.node(name).add(f"{space}:DateTimeString", f"{day:%Y%m%d}", format="102")

    def to_bytes(self) -> bytes:
        return bytes(tostring(self.element, encoding="utf-8", xml_declaration=True))


def amount(minor: int, currency: str) -> str:
    """12.34 of 1234 cents."""
    return f"{Decimal(minor).scaleb(-exponent(currency)):f}"


def percent(rate_ppm: int) -> str:
    """20 or 5.5."""
    return f"{Decimal(rate_ppm) / 10_000:f}"


def _tag(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"
