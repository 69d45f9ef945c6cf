-- E-mails with a link into an account leave its token open until they leave, as those with a payment link do.

alter table email add column account_link_id uuid;
alter table email add constraint email_one_link check (payment_link_id is null or account_link_id is null);
