-- A customer asks (refund_request), an agent decides, a refund moves the money, a credit note tells the books.

create table refund_request (
    id          uuid primary key,
    number      text    not null unique,
    order_id    uuid    not null,
    status      text    not null check (status in ('open', 'accepted', 'declined')),
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

-- amount = goods + shipping - fee - deducted, all of it either money given back or an unpaid invoice reduced.
create table refund (
    id               uuid primary key,
    number           text    not null unique,
    order_id         uuid    not null,
    request_id       uuid    references refund_request (id) on delete restrict,
    request_key      text    unique,
    payment_refund_id uuid   unique,
    origin           text    not null check (origin in ('agent', 'store', 'provider')),
    status           text    not null check (status in ('awaiting_approval', 'processing', 'manual', 'succeeded',
        'partly_failed', 'failed', 'rejected')),
    reason           text    not null,
    note             text    not null default '',
    override_reason  text    not null default '',
    approval_reasons text[]  not null default '{}',
    currency         char(3) not null,
    amount_minor     bigint  not null check (amount_minor >= 0),
    goods_minor      bigint  not null check (goods_minor >= 0),
    shipping_minor   bigint  not null check (shipping_minor >= 0),
    tax_minor        bigint  not null check (tax_minor >= 0),
    fee_minor        bigint  not null default 0 check (fee_minor >= 0),
    fee_tax_minor    bigint  not null default 0 check (fee_tax_minor between 0 and fee_minor),
    deducted_minor   bigint  not null default 0 check (deducted_minor >= 0),
    money_minor      bigint  not null check (money_minor between 0 and amount_minor),
    charge_ids       uuid[]  not null default '{}',
    outside_policy   boolean not null default false,
    requested_by     text    not null,
    requested_id     text    not null,
    requested_at     timestamptz not null,
    approved_by      text,
    approved_id      text,
    approved_at      timestamptz,
    manual_approved_by text,
    manual_approved_id text,
    manual_reference text,
    settled_at       timestamptz,
    check (approved_id is null or approved_id <> requested_id),
    check (manual_approved_id is null or manual_approved_id <> requested_id),
    check (status = 'awaiting_approval' or status = 'rejected' or approval_reasons = '{}' or approved_id is not null),
    check (amount_minor = goods_minor + shipping_minor - fee_minor - deducted_minor)
);
create index refund_order on refund (order_id);
create index refund_queue on refund (requested_at, id)
    where status in ('awaiting_approval', 'manual', 'partly_failed', 'failed');
create index refund_of_request on refund (request_id) where request_id is not null;

create table refund_line (
    refund_id        uuid    not null references refund (id) on delete restrict,
    shipment_line_id uuid    not null,
    shipment_id      uuid    not null,
    order_id         uuid    not null,
    reason           text    not null,
    quantity         integer not null check (quantity > 0),
    goods_minor      bigint  not null check (goods_minor >= 0),
    tax_minor        bigint  not null check (tax_minor between 0 and goods_minor),
    primary key (refund_id, shipment_line_id)
);
create index refund_line_source on refund_line (shipment_line_id);
create index refund_line_order on refund_line (order_id);

-- Running sums of what a shipped line has given back, rejected refunds left out: never more than was sold (REF-7).
create table refunded_line (
    shipment_line_id uuid    primary key,
    order_id         uuid    not null,
    sold_quantity    integer not null,
    sold_minor       bigint  not null,
    quantity         integer not null,
    goods_minor      bigint  not null,
    constraint refunded_units_within_sold check (quantity between 0 and sold_quantity),
    constraint refunded_goods_within_sold check (goods_minor between 0 and sold_minor)
);

-- A shipment's share of the shipping goes back once at most (REF-7); `freed` when its refund was rejected.
create table refund_shipping (
    refund_id    uuid    not null references refund (id) on delete restrict,
    shipment_id  uuid    not null,
    order_id     uuid    not null,
    amount_minor bigint  not null check (amount_minor >= 0),
    tax_minor    bigint  not null check (tax_minor between 0 and amount_minor),
    freed        boolean not null default false,
    primary key (refund_id, shipment_id)
);
create unique index refund_shipping_once on refund_shipping (shipment_id) where not freed;
create index refund_shipping_order on refund_shipping (order_id);

create table credit_note (
    id           uuid primary key,
    legal_entity text    not null,
    number       text    not null unique,
    year         integer not null,
    sequence     bigint  not null,
    order_id     uuid    not null,
    refund_id    uuid    not null unique references refund (id) on delete restrict,
    locale       text    not null,
    currency     char(3) not null,
    amount_minor bigint  not null check (amount_minor > 0),
    tax_minor    bigint  not null check (tax_minor >= 0),
    lines        jsonb   not null,
    issued_at    timestamptz not null,
    unique (legal_entity, year, sequence)
);
create index credit_note_order on credit_note (order_id);
create trigger credit_note_append_only before update or delete on credit_note
    for each row execute function refuse_change();
