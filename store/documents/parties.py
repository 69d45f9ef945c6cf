"""Who sells and who buys, as a document says it: frozen when it is issued (DOC-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from store.customers import get_partner, list_exemptions
from store.kernel import db
from store.kernel.i18n import N_, babel_locale, translate
from store.markets import Address, LegalEntity, Market, format_address, local_date

Party = Mapping[str, Any]
# What people call the numbers of a seller is the country's own word; only this one is ours to say.
_VAT_ID = N_("VAT ID")


async def buyer_of(order: db.Row, seller: LegalEntity) -> dict[str, Any]:
    """{name, address, postal, country, email, vat_id, business}: the partner, or whom the order names.

    `address` are the printed lines, `postal` its fields.
    """
    address = msgspec.convert(order["billing_address"], Address)
    partner = await get_partner(order["partner_id"]) if order["partner_id"] else None
    return {
        "name": partner.name if partner else address.company or address.name,
        "address": format_address(address, order["locale"], origin=seller.country),
        "postal": postal_of(order["billing_address"]),
        "country": address.country,
        "email": order["email"],
        "vat_id": partner.vat_id if partner else None,
        "business": bool(partner or address.company),
    }


def postal_of(raw: Mapping[str, Any]) -> dict[str, str]:
    """{name, line1, line2, district, postcode, city, region, country} of an address; what is empty is left out."""
    address = msgspec.convert(raw, Address)
    fields = msgspec.structs.asdict(address) | {"name": address.company or address.name}
    return {name: value for name, value in fields.items() if value and name not in {"company", "phone"}}


async def exemption_of(order: db.Row, market: Market) -> str | None:
    """The document by which the buyer of an untaxed order paid no tax on the day it was placed (MKT-4)."""
    if order["tax_minor"] or order["shipping_tax_minor"]:
        return None
    day = local_date(market, order["placed_at"])
    owners = [{"account_id": order["account_id"]}, {"partner_id": order["partner_id"]}]
    for owner in owners:
        for exemption in await list_exemptions(**owner) if any(owner.values()) else ():
            over = exemption.revoked_at is not None and exemption.revoked_at <= order["placed_at"]
            began = exemption.granted_at <= order["placed_at"]
            if exemption.market == market.code and began and not over and day <= exemption.expires_on:
                return exemption.document
    return None


def ship_to_of(order: db.Row, seller: LegalEntity) -> list[str] | None:
    """Where the goods go, if it isn't where the invoice goes; as printed lines."""
    if order["shipping_address"] == order["billing_address"]:
        return None
    address = msgspec.convert(order["shipping_address"], Address)
    return format_address(address, order["locale"], origin=seller.country)


def seller_block(seller: Party, buyer_country: str, locale: str) -> dict[str, Any]:
    """The letter's head: name, address (with its country for a reader abroad), registrations."""
    country = babel_locale(locale).territories.get(seller["country"], seller["country"])
    abroad = [country] if buyer_country != seller["country"] else []
    return {
        "name": seller["name"],
        "lines": [*seller["address"], *abroad],
        "registrations": [f"{name} {number}" for name, number in seller["registrations"].items()],
    }


def buyer_lines(buyer: Party, locale: str) -> list[str]:
    """The window's lines: the company first, where the address doesn't begin with it; the VAT id last."""
    known = buyer["name"] in buyer["address"]
    vat_id = [f"{translate(locale, _VAT_ID)} {buyer['vat_id']}"] if buyer["vat_id"] else []
    return [*([] if known else [buyer["name"]]), *buyer["address"], *vat_id]
