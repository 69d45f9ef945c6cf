"""From where a request comes, as far as it can be known: what tries are counted by.

X-Forwarded-For is a claim of whoever sends it. It is heeded only as far as our own proxies wrote it: with
STORE_TRUSTED_PROXIES=2 the last two hops are ours, and the caller is the one before them.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from litestar import Request
from litestar.types import HTTPScope

IPV6_PREFIX = 64  # what one household or server is given: its addresses count as one


def client_address(request: Request[Any, Any, Any]) -> str:
    """The caller's network address in its one form; "" for a socket in the file system."""
    return address_behind(request.scope, request.app.state.settings.trusted_proxies)


def address_behind(scope: HTTPScope, trusted_proxies: int) -> str:
    """With fewer hops than proxies the first one known: nobody gets around the count by leaving hops out."""
    client = scope.get("client")
    peer = client[0] if client and client[0] else ""
    if not trusted_proxies:
        return _one_form(peer)
    told = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    hops = [hop.strip() for value in told for hop in value.split(",") if hop.strip()]
    chain = [*hops, peer]
    return _one_form(chain[max(0, len(chain) - 1 - trusted_proxies)])


def _one_form(text: str) -> str:
    """An address without port and brackets; IPv6 by its network; what is no address as it is, shortened."""
    try:
        address = ip_address(_without_port(text))
    except ValueError:
        return text[:64]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))
    return str(address)


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
