"""What the law of the seller's country wants said on its documents (DOC-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.kernel import db
from store.kernel.i18n import pick


def legal_texts(invoice: db.Row | Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """(code of UNTDID 4451 or "", sentence): those for everybody, then those for businesses where the buyer is one."""
    seller, buyer = invoice["seller"], invoice["buyer"]
    terms = seller.get("business_terms", ()) if buyer.get("business") else ()
    return [(each["subject"], pick(each["texts"], locale)) for each in (*seller.get("invoice_notes", ()), *terms)]
