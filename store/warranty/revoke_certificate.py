"""Units of a certificate that can't be used any more: refunded, or withdrawn by customer service (CER-2, REF-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from store.customers import Principal
from store.kernel import audit, db
from store.refunds import TakenUnits
from store.refunds.errors import ServiceUsed
from store.warranty.certificate_errors import CertificateUsedUp
from store.warranty.find_certificates import Certificate, get_certificate, lock_certificates

# A piece of a service is for so many units, as its terms were bought.
_PER_PIECE = "(c.terms ->> 'units')::int"


class CertificateGuard:
    """What refunds asks about services: a piece goes back whole, and only while none of its units is used."""

    async def left(self, order_id: UUID) -> Mapping[UUID, int]:
        rows = await db.fetch(
            f"select c.shipment_line_id, (c.units - c.used - c.revoked_units) / {_PER_PIECE} as pieces"
            " from certificate c where c.order_id = $1",
            order_id,
        )
        return {row["shipment_line_id"]: row["pieces"] for row in rows}

    async def take(self, units: Sequence[TakenUnits]) -> None:
        """Raises ServiceUsed. A certificate that is yet to be issued counts the refund itself."""
        await self._lock(units)
        for each in units:
            refused = await db.fetchval(
                f"with wanted as (select c.id, $2 * {_PER_PIECE} as units from certificate c"
                "   where c.shipment_line_id = $1),"
                " taken as (update certificate c set revoked_units = c.revoked_units + w.units from wanted w"
                "   where c.id = w.id and c.used + c.revoked_units + w.units <= c.units returning c.id)"
                " select (select count(*) from wanted) > (select count(*) from taken)",
                each.shipment_line_id,
                each.quantity,
            )
            if refused:
                raise ServiceUsed(sku=each.sku, left=await self._pieces_left(each.shipment_line_id))

    async def free(self, units: Sequence[TakenUnits]) -> None:
        await self._lock(units)
        for each in units:
            await db.execute(
                f"update certificate c set revoked_units = c.revoked_units - $2 * {_PER_PIECE}"
                " where c.shipment_line_id = $1",
                each.shipment_line_id,
                each.quantity,
            )

    async def _lock(self, units: Sequence[TakenUnits]) -> None:
        await db.fetch(
            "select from certificate where shipment_line_id = any($1) order by id for update",
            [each.shipment_line_id for each in units],
        )

    async def _pieces_left(self, shipment_line_id: UUID) -> int:
        pieces: int = await db.fetchval(
            f"select (c.units - c.used - c.revoked_units) / {_PER_PIECE} from certificate c"
            " where c.shipment_line_id = $1",
            shipment_line_id,
        )
        return pieces


CERTIFICATE_GUARD = CertificateGuard()


async def revoke_unused(certificate_id: UUID, *, units: int | None, principal: Principal, reason: str) -> Certificate:
    """Withdraw so many unused units, or all of them. Staff's act, audited: a number that was stolen, say.

    A refund withdraws its units itself; what is withdrawn here can't be refunded. Raises CertificateUsedUp, NotFound.
    """
    async with db.unit_of_work():
        found = (await lock_certificates([certificate_id])).get(certificate_id)
        certificate = found or await get_certificate(certificate_id)
        wanted = certificate.left if units is None else units
        if not 0 < wanted <= certificate.left:
            raise CertificateUsedUp(
                number=certificate.number,
                units=certificate.units - certificate.revoked_units,
                left=certificate.left,
            )
        await db.execute(
            "update certificate set revoked_units = revoked_units + $2 where id = $1", certificate_id, wanted
        )
        await audit.record(
            principal.name,
            "revoke_certificate",
            "certificate",
            certificate_id,
            number=certificate.number,
            units=wanted,
            reason=reason,
        )
        return await get_certificate(certificate_id)
