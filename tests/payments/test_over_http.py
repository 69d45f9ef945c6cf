"""The whole room over the real adapters and real HTTP: the simulator keeps the bank's side of the books."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest

from payments.orders import EUR, count, one, open_order, refund, secure, statuses, take, work
from store.kernel import clock, db
from store.ledger import check
from store.payments.capture_charge import take_charge
from store.payments.keep_secured import expire_actions, resolve_unknown
from store.payments.reconcile import reconcile
from store.payments.secure_charge import Secured, release_charge
from store.payments.tables import lock_payment
from store.payments.take_webhook import confirm_payment

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning"),
]


async def assert_books_agree(world, provider: str) -> None:
    balance = await check()
    assert balance.ok, balance
    assert balance.balances.get((f"clearing:{provider}", EUR), 0) == world.books(provider, "eur")["net"]


def window():
    return clock.now() - timedelta(days=3), clock.now() + timedelta(minutes=1)


@pytest.mark.requirement("PAY-3", "PAY-5", "PAY-13", "REF-3", "REF-10")
async def test_a_card_from_placement_to_reconciliation(world):
    order = await open_order([1000, 2500], shipping=[400, 0], token="pm_card_visa")
    assert order.status == "succeeded"
    assert world.books("stripe", "eur")["captured"] == 0
    await take(order.charge_ids[0])
    assert isinstance(await secure(order.charge_ids[1]), Secured)
    await take(order.charge_ids[1])
    await refund(order.payment_id, 3000)
    await work()
    assert await statuses("payment_refund") == ["succeeded", "succeeded"]
    capture = await one("capture", charge_id=order.charge_ids[1])
    world.sim("dashboard/refund", provider="stripe", charge_or_capture=capture["provider_ref"], amount=500)
    report = await reconcile(*window())
    assert (report.ok, report.healed) == (True, 1), report
    assert (await one("payment"))["refunded_minor"] == 3500
    await assert_books_agree(world, "stripe")


@pytest.mark.requirement("PAY-2", "PAY-7", "PAY-13")
async def test_paypal_from_placement_to_reconciliation(world):
    order = await open_order([1000], method="paypal", shipping=[200], token=None)
    authorization = await one("payment_authorization")
    assert authorization["status"] == "requires_action"
    world.sim("paypal/approve", order=authorization["provider_ref"])
    await asyncio.gather(*(confirm_payment(order.order_id) for _ in range(4)))
    assert await statuses("charge") == ["captured"]
    await refund(order.payment_id, 300)
    await work()
    assert await statuses("payment_refund") == ["succeeded"]
    report = await reconcile(*window())
    assert report.ok, report
    await assert_books_agree(world, "paypal")


@pytest.mark.requirement("PAY-7")
@pytest.mark.parametrize("method", ["card", "paypal"])
async def test_what_the_payer_left_is_let_go(world, method):
    token = "pm_card_authenticationRequired" if method == "card" else None
    await open_order([1000], method=method, token=token)
    assert (await one("payment_authorization"))["status"] == "requires_action"
    clock.set_offset(timedelta(minutes=61))
    await expire_actions(60)
    assert await statuses("payment_authorization") == ["voided"]
    assert await expire_actions(60) == 0


@pytest.mark.requirement("REF-11")
async def test_released_funds_are_free_again(world):
    order = await open_order([1000], token="pm_card_visa")
    assert world.books("stripe", "eur")["authorized_open"] == 1000
    async with db.unit_of_work():
        await lock_payment(order.payment_id)
        await release_charge(order.charge_ids[0])
    await work()
    assert world.books("stripe", "eur")["authorized_open"] == 0
    assert await statuses("payment_authorization") == ["voided"]


@pytest.mark.requirement("PAY-8")
@pytest.mark.parametrize("mode", ["drop_before", "drop_after", "error_500_before", "error_500_after"])
async def test_every_call_happens_once_whatever_breaks(world, mode):
    for operation in ("payment_intents.create", "payment_intents.capture", "refunds.create"):
        world.fault("stripe", operation, mode)
    order = await open_order([1000], token="pm_card_visa")
    await work()
    assert await statuses("charge") == ["secured"]
    await take(*order.charge_ids)
    await refund(order.payment_id, 400)
    await work()
    assert await statuses("payment_refund") == ["succeeded"]
    books = world.books("stripe", "eur")
    assert (books["captured"], books["refunded"], books["authorized_open"]) == (1000, 400, 0)
    await assert_books_agree(world, "stripe")


CHILD = textwrap.dedent(
    """
    import asyncio, sys
    from uuid import UUID
    from store.kernel import db
    from store.payments import port
    from store.payments.perform_operation import perform
    from store.providers.stripe import StripeProvider

    async def main(dsn, url, world, operation_id):
        await db.connect(dsn, pool_size=2)
        port.use_provider(StripeProvider(f"sk_test_{world}", "x", f"{url}/stripe", timeout_seconds=20))
        print("READY", flush=True)
        await perform(UUID(operation_id))

    asyncio.run(main(*sys.argv[1:]))
    """
)


@pytest.mark.slow
@pytest.mark.requirement("PAY-8")
@pytest.mark.parametrize("answered", [False, True])
async def test_a_worker_killed_in_the_middle_of_a_capture_takes_the_money_once(database_url, world, answered):
    """kill -9 while the call is on its way: the bank acts on it, or has acted, and nobody hears the answer."""
    order = await open_order([1000], token="pm_card_visa")
    async with db.unit_of_work():
        await take_charge(order.charge_ids[0])
    operation = await one("provider_operation", kind="capture")
    world.fault("stripe", "payment_intents.capture", "delay", seconds=1.0)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "ignore",
        "-c",
        CHILD,
        database_url,
        world.url,
        world.name,
        str(operation["id"]),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    while (await one("provider_operation", kind="capture"))["status"] == "planned":  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.4)
    os.kill(child.pid, signal.SIGKILL)
    assert await child.wait() == -signal.SIGKILL
    if answered:
        await asyncio.sleep(1.2)
        assert world.books("stripe", "eur")["captured"] == 1000
    assert (await one("provider_operation", kind="capture"))["status"] == "sent"
    await work(rounds=2)
    assert await count("provider_operation", "kind = 'capture' and status = 'sent'") == 1
    await db.execute("update provider_operation set sent_at = clock_timestamp() - interval '46 seconds'")
    await resolve_unknown()
    await asyncio.sleep(0 if answered else 1.2)
    await work()
    assert await statuses("charge") == ["captured"]
    assert world.books("stripe", "eur")["captured"] == 1000
    await assert_books_agree(world, "stripe")
    assert (await reconcile(*window())).ok
