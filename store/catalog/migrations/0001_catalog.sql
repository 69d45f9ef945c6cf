create table manufacturer (
    id    uuid primary key,
    slug  text not null unique,
    name  text not null,
    rma_route jsonb not null default '{}'
);

create table category (
    slug     text    primary key,
    names    jsonb   not null,
    position integer not null default 0
);

create table product (
    id              uuid primary key,
    slug            text    not null unique,
    manufacturer_id uuid    not null references manufacturer (id) on delete restrict,
    kind            text    not null check (kind in ('device', 'accessory', 'service')),
    condition       text    not null check (condition in ('new', 'refurbished')),
    category        text    not null references category (slug) on delete restrict,
    warranty_months integer not null check (warranty_months >= 0),
    tax_class       text    not null,
    names           jsonb   not null,
    descriptions    jsonb   not null,
    media           jsonb   not null default '[]',
    search_text     text    not null,  -- names in all languages, manufacturer and SKUs, as search_text.py folds them
    search_grams    text[]  not null,  -- its words cut into one to three signs: what the search's index keeps
    active          boolean not null default true,
    position        bigint  generated always as identity unique
);
create index product_manufacturer on product (manufacturer_id);
create index product_search on product using gin (search_grams) with (fastupdate = off);

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
    options      jsonb   not null default '[]',
    service      jsonb,
    weight_grams integer not null check (weight_grams >= 0),
    sells        text    not null check (sells in ('stock', 'backorder', 'preorder', 'always', 'unavailable')),
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

-- What each market's listing runs through: one row per product that has a price there, with all that a listing filters
-- and sorts by, so that every page is read off an index. Written by save_products() only.
create table listing (
    market          text    not null,
    product_id      uuid    not null references product (id) on delete restrict,
    position        bigint  not null,
    category        text    not null,
    manufacturer    text    not null,
    kind            text    not null,
    condition       text    not null,
    from_minor      bigint  not null,
    by_default      boolean not null,  -- New, or an accessory (CAT-2)
    primary key (market, product_id)
);
create index listing_product on listing (product_id);
create index listing_position on listing (market, position);
create index listing_default on listing (market, position) where by_default;
create index listing_price on listing (market, from_minor, position);
create index listing_category on listing (market, category, position);
create index listing_category_price on listing (market, category, from_minor, position);
create index listing_manufacturer on listing (market, manufacturer, position);
create index listing_kind on listing (market, kind, position);
create index listing_refurbished on listing (market, position) where condition = 'refurbished';

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
    check (currency is not null or (amount_minor is null and minimum_minor = 0)),
    check (minimum_minor >= 0)
);

-- Bumped by every change of what the catalogue shows, and only by real ones: caches and ETags rest on it.
create table catalog_version (
    only_row boolean primary key default true check (only_row),
    version  bigint  not null
);
insert into catalog_version (version) values (1);
create function bump_catalog_version() returns trigger language plpgsql as $$
begin
    if exists (select from changed) then
        update catalog_version set version = version + 1;
    end if;
    return null;
end $$;
do $$
declare
    watched text;
    event   text;
begin
    foreach watched in array array['manufacturer', 'category', 'product', 'accessory', 'variant', 'price'] loop
        foreach event in array array['insert', 'update', 'delete'] loop
            execute format(
                'create trigger %1$s_%2$s_bumps after %2$s on %1$s referencing %3$s table as changed'
                ' for each statement execute function bump_catalog_version()',
                watched, event, case event when 'delete' then 'old' else 'new' end
            );
        end loop;
    end loop;
end $$;
