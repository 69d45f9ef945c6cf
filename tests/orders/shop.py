"""What customers, warehouses and time do to a shop in tests, through the rooms' own use cases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from simulator.sink import Sink
from simulator.world_client import WorldClient

from store import ledger
from store.carts import CartChange, create_cart
from store.inventory import receive
from store.kernel import clock, db, inbox, outbox
from store.markets import get_market
from store.orders.dispatch_shipment import DispatchShipment, dispatch_shipment
from store.orders.place_order import place_order
from store.orders.placement import PlacedOrder, PlaceOrder
from store.orders.release_shipment import release_shipment
from store.payments.port import get_provider

ADDRESSES: dict[str, dict[str, str]] = {
    "FR": {"name": "Client d’essai", "line1": "12 rue de Rivoli", "postcode": "75001", "city": "Paris"},
    "DE": {"name": "Testkunde", "line1": "Karl-Liebknecht-Straße 1", "postcode": "04107", "city": "Leipzig"},
    "US": {
        "name": "Test Customer",
        "line1": "200 N Spring St",
        "postcode": "90012",
        "city": "Los Angeles",
        "region": "CA",
    },
    "CN": {
        "name": "测试客户",
        "line1": "深南大道1号",
        "postcode": "518000",
        "city": "深圳市",
        "region": "广东省",
        "district": "南山区",
    },
}
PHONES = {"FR": "+33142000000", "DE": "+493411234567", "US": "+12135550100", "CN": "+8675586000000"}
BACK = {"return_url": "https://shop.example.com/back", "cancel_url": "https://shop.example.com/cancel"}


@dataclass
class Shop:
    world: WorldClient
    sinks: dict[str, Sink]

    async def command(self, lines: list[tuple[str, int]], method: str = "card", **facts: Any) -> PlaceOrder:
        """A cart with everything chosen, ready to be placed; `facts` go into the command."""
        market = get_market(facts.pop("market", "FR"))
        address = facts.pop("address", None) or {
            **ADDRESSES[market.code],
            "country": market.code,
            "phone": PHONES[market.code],
        }
        change = CartChange(
            lines=lines,
            address=address,
            email="customer@example.com",
            shipping_method=facts.pop("shipping", "standard"),
            payment_method=method,
            coupon=facts.pop("coupon", None),
        )
        partner_id = facts.pop("partner_id", None)
        cart, quote = await create_cart(market, market.default_locale, change, partner_id=partner_id)
        assert quote is not None
        token = {"card": "pm_card_visa", "apple_pay": "pm_sim_apple_pay", "google_pay": "pm_sim_google_pay"}.get(method)
        command = PlaceOrder(
            request=cart.quote_request(clock.now()),
            email="customer@example.com",
            locale=cart.locale,
            actor="guest",
            cart_id=cart.id,
            cart_version=cart.version,
            shown=quote.fingerprint,
            token=token,
            save_consent=True,
            **BACK,
        )
        return replace(command, **facts)

    async def place(self, lines: list[tuple[str, int]], method: str = "card", **facts: Any) -> PlacedOrder:
        return await place_order(await self.command(lines, method, **facts))

    async def shipments(self, order_id: UUID) -> list[db.Row]:
        return await db.fetch("select * from shipment where order_id = $1 order by sequence", order_id)

    async def shipment(self, order_id: UUID, sequence: int = 1) -> db.Row:
        return (await self.shipments(order_id))[sequence - 1]

    async def charges(self, order_id: UUID) -> list[db.Row]:
        """In the order of the shipments; the one for the whole order alone."""
        return await db.fetch(
            "select c.* from charge c left join shipment s on s.id = c.shipment_id where c.order_id = $1"
            " order by s.sequence",
            order_id,
        )

    async def release(self, order_id: UUID, sequence: int = 1) -> UUID:
        shipment_id: UUID = (await self.shipment(order_id, sequence))["id"]
        await release_shipment(shipment_id, actor="warehouse")
        return shipment_id

    async def dispatch(self, order_id: UUID, sequence: int = 1, **facts: Any) -> UUID:
        shipment = await self.shipment(order_id, sequence)
        facts = {"tracking_number": f"T{shipment['number']}", "serials": await self.serials(shipment["id"]), **facts}
        await dispatch_shipment(DispatchShipment(shipment_id=shipment["id"], actor="warehouse", **facts))
        shipment_id: UUID = shipment["id"]
        return shipment_id

    async def serials(self, shipment_id: UUID) -> dict[str, list[str]]:
        rows = await db.fetch("select * from shipment_line where shipment_id = $1 and serialized", shipment_id)
        return {
            row["sku"]: [f"{row['id'].hex[-10:]}{unit}" for unit in range(row["quantity"] - row["canceled_quantity"])]
            for row in rows
        }

    async def ship(self, order_id: UUID, sequence: int = 1) -> UUID:
        """Release, dispatch, and let the worker do its part."""
        await self.release(order_id, sequence)
        shipment_id = await self.dispatch(order_id, sequence)
        await self.work()
        return shipment_id

    async def stock_arrives(self, order_id: UUID, sequence: int, quantity: int = 50) -> None:
        """What a waiting shipment waits for arrives in its warehouse."""
        rows = await db.fetch(
            "select distinct l.variant_id, s.warehouse from shipment_line l join shipment s on s.id = l.shipment_id"
            " where s.order_id = $1 and s.sequence = $2",
            order_id,
            sequence,
        )
        for row in rows:
            async with db.unit_of_work():
                await receive(row["variant_id"], row["warehouse"], quantity, "test delivery")
        await self.work()

    async def work(self) -> None:
        """The worker: everything that is due, the follow-ups too; operations kept for a request come due at once."""
        for _ in range(6):
            await db.execute("update outbox set due_at = clock_timestamp() where not dead")
            if not await outbox.drain():
                break

    async def take_webhooks(self, *, order: str = "normal", times: int = 1) -> int:
        """Let the providers deliver what they have to say, and put it into the inbox as the endpoint does."""
        self.world.sim("webhooks/flush", order=order, times=times)
        taken = 0
        for source, sink in self.sinks.items():
            received, sink.received = sink.received, []
            for webhook in received:
                event = await get_provider(source).verify_webhook(webhook.headers, webhook.body)
                await inbox.receive(source, event.event_id, event.kind, event.payload)
                taken += 1
        await self.work()
        return taken

    def later(self, **period: float) -> None:
        """Time passes, for the store and for the payment world."""
        delta = timedelta(**period)
        clock.set_offset(clock.offset() + delta)
        self.world.advance(delta.total_seconds())

    async def status(self, order_id: UUID) -> str:
        return str(await db.fetchval("select status from sales_order where id = $1", order_id))

    async def check_books(self) -> None:
        """The ledger balances and agrees with the payment world to the cent; the sums stay within their bounds."""
        balance = await ledger.check()
        assert balance.ok, balance
        for provider in ("stripe", "paypal"):
            books = self.world.look("books")[provider]
            ours = {
                currency.lower(): amount
                for (account, currency), amount in balance.balances.items()
                if account == f"clearing:{provider}"
            }
            theirs = {currency: book["net"] for currency, book in books.items() if book["net"]}
            ours = {key: value for key, value in ours.items() if value}
            assert ours == theirs, (provider, ours, theirs, books)
        assert not await db.fetchval(
            "select count(*) from payment where captured_minor > total_minor or refunded_minor > captured_minor"
            " or shipping_captured_minor > shipping_quoted_minor"
        )
