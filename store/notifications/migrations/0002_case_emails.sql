-- case_id  the support case that the e-mail is about: its thread, and whose token the bodies leave open
alter table email add column case_id uuid;
create index email_case on email (case_id, created_at) where case_id is not null;
