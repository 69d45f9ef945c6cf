-- Orders that after-sales opens: what replaces, brings back or repairs something of a return (RMA-9, RMA-18).
-- origin         shop, or what the order is for
-- origin_number  the return's number, which the customer knows
alter table sales_order
    add column origin text not null default 'shop' check (origin in ('shop', 'replacement', 'repair', 'return')),
    add column origin_number text,
    add check ((origin = 'shop') = (origin_number is null));
create index sales_order_origin on sales_order (origin_number) where origin_number is not null;
