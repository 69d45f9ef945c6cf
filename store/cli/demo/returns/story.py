"""The acts of returns, warranties and service certificates, in their order."""

from __future__ import annotations

from store.cli.demo.returns.act_certificate import certificate
from store.cli.demo.returns.act_faults import confirmed_by_us, portal, ticket
from store.cli.demo.returns.act_import import sixty_rows
from store.cli.demo.returns.act_repair import repair
from store.cli.demo.returns.act_unreadable import unreadable
from store.cli.demo.returns.act_wrong_delivery import wrong_delivery
from store.cli.demo.returns.act_wrong_order import wrong_order
from store.cli.demo.stage import Act, Story

ACTS: dict[str, tuple[str, Act]] = {
    "a": ("A wrong order comes back: a credit note less the restocking fee", wrong_order),
    "b": ("Another article than the ordered one: a replacement at no cost", wrong_delivery),
    "c": ("A fault that its maker's support has to confirm: no return without its ticket", ticket),
    "d": ("A fault that its maker takes care of: sent to its portal", portal),
    "e": ("A fault that our technical support confirms: a replacement with the rest of the warranty", confirmed_by_us),
    "f": ("Out of warranty: a repair at a quote, invoiced by itself, sent home once it is paid", repair),
    "g": ("No readable serial number, a mistyped one, and somebody else's device", unreadable),
    "h": ("Sixty devices by CSV, three rows of them bad", sixty_rows),
    "i": ("A certificate for ten devices, used by twelve requests at once", certificate),
}
RETURNS = Story(
    ACTS,
    {
        ("AUR-DUO-BLK", "PAR"): 1,
        ("NOR-CALM-BLU", "PAR"): 2,
        ("LIN-L4-BLK", "PAR"): 1,
        ("CIR-CEIL-WHT", "PAR"): 1,
        ("HAL-D200-BLK", "PAR"): 3,
        ("AUR-ONE-WHT", "PAR"): 12,
    },
)
