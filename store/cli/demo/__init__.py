"""`store demo`: the store's story, told and checked over HTTP."""

from __future__ import annotations

import json

import click


@click.command
@click.option("--url", help="Address of a running store. Without it: the one that runs here, else a store of its own.")
@click.option("--simulator", "simulator_url", help="Address of that store's payment simulator, if it isn't told.")
@click.option("--own", is_flag=True, help="Always start a store of its own, in a temporary folder.")
@click.option("--returns", is_flag=True, help="Tell the story of returns, warranties and service certificates instead.")
@click.option("--only", help="Acts to play, e.g. a,b,races.")
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON; the story goes to the error output.")
def command(
    url: str | None,
    simulator_url: str | None,
    own: bool,  # noqa: FBT001 - click's
    returns: bool,  # noqa: FBT001 - click's
    only: str | None,
    as_json: bool,  # noqa: FBT001 - click's
) -> None:
    """Tell the store's story, from cart to refund, and check every step to the cent.

    Everything goes over HTTP, as storefronts, agents, warehouses and the payment providers do it; the clock is moved
    where weeks pass. Exit code 0 means that every check held. A running store keeps the orders, and its clock moves on
    by some months; it has to be one with demo data, the payment simulator and a movable clock.

    \b
    Acts:
      a  a card order in two shipments      f  cancellation against the warehouse
      b  a declined card and a payment link g  a parcel that comes back
      c  Apple Pay and PayPal               h  a partner's purchase orders
      d  the last day for a refund          i  webhooks twice and backwards
      e  an order from a marketplace        races  many at once, in figures

    \b
    Acts of --returns:
      a  a wrong order: credit note less a fee   f  a repair out of warranty, at a quote
      b  a wrong delivery: a replacement         g  a device without a readable number
      c  a fault that its maker confirms         h  60 devices by CSV, 3 rows of them bad
      d  a fault that its maker takes care of    i  a certificate for 10, used by 12 at once
      e  a fault that we confirm

    \b
    Examples:
      store demo
      store demo --only a,b
      store demo --returns
      store demo --url http://127.0.0.1:8000 --json
    """
    from store.cli.demo.find_store import find_or_start
    from store.cli.demo.returns.story import RETURNS
    from store.cli.demo.story import ORDERS, play
    from store.cli.demo.teller import Teller
    from store.cli.terminal import err, fail, out

    story = RETURNS if returns else ORDERS
    try:
        acts = story.chosen(only)
    except KeyError as error:
        fail(f"There is no act {error.args[0]!r}. Acts: {', '.join(story.acts)}.", code=2)
    teller = Teller(err() if as_json else out())
    with find_or_start(url, simulator_url, own=own, teller=teller) as place:
        play(place, story, acts, teller)
    if as_json:
        checks = [{"name": each.name, "ok": each.ok} for each in teller.checks]
        print(json.dumps({"ok": teller.ok, "checks": checks}, ensure_ascii=False))
    if not teller.ok:
        raise SystemExit(1)
