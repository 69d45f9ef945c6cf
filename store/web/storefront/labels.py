"""Words of the storefront's answers that no room names."""

from store.kernel.i18n import N_
from store.kernel.wording import register_labels

register_labels(
    {
        "tax_inclusive": N_("Tax included"),
        "tax_exclusive": N_("Plus tax"),
        "new": N_("New"),
        "refurbished": N_("Refurbished"),
        "device": N_("Device"),
        "accessory": N_("Accessory"),
        "service": N_("Service"),
    }
)
