"""The return label: what goes on the outside of the parcel, how to pack it, and what is inside (RMA-14, RMA-15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.documents.codes import code_128, qr_code
from store.documents.typeset import paper_of, typeset
from store.kernel.errors import StoreError
from store.kernel.i18n import N_, translate
from store.markets import get_market

# What the space on a label takes; longer texts are cut off, since the label must stay one page.
LINES_MAX = 9
LINE_SIGNS_MAX = 110
NUMBER_SIGNS_MAX = 40

WARNING = N_(
    "Attach this label to the OUTSIDE of the parcel. Without it we can't assign your parcel, and it may be refused."
)
PACKING = N_("Pack each unit in its original packaging or in a sturdy box, padded on all sides, so that nothing moves.")
ACCESSORIES = N_("Enclose all accessories, or at least those that are needed for the diagnosis.")
NUMBER_OUTSIDE = N_(
    "The RMA number {rma_number} must be readable on the outside of the parcel: attach the label there."
)
TRACKED = N_("Use a carrier with tracking. We recommend {carrier}.")
TRACKED_ANY = N_("Use a carrier with tracking.")
YOUR_DUTY = N_("Following the parcel until it has reached us is up to you; you can report its delivery on your return.")
KEEP_PROOF = N_("Keep the proof of posting until your return is settled.")


class NotALabel(StoreError):
    """The number can't be written as a barcode that scanners read: it isn't printable ASCII, or too long."""

    code = "not_a_label"
    status = 422
    title = N_("There is no label for this return.")
    detail = N_("“{number}” can't be printed as a barcode.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLabel:
    """All that stands on a label, as plain texts.

    `units` are (serial number, product's name); `checklist` the accessories to enclose, in the reader's language;
    `carrier` the recommended carrier with its service, or empty. `issued_at` makes the same label the same bytes.
    """

    rma_number: str
    market: str
    locale: str
    return_address: Sequence[str]
    sender: Sequence[str]
    units: Sequence[tuple[str, str]]
    issued_at: datetime
    customer_reference: str | None = None
    carrier: str = ""
    checklist: Sequence[str] = ()


async def make_label(label: ReturnLabel) -> bytes:
    """The PDF: page 1 the label, then packing advice and contents; A4 or US Letter by market. Raises NotALabel."""
    number = label.rma_number
    if not 0 < len(number) <= NUMBER_SIGNS_MAX or not (number.isascii() and number.isprintable()):
        raise NotALabel(number=number[:NUMBER_SIGNS_MAX])
    paper = paper_of(get_market(label.market).home_country)
    return await typeset(
        "return_label",
        _data(label),
        locale=label.locale,
        paper=paper,
        at=label.issued_at,
        drawings={"barcode": code_128(number), "qr_code": qr_code(number)},
    )


def advice_of(label: ReturnLabel) -> list[str]:
    """How to pack and send, in the order in which it is done (RMA-15)."""
    facts = {"rma_number": label.rma_number, "carrier": label.carrier}
    texts = (
        PACKING,
        ACCESSORIES,
        NUMBER_OUTSIDE,
        TRACKED if label.carrier else TRACKED_ANY,
        YOUR_DUTY,
        KEEP_PROOF,
    )
    return [translate(label.locale, text, facts) for text in texts]


def _data(label: ReturnLabel) -> dict[str, Any]:
    def say(text: str, **facts: str) -> str:
        return translate(label.locale, text, facts)

    number = label.rma_number
    return {
        "title": say(N_("Return label {rma_number}"), rma_number=number),
        "heading": say(N_("Return label")),
        "number_label": say(N_("RMA number")),
        "number": number,
        # The larger the better, but on one line.
        "number_size": min(34, 520 // len(number)),
        "reference_label": say(N_("Your reference")),
        "reference": cut(label.customer_reference) if label.customer_reference else None,
        "barcode_alt": say(N_("Barcode of the RMA number {rma_number}"), rma_number=number),
        "qr_code_alt": say(N_("QR code of the RMA number {rma_number}"), rma_number=number),
        "to_label": say(N_("Recipient")),
        "to_lines": _lines(label.return_address),
        "from_label": say(N_("Sender")),
        "from_lines": _lines(label.sender),
        "warning": say(WARNING),
        "cut_hint": say(N_("Print this page at full size, cut the label out and fix it flat to the largest side.")),
        "advice_heading": say(N_("Packing advice")),
        "advice": advice_of(label),
        "checklist_heading": say(N_("Accessories to enclose")),
        "checklist": [cut(item) for item in label.checklist],
        "units_heading": say(N_("In the parcel")),
        "units_hint": say(N_("Put this page inside the parcel, with the units.")),
        "unit_columns": [say(N_("No.")), say(N_("Product")), say(N_("Serial number"))],
        "units": [{"product": cut(name), "serial": cut(serial)} for serial, name in label.units],
    }


def _lines(texts: Sequence[str]) -> list[str]:
    return [cut(line) for line in texts if line.strip()][:LINES_MAX]


def cut(text: str) -> str:
    """The text on one line, at most LINE_SIGNS_MAX long."""
    line = " ".join(text.split())
    return line if len(line) <= LINE_SIGNS_MAX else line[: LINE_SIGNS_MAX - 1].rstrip() + "…"
