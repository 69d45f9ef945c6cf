create table sales_order (
    id                 uuid primary key,
    number             text    not null unique,
    market             text    not null,
    legal_entity       text    not null,
    channel            text    not null default 'web',
    channel_reference  text,
    locale             text    not null,
    status             text    not null,
    account_id         uuid,
    partner_id         uuid,
    email              text    not null,
    phone              text,
    shipping_address   jsonb   not null,
    billing_address    jsonb   not null,
    shipping_method    text    not null,
    payment_method     text    not null,
    coupon             text,
    currency           char(3) not null,
    tax_mode           text    not null check (tax_mode in ('inclusive', 'exclusive')),
    tax_rate_ppm       integer not null,
    tax_name           text    not null,
    tax_region         text    not null,
    goods_minor        bigint  not null check (goods_minor >= 0),
    discount_minor     bigint  not null check (discount_minor >= 0),
    tax_minor          bigint  not null check (tax_minor >= 0),
    shipping_minor     bigint  not null check (shipping_minor >= 0),
    shipping_tax_minor bigint  not null check (shipping_tax_minor >= 0),
    total_minor        bigint  not null check (total_minor >= 0),
    customer_reference text,
    placement_key      text    unique,
    placed_at          timestamptz not null,
    confirmed_at       timestamptz,
    closed_at          timestamptz,
    version            integer not null default 1
);
create index sales_order_account on sales_order (account_id, placed_at desc, id desc) where account_id is not null;
create index sales_order_partner on sales_order (partner_id, placed_at desc, id desc) where partner_id is not null;
create index sales_order_email on sales_order (lower(email), placed_at desc, id desc);
create index sales_order_recent on sales_order (placed_at desc, id desc);
create index sales_order_pending on sales_order (placed_at) where status = 'pending';
-- What agents search by (find_orders.SEARCH).
create index sales_order_phone on sales_order (phone) where phone is not null;
create index sales_order_recipient on sales_order ((lower(shipping_address ->> 'name')) collate "C");
create index sales_order_channel_reference on sales_order (channel_reference) where channel_reference is not null;
create unique index sales_order_channel on sales_order (channel, channel_reference) where channel_reference is not null;

-- Prices frozen at placement (MKT-6); `total_minor` is what the customer pays for the line, tax and discount included.
create table order_line (
    id               uuid primary key,
    order_id         uuid    not null references sales_order (id) on delete restrict,
    position         integer not null,
    variant_id       uuid    not null,
    product_id       uuid    not null,
    sku              text    not null,
    names            jsonb   not null,
    quantity         integer not null check (quantity > 0),
    unit_price_minor bigint  not null check (unit_price_minor >= 0),
    discount_minor   bigint  not null check (discount_minor >= 0),
    tax_minor        bigint  not null check (tax_minor between 0 and total_minor),
    tax_rate_ppm     integer not null,
    total_minor      bigint  not null check (total_minor >= 0),
    serialized       boolean not null,
    kind             text    not null,
    unique (order_id, position)
);

create table order_event (
    id       bigint generated always as identity primary key,
    order_id uuid        not null references sales_order (id) on delete restrict,
    at       timestamptz not null,
    actor    text        not null,
    kind     text        not null,
    facts    jsonb       not null default '{}',
    public   boolean     not null default true
);
create index order_event_order on order_event (order_id, id);
