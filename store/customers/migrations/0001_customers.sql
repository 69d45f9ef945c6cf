-- Keys of storefronts (publishable) and servers (secret, hashed), accounts, partners, staff, sessions, exemptions.

create table api_key (
    id          uuid primary key,
    kind        text        not null check (kind in ('publishable', 'secret')),
    role        text        not null check (role in ('storefront', 'agent', 'warehouse', 'admin')),
    name        text        not null,
    token_hash  bytea       not null unique,
    hint        text        not null,
    created_at  timestamptz not null,
    created_by  text        not null,
    last_used_on date,
    revoked_at  timestamptz,
    check (kind = 'secret' or role = 'storefront')
);

create table partner (
    id            uuid primary key,
    name          text    not null,
    vat_id        text,
    approved      boolean not null default false,
    currency      char(3) not null,
    credit_limit_minor bigint not null default 0 check (credit_limit_minor >= 0),
    credit_used_minor  bigint not null default 0,
    net_days      integer not null default 30,
    created_at    timestamptz not null,
    constraint credit_within_limit check (credit_used_minor between 0 and credit_limit_minor)
);

create table account (
    id            uuid primary key,
    kind          text        not null check (kind in ('customer', 'partner', 'agent', 'warehouse', 'admin')),
    email         text        not null,
    name          text        not null,
    password_hash text,
    locale        text        not null default 'en',
    partner_id    uuid        references partner (id) on delete restrict,
    refund_limits jsonb       not null default '{}',
    created_at    timestamptz not null,
    disabled_at   timestamptz,
    check ((kind = 'partner') = (partner_id is not null))
);
-- Customers and partners sign in separately (ACC-1): the same address may have one of each.
create unique index account_email on account (kind, lower(email));
-- Staff have one door, whatever their role.
create unique index account_staff_email on account (lower(email)) where kind in ('agent', 'warehouse', 'admin');

create table session (
    token_hash bytea primary key,
    account_id uuid        not null references account (id) on delete restrict,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index session_account on session (account_id);

create table tax_exemption (
    id           uuid primary key,
    account_id   uuid        references account (id) on delete restrict,
    partner_id   uuid        references partner (id) on delete restrict,
    market       text        not null,
    document     text        not null,
    granted_by   text        not null,
    granted_at   timestamptz not null,
    expires_on   date        not null,
    revoked_at   timestamptz,
    check ((account_id is null) <> (partner_id is null))
);
create index tax_exemption_account on tax_exemption (account_id) where account_id is not null;
create index tax_exemption_partner on tax_exemption (partner_id) where partner_id is not null;
