"""The packing advice as a page of its own, to read on a screen or to print (RMA-13, RMA-15)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from store.documents.return_label import WARNING, ReturnLabel, advice_of
from store.kernel.i18n import LOCALES, N_, translate


def packing_advice_html(label: ReturnLabel, checklist: Sequence[str] | None = None) -> str:
    """A whole HTML page in the label's language, without anything from elsewhere; whatever was typed is escaped.

    `checklist` stands in for that of the label.
    """

    def say(text: str, **facts: str) -> str:
        return translate(label.locale, text, facts)

    return _template().render(
        language=LOCALES[label.locale].replace("_", "-"),
        title=say(N_("Packing advice for {rma_number}"), rma_number=label.rma_number),
        heading=say(N_("Packing advice")),
        number_label=say(N_("RMA number")),
        number=label.rma_number,
        reference_label=say(N_("Your reference")),
        reference=label.customer_reference,
        warning=say(WARNING),
        advice=advice_of(label),
        checklist_heading=say(N_("Accessories to enclose")),
        checklist=label.checklist if checklist is None else checklist,
        units_heading=say(N_("In the parcel")),
        unit_columns=[say(N_("No.")), say(N_("Product")), say(N_("Serial number"))],
        units=label.units,
        to_label=say(N_("Recipient")),
        return_address=label.return_address,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("store.documents"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("packing_advice.html")
