-- rma_id  the return that the e-mail is about: its thread, and whose token the bodies leave open
alter table email add column rma_id uuid;
create index email_rma on email (rma_id, created_at) where rma_id is not null;
