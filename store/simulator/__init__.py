"""A local payment world: Stripe's and PayPal's HTTP APIs, stateful, with a movable clock and faults on demand.

It is a process of its own and imports nothing of the shop, so that the shop can only reach it the way it
reaches the real providers: over HTTP.
"""
