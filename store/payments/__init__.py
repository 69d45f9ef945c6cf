"""Money for an order that this room knows only by its id."""
