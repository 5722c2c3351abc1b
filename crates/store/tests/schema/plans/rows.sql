-- The rows that the statements of `cases.rs` look for, one of each sort; `crowd.rs` multiplies them. `BYTES(01)` stands for
-- that byte in the engine's own spelling.
INSERT INTO account (id, name, guid_tag, integration_agent_id, created_at, version) VALUES (1, 'a', 1, 1, 1000, 1);
INSERT INTO account_setting (account_id, api, name, value) VALUES (1, 'mews', 'rate', 5);
INSERT INTO inbox (account_id, id, name, messaging_off, created_at, version) VALUES (1, 1, 'i', 0, 1000, 1);
INSERT INTO inbox_profile (account_id, inbox_id, profile) VALUES (1, 1, '{}');
INSERT INTO agent (account_id, id, first_name, last_name, email, built_in, created_at, version) VALUES (1, 1, 'f', 'l', 'e', 0, 1000, 1);
INSERT INTO agent (account_id, id, first_name, last_name, email, built_in, team, created_at, version) VALUES (1, 500000, 'f', '', '', 0, 1, 1000, 1);
INSERT INTO team_member (account_id, team_id, agent_id) VALUES (1, 500000, 1);
INSERT INTO agent_password (account_id, agent_id, password_hash) VALUES (1, 1, 'h');
INSERT INTO consent_token (account_id, token_hash, kind, credential_id, agent_id, expires_at) VALUES (1, BYTES(01), 'code', 1, 1, 100), (1, BYTES(02), 'refresh', 1, 1, NULL);
INSERT INTO application (account_id, id, name, client_hash, created_at) VALUES (1, 1, 'n', BYTES(01), 1000);
INSERT INTO public_id (account_id, kind, entity_id, api, public_id) VALUES (1, 'inbox', 1, '', 'p1'), (1, 'inbox', 1, 'helpscout', 'h1');
INSERT INTO credential (account_id, id, api, name, scopes, inbox_scope, portfolio, public_name, created_at, version)
    VALUES (1, 1, 'native', 'n', 's', NULL, 0, 'p', 1000, 1);
INSERT INTO credential_key (key_hash, account_id, credential_id, expires_at, agent_id) VALUES (BYTES(01), 1, 1, 100, NULL), (BYTES(02), 1, 1, 5000, NULL),
    (BYTES(03), 1, 2, 5001, 1);
INSERT INTO counter (account_id, kind, next_id) VALUES (1, 'tag', 100);
INSERT INTO customer (account_id, id, home_inbox_id, email, created_at, updated_at, version, first_key, last_key)
    VALUES (1, 1, 1, 'a@x', 1001, 1001, 1, 'f10', 'l10');
INSERT INTO customer_address (account_id, customer_id, position, kind, value) VALUES (1, 1, 0, 'email', 'a@x'), (1, 1, 1, 'phone', 'tel');
INSERT INTO agent_email (account_id, email, agent_id) VALUES (1, 'a@x', 1);
INSERT INTO agent_email_double (account_id, email, agent_id) VALUES (1, 'a@x', 1);
INSERT INTO customer_preference (account_id, customer_id, category, channel, active, customer_overridable)
    VALUES (1, 1, 'general', 'email', 1, 1), (1, 1, 'general', 'fax', 0, 1);
INSERT INTO customer_follower (account_id, customer_id, inbox_id, agent_id, notes, messages)
    VALUES (1, 1, 1, 1, 1, 0), (1, 1, 2, 1, 0, 1);
INSERT INTO customer_detail (account_id, customer_id, prospect, date_of_birth, details) VALUES (1, 1, 0, '1990-01-02', '{}');
INSERT INTO email_owner (account_id, email, customer_id, domain) VALUES (1, 'a@x', 1, 'x');
INSERT INTO customer_job (account_id, customer_id, id, kind, into_id, stage, after_id, after_message_id, conversations, leased_until, created_at)
    VALUES (1, 1, 1, 'merge', 2, 's', 0, 0, 0, 0, 1000);
INSERT INTO conversation (account_id, id, number, inbox_id, customer_id, application_id, subject, status, phase, closed, state, archived,
        assignee_id, delegated_at, created_at, started_at, updated_at, last_message_at, last_message_id, last_event_id, last_live_at, last_live_id,
        customer_wrote_last, messages, published, contacts)
    VALUES (1, 1, 1, 1, 1, 1, 's', 'open', 0, 0, 'published', 0, 1, 1001, 1001, 1001, 1001, 1001, 1, 1, 1001, 1, 0, 1, 1, 1),
        (1, 2, 2, 1, 1, 1, 's', 'open', 0, 0, 'published', 0, 1, NULL, 1002, 1002, 1002, 1002, 1, 1, 1002, 1, 0, 1, 1, 1);
INSERT INTO conversation_count (account_id, inbox_id, status, conversations) VALUES (1, 1, 'new', 1), (1, 1, 'open', 2);
INSERT INTO conversation_place (account_id, conversation_id, inbox_id, phase, agent_id, draft) VALUES (1, 1, 1, 0, 1, 0);
INSERT INTO folder_count (account_id, inbox_id, phase, agent_id, draft, conversations, changed_at) VALUES (1, 1, 0, 1, 0, 2, 1000), (1, 1, 2, 0, 0, 1, 1000);
INSERT INTO erased_conversation (account_id, conversation_id) VALUES (1, 1);
INSERT INTO erasure (account_id, stage, after_id, after_delivery_id) VALUES (1, 'rows', 0, 0);
INSERT INTO retention_run (account_id, due_at) VALUES (1, 1000);
INSERT INTO conversation_field (account_id, conversation_id, name, value) VALUES (1, 1, 'f', 'v');
INSERT INTO custom_field (account_id, id, inbox_id, name, kind, place, required, options) VALUES (1, 1, 1, 'f', 'date', 1, 0, '[]');
INSERT INTO message_source (account_id, inbox_id, source_id, customer_id, message_id) VALUES (1, 1, 's1', 1, 1);
INSERT INTO opt_out (account_id, inbox_id, kind, address_hash, state, changed_at) VALUES (1, 1, 'text', 'h1', 'opted_out', 1000);
INSERT INTO conversation_guest (account_id, customer_id, conversation_id) VALUES (1, 1, 1);
INSERT INTO conversation_tag (account_id, conversation_id, tag_id, inbox_id, phase, started_at) VALUES (1, 1, 1, 1, 0, 1001);
INSERT INTO tag (account_id, id, name, created_at) VALUES (1, 1, 't1', 1000);
INSERT INTO delegation (account_id, id, conversation_id, agent_id, delegated_at) VALUES (1, 1, 1, 1, 1000);
INSERT INTO message (account_id, conversation_id, id, customer_id, kind, channel, direction, state, format, author, body, effective_at, imported,
        automated, attachments, moves_last_message, version, recorded_at)
    VALUES (1, 1, 1, 1, 'message', 'email', 'incoming', 'published', 'plain', 'customer', NULL, 1001, 0, 0, 1, 1, 1, 1001);
INSERT INTO message_body (account_id, conversation_id, message_id, body) VALUES (1, 1, 1, 'b');
INSERT INTO moved_message (account_id, message_id, conversation_id) VALUES (1, 1, 1);
INSERT INTO attachment (account_id, id, conversation_id, message_id, file_name, mime_type, size, object_name) VALUES (1, 1, 1, 1, 'f', 'm', 1, 'o1');
INSERT INTO upload (account_id, id, credential_id, file_name, mime_type, size, data, created_at) VALUES (1, 1, 1, 'f', 'm', 1, BYTES(01), 1001);
INSERT INTO event (account_id, id, kind, conversation_id, entity_id, imported, detail, recorded_at) VALUES (1, 1, 'conversation.updated', 1, 1, 0, '{}', 1001);
INSERT INTO feed_reader (account_id, name, position) VALUES (1, 'counts', 10), (1, 'webhook:1', 10);
INSERT INTO feed_start (account_id, position, event_id) VALUES (1, 0, 0);
INSERT INTO webhook (account_id, id, api, label, url, kinds, inbox_scope, inboxes_since, secret, ordered, allow, options, state, lease_by, lease_until,
        next_due, discarded, created_at, version)
    VALUES (1, 1, 'native', 'l', 'u', 'k', NULL, 0, 's', 0, '', '{}', 'enabled', 'h', 0, 10, 0, 1000, 1);
INSERT INTO webhook_allow (account_id, entries) VALUES (1, 'x');
INSERT INTO delivery (account_id, webhook_id, id, event_id, events, name, headers, body, state, attempts, failures, next_attempt_at, recorded_at)
    VALUES (1, 1, 1, 1, 1, 'n', '{}', '{}', 'delivered', 1, 0, NULL, 1001), (1, 1, 21, 1, 1, 'n', '{}', '{}', 'pending', 1, 1, 1001, NULL);
INSERT INTO delivery_attempt (account_id, webhook_id, delivery_id, number, started_at, duration_ms) VALUES (1, 1, 1, 1, 1000, 1);
INSERT INTO idempotency_key (account_id, key_hash, body_hash, status, answer, created_at) VALUES (1, BYTES(01), BYTES(01), 200, 'a', 1001);
INSERT INTO sealing_key (id, key_id) VALUES (1, 'k');
INSERT INTO unfinished_import (id, accounts, bytes, sha256) VALUES (1, '1', 5, 'x');
INSERT INTO clock_span (trusted_at, shown_at) VALUES (1000, 1000);
INSERT INTO trusted_time (id, trusted_at) VALUES (1, 1000) ON CONFLICT (id) DO NOTHING;
INSERT INTO node_slot (slot, holder, reserved_until_ms) VALUES (64, 'h', 1);
INSERT INTO serving_node (id, seen_at) VALUES ('n', 1000);
INSERT INTO search_document (account_id, conversation_id, message_id, effective_at, tokens) VALUES (1, 1, 1, 1001, 'a1 w');
INSERT INTO search_name (account_id, word, customer_id) VALUES (1, 'word', 1);
INSERT INTO search_state (account_id, position, stage, after_id, batches) VALUES (1, 1, 0, 0, 0);
