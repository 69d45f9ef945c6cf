create table invoice (
    id           uuid primary key,
    legal_entity text    not null,
    number       text    not null unique,
    order_id     uuid    not null,
    charge_id    uuid    not null unique,
    shipment_id  uuid,
    locale       text    not null,
    currency     char(3) not null,
    amount_minor bigint  not null check (amount_minor >= 0),
    tax_minor    bigint  not null check (tax_minor >= 0),
    lines        jsonb   not null,
    due_on       date,
    issued_at    timestamptz not null
);
create index invoice_order on invoice (order_id);
create trigger invoice_append_only before update or delete on invoice
    for each row execute function refuse_change();
