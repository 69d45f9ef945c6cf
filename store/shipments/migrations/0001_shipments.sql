-- Goods for an order that this room knows only by its id.

create table shipment (
    id                 uuid primary key,
    order_id           uuid    not null,
    sequence           integer not null,
    number             text    not null unique,
    market             text    not null,
    warehouse          text    not null,
    status             text    not null,
    kind               text    not null check (kind in ('stock', 'backorder', 'preorder')),
    not_before         date,
    ship_on            date    not null,
    promised_on        date    not null,
    currency           char(3) not null,
    goods_minor        bigint  not null check (goods_minor >= 0),
    shipping_minor     bigint  not null check (shipping_minor >= 0),
    shipping_tax_minor bigint  not null check (shipping_tax_minor >= 0),
    carrier            text,
    tracking_number    text,
    tracking_url       text,
    hold_reason        text,
    placed_at          timestamptz not null,
    ready_at           timestamptz,
    released_at        timestamptz,
    dispatched_at      timestamptz,
    delivered_at       timestamptz,
    returned_at        timestamptz,
    refundable_until   timestamptz,
    unique (order_id, sequence)
);
create index shipment_order on shipment (order_id);
create index shipment_queue on shipment (warehouse, status, placed_at, id)
    where status in ('waiting', 'ready', 'on_hold', 'released');
create index shipment_tracking on shipment (tracking_number) where tracking_number is not null;

create table shipment_line (
    id                uuid primary key,
    shipment_id       uuid    not null references shipment (id) on delete restrict,
    order_id          uuid    not null,
    order_line_id     uuid    not null,
    variant_id        uuid    not null,
    sku               text    not null,
    serialized        boolean not null,
    tracks_stock      boolean not null,
    quantity          integer not null check (quantity > 0),
    reserved_quantity integer not null default 0,
    canceled_quantity integer not null default 0,
    goods_minor       bigint  not null check (goods_minor >= 0),
    tax_minor         bigint  not null check (tax_minor between 0 and goods_minor),
    placed_at         timestamptz not null,
    check (canceled_quantity between 0 and quantity),
    check (reserved_quantity between 0 and quantity - canceled_quantity)
);
create index shipment_line_shipment on shipment_line (shipment_id);
create index shipment_line_order on shipment_line (order_id);
-- Who waits for stock, oldest order first (SHP-3).
create index shipment_line_waiting on shipment_line (variant_id, placed_at, id)
    where reserved_quantity + canceled_quantity < quantity;

create table shipment_serial (
    serial           text not null,
    variant_id       uuid not null,
    shipment_line_id uuid not null references shipment_line (id) on delete restrict,
    order_id         uuid not null,
    primary key (variant_id, serial)
);
create index shipment_serial_line on shipment_serial (shipment_line_id);
create index shipment_serial_order on shipment_serial (order_id);
create index shipment_serial_lookup on shipment_serial (serial);
