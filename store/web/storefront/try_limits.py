"""How often somebody may guess or ask, over all processes: the figures, and what each is counted by (ACC-1, ORD-2)."""

from __future__ import annotations

from dataclasses import dataclass

from store.kernel import throttle


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries within `seconds`."""

    scope: str
    most: int
    seconds: int

    async def spend(self, key: str) -> None:
        """Raises TooManyTries."""
        await throttle.spend(self.scope, key.strip().lower(), most=self.most, seconds=self.seconds)

    async def give_back(self, key: str) -> None:
        await throttle.give_back(self.scope, key.strip().lower())


QUARTER_HOUR, HOUR = 900, 3600

# By the account's address and door: whoever guesses one account's password, from wherever.
SIGN_IN_BY_ADDRESS = Limit("sign_in_address", 10, QUARTER_HOUR)
# By the caller's network address: whoever tries one password on many accounts. An office behind one address shares it.
SIGN_IN_BY_CLIENT = Limit("sign_in_client", 100, QUARTER_HOUR)
PASSWORD_CHECK = Limit("password_check", 10, QUARTER_HOUR)  # by account, signed in already
RESET_BY_ADDRESS = Limit("password_reset_address", 5, HOUR)
RESET_BY_CLIENT = Limit("password_reset_client", 30, HOUR)
REGISTER_BY_CLIENT = Limit("register_client", 30, HOUR)
VERIFICATION_BY_ACCOUNT = Limit("email_verification", 5, HOUR)
GUEST_LOOKUP_BY_CLIENT = Limit("guest_lookup", 10, 300)
# Only numbers that don't exist are counted: a storefront's server asks for all of its visitors.
CERTIFICATE_BY_CLIENT = Limit("certificate_lookup", 60, 600)
CERTIFICATE_RESEND_BY_CLIENT = Limit("certificate_resend_client", 30, HOUR)
CERTIFICATE_RESEND_BY_TARGET = Limit("certificate_resend", 5, HOUR)  # by e-mail address or order
WARRANTY_LOOKUP_BY_CLIENT = Limit("warranty_lookup", 60, 600)
# Each sends an e-mail to whomever the guest names.
DEVICES_BY_GUEST = Limit("register_devices_guest", 30, HOUR)
# An account is had for nothing, so it guesses serial numbers no faster; a reseller's till sends every sale.
DEVICES_BY_ACCOUNT = Limit("register_devices_account", 60, HOUR)
DEVICES_BY_PARTNER = Limit("register_devices_partner", 600, HOUR)
# Each has us write to whomever the caller names: when it is confirmed, and whenever its parcel is told.
RETURNS_BY_GUEST = Limit("register_return_guest", 60, HOUR)
RETURNS_BY_ACCOUNT = Limit("register_return_account", 60, HOUR)
RETURNS_BY_PARTNER = Limit("register_return_partner", 600, HOUR)
TRACKING_BY_RETURN = Limit("return_tracking", 10, HOUR)
# Serial and order numbers that are unknown or somebody else's, each of them: nobody finds out by returning them all.
RETURN_GUESS_BY_CLIENT = Limit("return_guess", 60, 600)
