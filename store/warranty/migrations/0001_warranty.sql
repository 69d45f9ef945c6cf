-- unit               one physical item with a serial number, whoever sold it
-- unit_event         its passport: sale, registration, services, returns, repairs, replacement
-- registration       who owns it; never shown by the public look-up
-- certificate        a service that was bought, for so many units
-- unit_service       a service that a unit has
-- warranty_import    a file of registrations or units, worked on as a job

create table unit (
    id                uuid primary key,
    serial            text    not null check (serial ~ '^[0-9A-RT-Z][0-9A-RT-Z./-]{2,39}$'),
    product_id        uuid    not null references product (id) on delete restrict,
    variant_id        uuid    not null references variant (id) on delete restrict,
    manufacturer_id   uuid    not null references manufacturer (id) on delete restrict,
    origin            text    not null check (origin in ('sold', 'imported', 'registered')),
    status            text    not null check (status in ('active', 'returned', 'replaced', 'scrapped')),
    status_at         timestamptz not null,  -- since when
    market            text    not null,
    order_id          uuid,
    shipment_line_id  uuid,
    -- The standard warranty runs from here: the dispatch, or the purchase that was proven (WAR-4).
    warranty_starts_on date   not null,
    warranty_months   integer not null check (warranty_months >= 0),
    -- A replacement has the rest of what the replaced unit had, if that ends later than its own.
    replaces_unit_id  uuid    references unit (id) on delete restrict,
    inherited_until   date,
    created_at        timestamptz not null,
    unique (product_id, serial),
    check ((replaces_unit_id is null) = (inherited_until is null)),
    check (origin <> 'sold' or order_id is not null)
);
create index unit_serial on unit (serial);
create index unit_order on unit (order_id) where order_id is not null;
create index unit_shipment_line on unit (shipment_line_id) where shipment_line_id is not null;
create index unit_replaces on unit (replaces_unit_id) where replaces_unit_id is not null;

create table unit_event (
    id      bigint generated always as identity primary key,
    unit_id uuid        not null references unit (id) on delete restrict,
    at      timestamptz not null,
    kind    text        not null,
    facts   jsonb       not null default '{}',
    public  boolean     not null default true
);
create index unit_event_unit on unit_event (unit_id, id);
create trigger unit_event_append_only before update or delete on unit_event
    for each row execute function refuse_change();

-- holder  {first_name, last_name, email, company, address, postcode, city, country, phone, contact_preference}
create table registration (
    id             uuid primary key,
    unit_id        uuid    not null references unit (id) on delete restrict,
    batch_id       uuid    not null,  -- units registered together have one
    account_id     uuid,
    partner_id     uuid,
    holder         jsonb   not null,
    holder_email   text    not null,
    purchased_on   date    not null,
    locale         text    not null,
    market         text    not null,
    registered_by  text    not null,
    registered_at  timestamptz not null,
    import_id      uuid,
    attachment_ids uuid[]  not null default '{}',
    ended_at       timestamptz
);
create unique index registration_current on registration (unit_id) where ended_at is null;
create index registration_batch on registration (batch_id);
create index registration_account on registration (account_id, registered_at desc, id desc) where account_id is not null;
create index registration_partner on registration (partner_id, registered_at desc, id desc) where partner_id is not null;
create index registration_email on registration (lower(holder_email));
create index registration_import on registration (import_id) where import_id is not null;

-- names {locale: name} and terms {reference, extends_warranty_months, units, …} frozen as they were bought.
create table certificate (
    id             uuid primary key,
    number         text    not null unique,
    reference      text    not null,
    names          jsonb   not null,
    terms          jsonb   not null,
    units          integer not null check (units > 0),
    used           integer not null default 0,
    revoked_units  integer not null default 0 check (revoked_units >= 0),
    order_id       uuid    not null,
    shipment_line_id uuid  not null unique,  -- issued when it leaves and is charged
    order_number   text    not null,
    account_id     uuid,
    partner_id     uuid,
    email          text    not null,
    locale         text    not null,
    market         text    not null,
    issued_at      timestamptz not null,
    -- N services register N units, never more (CER-2).
    constraint certificate_not_overused check (used between 0 and units - revoked_units)
);
create index certificate_order on certificate (order_id);
create index certificate_account on certificate (account_id, issued_at desc, id desc) where account_id is not null;
create index certificate_partner on certificate (partner_id, issued_at desc, id desc) where partner_id is not null;
create index certificate_email on certificate (lower(email));

create table unit_service (
    id              uuid primary key,
    unit_id         uuid    not null references unit (id) on delete restrict,
    certificate_id  uuid    not null references certificate (id) on delete restrict,
    registration_id uuid    references registration (id) on delete restrict,
    reference       text    not null,
    names           jsonb   not null,
    extends_months  integer not null default 0 check (extends_months >= 0),
    starts_on       date    not null,
    ends_on         date,
    registered_at   timestamptz not null,
    moved_to_unit_id uuid   references unit (id) on delete restrict,  -- a replacement took it over
    ended_at        timestamptz,  -- moved, or the unit was sold anew: only services without it count
    unique (unit_id, certificate_id),
    check (ends_on is null or ends_on >= starts_on),
    check (moved_to_unit_id is null or ended_at is not null)
);
create index unit_service_certificate on unit_service (certificate_id);
create unique index unit_service_once on unit_service (unit_id, reference) where ended_at is null;

-- carried {certificate number: rows}: what later rows of a dry run must know of earlier ones, which were not kept.
create table warranty_import (
    id           uuid primary key,
    kind         text    not null check (kind in ('registrations', 'units')),
    status       text    not null check (status in ('uploaded', 'running', 'finished', 'failed')),
    dry_run      boolean not null,
    file_name    text    not null,
    file_id      uuid    not null,  -- the attachment; forgotten with the failures
    locale       text    not null,
    market       text    not null,
    account_id   uuid,
    partner_id   uuid,
    asked_by     text    not null,
    by_staff     boolean not null,
    identity     text    not null,
    template_version integer not null,
    rows_total   integer not null check (rows_total > 0),
    rows_done    integer not null default 0,
    rows_new     integer not null default 0,
    rows_same    integer not null default 0,
    rows_failed  integer not null default 0,
    carried      jsonb   not null default '{}',
    attachment_ids uuid[] not null default '{}',
    created_at   timestamptz not null,
    started_at   timestamptz,
    finished_at  timestamptz,
    failures_forgotten_at timestamptz,
    constraint warranty_import_counts check (rows_done = rows_new + rows_same + rows_failed and rows_done <= rows_total),
    check (status <> 'finished' or rows_done = rows_total),
    check ((finished_at is not null) = (status in ('finished', 'failed')))
);
create index warranty_import_asked on warranty_import (identity, created_at desc, id desc);
-- The same file is worked on once at a time.
create unique index warranty_import_open on warranty_import (identity, kind, file_id, dry_run)
    where status in ('uploaded', 'running');
create index warranty_import_kept on warranty_import (finished_at) where failures_forgotten_at is null;

-- cells {column: what stood there}; errors [{column, code, text, facts}], told in the reader's language when read.
create table warranty_import_failure (
    import_id uuid    not null references warranty_import (id) on delete cascade,
    row       integer not null,
    cells     jsonb   not null,
    errors    jsonb   not null,
    primary key (import_id, row)
);
