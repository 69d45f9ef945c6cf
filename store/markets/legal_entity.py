"""The seller of a market, and all that the law wants printed about it (DOC-3, REF-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from store.kernel.i18n import pick


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """Where wire transfers of a market arrive (PAY-10)."""

    holder: str
    bank: str
    account: str  # IBAN, or the account number where there is none
    bic: str = ""
    routing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalText:
    """A sentence that must stand on documents. `subject` is its code in electronic invoices (UNTDID 4451)."""

    texts: Mapping[str, str]  # by locale
    subject: str = ""

    def text(self, locale: str) -> str:
        return pick(self.texts, locale)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicInvoices:
    """That the entity's documents carry their data as Factur-X (EN 16931), and what the norm calls its parts."""

    vat_id: str
    line1: str
    postcode: str
    city: str
    registration: str = ""  # SIREN and the like, without spaces
    registration_scheme: str = ""  # ISO 6523, e.g. 0002 of SIREN
    address: str = ""  # where electronic invoices to the entity go
    address_scheme: str = ""  # EAS, e.g. 0225 of the French directory


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntity:
    """The seller on invoices; number sequences of documents belong to it (DOC-3, REF-8).

    `invoice_notes` stand on every invoice and credit note, `business_terms` on invoices to businesses alone.
    """

    code: str
    name: str
    address: tuple[str, ...]
    country: str
    registrations: Mapping[str, str]  # "SIREN" → number, as it stands on an invoice
    bank: BankAccount
    invoice_title: LegalText | None = None  # where the plain word means something else
    invoice_notes: tuple[LegalText, ...] = ()
    business_terms: tuple[LegalText, ...] = ()
    electronic: ElectronicInvoices | None = None
