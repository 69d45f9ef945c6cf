-- Tries that are counted over all processes. Not logged: a crash may forget them, and nothing waits for the disk.
-- `ends_at` has no index: only the hourly purge looks at it, and without one a try rewrites its row in place.

create unlogged table throttle (
    scope    text          not null,
    key_hash bytea         not null,
    spent    timestamptz[] not null,
    ends_at  timestamptz   not null,
    primary key (scope, key_hash)
) with (fillfactor = 50);
