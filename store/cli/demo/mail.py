"""The customer's mailbox: what the store wrote, as the local mail folder shows it."""

from __future__ import annotations

import re

from store.cli.demo.stage import Stage

_ROWS = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_ADDRESS = re.compile(r"/dev/mail/([0-9a-f-]{36})")
_LINK = re.compile(r"/pay/(pay_[A-Za-z0-9_=-]+)")


async def mails(stage: Stage, number: str, kind: str) -> list[str]:
    """Ids of the e-mails of a kind about an order, the newest first."""
    page = str((await stage.storefront.get("/dev/mail", quiet=True)).body)
    rows = [row for row in _ROWS.findall(page) if number in row and f"<td>{kind}</td>" in row]
    return [found[1] for row in rows if (found := _ADDRESS.search(row))]


async def payment_link_token(stage: Stage, number: str) -> str | None:
    """The token in the link of the newest e-mail that asks for a payment; None while there is none."""
    for mail_id in await mails(stage, number, "payment_link"):
        page = str((await stage.storefront.get(f"/dev/mail/{mail_id}", quiet=True)).body)
        if found := _LINK.search(page):
            return found[1]
    return None
