-- The schema of a new SQLite database: the result of all migrations. The test `schema::created` writes this file.

CREATE TABLE node_slot (
    slot INTEGER NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    reserved_until_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    guid_tag INTEGER NOT NULL,
    integration_agent_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL
, version INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE credential_key (
    key_hash BLOB NOT NULL,
    account_id INTEGER NOT NULL,
    credential_id INTEGER NOT NULL,
    expires_at INTEGER, agent_id INTEGER,
    PRIMARY KEY (key_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX credential_key_by_owner ON credential_key (account_id, credential_id, expires_at);

CREATE TABLE counter (
    account_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    next_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    default_agent_id INTEGER,
    messaging_off INTEGER NOT NULL,
    created_at INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 0, removed_at INTEGER, heir_id INTEGER,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE agent (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    built_in INTEGER NOT NULL,
    created_at INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 0, team INTEGER NOT NULL DEFAULT 0, signs_in INTEGER NOT NULL DEFAULT 0, removed_at INTEGER,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE public_id (
    account_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    entity_id INTEGER NOT NULL,
    api TEXT NOT NULL,
    public_id TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, entity_id, api)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX public_id_by_text ON public_id (account_id, kind, public_id, api);

CREATE TABLE application (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    client_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE credential (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    api TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    agent_id INTEGER,
    application_id INTEGER,
    portfolio INTEGER NOT NULL,
    public_name TEXT NOT NULL,
    secret_hash BLOB,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER, version INTEGER NOT NULL DEFAULT 0, inbox_scope TEXT, redirect_url TEXT,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer (
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
    updated_at INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 0, erased_at INTEGER, first_key TEXT NOT NULL DEFAULT '', last_key TEXT NOT NULL DEFAULT '', last_position INTEGER NOT NULL DEFAULT -1, postal_address TEXT,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer_address (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL, label TEXT,
    PRIMARY KEY (account_id, customer_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE email_owner (
    account_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    customer_id INTEGER NOT NULL, domain TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (account_id, email)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
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

CREATE INDEX conversation_by_customer
    ON conversation (account_id, customer_id, inbox_id, archived, closed, last_message_at, id);

CREATE INDEX conversation_by_start
    ON conversation (account_id, inbox_id, phase, started_at, id);

CREATE INDEX conversation_by_delegation
    ON conversation (account_id, customer_id, inbox_id, archived, closed, delegated_at, id)
    WHERE delegated_at IS NOT NULL;

CREATE INDEX conversation_by_assignee
    ON conversation (account_id, assignee_id, inbox_id, customer_id, archived, closed, last_message_at, id)
    WHERE assignee_id IS NOT NULL;

CREATE INDEX conversation_by_assignee_delegation
    ON conversation (account_id, assignee_id, inbox_id, customer_id, archived, closed, delegated_at, id)
    WHERE assignee_id IS NOT NULL;

CREATE INDEX conversation_by_application
    ON conversation (account_id, application_id, inbox_id, created_at, id)
    WHERE application_id IS NOT NULL;

CREATE INDEX conversation_by_application_update
    ON conversation (account_id, application_id, inbox_id, updated_at, created_at, id)
    WHERE application_id IS NOT NULL;

CREATE TABLE message (
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
    effective_at INTEGER NOT NULL,
    zone TEXT,
    imported INTEGER NOT NULL,
    automated INTEGER NOT NULL,
    recipients TEXT,
    status_set TEXT,
    extra TEXT,
    attachments INTEGER NOT NULL, moves_last_message INTEGER NOT NULL DEFAULT 0, status_wish TEXT, version INTEGER NOT NULL DEFAULT 0, occurred_at INTEGER, recorded_at INTEGER, assign_wish INTEGER, original_body TEXT, original_format TEXT,
    UNIQUE (account_id, conversation_id, id)
) STRICT;

CREATE INDEX message_by_occurrence
    ON message (account_id, conversation_id, effective_at, id);

CREATE TABLE message_body (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account_id, conversation_id, message_id)
) STRICT;

CREATE TABLE attachment (
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

CREATE INDEX attachment_by_message
    ON attachment (account_id, conversation_id, message_id, id);

CREATE INDEX attachment_by_object
    ON attachment (account_id, object_name)
    WHERE object_name IS NOT NULL;

CREATE TABLE delegation (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    agent_id INTEGER,
    previous_agent_id INTEGER,
    by_agent_id INTEGER,
    delegated_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX delegation_by_conversation ON delegation (account_id, conversation_id, id);

CREATE TABLE tag (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX tag_by_name ON tag (account_id, name);

CREATE TABLE conversation_tag (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL, inbox_id INTEGER NOT NULL DEFAULT 0, phase INTEGER NOT NULL DEFAULT 9, started_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, conversation_id, tag_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    conversation_id INTEGER,
    entity_id INTEGER NOT NULL,
    api TEXT,
    credential_id INTEGER,
    agent_id INTEGER,
    imported INTEGER NOT NULL,
    detail TEXT, inbox_id INTEGER, address TEXT, recorded_at INTEGER,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE feed_reader (
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation_count (
    account_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    conversations INTEGER NOT NULL,
    PRIMARY KEY (account_id, inbox_id, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE feed_start (
    account_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    PRIMARY KEY (account_id)
) STRICT;

CREATE TABLE idempotency_key (
    account_id INTEGER NOT NULL,
    key_hash BLOB NOT NULL,
    body_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, key_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_key_by_age ON idempotency_key (account_id, created_at);

CREATE TABLE conversation_field (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, conversation_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_by_creation
    ON conversation (account_id, inbox_id, phase, created_at, id);

CREATE INDEX conversation_tag_by_tag ON conversation_tag (account_id, tag_id, conversation_id);

CREATE TABLE upload (
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

CREATE INDEX upload_by_age ON upload (account_id, created_at, id);

CREATE INDEX customer_by_survivor ON customer (account_id, merged_into_id, id)
    WHERE merged_into_id IS NOT NULL;

CREATE INDEX customer_address_by_value ON customer_address (account_id, kind, value, customer_id)
    WHERE kind <> 'email';

CREATE TABLE conversation_guest (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, customer_id, conversation_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_guest_by_conversation
    ON conversation_guest (account_id, conversation_id, customer_id);

CREATE TABLE customer_job (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    into_id INTEGER,
    stage TEXT NOT NULL,
    after_id INTEGER NOT NULL,
    after_message_id INTEGER NOT NULL,
    conversations INTEGER NOT NULL,
    api TEXT,
    credential_id INTEGER,
    agent_id INTEGER,
    address TEXT,
    holder TEXT,
    leased_until INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    done_at INTEGER,
    PRIMARY KEY (account_id, customer_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX customer_job_open ON customer_job (account_id, id) WHERE done_at IS NULL;

CREATE TABLE webhook (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    api TEXT NOT NULL,
    label TEXT NOT NULL,
    url TEXT NOT NULL,
    kinds TEXT NOT NULL,
    inboxes_since INTEGER NOT NULL,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_until INTEGER,
    ordered INTEGER NOT NULL,
    allow TEXT NOT NULL,
    application_id INTEGER,
    options TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    disabled_at INTEGER,
    parked INTEGER,
    lease_by TEXT,
    lease_until INTEGER NOT NULL,
    next_due INTEGER,
    failing_since INTEGER,
    discarded INTEGER NOT NULL,
    last_success_at INTEGER,
    credential_id INTEGER,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL, inbox_scope TEXT, settled INTEGER NOT NULL DEFAULT 0, trouble TEXT, trouble_since INTEGER, paused_until INTEGER, throttled INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_allow (
    account_id INTEGER NOT NULL,
    entries TEXT NOT NULL,
    PRIMARY KEY (account_id)
) STRICT;

CREATE TABLE delivery (
    account_id INTEGER NOT NULL,
    webhook_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    events INTEGER NOT NULL,
    name TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    next_attempt_at INTEGER, problem TEXT, recorded_at INTEGER,
    PRIMARY KEY (account_id, webhook_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_due ON delivery (account_id, webhook_id, next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;

CREATE INDEX delivery_undelivered ON delivery (account_id, webhook_id, state, id)
    WHERE state <> 'delivered';

CREATE TABLE delivery_attempt (
    account_id INTEGER NOT NULL,
    webhook_id INTEGER NOT NULL,
    delivery_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    answer TEXT,
    error TEXT,
    PRIMARY KEY (account_id, webhook_id, delivery_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_setting (
    account_id INTEGER NOT NULL,
    api TEXT NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (account_id, api, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_by_survivor ON conversation (account_id, merged_into_id, id)
    WHERE merged_into_id IS NOT NULL;

CREATE TABLE moved_message (
    account_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, message_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_recorded_apart ON message (account_id, recorded_at) WHERE recorded_at IS NOT NULL;

CREATE INDEX event_recorded_apart ON event (account_id, recorded_at) WHERE recorded_at IS NOT NULL;

CREATE TABLE trusted_time (
    id INTEGER NOT NULL PRIMARY KEY,
    trusted_at INTEGER NOT NULL
) STRICT;

CREATE INDEX delivery_recorded_apart ON delivery (account_id, webhook_id, recorded_at)
    WHERE recorded_at IS NOT NULL;

CREATE TABLE clock_span (
    trusted_at INTEGER NOT NULL PRIMARY KEY,
    shown_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sealing_key (
    id INTEGER NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL
) STRICT;

CREATE TABLE agent_email (
    account_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    agent_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, email)
) STRICT, WITHOUT ROWID;

CREATE INDEX customer_job_erasing ON customer_job (account_id, created_at) WHERE done_at IS NULL AND kind = 'erase';

CREATE INDEX conversation_tag_by_inbox ON conversation_tag (account_id, inbox_id, tag_id);

CREATE TABLE agent_email_double (
    account_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    agent_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, email, agent_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE custom_field (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    place INTEGER NOT NULL,
    required INTEGER NOT NULL,
    options TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX custom_field_by_name ON custom_field (account_id, inbox_id, name);

CREATE INDEX conversation_field_by_value ON conversation_field (account_id, name, value, conversation_id)
    WHERE length(value) <= 100;

CREATE INDEX customer_by_creation ON customer (account_id, created_at, id, home_inbox_id, merged_into_id, erased_at)
    WHERE merged_into_id IS NULL AND erased_at IS NULL;

CREATE INDEX customer_by_home ON customer (account_id, home_inbox_id, updated_at, id, merged_into_id, erased_at)
    WHERE merged_into_id IS NULL AND erased_at IS NULL;

CREATE INDEX customer_by_first_name ON customer (account_id, first_key, id, home_inbox_id, merged_into_id, erased_at)
    WHERE merged_into_id IS NULL AND erased_at IS NULL;

CREATE INDEX customer_by_last_name ON customer (account_id, last_key, id, home_inbox_id, merged_into_id, erased_at)
    WHERE merged_into_id IS NULL AND erased_at IS NULL;

CREATE INDEX email_owner_by_domain ON email_owner (account_id, domain, customer_id);

CREATE INDEX agent_team ON agent (account_id, id) WHERE team = 1;

CREATE TABLE team_member (
    account_id INTEGER NOT NULL,
    team_id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, team_id, agent_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE agent_password (
    account_id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    password_hash TEXT NOT NULL,
    PRIMARY KEY (account_id, agent_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX credential_key_by_agent ON credential_key (account_id, agent_id, credential_id) WHERE agent_id IS NOT NULL;

CREATE TABLE consent_token (
    account_id INTEGER NOT NULL,
    token_hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    credential_id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    challenge TEXT,
    used_at INTEGER,
    expires_at INTEGER,
    PRIMARY KEY (account_id, token_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX consent_token_by_agent ON consent_token (account_id, agent_id, credential_id, expires_at);

CREATE INDEX conversation_by_number ON conversation (account_id, inbox_id, phase, number, id);

CREATE INDEX conversation_by_holder
    ON conversation (account_id, assignee_id, inbox_id, phase, started_at, id);

CREATE INDEX conversation_draft ON conversation (account_id, inbox_id, started_at, id)
    WHERE published = 0;

CREATE INDEX conversation_by_update ON conversation (account_id, inbox_id, updated_at, id, phase);

CREATE TABLE conversation_place (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    draft INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE folder_count (
    account_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    draft INTEGER NOT NULL,
    conversations INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, inbox_id, phase, agent_id, draft)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox_profile (
    account_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    profile TEXT NOT NULL,
    PRIMARY KEY (account_id, inbox_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer_preference (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    category TEXT NOT NULL,
    channel TEXT NOT NULL,
    active INTEGER NOT NULL,
    customer_overridable INTEGER NOT NULL,
    PRIMARY KEY (account_id, customer_id, category, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE customer_detail (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    prospect INTEGER NOT NULL,
    date_of_birth TEXT,
    details TEXT NOT NULL,
    PRIMARY KEY (account_id, customer_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX customer_detail_by_birth ON customer_detail (account_id, date_of_birth, customer_id)
    WHERE date_of_birth IS NOT NULL;

CREATE TABLE opt_out (
    account_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, inbox_id, kind, address_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE message_source (
    account_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    source_id TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, inbox_id, source_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_tag_by_start ON conversation_tag
    (account_id, tag_id, inbox_id, phase, started_at, conversation_id);

CREATE TABLE customer_follower (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    notes INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (account_id, customer_id, inbox_id, agent_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE unfinished_import (
    id INTEGER NOT NULL PRIMARY KEY,
    accounts TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;

CREATE TABLE serving_node (
    id TEXT NOT NULL PRIMARY KEY,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE unfinished_removal (
    id INTEGER NOT NULL PRIMARY KEY,
    begun_at INTEGER NOT NULL
) STRICT;

CREATE TABLE erased_conversation (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE erasure (
    account_id INTEGER NOT NULL,
    stage TEXT NOT NULL,
    after_id INTEGER NOT NULL,
    after_delivery_id INTEGER NOT NULL,
    PRIMARY KEY (account_id)
) STRICT;

CREATE TABLE retention_run (
    account_id INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (account_id)
) STRICT;
