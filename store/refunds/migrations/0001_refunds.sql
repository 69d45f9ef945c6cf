-- A customer asks (refund_request), an agent decides, a refund moves the money, a credit note tells the books.

create table refund_request (
    id          uuid primary key,
    number      text    not null unique,
    order_id    uuid    not null,
    status      text    not null,
    reason      text    not null,
    message     text    not null default '',
    lines       jsonb   not null,
    proofs      jsonb   not null default '[]',
    asked_by    text    not null,
    asked_at    timestamptz not null,
    decided_by  text,
    decided_at  timestamptz,
    decision    text
);
create index refund_request_order on refund_request (order_id);
create index refund_request_queue on refund_request (asked_at, id) where status = 'open';

create table refund (
    id               uuid primary key,
    number           text    not null unique,
    order_id         uuid    not null,
    request_id       uuid    references refund_request (id) on delete restrict,
    request_key      text    unique,
    status           text    not null,
    reason           text    not null,
    note             text    not null default '',
    currency         char(3) not null,
    amount_minor     bigint  not null check (amount_minor > 0),
    goods_minor      bigint  not null check (goods_minor >= 0),
    shipping_minor   bigint  not null check (shipping_minor >= 0),
    tax_minor        bigint  not null check (tax_minor >= 0),
    fee_minor        bigint  not null default 0 check (fee_minor >= 0),
    outside_policy   boolean not null default false,
    requested_by     text    not null,
    requested_at     timestamptz not null,
    approved_by      text,
    approved_at      timestamptz,
    settled_at       timestamptz,
    check (approved_by is null or approved_by <> requested_by),
    check (amount_minor = goods_minor + shipping_minor - fee_minor)
);
create index refund_order on refund (order_id);
create index refund_queue on refund (requested_at, id) where status in ('awaiting_approval', 'manual');

create table refund_line (
    refund_id        uuid    not null references refund (id) on delete restrict,
    shipment_line_id uuid    not null,
    order_id         uuid    not null,
    quantity         integer not null check (quantity > 0),
    goods_minor      bigint  not null check (goods_minor >= 0),
    tax_minor        bigint  not null check (tax_minor >= 0),
    primary key (refund_id, shipment_line_id)
);
create index refund_line_source on refund_line (shipment_line_id);

create table credit_note (
    id           uuid primary key,
    legal_entity text    not null,
    number       text    not null unique,
    order_id     uuid    not null,
    refund_id    uuid    not null unique references refund (id) on delete restrict,
    locale       text    not null,
    currency     char(3) not null,
    amount_minor bigint  not null check (amount_minor > 0),
    tax_minor    bigint  not null check (tax_minor >= 0),
    lines        jsonb   not null,
    issued_at    timestamptz not null
);
create index credit_note_order on credit_note (order_id);
create trigger credit_note_append_only before update or delete on credit_note
    for each row execute function refuse_change();
