"""The acts of returns, warranties and service certificates, in their order."""

from __future__ import annotations

from store.cli.demo.returns.act_certificate import certificate
from store.cli.demo.stage import Act, Story

ACTS: dict[str, tuple[str, Act]] = {
    "i": ("A certificate for ten devices, used by twelve requests at once", certificate),
}
RETURNS = Story(
    ACTS,
    {
        ("AUR-ONE-WHT", "PAR"): 12,
    },
)
