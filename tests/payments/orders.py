"""Opening payments the way a placement does, and looking at what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from payments.fake_provider import FakeProvider
from store.kernel import clock, db, outbox
from store.kernel.money import Money
from store.ledger import check
from store.payments.capture_charge import take_charge
from store.payments.methods import METHODS
from store.payments.open_payment import OpenPayment, Share, open_payment
from store.payments.perform_operation import perform
from store.payments.port import Payer
from store.payments.refund_captures import refund_captures
from store.payments.secure_charge import NotSecured, Secured, secure_charge

EUR = "EUR"


@dataclass(slots=True)
class Opened:
    payment_id: UUID
    order_id: UUID
    charge_ids: list[UUID]
    status: str  # of the first operation


async def open_order(
    amounts: Sequence[int] = (1000,),
    *,
    method: str = "card",
    policy: str | None = None,
    shipping: Sequence[int] | None = None,
    token: str = "pm_ok",
    soon: int = 1,
    save: bool = True,
    currency: str = EUR,
    reference: str | None = None,
    multicapture: bool = False,
    partner_id: UUID | None = None,
    purchase_order_number: str | None = None,
    send: bool = True,
) -> Opened:
    """A payment with a charge per amount, the first `soon` of which ship soon."""
    shipping = shipping or [0] * len(amounts)
    order_id, payment_id = uuid4(), uuid4()
    whole = METHODS[method].capture_policy == "at_placement"
    ids = sorted(uuid4() for _ in amounts)
    shares = [
        Share(
            charge_id=ids[position],
            shipment_id=None if whole else uuid4(),
            amount=Money(amount, currency),
            shipping=Money(part, currency),
            tax=Money(0, currency),
            due_on=date(2026, 7, 1),
            soon=position < soon,
        )
        for position, (amount, part) in enumerate(zip(amounts, shipping, strict=True))
    ]
    async with db.unit_of_work():
        opened = await open_payment(
            OpenPayment(
                payment_id=payment_id,
                order_id=order_id,
                order_number=f"FR-{order_id.hex[:8].upper()}",
                method=METHODS[method],
                policy=policy or METHODS[method].capture_policy,
                total=Money(sum(amounts), currency),
                shipping_quoted=Money(sum(shipping), currency),
                shares=shares,
                payer=Payer(email="ada@example.com", name="Ada", locale="fr"),
                token=token,
                save_consent=save,
                return_url="https://shop.example/return",
                transfer_reference=reference,
                partner_id=partner_id,
                purchase_order_number=purchase_order_number,
                net_days=30,
                multicapture=multicapture,
            )
        )
    status = "none"
    for operation_id in opened.operations:
        status = await perform(operation_id) if send else "planned"
    return Opened(payment_id, order_id, [share.charge_id for share in shares], status)


async def take(*charge_ids: UUID) -> None:
    """Dispatch: plan the capture of each, then let the worker do its work."""
    for charge_id in charge_ids:
        async with db.unit_of_work():
            await take_charge(charge_id)
    await work()


async def secure(charge_id: UUID, *, days: float = 2) -> Secured | NotSecured:
    """The release gate."""
    return await secure_charge(charge_id, until=clock.now() + timedelta(days=days))


async def refund(payment_id: UUID, amount: int, *, currency: str = EUR) -> list[UUID]:
    async with db.unit_of_work():
        return await refund_captures(payment_id, Money(amount, currency), subject_id=uuid4(), reason="returned")


async def work(rounds: int = 20) -> None:
    """Let the worker do all that is waiting, however far its time lies ahead."""
    for _ in range(rounds):
        await db.execute("update outbox set due_at = clock_timestamp() - interval '1 second', leased_until = null")
        await outbox.drain()
        if not (await outbox.depth())["waiting"]:
            break


async def one(table: str, **where: Any) -> db.Row:
    clause = " and ".join(f"{name} = ${position}" for position, name in enumerate(where, 1)) or "true"
    row = await db.fetchrow(f"select * from {table} where {clause}", *where.values())
    assert row is not None, (table, where)
    return row


async def count(table: str, clause: str = "true") -> int:
    return await db.fetchval(f"select count(*) from {table} where {clause}")


async def statuses(table: str) -> list[str]:
    order = "created_at, id"
    return [row["status"] for row in await db.fetch(f"select status from {table} order by {order}")]


async def assert_books_agree(provider: FakeProvider, currency: str = EUR) -> None:
    """The ledger balances, agrees with our rows, and with the provider's own books to the cent."""
    balance = await check()
    assert balance.ok, balance
    assert balance.balances.get((f"clearing:{provider.name}", currency), 0) == provider.balance(currency)
