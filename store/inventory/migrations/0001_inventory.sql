create table warehouse (
    code     text primary key,
    name     text    not null,
    country  char(2) not null,
    markets  text[]  not null,
    position integer not null
);

-- `reserved` is what orders hold of what is there; nothing is ever sold twice (CRT-7).
create table stock (
    variant_id uuid    not null,
    warehouse  text    not null references warehouse (code) on delete restrict,
    on_hand    integer not null default 0 check (on_hand >= 0),
    reserved   integer not null default 0,
    primary key (variant_id, warehouse),
    check (reserved between 0 and on_hand)
);

create table inbound_delivery (
    id          uuid primary key,
    variant_id  uuid    not null,
    warehouse   text    not null references warehouse (code) on delete restrict,
    quantity    integer not null check (quantity > 0),
    expected_on date    not null,
    received_at timestamptz
);
create index inbound_expected on inbound_delivery (variant_id, expected_on) where received_at is null;

create table stock_movement (
    id         bigint generated always as identity primary key,
    at         timestamptz not null,
    variant_id uuid        not null,
    warehouse  text        not null,
    quantity   integer     not null,
    kind       text        not null,
    reference  text        not null
);
create index stock_movement_variant on stock_movement (variant_id, id);
