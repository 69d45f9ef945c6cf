"""What may be wrong with a defective item: codes that the FAQ and the fault reports share (RMA-11)."""

from __future__ import annotations

from store.kernel.i18n import N_
from store.kernel.wording import register_labels

SYMPTOMS = {
    "no_power": N_("Does not start or has no power"),
    "no_network": N_("No network connection"),
    "no_audio": N_("No sound"),
    "poor_audio": N_("Poor sound"),
    "display": N_("Display"),
    "keys_or_buttons": N_("Keys or buttons"),
    "battery": N_("Battery or charging"),
    "physical_damage": N_("Physical damage"),
    "firmware": N_("Firmware or software"),
    "other": N_("Something else"),
}

register_labels(SYMPTOMS)
