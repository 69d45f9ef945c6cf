"""The markets of this process: read from files once at start, then looked up by code or country."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from store.kernel.errors import StoreError
from store.kernel.i18n import N_
from store.kernel.wording import Country
from store.markets.market import Market
from store.markets.public_holidays import warm_calendar

DEFINITIONS = Path(__file__).parent / "definitions"

_markets: dict[str, Market] = {}


class UnknownMarket(StoreError):
    code = "unknown_market"
    status = 404
    title = N_("There is no such market.")
    detail = N_("“{market}” is not a market of this store. Its markets are {markets}.")


class CountryNotSupported(StoreError):
    code = "country_not_supported"
    status = 422
    title = N_("We don't deliver to this country.")
    detail = N_("We can't deliver to {country}. Countries we deliver to: {supported}.")


class MarketDefinitionError(ValueError):
    """A market's file is wrong; the text names the file and the key. Raised at start, never in a request."""


def get_market(code: str) -> Market:
    """The market of a code (upper or lower case); UnknownMarket lists those that exist."""
    market = _loaded().get(code) or _loaded().get(code.upper())
    if market is None:
        raise UnknownMarket(market=code, markets=sorted(_loaded()))
    return market


def all_markets() -> tuple[Market, ...]:
    return tuple(_loaded().values())


def market_for_country(country: str) -> Market:
    """The market that is at home in a country, else one that delivers there, else CountryNotSupported."""
    wanted = country.upper()
    serving = [market for market in all_markets() if wanted in market.countries]
    if not serving:
        supported = sorted({name for market in all_markets() for name in market.countries})
        raise CountryNotSupported(country=wanted, supported=[Country(code) for code in supported])
    return min(serving, key=lambda market: market.home_country != wanted)


def load_markets(folder: Path | str | None = None) -> tuple[Market, ...]:
    """Make the shipped markets, and those of the operator's folder, the markets of this process.

    A file of the folder replaces the shipped market of the same code; `enabled = false` takes a market away.
    """
    found = read_markets([DEFINITIONS, *([Path(folder)] if folder else [])])
    _markets.clear()
    _markets.update(found)
    return tuple(_markets.values())


def read_markets(folders: Iterable[Path]) -> dict[str, Market]:
    """Read and check every *.toml in the folders; later folders replace earlier ones. Sorted by code."""
    by_code: dict[str, Market] = {}
    for folder in folders:
        if not folder.is_dir():
            msg = f"{folder}: there is no such folder of markets"
            raise MarketDefinitionError(msg)
        for path in sorted(folder.glob("*.toml")):
            market = read_market(path)
            by_code[market.code] = market
    markets = {code: by_code[code] for code in sorted(by_code) if by_code[code].enabled}
    _check_together(markets)
    return markets


def read_market(path: Path) -> Market:
    """One market from its file; MarketDefinitionError names file and key."""
    raw = _toml(path)
    try:
        _fill_from_market(raw, path)
        market = msgspec.convert(raw, Market)
    except msgspec.ValidationError as error:
        msg = f"{path.name}: {error}"
        raise MarketDefinitionError(msg) from error
    if strays := _unknown_keys(raw, msgspec.to_builtins(market)):
        msg = f"{path.name}: unknown keys: {', '.join(strays)}"
        raise MarketDefinitionError(msg)
    if not warm_calendar(market.holiday_country, market.holiday_subdivision):
        msg = f"{path.name}: holiday_country: no calendar for {market.holiday_country} {market.holiday_subdivision}"
        raise MarketDefinitionError(msg)
    return market


def _loaded() -> dict[str, Market]:
    if not _markets:
        load_markets()
    return _markets


def _toml(path: Path) -> dict[str, Any]:
    try:
        # Rates stay decimal text: no float ever touches tax.
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=str)
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        msg = f"{path.name}: {error}"
        raise MarketDefinitionError(msg) from error


def _fill_from_market(raw: dict[str, Any], path: Path) -> None:
    """Support has the market's zone and holidays unless it names others; a table file brings the states' rates."""
    support = raw.get("support")
    if isinstance(support, dict):
        for key in ("time_zone", "holiday_country", "holiday_subdivision"):
            if key in raw:
                support.setdefault(key, raw[key])
    tax = raw.get("tax")
    if isinstance(tax, dict) and (table := tax.pop("region_table", None)):
        found = _toml(path.parent / str(table))
        tax["regions"] = found.get("rates", {})
        tax["regions_without_shipping_tax"] = found.get("shipping_not_taxed", [])


def _unknown_keys(raw: Any, read: Any, at: str = "") -> list[str]:
    if isinstance(raw, Mapping) and isinstance(read, Mapping):
        return [
            stray
            for key, value in raw.items()
            for stray in ([f"{at}{key}"] if key not in read else _unknown_keys(value, read[key], f"{at}{key}."))
        ]
    if isinstance(raw, list) and isinstance(read, (list, tuple)):
        pairs = enumerate(zip(raw, read, strict=False))
        return [stray for index, (old, new) in pairs for stray in _unknown_keys(old, new, f"{at}{index}.")]
    return []


def _check_together(markets: Mapping[str, Market]) -> None:
    """Order prefixes are told apart, and one legal entity reads the same in every market."""
    prefixes: dict[str, str] = {}
    entities: dict[str, Market] = {}
    for market in markets.values():
        owner = prefixes.setdefault(market.order_prefix, market.code)
        if owner != market.code:
            msg = f"{market.code}.toml: order_prefix {market.order_prefix} is taken by {owner}.toml"
            raise MarketDefinitionError(msg)
        first = entities.setdefault(market.legal_entity.code, market)
        if first.legal_entity != market.legal_entity:
            msg = f"{market.code}.toml: legal_entity {market.legal_entity.code} differs from {first.code}.toml"
            raise MarketDefinitionError(msg)
