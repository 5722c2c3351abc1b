-- The old column said all with an empty text. Pair: 0013_scope_from_inboxes.sqlite.sql.

UPDATE credential SET inbox_scope = inboxes_before_scope WHERE inboxes_before_scope <> '';

UPDATE webhook SET inbox_scope = inboxes_before_scope WHERE inboxes_before_scope <> '';
