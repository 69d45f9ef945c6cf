-- Money for an order that this room knows only by its id.
--
-- payment            one per order: what was agreed, and running sums with their bounds
-- charge             a share that is taken on its own: one per shipment, or one for the whole order (PAY-2, PAY-3)
-- authorization      funds held by a provider for one charge (or several, where multicapture is available)
-- capture            money taken
-- payment_refund     money given back, out of one capture
-- provider_operation every call to a provider: planned → sent → succeeded | declined | failed | unknown

create table payment (
    id                      uuid primary key,
    order_id                uuid    not null unique,
    order_number            text    not null,
    method                  text    not null,
    provider                text    not null,
    capture_policy          text    not null check (capture_policy in ('at_placement', 'at_shipment', 'invoice_at_shipment', 'prepaid')),
    currency                char(3) not null,
    total_minor             bigint  not null check (total_minor >= 0),
    shipping_quoted_minor   bigint  not null check (shipping_quoted_minor >= 0),
    captured_minor          bigint  not null default 0,
    shipping_captured_minor bigint  not null default 0,
    refunded_minor          bigint  not null default 0,
    disputed_minor          bigint  not null default 0,
    provider_customer       text,
    provider_method         text,
    save_consent            boolean not null default false,
    wallet                  text,
    brand                   text,
    last4                   text,
    payer_reference         text,
    transfer_reference      text unique,
    purchase_order_number   text,
    partner_id              uuid,
    net_days                integer,
    return_url              text,
    created_at              timestamptz not null,
    constraint captured_within_total check (captured_minor between 0 and total_minor),
    constraint refunded_within_captured check (refunded_minor between 0 and captured_minor),
    constraint shipping_captured_within_quoted check (shipping_captured_minor between 0 and shipping_quoted_minor),
    constraint disputed_not_negative check (disputed_minor >= 0)
);
create unique index payment_purchase_order on payment (partner_id, purchase_order_number)
    where purchase_order_number is not null;
create index payment_purchase_order_number on payment (purchase_order_number) where purchase_order_number is not null;

create table charge (
    id               uuid primary key,
    payment_id       uuid    not null references payment (id) on delete restrict,
    order_id         uuid    not null,
    shipment_id      uuid    unique,
    status           text    not null,
    currency         char(3) not null,
    amount_minor     bigint  not null check (amount_minor >= 0),
    shipping_minor   bigint  not null check (shipping_minor between 0 and amount_minor),
    tax_minor        bigint  not null check (tax_minor between 0 and amount_minor),
    due_on           date,
    authorization_id uuid,
    hold_reason      text,
    created_at       timestamptz not null,
    updated_at       timestamptz not null
);
create index charge_payment on charge (payment_id);
create index charge_order on charge (order_id);
create index charge_authorization on charge (authorization_id) where authorization_id is not null;

create table payment_authorization (
    id             uuid primary key,
    payment_id     uuid    not null references payment (id) on delete restrict,
    order_id       uuid    not null,
    provider       text    not null,
    status         text    not null,
    currency       char(3) not null,
    charge_ids     uuid[]  not null,
    amount_minor   bigint  not null check (amount_minor >= 0),
    captured_minor bigint  not null default 0 check (captured_minor between 0 and amount_minor),
    on_session     boolean not null,
    multicapture   boolean not null default false,
    provider_ref   text,
    provider_charge text,
    next_action    jsonb,
    decline_code   text,
    expires_at     timestamptz,
    created_at     timestamptz not null,
    updated_at     timestamptz not null
);
create unique index payment_authorization_ref on payment_authorization (provider, provider_ref) where provider_ref is not null;
create index payment_authorization_charges on payment_authorization using gin (charge_ids);
create index payment_authorization_payment on payment_authorization (payment_id);
create index payment_authorization_expiry on payment_authorization (expires_at) where status = 'authorized';
create index payment_authorization_action on payment_authorization (created_at)
    where status in ('pending', 'requires_action', 'declined') and on_session;
alter table charge add foreign key (authorization_id) references payment_authorization (id) on delete restrict;

create table capture (
    id               uuid primary key,
    payment_id       uuid    not null references payment (id) on delete restrict,
    order_id         uuid    not null,
    charge_id        uuid    not null references charge (id) on delete restrict,
    authorization_id uuid    references payment_authorization (id) on delete restrict,
    provider         text    not null,
    status           text    not null,
    currency         char(3) not null,
    amount_minor     bigint  not null check (amount_minor > 0),
    shipping_minor   bigint  not null check (shipping_minor between 0 and amount_minor),
    refunded_minor   bigint  not null default 0,
    disputed_minor   bigint  not null default 0 check (disputed_minor >= 0),
    fee_minor        bigint,
    provider_ref     text,
    created_at       timestamptz not null,
    settled_at       timestamptz,
    constraint capture_refunded_within check (refunded_minor between 0 and amount_minor)
);
-- A charge is captured once, whatever races.
create unique index capture_once on capture (charge_id) where status not in ('failed', 'declined');
create unique index capture_ref on capture (provider, provider_ref) where provider_ref is not null and provider <> 'stripe';
create index capture_payment on capture (payment_id);
create index capture_authorization on capture (authorization_id) where authorization_id is not null;
-- Captures and refunds that a provider doesn't know are looked for by their time (PAY-13).
create index capture_settled_at on capture (settled_at) where status = 'succeeded';
create index capture_provider_ref on capture (provider_ref) where provider_ref is not null;

create table payment_refund (
    id            uuid primary key,
    payment_id    uuid    not null references payment (id) on delete restrict,
    order_id      uuid    not null,
    capture_id    uuid    not null references capture (id) on delete restrict,
    provider      text    not null,
    status        text    not null,
    currency      char(3) not null,
    amount_minor  bigint  not null check (amount_minor > 0),
    reason        text    not null,
    origin        text    not null check (origin in ('store', 'provider', 'manual')),
    subject_id    uuid,
    provider_ref  text,
    failure_code  text,
    created_at    timestamptz not null,
    settled_at    timestamptz
);
create unique index payment_refund_ref on payment_refund (provider, provider_ref) where provider_ref is not null;
create index payment_refund_settled_at on payment_refund (settled_at) where status = 'succeeded';
create index payment_refund_capture on payment_refund (capture_id);
create index payment_refund_payment on payment_refund (payment_id);
create index payment_refund_subject on payment_refund (subject_id) where subject_id is not null;

create table provider_operation (
    id              uuid primary key,
    payment_id      uuid    not null references payment (id) on delete restrict,
    order_id        uuid    not null,
    kind            text    not null check (kind in ('authorize', 'setup', 'complete', 'capture', 'void', 'refund')),
    subject_id      uuid    not null,
    provider        text    not null,
    idempotency_key text    not null unique,
    status          text    not null,
    attempts        integer not null default 0,
    request         jsonb   not null default '{}',
    provider_ref    text,
    error           text,
    created_at      timestamptz not null,
    sent_at         timestamptz,
    settled_at      timestamptz
);
create index provider_operation_open on provider_operation (created_at) where status in ('planned', 'sent', 'unknown');
-- What the payer approved is taken once, and an authorization is let go once, whoever asks for it.
create unique index provider_operation_once on provider_operation (subject_id, kind)
    where kind in ('complete', 'void') and status not in ('failed', 'declined');
create index provider_operation_subject on provider_operation (subject_id);
create index provider_operation_payment on provider_operation (payment_id);

create table dispute (
    id           uuid primary key,
    provider     text    not null,
    provider_ref text    not null,
    payment_id   uuid    not null references payment (id) on delete restrict,
    order_id     uuid    not null,
    capture_id   uuid    not null references capture (id) on delete restrict,
    status       text    not null,
    reason       text    not null,
    currency     char(3) not null,
    amount_minor bigint  not null check (amount_minor > 0),
    opened_at    timestamptz not null,
    closed_at    timestamptz,
    unique (provider, provider_ref)
);
create index dispute_payment on dispute (payment_id);
create index dispute_open on dispute (opened_at) where closed_at is null;

create table payment_link (
    id          uuid primary key,
    token_hash  bytea   not null unique,
    payment_id  uuid    not null references payment (id) on delete restrict,
    order_id    uuid    not null,
    charge_id   uuid    not null references charge (id) on delete restrict,
    created_at  timestamptz not null,
    expires_at  timestamptz not null,
    reminded    integer not null default 0,
    used_at     timestamptz,
    closed_at   timestamptz
);
create unique index payment_link_open on payment_link (charge_id) where used_at is null and closed_at is null;
create index payment_link_waiting on payment_link (created_at) where used_at is null and closed_at is null;

-- Bank statement lines (PAY-10): each line is known once by its fingerprint.
create table bank_line (
    id           uuid primary key,
    fingerprint  bytea   not null unique,
    booked_on    date    not null,
    currency     char(3) not null,
    amount_minor bigint  not null,
    reference    text    not null,
    payer        text    not null default '',
    status       text    not null check (status in ('matched', 'short', 'over', 'unknown',
        'wrong_currency', 'outgoing', 'dismissed')),
    payment_id   uuid    references payment (id) on delete restrict,
    imported_at  timestamptz not null,
    allocated_minor bigint not null default 0,
    allocated_at timestamptz,
    allocated_by text,
    check (allocated_minor between 0 and greatest(amount_minor, 0))
);
-- A transfer reference as people and banks spell it: no signs between, look-alikes made one.
create index payment_transfer_reference on payment
    (translate(upper(regexp_replace(transfer_reference, '[^A-Za-z0-9]', '', 'g')), 'OILZ', '0112'))
    where transfer_reference is not null;
create index bank_line_payment on bank_line (payment_id) where payment_id is not null;

-- What the provider says it moved: the reconciler holds it against ours (PAY-13).
create table provider_movement (
    provider     text    not null,
    provider_ref text    not null,
    kind         text    not null,
    parent_ref   text,
    currency     char(3) not null,
    amount_minor bigint  not null,
    fee_minor    bigint  not null default 0,
    moved_at     timestamptz not null,
    occurrence   smallint not null default 0,
    matched_kind text,
    matched_id   uuid,
    -- Parts of a multicapture, and a payout and its return, bear the same reference.
    primary key (provider, provider_ref, kind, moved_at, amount_minor, occurrence)
);
create index provider_movement_match on provider_movement (matched_kind, matched_id) where matched_id is not null;
create index provider_movement_open on provider_movement (moved_at) where matched_id is null;
