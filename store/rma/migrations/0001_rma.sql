-- rma_policy    what applies to returns, by market, category and manufacturer; each change is a new version
-- fault_report  the store's own technical support confirms a fault before the return opens (RMA-5 c)
-- rma           one return: who, where to, its number, its steps
-- rma_unit      one item of it, with the policy that it was registered under, its quote and its outcome

-- terms: only what differs from the market's figures; see policies.py for their names.
create table rma_policy (
    id            uuid primary key,
    version       bigint  generated always as identity unique,
    market        text,
    category      text    references category (slug) on delete restrict,
    manufacturer  text    references manufacturer (slug) on delete restrict,
    terms         jsonb   not null,
    note          text    not null default '',
    created_by    text    not null,
    created_at    timestamptz not null
);
create index rma_policy_scope on rma_policy (market, category, manufacturer, version desc);
create trigger rma_policy_append_only before update or delete on rma_policy
    for each row execute function refuse_change();

create table fault_report (
    id           uuid primary key,
    number       text    not null unique,
    status       text    not null check (status in ('open', 'confirmed', 'declined')),
    unit_id      uuid    not null references unit (id) on delete restrict,
    symptom      text    not null,
    description  text    not null,
    email        text    not null,
    locale       text    not null,
    market       text    not null,
    account_id   uuid,
    partner_id   uuid,
    evidence_ids uuid[]  not null default '{}',
    asked_by     text    not null,
    asked_at     timestamptz not null,
    decided_by   text,
    decided_at   timestamptz,
    decision     text    not null default '',
    valid_until  date,
    check ((status = 'open') = (decided_at is null))
);
create index fault_report_unit on fault_report (unit_id);
create index fault_report_account on fault_report (account_id, asked_at desc, id desc) where account_id is not null;
create index fault_report_partner on fault_report (partner_id, asked_at desc, id desc) where partner_id is not null;
create index fault_report_recent on fault_report (asked_at desc, id desc);
create index fault_report_queue on fault_report (asked_at, id) where status = 'open';
create unique index fault_report_open on fault_report (unit_id) where status = 'open';

create table rma (
    id                  uuid primary key,
    number              text    unique,  -- given when the customer confirms (RMA-12)
    status              text    not null
        check (status in ('draft', 'confirmed', 'receiving', 'closed', 'canceled', 'expired')),
    market              text    not null,
    locale              text    not null,
    currency            char(3) not null,
    account_id          uuid,
    partner_id          uuid,
    email               text    not null,
    customer_reference  text,
    return_address      jsonb,   -- where repaired, replaced and rejected goods go
    terms_version       text,
    terms_accepted_at   timestamptz,
    paper_label         boolean not null default false,
    paper_label_sent_at timestamptz,
    carrier             text,    -- as the customer told (RMA-15)
    tracking_number     text,
    posted_on           date,
    asked_by            text    not null,
    identity            text    not null,  -- who filled it in: a guest has no account
    created_at          timestamptz not null,
    confirmed_at        timestamptz,
    expires_at          timestamptz not null,
    received_at         timestamptz,
    closed_at           timestamptz,
    version             integer not null default 1,
    check ((number is null) = (confirmed_at is null)),
    check (confirmed_at is null or (terms_accepted_at is not null and return_address is not null))
);
create index rma_account on rma (account_id, created_at desc, id desc) where account_id is not null;
create index rma_partner on rma (partner_id, created_at desc, id desc) where partner_id is not null;
create index rma_email on rma (lower(email), created_at desc, id desc);
create index rma_reference on rma (customer_reference) where customer_reference is not null;
create index rma_tracking on rma (tracking_number) where tracking_number is not null;
create index rma_recent on rma (created_at desc, id desc);
create index rma_queue on rma (status, created_at, id) where status in ('confirmed', 'receiving');
create index rma_paper_label on rma (confirmed_at, id)
    where paper_label and paper_label_sent_at is null and status = 'confirmed';
create index rma_expiring on rma (expires_at) where status in ('draft', 'confirmed');

create table rma_unit (
    id                 uuid primary key,
    rma_id             uuid    not null references rma (id) on delete restrict,
    position           integer not null,
    -- A serialised item is its unit; another one is a piece of what a shipment brought.
    unit_id            uuid    references unit (id) on delete restrict,
    shipment_line_id   uuid,
    order_id           uuid,
    product_id         uuid    not null,
    variant_id         uuid    not null,
    sku                text    not null,
    names              jsonb   not null,
    serial             text,
    reason             text    not null check (reason in ('wrong_order', 'wrong_delivery', 'defective')),
    wish               text    not null check (wish in ('refund', 'replacement', 'repair')),
    symptom            text,
    description        text    not null default '',
    received_sku       text,    -- wrong delivery: what came instead (RMA-3)
    unused             boolean not null default false,  -- wrong order: declared unused, in its packaging (RMA-2)
    evidence_ids       uuid[]  not null default '{}',
    -- What applied when it was registered: policy {…terms}, coverage {in_warranty, rule, ends_on, …}.
    policy             jsonb   not null,
    policy_version     bigint,
    coverage           jsonb   not null,
    in_warranty        boolean not null,
    route              text    not null,
    ticket_number      text,    -- the manufacturer's (RMA-5 b)
    fault_report_id    uuid    references fault_report (id) on delete restrict,
    -- Money, tax included: what it was sold for, the fee kept on acceptance, the repair's price (0: not applicable).
    goods_minor        bigint  not null default 0 check (goods_minor >= 0),
    fee_minor          bigint  not null default 0 check (fee_minor between 0 and goods_minor),
    quote_price_minor  bigint  not null default 0 check (quote_price_minor >= 0),  -- as the market shows prices
    quote_minor        bigint  not null default 0 check (quote_minor >= 0),
    quote_tax_minor    bigint  not null default 0 check (quote_tax_minor between 0 and quote_minor),
    quote_accepted     boolean,  -- null: not asked, as there is nothing to pay
    selected           boolean not null,  -- will be sent (RMA-8)
    -- Two axes (RMA-17).
    reception_status   text    not null
        check (reception_status in ('awaited', 'received', 'wrong_item', 'missing', 'lost_in_transit', 'not_sent')),
    acceptance_status  text    not null
        check (acceptance_status in ('pending', 'accepted', 'rejected', 'needs_decision')),
    accessories        jsonb   not null default '[]',  -- [{code, names, sent, received}]
    received_serial    text,
    inspection_note    text    not null default '',
    inspected_by       text,
    inspected_at       timestamptz,
    outcome            text    check (outcome in ('credited', 'refunded', 'replaced', 'repaired', 'sent_back', 'not_sent')),
    outcome_at         timestamptz,
    refund_id          uuid    references refund (id) on delete restrict,
    replacement_order_id uuid,
    repair_order_id    uuid,
    return_shipment_id uuid,   -- the parcel that takes it back to the customer
    confirmed_at       timestamptz,  -- it will be sent: from then on the return holds the unit, or the piece
    closed_at          timestamptz,
    unique (rma_id, position),
    check ((unit_id is null) = (serial is null)),
    check (unit_id is not null or shipment_line_id is not null),
    -- What costs something is sent only when its price was accepted (RMA-8).
    check (quote_minor > 0 or quote_accepted is null),
    check (not selected or quote_minor = 0 or quote_accepted is true),
    check (acceptance_status <> 'accepted' or reception_status = 'received'),
    check ((outcome is null) = (outcome_at is null)),
    -- Only what was accepted is worth money (RMA-17).
    check (refund_id is null or acceptance_status = 'accepted')
);
create index rma_unit_rma on rma_unit (rma_id);
create index rma_unit_order on rma_unit (order_id) where order_id is not null;
create index rma_unit_line on rma_unit (shipment_line_id) where shipment_line_id is not null and confirmed_at is not null;
create index rma_unit_unit on rma_unit (unit_id) where unit_id is not null;
create index rma_unit_serial on rma_unit (serial) where serial is not null;
create index rma_unit_decisions on rma_unit (inspected_at, id) where acceptance_status = 'needs_decision' and closed_at is null;
-- A unit is in at most one open return. A draft holds nothing: one that was left lying never stands in the way.
create unique index rma_unit_open on rma_unit (unit_id)
    where confirmed_at is not null and closed_at is null and unit_id is not null;
create unique index rma_unit_once on rma_unit (rma_id, unit_id) where unit_id is not null;

create table rma_event (
    id      bigint generated always as identity primary key,
    rma_id  uuid        not null references rma (id) on delete restrict,
    unit_id uuid,        -- the rma_unit that it is about
    at      timestamptz not null,
    actor   text        not null,
    kind    text        not null,
    facts   jsonb       not null default '{}',
    public  boolean     not null default true
);
create index rma_event_rma on rma_event (rma_id, id);
create trigger rma_event_append_only before update or delete on rma_event
    for each row execute function refuse_change();
