-- One e-mail per fact: `key` names the fact, so that a second run of the consumer writes nothing.
--
-- payment_link_id  whose token the bodies leave open: it is put in when the e-mail leaves (a copy of the database
--                  pays nothing)
-- claimed_until    who is sending it right now has until then; nobody else sends it meanwhile
-- via              how it left: smtp, or local (the folder that is read in the browser)
create table email (
    id              uuid primary key,
    key             text        not null unique,
    kind            text        not null,
    order_id        uuid,
    payment_link_id uuid,
    recipient       text        not null,
    locale          text        not null,
    subject         text        not null,
    text_body       text        not null,
    html_body       text        not null,
    message_id      text        not null unique,
    created_at      timestamptz not null,
    claimed_until   timestamptz,
    attempts        integer     not null default 0,
    last_error      text,
    sent_at         timestamptz,
    via             text        check (via in ('smtp', 'local')),
    check ((sent_at is null) = (via is null))
);
create index email_order on email (order_id, created_at) where order_id is not null;
create index email_recent on email (created_at desc, id desc);
create index email_waiting on email (created_at) where sent_at is null;
