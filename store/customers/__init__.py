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
    Partner,
    PartnerNotApproved,
    create_partner,
    free_credit,
    get_partner,
    use_credit,
)
from store.customers.principal import ANONYMOUS, KINDS, STAFF, Kind, Principal
from store.customers.sessions import Door, SignInRefused, open_session, sign_in, sign_out, sign_out_everywhere

__all__ = [
    "ANONYMOUS",
    "KINDS",
    "PASSWORD_LENGTH_MAX",
    "PASSWORD_LENGTH_MIN",
    "STAFF",
    "Account",
    "ApiKey",
    "CreditLimitExceeded",
    "Door",
    "EmailTaken",
    "Exemption",
    "ExemptionExpired",
    "KeyRole",
    "Kind",
    "Partner",
    "PartnerNotApproved",
    "PasswordTooShort",
    "Principal",
    "SignInRefused",
    "authenticate",
    "cached_principal",
    "create_account",
    "create_key",
    "create_partner",
    "exemption_for",
    "forget_authentications",
    "free_credit",
    "get_account",
    "get_partner",
    "grant_exemption",
    "list_exemptions",
    "list_keys",
    "open_session",
    "revoke_exemption",
    "revoke_key",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "use_credit",
]
