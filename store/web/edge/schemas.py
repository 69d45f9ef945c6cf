"""The shapes that every request and answer is built from."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Generic, TypeVar

from litestar.params import QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from store.kernel.money import Money
from store.kernel.wording import status_label

T = TypeVar("T")


class RequestBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The parent of every request body: a field that we don't know is refused, not ignored.

    `EXAMPLE` is one that would be taken, as JSON values; it stands in the API page.
    """

    EXAMPLE: ClassVar[dict[str, Any]]


class Out(Struct, kw_only=True):
    """The parent of every answer."""


class MoneyOut(Out):
    """An amount: whole minor units for programs, a text for people."""

    amount_minor: Annotated[int, Meta(description="In the currency's smallest unit: cents for EUR, yen for JPY.")]
    currency: Annotated[str, Meta(description="ISO 4217.", pattern="^[A-Z]{3}$", examples=["EUR"])]
    formatted: Annotated[str, Meta(description="As a reader of the answer's language writes it.", examples=["12,99 €"])]


def money_out(money: Money, locale: str) -> MoneyOut:
    return MoneyOut(amount_minor=money.amount_minor, currency=money.currency, formatted=money.format(locale))


class Labelled(Out):
    """A status with what it is called: {"code": "in_stock", "label": "In stock"}."""

    code: str
    label: str


def labelled(code: str, locale: str) -> Labelled:
    return Labelled(code=code, label=status_label(code, locale))


class Page(Out, Generic[T]):
    """A page of a list: `next_cursor` goes into `?cursor=` for the one after; null: this was the last."""

    items: list[T]
    next_cursor: str | None = None


class FieldProblem(Out):
    """One mistake in the request."""

    field: Annotated[str, Meta(description="Path of the field, e.g. lines.0.quantity; empty: the whole.")]
    code: Annotated[str, Meta(examples=["required"])]
    message: str


class Problem(Out):
    """RFC 9457. `code` is stable and language-free; further members are facts of the code."""

    type: Annotated[str, Meta(examples=["urn:store:problem:not_found"])]
    code: str
    status: int
    title: str
    detail: str
    errors: list[FieldProblem] | UnsetType = UNSET
    request_id: str | UnsetType = UNSET


# Building blocks for the fields of requests. Everything that is stored has a limit.
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S", examples=["Ada"])]  # not white space alone
LongText = Annotated[str, Meta(max_length=4000)]
# Dot-atom and host name (RFC 5321 §4.1.2): what is taken here can be put into a message's header and sent.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_HOST_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
Email = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=rf"^{_ATOM}(?:\.{_ATOM})*@{_HOST_LABEL}(?:\.{_HOST_LABEL})*$(?!\n)",  # `$` alone lets a last \n pass
        examples=["ada@example.com"],
    ),
]
AmountMinor = Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
Quantity = Annotated[int, Meta(ge=1, le=10_000)]
Sku = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^\S+$")]

# Query parameters of every list.
Cursor = Annotated[
    str | None,
    QueryParameter(max_length=500, description="`next_cursor` of the page before; without it the list begins."),
]
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="How many items a page has at most.")]
