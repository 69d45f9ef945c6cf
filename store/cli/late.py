"""Use cases that a command calls by name, so that it can say so when this installation lacks them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from store.cli.terminal import fail


def use_case(module: str, name: str) -> Any:
    """The function, or an end with a clear message when there is none."""
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
    except AttributeError:
        pass
    return fail(f"This version of the store can't do that yet ({module}.{name} is missing).")
