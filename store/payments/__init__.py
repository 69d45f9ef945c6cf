"""Money for an order that this room knows only by its id."""

from store.payments import topics

__all__ = ["topics"]
