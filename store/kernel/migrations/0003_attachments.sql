-- attachment       a file that somebody sent; the file itself lies in the data folder under its id
-- attachment_link  what it was sent for: a file without a link is forgotten after some days

create table attachment (
    id         uuid primary key,
    name       text        not null,
    kind       text        not null check (kind in ('pdf', 'jpeg', 'png', 'csv')),
    size_bytes integer     not null check (size_bytes > 0),
    sha256     bytea       not null check (length(sha256) = 32),
    purpose    text        not null,
    kept_by    text        not null,
    kept_at    timestamptz not null,
    linked     boolean     not null default false,
    unique (kept_by, sha256)
);
create index attachment_unlinked on attachment (kept_at) where not linked;

create table attachment_link (
    attachment_id uuid not null references attachment (id) on delete restrict,
    owner_kind    text not null,
    owner_id      uuid not null,
    primary key (owner_kind, owner_id, attachment_id)
);
create index attachment_link_attachment on attachment_link (attachment_id);
