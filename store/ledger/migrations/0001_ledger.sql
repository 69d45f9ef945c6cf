-- Double-entry journals. Entries are signed: debit positive, credit negative; each journal sums to zero per currency.

create table journal (
    id          uuid primary key,
    occurred_at timestamptz not null,
    kind        text        not null,
    source_id   text        not null,
    order_id    uuid,
    unique (kind, source_id)
);
create index journal_order on journal (order_id) where order_id is not null;
create index journal_time on journal (occurred_at);

create table journal_entry (
    journal_id   uuid     not null references journal (id) on delete restrict,
    position     smallint not null,
    account      text     not null,
    currency     char(3)  not null,
    amount_minor bigint   not null check (amount_minor <> 0),
    order_id     uuid,
    primary key (journal_id, position)
);
create index journal_entry_account on journal_entry (account, currency);
create index journal_entry_order on journal_entry (order_id) where order_id is not null;

create function journal_must_balance() returns trigger language plpgsql as $$
begin
    if exists (
        select from journal_entry where journal_id = new.journal_id group by currency having sum(amount_minor) <> 0
    ) then
        raise exception 'journal % does not balance', new.journal_id using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger journal_balanced after insert on journal_entry
    deferrable initially deferred for each row execute function journal_must_balance();

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% rows are never changed or deleted', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger journal_append_only before update or delete on journal
    for each row execute function refuse_change();
create trigger journal_entry_append_only before update or delete on journal_entry
    for each row execute function refuse_change();
create trigger journal_never_emptied before truncate on journal
    for each statement execute function refuse_change();
create trigger journal_entry_never_emptied before truncate on journal_entry
    for each statement execute function refuse_change();
