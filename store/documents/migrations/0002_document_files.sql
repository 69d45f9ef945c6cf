-- What an invoice repeats of its order, frozen with it: the buyer's own reference (RMA-10), where the goods went, and
-- the day they left, where they had left when it was issued. Older invoices have none of it.
alter table invoice
    add column customer_reference text,
    add column ship_to            jsonb,
    add column supplied_on        date;

-- The PDF of an invoice or credit note as it was first handed out, served again byte for byte (DOC-3, REF-8).
--
-- The bytes stand in the database and not in a folder: web processes on several machines share nothing else, a backup
-- holds a document together with the row it shows, and both are kept or lost as one. They are some 40 KB each,
-- compressed already, and read by primary key only.
create table document_file (
    kind       text  not null check (kind in ('invoice', 'credit_note')),
    subject_id uuid  not null,
    order_id   uuid  not null,
    locale     text  not null,
    sha256     bytea not null check (sha256 = sha256(content)),
    content    bytea not null check (octet_length(content) > 0),
    made_at    timestamptz not null,
    primary key (kind, subject_id, locale)
);
alter table document_file alter column content set storage external;
create trigger document_file_append_only before update or delete on document_file
    for each row execute function refuse_change();
