create table manufacturer (
    id    uuid primary key,
    slug  text not null unique,
    name  text not null,
    rma_route jsonb not null default '{}'
);

create table product (
    id              uuid primary key,
    slug            text    not null unique,
    manufacturer_id uuid    not null references manufacturer (id) on delete restrict,
    kind            text    not null check (kind in ('device', 'accessory', 'service')),
    condition       text    not null check (condition in ('new', 'refurbished')),
    category        text    not null,
    warranty_months integer not null check (warranty_months >= 0),
    tax_class       text    not null,
    names           jsonb   not null,
    descriptions    jsonb   not null,
    media           jsonb   not null default '[]',
    search_text     text    not null,
    active          boolean not null default true,
    position        bigint  generated always as identity
);
create index product_listing on product (position) where active;
create index product_category on product (category, position) where active;

create table accessory (
    accessory_id uuid not null references product (id) on delete restrict,
    device_id    uuid not null references product (id) on delete restrict,
    primary key (device_id, accessory_id)
);
create index accessory_by_accessory on accessory (accessory_id);

create table variant (
    id           uuid primary key,
    product_id   uuid    not null references product (id) on delete restrict,
    sku          text    not null unique check (sku !~ '\s'),
    names        jsonb   not null,
    barcode      text,
    serialized   boolean not null default false,
    weight_grams integer not null check (weight_grams >= 0),
    sells        text    not null check (sells in ('stock', 'backorder', 'preorder', 'unavailable')),
    release_on   date,
    active       boolean not null default true,
    position     bigint  generated always as identity,
    check (sells <> 'preorder' or release_on is not null)
);
create index variant_product on variant (product_id, position);

create table price (
    variant_id       uuid    not null references variant (id) on delete restrict,
    market           text    not null,
    currency         char(3) not null,
    amount_minor     bigint  not null check (amount_minor >= 0),
    compare_at_minor bigint  check (compare_at_minor > amount_minor),
    primary key (variant_id, market)
);

create table promotion (
    code          text primary key check (code = upper(code)),
    names         jsonb   not null,
    market        text,
    percent_ppm   integer check (percent_ppm between 1 and 1000000),
    amount_minor  bigint  check (amount_minor > 0),
    currency      char(3),
    minimum_minor bigint  not null default 0,
    starts_at     timestamptz,
    ends_at       timestamptz,
    check ((percent_ppm is null) <> (amount_minor is null)),
    check ((amount_minor is null) = (currency is null))
);

-- Bumped by every change of what the listing shows: caches and ETags rest on it.
create table catalog_version (
    only_row boolean primary key default true check (only_row),
    version  bigint not null
);
insert into catalog_version (version) values (1);
create function bump_catalog_version() returns trigger language plpgsql as $$
begin
    update catalog_version set version = version + 1;
    return null;
end $$;
create trigger product_bumps after insert or update or delete on product
    for each statement execute function bump_catalog_version();
create trigger variant_bumps after insert or update or delete on variant
    for each statement execute function bump_catalog_version();
create trigger price_bumps after insert or update or delete on price
    for each statement execute function bump_catalog_version();
