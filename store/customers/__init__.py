"""People and keys: accounts, partners, staff, sessions, API keys, credit and tax exemptions (ACC, MKT-4, PAY-11)."""

from store.customers.account_links import (
    LIFETIMES,
    AccountLink,
    LinkKind,
    LinkNotValid,
    find_link,
    link_token,
    purge_links,
)
from store.customers.accounts import (
    PASSWORD_LENGTH_MAX,
    PASSWORD_LENGTH_MIN,
    Account,
    EmailTaken,
    PasswordTooShort,
    create_account,
    get_account,
)
from store.customers.address_book import (
    AddressBookFull,
    AddressDraft,
    AddressEntry,
    AddressOwner,
    add_address,
    change_address,
    default_address,
    delete_address,
    get_address,
    list_addresses,
    make_default,
)
from store.customers.api_keys import ApiKey, KeyRole, create_key, list_keys, revoke_key
from store.customers.audit_trail import AuditEntry, audit_trail
from store.customers.authenticate import authenticate, cached_principal, forget_authentications
from store.customers.change_account import WrongPassword, change_email, change_password, change_profile
from store.customers.exemptions import (
    Exemption,
    ExemptionExpired,
    exemption_for,
    grant_exemption,
    list_exemptions,
    revoke_exemption,
)
from store.customers.partners import (
    CreditLimitExceeded,
    LimitBelowUse,
    Partner,
    PartnerNotApproved,
    change_terms,
    create_partner,
    free_credit,
    get_partner,
    list_partners,
    use_credit,
)
from store.customers.principal import ANONYMOUS, KINDS, STAFF, Kind, Principal
from store.customers.refresh_session import SessionOver, refresh_session
from store.customers.register import register_customer
from store.customers.reset_password import (
    confirm_password_reset,
    on_password_reset_requested,
    request_password_reset,
)
from store.customers.sessions import (
    Door,
    Session,
    SignInRefused,
    open_session,
    purge_sessions,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from store.customers.staff import StaffRole, change_limits, dismiss, hire, list_staff
from store.customers.verify_email import confirm_email, request_verification
from store.kernel.outbox import Consumer


def consumers() -> list[tuple[str, Consumer]]:
    """(topic, consumer): what this room does after its answers."""
    return [("password_reset.requested", on_password_reset_requested)]


__all__ = [
    "ANONYMOUS",
    "KINDS",
    "LIFETIMES",
    "PASSWORD_LENGTH_MAX",
    "PASSWORD_LENGTH_MIN",
    "STAFF",
    "Account",
    "AccountLink",
    "AddressBookFull",
    "AddressDraft",
    "AddressEntry",
    "AddressOwner",
    "ApiKey",
    "AuditEntry",
    "CreditLimitExceeded",
    "Door",
    "EmailTaken",
    "Exemption",
    "ExemptionExpired",
    "KeyRole",
    "Kind",
    "LimitBelowUse",
    "LinkKind",
    "LinkNotValid",
    "Partner",
    "PartnerNotApproved",
    "PasswordTooShort",
    "Principal",
    "Session",
    "SessionOver",
    "SignInRefused",
    "StaffRole",
    "WrongPassword",
    "add_address",
    "audit_trail",
    "authenticate",
    "cached_principal",
    "change_address",
    "change_email",
    "change_limits",
    "change_password",
    "change_profile",
    "change_terms",
    "confirm_email",
    "confirm_password_reset",
    "consumers",
    "create_account",
    "create_key",
    "create_partner",
    "default_address",
    "delete_address",
    "dismiss",
    "exemption_for",
    "find_link",
    "forget_authentications",
    "free_credit",
    "get_account",
    "get_address",
    "get_partner",
    "grant_exemption",
    "hire",
    "link_token",
    "list_addresses",
    "list_exemptions",
    "list_keys",
    "list_partners",
    "list_staff",
    "make_default",
    "open_session",
    "purge_links",
    "purge_sessions",
    "refresh_session",
    "register_customer",
    "request_password_reset",
    "request_verification",
    "revoke_exemption",
    "revoke_key",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "use_credit",
]
