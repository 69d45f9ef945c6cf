"""Reading a JSON body strictly: the right kind, the right size, storable, free of card numbers, of the right shape.

Litestar would coerce "5" to 5 and hide what it refused; here the body becomes the handler's Struct or a list of all
its mistakes.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec
from litestar import Request
from litestar.types import Empty

from store.web.edge.card_numbers import holds_card_number, may_hold_card_number
from store.web.edge.failures import CardNumberRefused, MalformedJson, UnsupportedMediaType
from store.web.edge.fields import field_errors, from_message, invalid, unstorable

_LONG_NUMBER = re.compile(rb"\d{19}")
_decode_anything = msgspec.json.decode


class StoreRequest(Request[Any, Any, Any]):
    """A request whose JSON body is decoded into the `data` type of its handler."""

    async def json(self) -> Any:
        known = self._connection_state.json
        if known is not Empty:
            return known
        media_type = self.content_type[0]
        if media_type and media_type != "application/json" and not media_type.endswith("+json"):
            raise UnsupportedMediaType(expected="application/json")
        parameters = self.route_handler.parsed_fn_signature.parameters
        target = parameters["data"].annotation if "data" in parameters else Any
        value = read_json(await self.body(), target, payment=bool(self.route_handler.opt.get("payment")))
        self._connection_state.json = value
        return value


def read_json(body: bytes, target: Any, *, payment: bool = False) -> Any:
    """The body as `target`. With `payment` the whole body counts as a payment object.

    Raises MalformedJson, CardNumberRefused, Invalid.
    """
    suspicious = (
        b"\\u0000" in body
        or b"\\ud" in body.lower()
        or _LONG_NUMBER.search(body) is not None
        or may_hold_card_number(body)
    )
    if suspicious:
        _inspect(_anything(body), payment=payment)
    try:
        return _decoder(target).decode(body)
    except msgspec.ValidationError as error:
        value = _anything(body)
        raise invalid(*(field_errors(value, target) or [from_message(str(error))])) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedJson from None


def _inspect(value: Any, *, payment: bool) -> None:
    if holds_card_number(value, about_payment=payment):
        raise CardNumberRefused
    if errors := list(unstorable(value)):
        raise invalid(*errors)


def _anything(body: bytes) -> Any:
    try:
        return _decode_anything(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedJson from None


@cache
def _decoder(target: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(target)
