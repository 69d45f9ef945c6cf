"""`store demo` goes here: the store's main journeys, played before one's eyes. Not registered yet."""
