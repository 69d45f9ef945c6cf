from store_http import app, client, extra_handlers, keys

__all__ = ["app", "client", "extra_handlers", "keys"]
