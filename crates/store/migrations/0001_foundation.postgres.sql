-- The first schema. Pair: 0001_foundation.sqlite.sql. One statement a step, each safe to repeat.

-- Global: which node made which time-ordered ids (store.md 1).
CREATE TABLE IF NOT EXISTS node_slot (
    slot BIGINT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    reserved_until_ms BIGINT NOT NULL
);

-- Global: one row a tenant.
CREATE TABLE IF NOT EXISTS account (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    guid_tag BIGINT NOT NULL,
    integration_agent_id BIGINT NOT NULL,
    thread_cap BIGINT NOT NULL,
    lock_after_days BIGINT NOT NULL,
    helpscout_rate BIGINT NOT NULL,
    magicline_rate BIGINT NOT NULL,
    mews_rate BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Global: from the hash of what a caller presents to the account that it opens (store.md 8).
CREATE TABLE IF NOT EXISTS credential_key (
    key_hash BYTEA NOT NULL,
    account_id BIGINT NOT NULL,
    credential_id BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (key_hash)
);

-- Finds a credential's expired tokens.
CREATE INDEX IF NOT EXISTS credential_key_by_owner ON credential_key (account_id, credential_id, expires_at);

-- Blocks of small ids are reserved here, never handed out one by one. Account 0 counts the accounts themselves.
CREATE TABLE IF NOT EXISTS counter (
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    next_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind)
);

CREATE TABLE IF NOT EXISTS inbox (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    default_agent_id BIGINT,
    messaging_off BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);

CREATE TABLE IF NOT EXISTS agent (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    built_in BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);

-- Public ids of inboxes, agents, customers and the account itself; door '' is the default shared by all doors.
CREATE TABLE IF NOT EXISTS public_id (
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    door TEXT NOT NULL,
    public_id TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, entity_id, door)
);
CREATE UNIQUE INDEX IF NOT EXISTS public_id_by_text ON public_id (account_id, kind, public_id, door);

CREATE TABLE IF NOT EXISTS application (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    client_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);

CREATE TABLE IF NOT EXISTS credential (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    door TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    inboxes TEXT NOT NULL,
    agent_id BIGINT,
    application_id BIGINT,
    portfolio BIGINT NOT NULL,
    public_name TEXT NOT NULL,
    secret_hash BYTEA,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (account_id, id)
);

CREATE TABLE IF NOT EXISTS customer (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    home_inbox_id BIGINT,
    merged_into_id BIGINT,
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
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);

-- Every address a customer has, as data; who owns an address for look-ups stands in email_owner.
CREATE TABLE IF NOT EXISTS customer_address (
    account_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, customer_id, position)
);

CREATE TABLE IF NOT EXISTS email_owner (
    account_id BIGINT NOT NULL,
    email TEXT NOT NULL,
    customer_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, email)
);

CREATE TABLE IF NOT EXISTS conversation (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    inbox_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    application_id BIGINT,
    subject TEXT NOT NULL,
    kind TEXT,
    status TEXT NOT NULL,
    phase BIGINT NOT NULL,
    closed BIGINT NOT NULL,
    state TEXT NOT NULL,
    archived BIGINT NOT NULL,
    assignee_id BIGINT,
    delegated_at BIGINT,
    ticket_number TEXT,
    ticket_link TEXT,
    original_sender TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_message_at BIGINT NOT NULL,
    last_message_id BIGINT NOT NULL,
    last_event_id BIGINT NOT NULL,
    last_live_at BIGINT NOT NULL,
    last_live_id BIGINT NOT NULL,
    customer_wrote_last BIGINT NOT NULL,
    waiting_since BIGINT,
    agent_acted_at BIGINT,
    closed_at BIGINT,
    closed_by_id BIGINT,
    messages BIGINT NOT NULL,
    published BIGINT NOT NULL,
    contacts BIGINT NOT NULL,
    first_channel TEXT,
    merged_into_id BIGINT,
    PRIMARY KEY (account_id, id)
);
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

CREATE TABLE IF NOT EXISTS message (
    account_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    direction TEXT NOT NULL,
    state TEXT NOT NULL,
    format TEXT NOT NULL,
    author TEXT NOT NULL,
    author_agent_id BIGINT,
    agent_name TEXT,
    subject TEXT,
    body TEXT,
    occurred_at BIGINT NOT NULL,
    zone TEXT,
    imported BIGINT NOT NULL,
    automated BIGINT NOT NULL,
    recipients TEXT,
    status_set TEXT,
    extra TEXT,
    attachments BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS message_by_conversation ON message (account_id, conversation_id, id);
CREATE INDEX IF NOT EXISTS message_by_occurrence
    ON message (account_id, conversation_id, occurred_at, id);

-- Bodies over 4 KiB, so that scanning messages stays cheap.
CREATE TABLE IF NOT EXISTS message_body (
    account_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account_id, conversation_id, message_id)
);

CREATE TABLE IF NOT EXISTS attachment (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    file_name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    data BYTEA,
    object_name TEXT,
    link TEXT,
    extra TEXT,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX IF NOT EXISTS attachment_by_message
    ON attachment (account_id, conversation_id, message_id, id);
CREATE INDEX IF NOT EXISTS attachment_by_object
    ON attachment (account_id, object_name)
    WHERE object_name IS NOT NULL;

-- Who was in charge since when; the id is the event's.
CREATE TABLE IF NOT EXISTS delegation (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    agent_id BIGINT,
    previous_agent_id BIGINT,
    by_agent_id BIGINT,
    delegated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX IF NOT EXISTS delegation_by_conversation ON delegation (account_id, conversation_id, id);

CREATE TABLE IF NOT EXISTS tag (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS tag_by_name ON tag (account_id, name);

CREATE TABLE IF NOT EXISTS conversation_tag (
    account_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    tag_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, conversation_id, tag_id)
);

-- One row a change; the sequencer stamps the position after commit (store.md 2).
CREATE TABLE IF NOT EXISTS event (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    conversation_id BIGINT,
    entity_id BIGINT NOT NULL,
    door TEXT,
    credential_id BIGINT,
    agent_id BIGINT,
    imported BIGINT NOT NULL,
    detail TEXT,
    position BIGINT,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX IF NOT EXISTS event_pending ON event (account_id, id) WHERE position IS NULL;
CREATE INDEX IF NOT EXISTS event_by_position ON event (account_id, position);

-- Head of each account's feed.
CREATE TABLE IF NOT EXISTS feed (
    account_id BIGINT NOT NULL,
    head BIGINT NOT NULL,
    PRIMARY KEY (account_id)
);
