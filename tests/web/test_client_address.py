"""Who is counted: X-Forwarded-For is believed as far as our own proxies wrote it, and no further."""

from __future__ import annotations

import pytest

from store.web.edge.client_address import address_behind

PEER = "10.0.0.1"


def address(proxies: int, *forwarded: str, peer: str | None = PEER) -> str:
    scope = {
        "client": (peer, 4711) if peer else None,
        "headers": [(b"x-forwarded-for", value.encode()) for value in forwarded],
    }
    return address_behind(scope, proxies)


@pytest.mark.requirement("ACC-1")
def test_without_a_proxy_of_ours_nobody_chooses_an_address():
    assert address(0, "203.0.113.7") == PEER
    assert address(0) == PEER


@pytest.mark.requirement("ACC-1")
def test_with_proxies_only_their_hops_are_believed():
    assert address(1, "198.51.100.1, 203.0.113.7") == "203.0.113.7"
    assert address(2, "198.51.100.1, 203.0.113.7, 10.0.0.2") == "203.0.113.7"
    assert address(1, "198.51.100.1", "203.0.113.7") == "203.0.113.7"  # the header may come twice
    assert address(3, "203.0.113.7") == "203.0.113.7"
    assert address(2) == PEER


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("203.0.113.7:5000", "203.0.113.7"),
        ("[2001:db8:1:2:3:4:5:6]:5000", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unknown", "unknown"),
        ("x" * 500, "x" * 64),
    ],
)
def test_an_address_counts_in_one_form(text, counted):
    assert address(1, text) == counted


def test_a_socket_in_the_file_system_is_one_caller():
    assert address(0, peer=None) == ""
