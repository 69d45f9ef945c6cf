"""Measurements: the store as it is served, against what its database could do at best.

`python -m bench.quick` (`make bench-quick`) takes a minute and ends with one line of JSON; `python -m bench`
(`make bench`) measures everything. What the figures mean stands in docs/performance.md.

    store_process  a cluster with durable settings and `store serve` on it, in a folder that is gone afterwards
    load           the load generator, a process of its own
    checkout       a shopper's three requests
    ceiling        what pgbench reaches on the same cluster with the least that an order needs
    statements     which SQL a checkout costs, counted by PostgreSQL
"""
