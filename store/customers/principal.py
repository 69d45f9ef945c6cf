"""Who is asking: one immutable fact per request, from which roles, history and audit are taken (ACC-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args
from uuid import UUID

Kind = Literal["anonymous", "storefront", "customer", "partner", "agent", "warehouse", "admin"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STAFF: frozenset[Kind] = frozenset({"agent", "warehouse", "admin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The caller. `storefront` is a shop's page acting for a guest; `customer` and `partner` are signed-in people.

    `refund_limits` is {currency: amount_minor} and replaces the market's limit for this agent (REF-9).
    """

    kind: Kind = "anonymous"
    account_id: UUID | None = None
    partner_id: UUID | None = None
    key_id: UUID | None = None
    display_name: str = ""
    locale: str | None = None
    refund_limits: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How history and audit name the caller, without an e-mail address: `agent:9f31c2d4 Claire Martin`."""
        source = self.account_id or self.key_id
        return f"{self.kind}:{source.hex[-8:]} {self.display_name}".rstrip() if source else self.kind

    @property
    def identity(self) -> str:
        """What idempotency keys are kept apart by: the account, else the key."""
        if self.account_id:
            return f"account:{self.account_id}"
        return f"key:{self.key_id}" if self.key_id else self.kind

    @property
    def staff(self) -> bool:
        return self.kind in STAFF


ANONYMOUS = Principal()
