-- Outbox, inbox, idempotency keys, the movable clock, gapless numbers, audit.

create table outbox (
    id           bigint generated always as identity primary key,
    topic        text        not null,
    consumer     text        not null,
    payload      jsonb       not null,
    created_at   timestamptz not null default clock_timestamp(),
    due_at       timestamptz not null,
    leased_until timestamptz,
    attempts     integer     not null default 0,
    dead         boolean     not null default false,
    last_error   text
);
create index outbox_due on outbox (due_at, id) where not dead;
create index outbox_dead on outbox (id) where dead;

create table inbox (
    source      text        not null,
    event_id    text        not null,
    kind        text        not null,
    payload     jsonb       not null,
    received_at timestamptz not null,
    applied_at  timestamptz,
    primary key (source, event_id)
);
create index inbox_waiting on inbox (received_at) where applied_at is null;

create table idempotency_key (
    scope        text        not null,
    key          text        not null,
    request_hash bytea       not null,
    claimed_by   uuid        not null,
    status       integer,
    body         bytea,
    created_at   timestamptz not null default clock_timestamp(),
    leased_until timestamptz not null,
    answered_at  timestamptz,
    primary key (scope, key),
    check (length(key) between 1 and 255)
);
create index idempotency_key_age on idempotency_key (created_at);

-- One row at most: how far the clock was moved (never in production).
create table clock_offset (
    only_row       boolean primary key default true check (only_row),
    offset_seconds bigint not null
);

-- Gapless numbers per legal entity and kind: the row is locked by the transaction that uses the number.
create table number_sequence (
    legal_entity text    not null,
    kind         text    not null,
    year         integer not null,
    last_number  bigint  not null default 0,
    primary key (legal_entity, kind, year)
);

create table audit_entry (
    id          bigint generated always as identity primary key,
    at          timestamptz not null,
    actor       text        not null,
    action      text        not null,
    object      text        not null,
    object_id   text        not null,
    facts       jsonb       not null default '{}'
);
create index audit_entry_object on audit_entry (object, object_id, id);

-- What a person has to look at: differences with a provider, unmatched bank lines, lost authorizations.
create table exception_item (
    id          uuid primary key,
    kind        text        not null,
    subject     text        not null,
    order_id    uuid,
    facts       jsonb       not null default '{}',
    opened_at   timestamptz not null,
    resolved_at timestamptz,
    resolution  text,
    resolved_by text
);
create unique index exception_item_open on exception_item (kind, subject) where resolved_at is null;
create index exception_item_queue on exception_item (opened_at) where resolved_at is null;
