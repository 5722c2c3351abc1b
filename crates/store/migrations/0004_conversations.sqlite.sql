-- What the native API adds to conversations. Pair: 0004_conversations.postgres.sql.

-- Free fields of a conversation: a name and a text.
CREATE TABLE IF NOT EXISTS conversation_field (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, conversation_id, name)
) STRICT, WITHOUT ROWID;

-- The lists by recorded time, which a backdated conversation cannot disturb.
CREATE INDEX IF NOT EXISTS conversation_by_creation
    ON conversation (account_id, inbox_id, phase, created_at, id);
-- The conversations that bear a tag.
CREATE INDEX IF NOT EXISTS conversation_tag_by_tag ON conversation_tag (account_id, tag_id, conversation_id);

-- Notes that moved the time of the last message: a conversation can be counted again from its messages.
ALTER TABLE message ADD COLUMN moves_last_message INTEGER NOT NULL DEFAULT 0;
-- What a draft wants of the status once it is published.
ALTER TABLE message ADD COLUMN status_wish TEXT;
-- The event that last changed the message; 0 while it is as it was recorded.
ALTER TABLE message ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- Files that no message refers to yet. The id becomes the attachment's; the row goes when a message takes it.
CREATE TABLE IF NOT EXISTS upload (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    credential_id INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    data BLOB,
    object_name TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT;
CREATE INDEX IF NOT EXISTS upload_by_age ON upload (account_id, created_at, id);
