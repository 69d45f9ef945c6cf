-- One e-mail per fact: `key` names the fact, so that a second run of the consumer writes nothing.
create table email (
    id         uuid primary key,
    key        text        not null unique,
    kind       text        not null,
    order_id   uuid,
    recipient  text        not null,
    locale     text        not null,
    subject    text        not null,
    text_body  text        not null,
    html_body  text        not null,
    message_id text        not null,
    created_at timestamptz not null,
    sent_at    timestamptz,
    via        text
);
create index email_order on email (order_id) where order_id is not null;
create index email_recent on email (created_at desc);
