"""Addresses as they go into a header: one mailbox, no line breaks, the domain in the letters of DNS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from unicodedata import category

MAX_LENGTH = 254  # RFC 5321 §4.5.3.1.3
NAMED = re.compile(r'"?(?P<name>[^"<>]*?)"?\s*<(?P<address>[^<>]*)>')


class UnusableAddress(ValueError):
    """What is given isn't exactly one address, or tries to bring headers of its own."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`address` is user@domain, the domain in ASCII; `name` may be empty."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def header(self) -> Address:
        return Address(display_name=self.name, addr_spec=self.address)


def read_sender(text: str) -> Mailbox:
    """Read "user@example.com" or "Name <user@example.com>". Raises UnusableAddress."""
    named = NAMED.fullmatch(text.strip())
    if named is None:
        return read_mailbox(text)
    name = named["name"].strip()
    refuse_control_signs(name)
    return Mailbox(read_mailbox(named["address"]).address, name)


def read_mailbox(text: str) -> Mailbox:
    """Read "user@example.com" and nothing else. Raises UnusableAddress."""
    text = text.strip()
    refuse_control_signs(text)
    user, _, domain = text.rpartition("@")
    try:
        mailbox = Mailbox(f"{user}@{domain.encode('idna').decode('ascii')}")
        whole = mailbox.header.addr_spec == mailbox.address
    except (MessageError, ValueError, IndexError) as error:
        raise UnusableAddress(f"not an e-mail address: {text!r}") from error
    if not (whole and user and domain) or len(mailbox.address) > MAX_LENGTH:
        raise UnusableAddress(f"not an e-mail address: {text!r}")
    return mailbox


def refuse_control_signs(text: str) -> None:
    """No line break, NUL or the like comes into a header; no-break spaces of amounts may. Raises UnusableAddress."""
    if any(category(sign)[0] == "C" or category(sign) in {"Zl", "Zp"} for sign in text):
        raise UnusableAddress(f"control signs don't belong in a header: {text!r}")


def refuse_line_breaks(text: str) -> None:
    """The same for a subject, whose names may have signs that steer joining and direction. Raises UnusableAddress."""
    if any(category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in text):
        raise UnusableAddress(f"control signs don't belong in a header: {text!r}")
