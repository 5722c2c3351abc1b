-- The first schema. Pair: 0001_foundation.postgres.sql. One statement a step, each safe to repeat.

-- Global: which node made which time-ordered ids (store.md 1).
CREATE TABLE IF NOT EXISTS node_slot (
    slot INTEGER NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    reserved_until_ms INTEGER NOT NULL
) STRICT;

-- Global: one row a tenant.
CREATE TABLE IF NOT EXISTS account (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    guid_tag INTEGER NOT NULL,
    integration_agent_id INTEGER NOT NULL,
    thread_cap INTEGER NOT NULL,
    lock_after_days INTEGER NOT NULL,
    helpscout_rate INTEGER NOT NULL,
    magicline_rate INTEGER NOT NULL,
    mews_rate INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Global: from the hash of what a caller presents to the account that it opens (store.md 8).
CREATE TABLE IF NOT EXISTS credential_key (
    key_hash BLOB NOT NULL,
    account_id INTEGER NOT NULL,
    credential_id INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (key_hash)
) STRICT, WITHOUT ROWID;

-- Finds a credential's expired tokens.
CREATE INDEX IF NOT EXISTS credential_key_by_owner ON credential_key (account_id, credential_id, expires_at);

-- Blocks of small ids are reserved here, never handed out one by one. Account 0 counts the accounts themselves.
CREATE TABLE IF NOT EXISTS counter (
    account_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    next_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS inbox (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    default_agent_id INTEGER,
    messaging_off INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS agent (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    built_in INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

-- Public ids of inboxes, agents, customers and the account itself; door '' is the default shared by all doors.
CREATE TABLE IF NOT EXISTS public_id (
    account_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    entity_id INTEGER NOT NULL,
    door TEXT NOT NULL,
    public_id TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, entity_id, door)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS public_id_by_text ON public_id (account_id, kind, public_id, door);

CREATE TABLE IF NOT EXISTS application (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    client_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS credential (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    door TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    inboxes TEXT NOT NULL,
    agent_id INTEGER,
    application_id INTEGER,
    portfolio INTEGER NOT NULL,
    public_name TEXT NOT NULL,
    secret_hash BLOB,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS customer (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    home_inbox_id INTEGER,
    merged_into_id INTEGER,
    email TEXT,
    first_name TEXT,
    last_name TEXT,
    phone TEXT,
    photo_url TEXT,
    photo_type TEXT,
    job_title TEXT,
    background TEXT,
    location TEXT,
    organization TEXT,
    gender TEXT,
    age TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

-- Every address a customer has, as data; who owns an address for look-ups stands in email_owner.
CREATE TABLE IF NOT EXISTS customer_address (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, customer_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS email_owner (
    account_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, email)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS conversation (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    application_id INTEGER,
    subject TEXT NOT NULL,
    kind TEXT,
    status TEXT NOT NULL,
    phase INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    state TEXT NOT NULL,
    archived INTEGER NOT NULL,
    assignee_id INTEGER,
    delegated_at INTEGER,
    ticket_number TEXT,
    ticket_link TEXT,
    original_sender TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_message_at INTEGER NOT NULL,
    last_message_id INTEGER NOT NULL,
    last_event_id INTEGER NOT NULL,
    last_live_at INTEGER NOT NULL,
    last_live_id INTEGER NOT NULL,
    customer_wrote_last INTEGER NOT NULL,
    waiting_since INTEGER,
    agent_acted_at INTEGER,
    closed_at INTEGER,
    closed_by_id INTEGER,
    messages INTEGER NOT NULL,
    published INTEGER NOT NULL,
    contacts INTEGER NOT NULL,
    first_channel TEXT,
    merged_into_id INTEGER,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS conversation_by_customer
    ON conversation (account_id, customer_id, inbox_id, archived, closed, last_message_at, id);
CREATE INDEX IF NOT EXISTS conversation_by_start
    ON conversation (account_id, inbox_id, phase, started_at, id);
CREATE INDEX IF NOT EXISTS conversation_by_update
    ON conversation (account_id, inbox_id, updated_at, id);
CREATE INDEX IF NOT EXISTS conversation_by_delegation
    ON conversation (account_id, customer_id, inbox_id, archived, closed, delegated_at, id)
    WHERE delegated_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS conversation_by_assignee
    ON conversation (account_id, assignee_id, inbox_id, customer_id, archived, closed, last_message_at, id)
    WHERE assignee_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS conversation_by_assignee_delegation
    ON conversation (account_id, assignee_id, inbox_id, customer_id, archived, closed, delegated_at, id)
    WHERE assignee_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS conversation_by_application
    ON conversation (account_id, application_id, inbox_id, created_at, id)
    WHERE application_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS conversation_by_application_update
    ON conversation (account_id, application_id, inbox_id, updated_at, created_at, id)
    WHERE application_id IS NOT NULL;

-- row_key is what a search index can point at; no caller ever sees it.
CREATE TABLE IF NOT EXISTS message (
    row_key INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    direction TEXT NOT NULL,
    state TEXT NOT NULL,
    format TEXT NOT NULL,
    author TEXT NOT NULL,
    author_agent_id INTEGER,
    agent_name TEXT,
    subject TEXT,
    body TEXT,
    occurred_at INTEGER NOT NULL,
    zone TEXT,
    imported INTEGER NOT NULL,
    automated INTEGER NOT NULL,
    recipients TEXT,
    status_set TEXT,
    extra TEXT,
    attachments INTEGER NOT NULL,
    UNIQUE (account_id, conversation_id, id)
) STRICT;
CREATE INDEX IF NOT EXISTS message_by_occurrence
    ON message (account_id, conversation_id, occurred_at, id);

-- Bodies over 4 KiB, so that scanning messages stays cheap.
CREATE TABLE IF NOT EXISTS message_body (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account_id, conversation_id, message_id)
) STRICT;

CREATE TABLE IF NOT EXISTS attachment (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    data BLOB,
    object_name TEXT,
    link TEXT,
    extra TEXT,
    PRIMARY KEY (account_id, id)
) STRICT;
CREATE INDEX IF NOT EXISTS attachment_by_message
    ON attachment (account_id, conversation_id, message_id, id);
CREATE INDEX IF NOT EXISTS attachment_by_object
    ON attachment (account_id, object_name)
    WHERE object_name IS NOT NULL;

-- Who was in charge since when; the id is the event's.
CREATE TABLE IF NOT EXISTS delegation (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    agent_id INTEGER,
    previous_agent_id INTEGER,
    by_agent_id INTEGER,
    delegated_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS delegation_by_conversation ON delegation (account_id, conversation_id, id);

CREATE TABLE IF NOT EXISTS tag (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS tag_by_name ON tag (account_id, name);

CREATE TABLE IF NOT EXISTS conversation_tag (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id, tag_id)
) STRICT, WITHOUT ROWID;

-- One row a change. With one writer the id is the position.
CREATE TABLE IF NOT EXISTS event (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    conversation_id INTEGER,
    entity_id INTEGER NOT NULL,
    door TEXT,
    credential_id INTEGER,
    agent_id INTEGER,
    imported INTEGER NOT NULL,
    detail TEXT,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
