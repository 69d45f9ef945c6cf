-- An invoice per charge (DOC-3), frozen as it was issued: what seller and buyer were called that day stands in it.
--
-- lines   [{order_line_id, sku, names, quantity, goods_minor, tax_minor, tax_rate_ppm}], goods include tax
-- taxes   [{rate_ppm, net_minor, tax_minor}], shipping included; name and region of the tax stand beside it
-- seller  {code, name, address, country, registrations, bank}
-- buyer   {name, address, country, email, vat_id}
create table invoice (
    id                    uuid primary key,
    legal_entity          text    not null,
    number                text    not null unique,
    order_id              uuid    not null,
    order_number          text    not null,
    charge_id             uuid    not null unique,
    shipment_id           uuid,
    locale                text    not null,
    currency              char(3) not null,
    amount_minor          bigint  not null check (amount_minor >= 0),
    tax_minor             bigint  not null check (tax_minor between 0 and amount_minor),
    shipping_minor        bigint  not null check (shipping_minor between 0 and amount_minor),
    shipping_tax_minor    bigint  not null check (shipping_tax_minor between 0 and shipping_minor),
    tax_name              text    not null,
    tax_region            text    not null,
    lines                 jsonb   not null,
    taxes                 jsonb   not null,
    seller                jsonb   not null,
    buyer                 jsonb   not null,
    payment_method        text    not null,
    transfer_reference    text,
    purchase_order_number text,
    issued_on             date    not null,
    due_on                date,
    issued_at             timestamptz not null
);
create index invoice_order on invoice (order_id);
create trigger invoice_append_only before update or delete on invoice
    for each row execute function refuse_change();
