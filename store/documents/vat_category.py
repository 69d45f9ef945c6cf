"""Why no tax is charged, as the law calls it: on paper, and as a code of EN 16931 (DOC-3, MKT-4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from store.kernel import db
from store.kernel.i18n import N_

# Member states of the European Union, and Monaco, which belongs to the French area of VAT.
EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK".split())  # noqa: SIM905
_VAT_ID = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,}")
SERVICES = frozenset(["service", "repair"])


@dataclass(frozen=True, slots=True, kw_only=True)
class VatCategory:
    """`code` of UNTDID 5305, `reason` in English and marked for translation, `reason_code` of the VATEX list."""

    code: str
    reason: str = ""
    reason_code: str = ""


STANDARD = VatCategory(code="S")
ZERO_RATED = VatCategory(code="Z")
INTRA_COMMUNITY = VatCategory(
    code="K",
    reason=N_("Intra-Community supply, exempt from VAT (article 138 of Directive 2006/112/EC)."),
    reason_code="VATEX-EU-IC",
)
REVERSE_CHARGE = VatCategory(
    code="AE",
    reason=N_("Reverse charge: the VAT is to be accounted for by the customer."),
    reason_code="VATEX-EU-AE",
)
EXEMPT = VatCategory(code="E", reason=N_("No tax applies: this sale is exempt."))


def untaxed_category(invoice: db.Row | Mapping[str, Any]) -> VatCategory:
    """What an invoice without tax is: to a business in another member state, or exempt.

    Goods count as supplied where they went, services where their buyer is.
    """
    seller, buyer = invoice["seller"], invoice["buyer"]
    if invoice["tax_name"] != "VAT" or not vat_id_of(buyer["vat_id"]) or seller["country"] not in EU:
        return EXEMPT
    if kinds_of(invoice["lines"]) == {"services"}:
        return REVERSE_CHARGE if _abroad(seller, buyer["country"]) else EXEMPT
    went_to = (invoice["deliver_to"] or buyer)["country"]
    return INTRA_COMMUNITY if _abroad(seller, went_to) else EXEMPT


def vat_id_of(text: str | None) -> str:
    """A VAT id without what people put between its signs; "" for what doesn't begin with a country."""
    plain = re.sub(r"[\s.-]", "", text or "").upper()
    return plain if _VAT_ID.fullmatch(plain) else ""


def kinds_of(lines: Iterable[db.Row | Mapping[str, Any]]) -> set[str]:
    """goods, services or both; lines of older invoices don't say and are goods."""
    return {"services" if line.get("kind") in SERVICES else "goods" for line in lines}


def _abroad(seller: Mapping[str, Any], country: str) -> bool:
    area = {"MC": "FR"}
    return country in EU and area.get(country, country) != area.get(seller["country"], seller["country"])
