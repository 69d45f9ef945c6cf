-- Warehouses, what they hold, what is on its way to them. Manufacturers, products and the rest stand in the catalogue.
create table warehouse (
    code    text     primary key,
    name    text     not null,
    country char(2)  not null
);

-- Which warehouses serve a market, the nearest first.
create table warehouse_market (
    market    text    not null,
    warehouse text    not null references warehouse (code) on delete restrict,
    position  integer not null,
    primary key (market, warehouse),
    unique (market, position)
);

-- `reserved` is what orders hold of what is there; nothing is ever sold twice (CRT-7).
create table stock (
    variant_id uuid    not null references variant (id) on delete restrict,
    warehouse  text    not null references warehouse (code) on delete restrict,
    on_hand    integer not null default 0 check (on_hand >= 0),
    reserved   integer not null default 0,
    primary key (variant_id, warehouse),
    check (reserved between 0 and on_hand)
) with (fillfactor = 50);  -- Changed by every order: room on the page keeps the changes out of the index.

create table inbound_delivery (
    id          uuid primary key,
    variant_id  uuid    not null references variant (id) on delete restrict,
    warehouse   text    not null references warehouse (code) on delete restrict,
    quantity    integer not null check (quantity > 0),
    expected_on date    not null,
    received_at timestamptz,
    reference   text    not null unique
);
create index inbound_expected on inbound_delivery (variant_id, expected_on) where received_at is null;
create index inbound_awaited on inbound_delivery (expected_on, id) where received_at is null;

-- The sums of a variant's changes in a warehouse are its stock. Without foreign keys: the row it tells of was locked
-- by the same statement, and the table is only ever added to.
create table stock_movement (
    id              bigint generated always as identity primary key,
    at              timestamptz not null,
    variant_id      uuid        not null,
    warehouse       text        not null,
    kind            text        not null
        check (kind in ('reserve', 'release', 'ship', 'receive', 'restock', 'adjust', 'opening')),
    on_hand_change  integer     not null,
    reserved_change integer     not null,
    reference       text        not null
);
create index stock_movement_variant on stock_movement (variant_id, id);
create trigger stock_movement_append_only before update or delete on stock_movement
    for each row execute function refuse_change();
