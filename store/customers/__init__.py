"""People and keys: accounts, partners, staff, sessions, API keys, credit and tax exemptions (ACC, MKT-4, PAY-11)."""

from store.customers.accounts import (
    PASSWORD_LENGTH_MAX,
    PASSWORD_LENGTH_MIN,
    Account,
    EmailTaken,
    PasswordTooShort,
    create_account,
    get_account,
)
from store.customers.api_keys import ApiKey, KeyRole, create_key, list_keys, revoke_key
from store.customers.audit_trail import AuditEntry, audit_trail
from store.customers.authenticate import authenticate, cached_principal, forget_authentications
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
from store.customers.sessions import Door, SignInRefused, open_session, sign_in, sign_out, sign_out_everywhere
from store.customers.staff import StaffRole, change_limits, dismiss, hire, list_staff

__all__ = [
    "ANONYMOUS",
    "KINDS",
    "PASSWORD_LENGTH_MAX",
    "PASSWORD_LENGTH_MIN",
    "STAFF",
    "Account",
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
    "Partner",
    "PartnerNotApproved",
    "PasswordTooShort",
    "Principal",
    "SignInRefused",
    "StaffRole",
    "audit_trail",
    "authenticate",
    "cached_principal",
    "change_limits",
    "change_terms",
    "create_account",
    "create_key",
    "create_partner",
    "dismiss",
    "exemption_for",
    "forget_authentications",
    "free_credit",
    "get_account",
    "get_partner",
    "grant_exemption",
    "hire",
    "list_exemptions",
    "list_keys",
    "list_partners",
    "list_staff",
    "open_session",
    "revoke_exemption",
    "revoke_key",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "use_credit",
]
