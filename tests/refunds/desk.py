"""What customers, banks and agents do about refunds in tests, and the laws that hold after all of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from orders.shop import Shop
from payments.fake_provider import FakeProvider

from store import customers, ledger, refunds
from store.customers import Principal
from store.kernel import clock, db
from store.kernel.ids import new_id
from store.payments.apply_snapshot import apply_snapshot
from store.payments.bank import import_statement
from store.refunds import CommitRefund, PreviewRefund, RefundLine

# Two headsets in stock (79.90 and 169.90 in France, 20 % tax included), and something that is not.
GOODS, DEAR, LATER = "AUR-ONE-BLK", "AUR-DUO-BLK", "HAL-DVID-BLK"


def agent(name: str = "Alex Martin", **limits: int) -> Principal:
    return Principal(kind="agent", account_id=new_id(), display_name=name, refund_limits=limits)


ALEX, LINA = agent("Alex Martin", EUR=1_000_000, USD=1_000_000, CNY=10_000_000), agent("Li Na")
ADMIN = Principal(kind="admin", account_id=new_id(), display_name="Robin Blanc")
CUSTOMER = Principal(kind="customer", account_id=new_id(), display_name="Camille")


class Desk(Shop):
    """A shop whose payment world is in memory: two providers instead of the simulator."""

    def __init__(self, stripe: FakeProvider, paypal: FakeProvider, url: str) -> None:
        super().__init__(None, {})  # type: ignore[arg-type] # the simulator and its webhooks stay away
        self.stripe, self.paypal, self.url = stripe, paypal, url

    def __repr__(self) -> str:
        return "<Desk>"

    async def shipped(self, lines: list[tuple[str, int]], method: str = "card", **facts: Any) -> UUID:
        """An order whose first shipment has left, its money taken."""
        order = await self.place(lines, method, **facts)
        await self.work()
        await self.ship(order.order_id)
        return order.order_id

    async def partner(self, limit_minor: int = 5_000_000) -> UUID:
        made = await customers.create_partner(
            name="Reseller", currency="EUR", credit_limit_minor=limit_minor, approved=True
        )
        return made.id

    async def line(self, order_id: UUID, sequence: int = 1, position: int = 0) -> UUID:
        shipment = await self.shipment(order_id, sequence)
        rows = await db.fetch("select id from shipment_line where shipment_id = $1 order by id", shipment["id"])
        line_id: UUID = rows[position]["id"]
        return line_id

    async def commit(self, order_id: UUID, quantity: int = 1, **facts: Any) -> refunds.CommittedRefund:
        """Units of the first shipment's first line, without a preview, by an agent with a high limit."""
        lines = facts.pop("lines", None) or [RefundLine(quantity=quantity, shipment_line_id=await self.line(order_id))]
        facts = {"reason": "withdrawal", "principal": ALEX, **facts}
        return await refunds.commit_refund(CommitRefund(order_id=order_id, lines=lines, **facts))

    async def preview(self, order_id: UUID, quantity: int = 1, **facts: Any) -> refunds.Preview:
        lines = facts.pop("lines", None) or [RefundLine(quantity=quantity, shipment_line_id=await self.line(order_id))]
        facts = {"reason": "withdrawal", "principal": ALEX, **facts}
        return await refunds.preview_refund(PreviewRefund(order_id=order_id, lines=lines, **facts))

    async def refund(self, order_id: UUID) -> db.Row:
        """The order's only refund."""
        (row,) = await refunds.refunds_of([order_id])
        return row

    def held(self, order_id: UUID | None = None, provider: FakeProvider | None = None) -> str:
        """The provider's reference of the newest payment with money taken."""
        provider = provider or self.stripe
        return next(ref for ref, held in reversed(provider.held.items()) if held.captures)

    async def dashboard_refund(self, amount_minor: int) -> Any:
        """Somebody gives money back in the provider's dashboard; the webhook arrives."""
        given = self.stripe.dashboard_refund(self.held(), amount_minor)
        await apply_snapshot(self.stripe.refund_truth(given))
        await self.work()
        return given

    async def bounce(self, refund_ref: str) -> None:
        """A refund that had succeeded comes back days later."""
        given = self.stripe.given[refund_ref]
        self.stripe.settle_refund(given, type(given.state).FAILED)
        await apply_snapshot(self.stripe.refund_truth(given))
        await self.work()

    async def dispute(self, amount_minor: int) -> Any:
        contested = self.stripe.dispute(self.held(), amount_minor)
        await apply_snapshot(self.stripe.dispute_truth(contested))
        await self.work()
        return contested

    async def close_dispute(self, contested: Any, *, won: bool) -> None:
        self.stripe.close_dispute(contested, won=won)
        await apply_snapshot(self.stripe.dispute_truth(contested))
        await self.work()

    async def transfer(self, order_id: UUID, amount_minor: int) -> None:
        """The customer's transfer is on the bank's statement."""
        reference = await db.fetchval("select transfer_reference from payment where order_id = $1", order_id)
        amount = f"{amount_minor // 100},{amount_minor % 100:02d}"
        text = f"booked_on;amount;currency;reference;payer\n{clock.now():%Y-%m-%d};{amount};EUR;{reference};Camille\n"
        await import_statement(text.encode(), actor="accounting")
        await self.work()

    def later(self, **period: float) -> None:
        clock.set_offset(clock.offset() + timedelta(**period))

    def travel(self, moment: datetime) -> None:
        """Make it this moment, exactly to a second or so."""
        clock.set_offset(clock.offset() + (moment - clock.now()))

    async def payment(self, order_id: UUID) -> db.Row:
        row = await db.fetchrow("select * from payment where order_id = $1", order_id)
        assert row is not None
        return row

    async def receivable(self, order_id: UUID) -> int:
        balances = await ledger.order_balance(order_id, ledger.Account.RECEIVABLE)
        return sum(balances.values())

    async def check_books(self) -> None:
        balance = await ledger.check()
        assert balance.ok, balance
        for provider in (self.stripe, self.paypal):
            for currency in ("EUR", "USD", "CNY"):
                ours = balance.balances.get((f"clearing:{provider.name}", currency), 0)
                assert ours == provider.balance(currency), (provider.name, currency)

    async def check_laws(self, order_id: UUID, *, settled: bool = True) -> None:
        """Σ refunds ≤ captured; no unit and no shipping twice; a credit note for each granted refund, gapless."""
        await self.check_books()
        await self.check_order(order_id, settled=settled)

    async def check_order(self, order_id: UUID, *, settled: bool = True) -> None:
        """The laws of one order alone; the providers' books aside."""
        assert (await ledger.check()).ok
        payment = await self.payment(order_id)
        rows = await refunds.refunds_of([order_id])
        granted = [row for row in rows if row["status"] not in {"awaiting_approval", "rejected"}]
        live = [row for row in rows if row["status"] != "rejected"]
        assert payment["refunded_minor"] <= payment["captured_minor"] <= payment["total_minor"]
        if not any(row["origin"] == "provider" for row in rows):  # the dashboard asks nobody
            assert sum(row["money_minor"] for row in live) <= payment["captured_minor"]
        notes = await refunds.credit_notes_of([order_id])
        assert {row["id"] for row in granted if row["amount_minor"]} == {note["refund_id"] for note in notes}
        assert sum(note["amount_minor"] for note in notes) == sum(row["amount_minor"] for row in granted)
        await self._check_shares(order_id, live)
        await check_gapless()
        if settled and all(row["status"] == "succeeded" for row in granted):
            assert await self._due(order_id) == await self.receivable(order_id)

    async def _check_shares(self, order_id: UUID, live: list[db.Row]) -> None:
        lines = {row["id"]: row for row in await db.fetch("select * from shipment_line where order_id = $1", order_id)}
        units: dict[UUID, int] = {}
        worth: dict[UUID, int] = {}
        shipping: list[str] = []
        for row in live:
            shipping += [each["shipment_id"] for each in row["shipping"]]
            for line in row["lines"]:
                key = UUID(line["shipment_line_id"])
                units[key] = units.get(key, 0) + line["quantity"]
                worth[key] = worth.get(key, 0) + line["goods_minor"]
        assert len(shipping) == len(set(shipping)), "shipping goes back once"
        for key, count in units.items():
            assert count <= lines[key]["quantity"]
            assert worth[key] <= lines[key]["goods_minor"]
            if count == lines[key]["quantity"]:
                assert worth[key] == lines[key]["goods_minor"], "all units sum to the whole"

    async def _due(self, order_id: UUID) -> int:
        """What the customer owes, positive: dispatched and not paid, less what was paid for and has not left."""
        rows = await db.fetch(
            "select c.amount_minor, c.status from charge c where c.order_id = $1 and c.shipment_id is not null"
            " and c.status in ('invoiced')",
            order_id,
        )
        ahead = await db.fetchval(
            "select coalesce(sum(s.shipping_minor + coalesce((select sum(l.goods_minor * (l.quantity -"
            " l.canceled_quantity) / l.quantity) from shipment_line l where l.shipment_id = s.id), 0)), 0)::bigint"
            " from shipment s join charge c on c.order_id = s.order_id and c.shipment_id is null"
            " where s.order_id = $1 and s.dispatched_at is null and s.status <> 'canceled' and c.status = 'captured'",
            order_id,
        )
        return sum(row["amount_minor"] for row in rows) - int(ahead)


async def check_gapless() -> None:
    rows = await db.fetch(
        "select legal_entity, year, count(*) as notes, max(sequence) as last from credit_note group by 1, 2"
    )
    for row in rows:
        assert row["notes"] == row["last"], row
