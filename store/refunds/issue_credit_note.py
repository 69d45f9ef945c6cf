"""Credit notes: one per refund, issued when it is granted, numbered without a gap per legal entity and year (REF-8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from store.kernel import clock, db, outbox
from store.kernel.ids import new_id
from store.kernel.money import share_taxed
from store.kernel.numbers import next_number
from store.markets.calendar import local_date
from store.refunds.choose_lines import Part, PartLine
from store.refunds.order_facts import OrderFacts
from store.refunds.tax_by_rate import share_by_rate

KIND = "credit_note"


async def issue_credit_note(refund: db.Row, facts: OrderFacts, parts: Sequence[Part]) -> str | None:
    """Returns the number, e.g. `EXEMPLE-FR-AV-2026-000001`; None when nothing is credited.

    Called last but for the journal, since the number's row stays locked until the transaction ends.
    """
    if not refund["amount_minor"]:
        return None
    entity, now = facts.order["legal_entity"], clock.now()
    year = local_date(facts.market, now).year
    sequence = await next_number(entity, KIND, year)
    number = f"{entity}-AV-{year}-{sequence:06d}"
    await db.insert(
        "credit_note",
        id=new_id(),
        legal_entity=entity,
        number=number,
        year=year,
        sequence=sequence,
        order_id=refund["order_id"],
        refund_id=refund["id"],
        locale=facts.order["locale"],
        currency=refund["currency"],
        amount_minor=refund["amount_minor"],
        tax_minor=max(refund["tax_minor"] - refund["fee_tax_minor"] - deducted_tax(refund), 0),
        lines=_lines(refund, facts, parts),
        issued_at=now,
    )
    await outbox.stage("credit_note.issued", order_id=refund["order_id"], refund_id=refund["id"], credit_note=number)
    return number


def deducted_tax(refund: db.Row) -> int:
    """The tax in what is set off, in proportion to the refund's gross."""
    gross = refund["goods_minor"] + refund["shipping_minor"]
    return share_taxed(gross, refund["tax_minor"], gross, 0, refund["deducted_minor"])[1] if gross else 0


def _lines(refund: db.Row, facts: OrderFacts, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """What the document prints. `kind` is goods | shipping | fee | deducted | allowance; amounts include tax.

    `taxes` are {rate_ppm, amount_minor, tax_minor}: goods and shipping have one, at the rate they were sold at; what is
    for all goods together has one for each of their rates.
    """
    lines = [_goods(line) for part in parts for line in part.lines]
    lines += [_shipping(part, facts) for part in parts if part.shipping_minor]
    rates = _rates(lines, facts)

    def shared(kind: str, amount: int, tax: int, **more: Any) -> dict[str, Any]:
        taxes = share_by_rate(amount, tax, rates)
        return {"kind": kind, **more, "amount_minor": amount, "tax_minor": tax, "taxes": taxes}

    if not lines:
        lines.append(shared("allowance", refund["amount_minor"], refund["tax_minor"], reason=refund["reason"]))
    if refund["fee_minor"]:
        lines.append(shared("fee", -refund["fee_minor"], -refund["fee_tax_minor"]))
    if refund["deducted_minor"]:
        lines.append(shared("deducted", -refund["deducted_minor"], -deducted_tax(refund)))
    return lines


def _goods(line: PartLine) -> dict[str, Any]:
    return {
        "kind": "goods",
        "sku": line.sku,
        "names": line.names,
        "quantity": line.quantity,
        "reason": line.reason,
        "amount_minor": line.goods_minor,
        "tax_minor": line.tax_minor,
        "taxes": [{"rate_ppm": line.tax_rate_ppm, "amount_minor": line.goods_minor, "tax_minor": line.tax_minor}],
    }


def _shipping(part: Part, facts: OrderFacts) -> dict[str, Any]:
    amount, tax = part.shipping_minor, part.shipping_tax_minor
    rate = facts.order["tax_rate_ppm"] if tax else 0
    return {
        "kind": "shipping",
        "shipment": part.shipment_number,
        "amount_minor": amount,
        "tax_minor": tax,
        "taxes": [{"rate_ppm": rate, "amount_minor": amount, "tax_minor": tax}],
    }


def _rates(lines: Sequence[dict[str, Any]], facts: OrderFacts) -> dict[int, int]:
    """Gross amounts by rate: of what is credited, or of all that was sold where nobody said what it is for."""
    parts = [(tax["rate_ppm"], tax["amount_minor"]) for line in lines for tax in line["taxes"]]
    if not parts:
        parts = [(line.tax_rate_ppm, line.goods_minor) for _, line in facts.lines().values()]
    sums: dict[int, int] = {}
    for rate, amount in parts:
        sums[rate] = sums.get(rate, 0) + amount
    return sums
