-- What the warehouse finds, what customer service decides, and what comes of each item (RMA-17, RMA-18).
alter table rma_unit
    add column as_new boolean,             -- the inspector: it can be sold again
    add column rejection text              -- why it is not accepted
        check (rejection in ('used', 'damaged', 'incomplete', 'other_item', 'no_fault_found', 'misuse', 'other')),
    add column inspection_ids uuid[] not null default '{}',  -- photos of the inspection
    add column chosen_outcome text         -- what customer service chose, where it isn't what follows by itself
        check (chosen_outcome in ('credited', 'refunded', 'replaced', 'repaired', 'sent_back', 'not_sent')),
    add column decided_by text,
    add column decided_at timestamptz,
    add column decision_note text not null default '',
    add column obstacle text,              -- why what was due could not be done, as a code
    add column kept_at timestamptz,        -- the goods are ours: on the shelf again, or scrapped
    add column repaired_at timestamptz,    -- the workshop is done
    add column repair_given_up boolean not null default false,  -- its order is cancelled, its invoice credited
    add check (acceptance_status <> 'rejected' or rejection is not null or decided_at is not null),
    add check ((decided_at is null) = (decided_by is null));
-- Which item an order was opened for: looked up when that order's parcel leaves, or when it is cancelled.
create unique index rma_unit_replacement on rma_unit (replacement_order_id) where replacement_order_id is not null;
create unique index rma_unit_repair on rma_unit (repair_order_id) where repair_order_id is not null;
create unique index rma_unit_return_shipment on rma_unit (return_shipment_id) where return_shipment_id is not null;

create index rma_unit_undecided on rma_unit (id) where acceptance_status = 'needs_decision' and closed_at is null;
create index rma_unit_in_repair on rma_unit (id) where repair_order_id is not null and closed_at is null;

-- Parcels without a return number are found by who sent them.
create index rma_sender on rma ((lower(return_address ->> 'name')) collate "C") where return_address is not null;
create index rma_sender_company on rma ((lower(return_address ->> 'company')) collate "C")
    where return_address is not null;

-- Goods that were told to be on their way give a return more time, once.
alter table rma add column extended_at timestamptz;
