-- What people ask again and again (faq_entry), the manuals of products, and the cases that customers open.

-- subjects  what the entry is about: product:<slug>, category:<slug>, manufacturer:<slug>; or the one word general, so
--           that the index finds general entries as it finds the others
-- symptoms  codes of what may be wrong with a device (RMA-11)
-- market    where the answer holds; null: everywhere
create table faq_entry (
    id         uuid primary key,
    slug       text        not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    topic      text        not null,
    questions  jsonb       not null check (questions ? 'en'),
    answers    jsonb       not null check (answers ? 'en'),
    subjects   text[]      not null check (cardinality(subjects) > 0),
    symptoms   text[]      not null default '{}',
    market     text,
    position   integer     not null,
    active     boolean     not null default true,
    updated_at timestamptz not null
);
create index faq_entry_listed on faq_entry (position, id) where active;
create index faq_entry_topic on faq_entry (topic, position, id) where active;
create index faq_entry_subjects on faq_entry using gin (subjects);
create index faq_entry_symptoms on faq_entry using gin (symptoms);

-- Each entry in each of its languages as the search compares it: folded, and cut into grams (see catalog/search_text.py).
create table faq_text (
    entry_id uuid   not null references faq_entry (id) on delete restrict,
    locale   text   not null,
    question text   not null,
    answer   text   not null,
    grams    text[] not null,
    primary key (entry_id, locale)
);
create index faq_text_search on faq_text using gin (grams) with (fastupdate = off);

create table product_manual (
    id         uuid primary key,
    product_id uuid    not null references product (id) on delete restrict,
    kind       text    not null check (kind in ('quick_start', 'user_guide', 'installation_guide', 'data_sheet')),
    language   text    not null,
    titles     jsonb   not null check (titles ? 'en'),
    url        text    not null check (url ~ '^https?://'),
    position   integer not null,
    unique (product_id, kind, language)
);

-- waiting_since  an open case: the first message that nobody has answered; else the answer, or the closing
create table support_case (
    id            uuid primary key,
    number        text        not null unique,
    status        text        not null check (status in ('open', 'answered', 'closed')),
    topic         text        not null,
    market        text        not null,
    locale        text        not null,
    name          text        not null check (length(name) between 1 and 200),
    email         text        not null,
    account_id    uuid        references account (id) on delete restrict,
    order_id      uuid,
    product_id    uuid        references product (id) on delete restrict,
    serial        text,
    assignee      text,
    assignee_name text,
    opened_at     timestamptz not null,
    waiting_since timestamptz not null,
    closed_at     timestamptz,
    check ((status = 'closed') = (closed_at is not null))
);
create index support_case_queue on support_case (status, waiting_since, id);
create index support_case_queue_topic on support_case (status, topic, waiting_since, id);
create index support_case_queue_market on support_case (status, market, waiting_since, id);
create index support_case_queue_assignee on support_case (status, assignee, waiting_since, id);
create index support_case_account on support_case (account_id, opened_at desc, id desc) where account_id is not null;
create index support_case_guest on support_case (lower(email)) where account_id is null;
create index support_case_order on support_case (order_id) where order_id is not null;
create index support_case_product on support_case (product_id) where product_id is not null;

-- Messages are written once and stay.
create table case_message (
    id          uuid primary key,
    case_id     uuid        not null references support_case (id) on delete restrict,
    side        text        not null check (side in ('customer', 'support')),
    author      text        not null,
    author_name text        not null,
    body        text        not null check (length(body) between 1 and 5000),
    attachments uuid[]      not null default '{}' check (cardinality(attachments) <= 5),
    sent_at     timestamptz not null
);
create index case_message_thread on case_message (case_id, sent_at, id);
