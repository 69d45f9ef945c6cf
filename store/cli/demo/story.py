"""The acts in their order, and how they are played: one that goes wrong does not end the story."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial

import httpx

from store.cli.demo.act_backorder import backorder, declined
from store.cli.demo.act_cancel import cancellation_against_release, undeliverable
from store.cli.demo.act_partner import purchase_orders
from store.cli.demo.act_refunds import bought_elsewhere, last_day
from store.cli.demo.act_wallets import wallets
from store.cli.demo.act_webhooks import webhooks
from store.cli.demo.call import Unexpected
from store.cli.demo.find_store import Place
from store.cli.demo.races import races
from store.cli.demo.simulator import Simulator
from store.cli.demo.stage import Act, Stage, Story
from store.cli.demo.teller import Teller
from store.cli.demo.warehouse import receive

ACTS: dict[str, tuple[str, Act]] = {
    "a": ("A card order in two shipments: each is charged when it leaves", backorder),
    "b": ("The card is declined when the goods arrive: hold, payment link, paid", declined),
    "c": ("Apple Pay and PayPal are charged at once; a cancelled unit goes back to PayPal", wallets),
    "d": ("A Chinese customer asks on day 30, and on day 31", last_day),
    "e": ("Bought on a marketplace: refunded there", bought_elsewhere),
    "f": ("The customer cancels while the warehouse takes the order", cancellation_against_release),
    "g": ("A parcel comes back undeliverable: refunded without asking", undeliverable),
    "h": ("A partner's purchase orders: a credit limit, and an invoice per shipment", purchase_orders),
    "i": ("The providers' webhooks arrive backwards, each of them twice", webhooks),
    "races": ("Many at once", races),
}
TIMEOUT_SECONDS = 30.0
# About what one telling takes from the shelves.
SOLD = {
    ("AUR-ONE-WHT", "PAR"): 30,
    ("AUR-ONE-BLK", "PAR"): 6,
    ("AUR-ONE-BLK", "SZX"): 2,
    ("PIN-BRD-2M-BLK", "PAR"): 2,
    ("AUR-CUSH-SAND", "PAR"): 2,
    ("PIN-FLAT-2M", "PAR"): 1,
    ("QUO-SHD-CRL", "PAR"): 1,
}


ORDERS = Story(ACTS, SOLD)


def play(place: Place, story: Story, acts: list[str], teller: Teller) -> None:
    asyncio.run(_play(place, story, acts, teller))


async def _play(place: Place, story: Story, acts: list[str], teller: Teller) -> None:
    limits = httpx.Limits(max_connections=60, max_keepalive_connections=60)
    async with httpx.AsyncClient(base_url=place.url, timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False) as http:
        stage = Stage(http, teller, Simulator(http, teller, place.simulator_url))
        began = await stage.now() - timedelta(seconds=5)
        await _fill_the_shelves(stage, story)
        for name in acts:
            title, act = story.acts[name]
            teller.act(name, title)
            await _guarded(stage, act)
        teller.act("end", "The books at the end")
        await _guarded(stage, partial(_close_the_books, since=began))
    teller.end()


async def _fill_the_shelves(stage: Stage, story: Story) -> None:
    """So that the story can be told in the same store as often as one likes."""
    with stage.teller.in_short():
        for (sku, warehouse), quantity in story.sold.items():
            await receive(stage, sku, quantity, warehouse)
    stage.teller.say("The warehouses received what the story is going to sell.")


async def _close_the_books(stage: Stage, since: datetime) -> None:
    await stage.reconcile(since)
    await stage.check_books()


async def _guarded(stage: Stage, act: Act) -> None:
    try:
        await act(stage)
    except (Unexpected, httpx.HTTPError) as error:
        stage.teller.check("the act is played to its end", False, str(error) or type(error).__name__)
    except (KeyError, IndexError, TypeError) as error:  # an answer of another shape
        stage.teller.check("the answers have their shape", False, repr(error))
