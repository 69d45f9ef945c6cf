"""Where Piccolo's own commands find the engine: PICCOLO_CONF=store.piccolo_conf."""

from store.kernel.db import ENGINE as DB

__all__ = ["DB"]
