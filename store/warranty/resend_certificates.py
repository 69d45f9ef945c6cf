"""A lost certificate is sent again, to the buyer's e-mail only (CER-4)."""

from __future__ import annotations

from uuid import UUID

from store.customers import Principal
from store.kernel import audit, db, outbox
from store.kernel.ids import new_id

outbox.declare("certificate.resend_asked")


async def ask_resend(*, email: str | None = None, order_number: str | None = None) -> None:
    """Whoever asks: what was bought with this e-mail, in the order of this number, goes to the e-mail that bought it.

    Whether there is any is found out in the background, so that neither the answer nor its time tells.
    """
    async with db.unit_of_work():
        await _ask(email=email, order_number=order_number)


async def resend_certificate(certificate_id: UUID, *, principal: Principal) -> None:
    """One certificate, by customer service, which is audited (ACC-4)."""
    async with db.unit_of_work():
        await audit.record(principal.name, "resend_certificate", "certificate", certificate_id)
        await _ask(certificate_id=str(certificate_id))


async def _ask(*, email: str | None = None, order_number: str | None = None, certificate_id: str | None = None) -> None:
    await outbox.stage(
        "certificate.resend_asked",
        ask_id=new_id(),
        email=email,
        order_number=order_number,
        certificate_id=certificate_id,
    )
