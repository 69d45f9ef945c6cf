"""A service that was bought becomes a certificate when it leaves, which is when it is charged (CER-1, CER-3)."""

from __future__ import annotations

from uuid import UUID

from store.kernel import clock, db, outbox
from store.kernel.ids import new_id
from store.refunds import units_taken
from store.warranty.certificate_number import new_certificate_number

outbox.declare("certificate.issued")

_SERVICES = """
select l.id, l.quantity - l.canceled_quantity as pieces, ol.names, v.service as terms
from shipment s
join shipment_line l on l.shipment_id = s.id and l.quantity > l.canceled_quantity
join order_line ol on ol.id = l.order_line_id and ol.kind = 'service'
join variant v on v.id = l.variant_id and v.service is not null
where s.id = $1 and s.dispatched_at is not null
order by l.id
"""
_INSERT = """
insert into certificate (id, number, reference, names, terms, units, revoked_units, order_id, shipment_line_id,
  order_number, account_id, partner_id, email, locale, market, issued_at)
select $1, $2, $3, $4, $5, $6, $7, o.id, $8, o.number, o.account_id, o.partner_id, o.email, o.locale, o.market, $9
from sales_order o where o.id = $10 on conflict (shipment_line_id) do nothing
"""


async def issue_certificates(order_id: str, shipment_id: str) -> None:
    """Consumer of `shipment.dispatched`: one certificate per shipment line of a service, names and terms frozen.

    For quantity × the units of its terms. The order is locked, so that a refund of these units either is counted here
    or finds the certificate. Running twice changes nothing.
    """
    if not await db.fetchval(f"select exists ({_SERVICES})", UUID(shipment_id)):
        return
    async with db.unit_of_work():
        await db.execute("select from sales_order where id = $1 for update", UUID(order_id))
        refunded = await units_taken(UUID(order_id))
        for line in await db.fetch(_SERVICES, UUID(shipment_id)):
            await _issue(UUID(order_id), line, refunded.get(line["id"], 0))


async def _issue(order_id: UUID, line: db.Row, refunded: int) -> None:
    certificate_id, per_piece = new_id(), int(line["terms"]["units"])
    issued = await db.execute(
        _INSERT,
        certificate_id,
        new_certificate_number(),
        line["terms"]["reference"],
        line["names"],
        line["terms"],
        line["pieces"] * per_piece,
        refunded * per_piece,
        line["id"],
        clock.now(),
        order_id,
    )
    if issued:
        await outbox.stage("certificate.issued", order_id=order_id, certificate_id=certificate_id)
