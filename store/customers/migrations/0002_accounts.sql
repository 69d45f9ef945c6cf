-- Short access tokens with a refresh token behind them, links by e-mail, verified addresses, the address book.

-- One sign-in with everything that came of it: an access token now and then, and one living refresh token, of which
-- only hashes are kept. A refresh token is derived from the one before, so that the row never grows (see
-- store.customers.refresh_session).
create table session_family (
    id            uuid primary key,
    account_id    uuid        not null references account (id) on delete restrict,
    refresh_hash  bytea       not null,
    previous_hash bytea,
    rotated_at    timestamptz not null,
    created_at    timestamptz not null,
    ends_at       timestamptz not null check (ends_at > created_at),
    revoked_at    timestamptz,
    revoked_for   text        check (revoked_for in ('signed_out', 'reused', 'password', 'dismissed')),
    check ((revoked_at is null) = (revoked_for is null))
);
create index session_family_account on session_family (account_id) where revoked_at is null;
create index session_family_ends on session_family (ends_at);

-- Access tokens belong to a family and end with it. Those of before have none: their owners sign in again.
drop table session;
create table session (
    token_hash bytea primary key,
    family_id  uuid        not null references session_family (id) on delete restrict,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index session_family_id on session (family_id);
create index session_expires on session (expires_at);

alter table account add column email_verified_at timestamptz;

-- Single-use links in e-mails. `email` is where the link is sent; for a verification it is the address that counts
-- once the link was followed.
create table account_link (
    id         uuid primary key,
    account_id uuid        not null references account (id) on delete restrict,
    kind       text        not null check (kind in ('password_reset', 'email_verification')),
    email      text        not null,
    token_hash bytea       not null unique,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz,
    closed_at  timestamptz,
    check (used_at is null or closed_at is null)
);
create unique index account_link_open on account_link (account_id, kind) where used_at is null and closed_at is null;
create index account_link_expires on account_link (expires_at);

-- Addresses of a customer, or of a partner's people together. `slot` bounds the book: no race makes it longer.
create table address_book_entry (
    id               uuid primary key,
    account_id       uuid        references account (id) on delete restrict,
    partner_id       uuid        references partner (id) on delete restrict,
    slot             smallint    not null check (slot between 1 and 100),
    label            text        not null,
    address          jsonb       not null,
    default_shipping boolean     not null default false,
    default_returns  boolean     not null default false,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    check ((account_id is null) <> (partner_id is null)),
    unique (account_id, slot),
    unique (partner_id, slot)
);
create unique index address_book_account_shipping on address_book_entry (account_id) where default_shipping;
create unique index address_book_account_returns on address_book_entry (account_id) where default_returns;
create unique index address_book_partner_shipping on address_book_entry (partner_id) where default_shipping;
create unique index address_book_partner_returns on address_book_entry (partner_id) where default_returns;
