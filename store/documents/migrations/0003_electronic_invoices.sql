-- More of what an invoice says, frozen with it: the return that a repair belongs to (RMA-9), the document that frees
-- its buyer from tax (MKT-4), and where the goods went as fields, for the data of electronic invoices. Older invoices
-- have none of it. Lines have `kind` and `discount_minor` from now on, buyers `postal` and `business`.
alter table invoice
    add column return_number text,
    add column tax_exemption text,
    add column deliver_to    jsonb;
