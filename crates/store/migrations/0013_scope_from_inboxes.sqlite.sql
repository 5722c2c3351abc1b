-- The old column said all with an empty text. Pair: 0013_scope_from_inboxes.postgres.sql.

UPDATE credential SET inbox_scope = inboxes WHERE inboxes <> '';

UPDATE webhook SET inbox_scope = inboxes WHERE inboxes <> '';
