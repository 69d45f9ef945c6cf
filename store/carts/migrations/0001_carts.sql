create table cart (
    id              uuid primary key,
    market          text        not null,
    locale          text        not null,
    account_id      uuid,
    partner_id      uuid,
    email           text,
    lines           jsonb       not null default '[]',
    address         jsonb,
    billing_address jsonb,
    shipping_method text,
    payment_method  text,
    coupon          text,
    order_id        uuid unique,
    version         integer     not null default 1,
    created_at      timestamptz not null,
    expires_at      timestamptz not null
);
create index cart_expiry on cart (expires_at) where order_id is null;
