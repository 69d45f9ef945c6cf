"""The owner's data, checked and put into one form; what is wrong is named field by field (WAR-3, WAR-8)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import phonenumbers

from store.kernel.i18n import N_
from store.markets.addresses import MESSAGES as ADDRESS_MESSAGES
from store.markets.countries import country_form, form_exists
from store.warranty.registration import Holder
from store.warranty.registration_errors import InvalidHolder

CONTACT_PREFERENCES = ("email", "phone", "post")
LENGTH_MAX = 200
EMAIL_LENGTH_MAX = 254
MESSAGES = {
    **ADDRESS_MESSAGES,
    "invalid_email": N_("This is not an e-mail address."),
    "not_allowed": N_("This value is not one of the possible ones."),
}
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)


def read_holder(raw: Mapping[str, str | None], *, prefix: str = "", company_required: bool = False) -> Holder:
    """The holder of these fields (those of Holder). Raises InvalidHolder that lists every wrong field.

    `prefix` stands before the fields' names in the errors: "holder.".
    """
    fields = {name: _clean(raw.get(name) or "") for name in Holder.__slots__}
    errors: dict[str, str] = {}
    for name, value in fields.items():
        if not value and (name != "company" or company_required):
            errors[name] = "required"
        elif len(value) > (EMAIL_LENGTH_MAX if name == "email" else LENGTH_MAX):
            errors[name] = "too_long"
    if "email" not in errors and not _EMAIL.fullmatch(fields["email"]):
        errors["email"] = "invalid_email"
    fields["contact_preference"] = fields["contact_preference"].lower()
    if "contact_preference" not in errors and fields["contact_preference"] not in CONTACT_PREFERENCES:
        errors["contact_preference"] = "not_allowed"
    _check_place(fields, errors)
    if errors:
        raise InvalidHolder(
            errors=[
                {"field": f"{prefix}{name}", "code": code, "message": MESSAGES[code]} for name, code in errors.items()
            ]
        )
    return Holder(**fields)


def _check_place(fields: dict[str, str], errors: dict[str, str]) -> None:
    """Country, postcode and phone, each by the country's own habits."""
    country = fields["country"] = unicodedata.normalize("NFKC", fields["country"]).upper()
    if "country" in errors:
        return
    if not form_exists(country):
        errors["country"] = "unknown_country"
        return
    form = country_form(country)
    fields["postcode"] = unicodedata.normalize("NFKC", fields["postcode"]).upper()
    if not form.uses("postcode"):
        errors.pop("postcode", None)
    elif "postcode" not in errors and not any(
        form.postcode_matches(text) for text in (fields["postcode"], fields["postcode"].replace(" ", ""))
    ):
        errors["postcode"] = "invalid_postcode"
    if "phone" not in errors:
        phone = _phone(fields["phone"], country)
        fields["phone"] = phone or fields["phone"]
        if phone is None:
            errors["phone"] = "invalid_phone"


def _phone(text: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _clean(text: str) -> str:
    """Single spaces, no control or invisible signs."""
    visible = "".join(
        " " if unicodedata.category(sign) in {"Cc", "Zl", "Zp", "Zs"} else sign
        for sign in unicodedata.normalize("NFC", text)
        if unicodedata.category(sign) not in {"Cf", "Cs", "Cn"}
    )
    return " ".join(visible.split())
