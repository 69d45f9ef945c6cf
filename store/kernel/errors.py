"""Errors that people and programs read: a stable code, facts, and a sentence that is translated at the edge.

Each failure is its own class with `code`, `status`, `title` and `detail`, defined beside the rule that raises it.
`wording.problem` gives it its shape at the edge (RFC 9457).
"""

from __future__ import annotations

from typing import Any, ClassVar

from store.kernel.i18n import N_


class StoreError(Exception):
    """The base of every refusal. Facts are JSON values; those that `detail` names are put into the sentence."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = N_("Something went wrong on our side.")
    detail: ClassVar[str] = ""

    registry: ClassVar[dict[str, type[StoreError]]] = {}

    def __init_subclass__(cls) -> None:
        if "code" in cls.__dict__:
            StoreError.registry[cls.code] = cls

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code


class NotFound(StoreError):
    code = "not_found"
    status = 404
    title = N_("Not found.")
    detail = N_("There is nothing here under that name, or it is not yours to see.")


class Forbidden(StoreError):
    code = "forbidden"
    status = 403
    title = N_("Not allowed.")
    detail = N_("Your key or account may not do this.")


class Unauthorized(StoreError):
    code = "unauthorized"
    status = 401
    title = N_("Please identify yourself.")
    detail = N_("Send a valid key as “Authorization: Bearer …”.")


class Invalid(StoreError):
    """A request that has the wrong shape; `errors` lists [{"field", "message"}]."""

    code = "invalid_request"
    status = 422
    title = N_("The request is not valid.")
    detail = N_("Please correct the fields listed under “errors”.")


class WrongState(StoreError):
    """An object isn't in a state that allows the step: facts are object, state and allowed states."""

    code = "wrong_state"
    status = 409
    title = N_("This can't be done now.")
    detail = N_("The {object} is {state}; this step is not possible from there.")
