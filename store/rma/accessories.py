"""What has to be in the parcel beside the item: a checklist by kind of product (RMA-15)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from store.kernel.errors import StoreError
from store.kernel.i18n import N_

_FILE = Path(__file__).with_suffix(".toml")


class UnknownAccessory(StoreError):
    """Facts: accessory, known (codes of the item's checklist)."""

    code = "unknown_accessory"
    status = 422
    title = N_("This accessory is not on the list of the item.")
    detail = N_("“{accessory}” is not on the checklist of {item}.")


class Accessory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`diagnosis`: the fault can't be looked at without it."""

    code: str
    names: dict[str, str]
    diagnosis: bool = False


def checklist(category: str, sent: Sequence[str] | None, item: str) -> list[dict[str, Any]]:
    """The list of an item: [{code, names, diagnosis, sent, received}]; all of it is sent unless `sent` says what is.

    Raises UnknownAccessory.
    """
    known = _lists().get(category, ())
    codes = [accessory.code for accessory in known]
    for code in sent or ():
        if code not in codes:
            raise UnknownAccessory(accessory=code[:40], known=codes, item=item)
    return [
        {
            "code": accessory.code,
            "names": accessory.names,
            "diagnosis": accessory.diagnosis,
            "sent": sent is None or accessory.code in sent,
            "received": None,
        }
        for accessory in known
    ]


@cache
def _lists() -> Mapping[str, tuple[Accessory, ...]]:
    return msgspec.convert(tomllib.loads(_FILE.read_text(encoding="utf-8")), dict[str, tuple[Accessory, ...]])
