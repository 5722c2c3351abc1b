//! Reads every row of an account: to compare two stores, and to check what a refused call left. Each statement has the name
//! of its table.

use crate::stmt::statements;

statements! {
    /// Selects the rows of `credential_key`.
    CREDENTIAL_KEY = "SELECT key_hash, account_id, credential_id, expires_at, agent_id FROM credential_key WHERE account_id = $1 ORDER BY
        key_hash LIMIT 1000000";
    /// Selects the rows of `inbox`.
    INBOX = "SELECT account_id, id, name, default_agent_id, messaging_off, created_at, version, removed_at, heir_id FROM inbox
        WHERE account_id = $1 ORDER BY id LIMIT 1000000";
    /// Selects the rows of `erased_conversation`.
    ERASED_CONVERSATION = "SELECT account_id, conversation_id FROM erased_conversation WHERE account_id = $1
        ORDER BY conversation_id LIMIT 1000000";
    /// Selects the rows of `erasure`.
    ERASURE = "SELECT account_id, stage, after_id, after_delivery_id FROM erasure WHERE account_id = $1 LIMIT 1000000";
    /// Selects the rows of `inbox_profile`.
    INBOX_PROFILE = "SELECT account_id, inbox_id, profile FROM inbox_profile WHERE account_id = $1 ORDER BY inbox_id
        LIMIT 1000000";
    /// Selects the rows of `agent`.
    AGENT = "SELECT account_id, id, first_name, last_name, email, built_in, team, signs_in, created_at, version, removed_at FROM agent
        WHERE account_id = $1 ORDER BY id LIMIT 1000000";
    /// Selects the rows of `public_id`.
    PUBLIC_ID = "SELECT account_id, kind, entity_id, api, public_id FROM public_id WHERE account_id = $1 ORDER BY kind,
        entity_id, api LIMIT 1000000";
    /// Selects the rows of `application`.
    APPLICATION = "SELECT account_id, id, name, client_hash, created_at FROM application WHERE account_id = $1 ORDER BY id
        LIMIT 1000000";
    /// Selects the rows of `credential`.
    CREDENTIAL = "SELECT account_id, id, api, name, scopes, inbox_scope, agent_id, application_id, portfolio, public_name,
        secret_hash, created_at, revoked_at, version, redirect_url FROM credential WHERE account_id = $1 ORDER BY id LIMIT 1000000";
    /// Selects the rows of `team_member`.
    TEAM_MEMBER = "SELECT account_id, team_id, agent_id FROM team_member WHERE account_id = $1 ORDER BY team_id, agent_id
        LIMIT 1000000";
    /// Selects the rows of `agent_password`.
    AGENT_PASSWORD = "SELECT account_id, agent_id, password_hash FROM agent_password WHERE account_id = $1
        ORDER BY agent_id LIMIT 1000000";
    /// Selects the rows of `consent_token`.
    CONSENT_TOKEN = "SELECT account_id, token_hash, kind, credential_id, agent_id, challenge, used_at, expires_at FROM
        consent_token WHERE account_id = $1 ORDER BY token_hash LIMIT 1000000";
    /// Selects the rows of `customer`.
    CUSTOMER = "SELECT account_id, id, home_inbox_id, merged_into_id, email, first_name, last_name, phone, photo_url,
        photo_type, job_title, background, location, organization, gender, age, created_at, updated_at, version,
        erased_at, first_key, last_key, last_position, postal_address FROM customer WHERE account_id = $1 ORDER BY id LIMIT 1000000";
    /// Selects the rows of `customer_address`.
    CUSTOMER_ADDRESS = "SELECT account_id, customer_id, position, kind, value, label FROM customer_address WHERE account_id = $1 ORDER
        BY customer_id, position LIMIT 1000000";
    /// Selects the rows of `customer_preference`.
    CUSTOMER_PREFERENCE = "SELECT account_id, customer_id, category, channel, active, customer_overridable
        FROM customer_preference WHERE account_id = $1 ORDER BY customer_id, category, channel LIMIT 1000000";
    /// Selects the rows of `customer_follower`.
    CUSTOMER_FOLLOWER = "SELECT account_id, customer_id, inbox_id, agent_id, notes, messages FROM customer_follower
        WHERE account_id = $1 ORDER BY customer_id, inbox_id, agent_id LIMIT 1000000";
    /// Selects the rows of `customer_detail`.
    CUSTOMER_DETAIL = "SELECT account_id, customer_id, prospect, date_of_birth, details FROM customer_detail
        WHERE account_id = $1 ORDER BY customer_id LIMIT 1000000";
    /// Selects the rows of `agent_email_double`.
    AGENT_EMAIL_DOUBLE = "SELECT account_id, email, agent_id FROM agent_email_double WHERE account_id = $1
        ORDER BY email, agent_id LIMIT 1000000";
    /// Selects the rows of `agent_email`.
    AGENT_EMAIL = "SELECT account_id, email, agent_id FROM agent_email WHERE account_id = $1 ORDER BY email LIMIT 1000000";
    /// Selects the rows of `email_owner`.
    EMAIL_OWNER = "SELECT account_id, email, customer_id, domain FROM email_owner WHERE account_id = $1 ORDER BY email LIMIT 1000000";
    /// Selects the rows of `conversation_guest`.
    CONVERSATION_GUEST = "SELECT account_id, customer_id, conversation_id FROM conversation_guest WHERE account_id = $1
        ORDER BY customer_id, conversation_id LIMIT 1000000";
    /// Selects the rows of `customer_job`, without their leases.
    CUSTOMER_JOB = "SELECT account_id, customer_id, id, kind, into_id, stage, after_id, after_message_id, conversations,
        api, credential_id, agent_id, address, created_at, done_at FROM customer_job WHERE account_id = $1
        ORDER BY customer_id, id LIMIT 1000000";
    /// Selects the rows of `conversation`.
    CONVERSATION = "SELECT account_id, id, number, inbox_id, customer_id, application_id, subject, kind, status, phase,
        closed, state, archived, assignee_id, delegated_at, ticket_number, ticket_link, original_sender,
        created_at, started_at, updated_at, last_message_at, last_message_id, last_event_id, last_live_at,
        last_live_id, customer_wrote_last, waiting_since, agent_acted_at, closed_at, closed_by_id, messages,
        published, contacts, first_channel, merged_into_id FROM conversation WHERE account_id = $1 ORDER BY id
        LIMIT 1000000";
    /// Selects the rows of `message`.
    MESSAGE = "SELECT account_id, conversation_id, id, customer_id, kind, channel, direction, state, format, author,
        author_agent_id, agent_name, subject, body, effective_at, occurred_at, recorded_at, zone, imported, automated, recipients,
        status_set, extra, attachments, moves_last_message, status_wish, version, original_body, original_format FROM message WHERE account_id = $1 ORDER BY conversation_id, id LIMIT
        1000000";
    /// Selects the rows of `message_body`.
    MESSAGE_BODY = "SELECT account_id, conversation_id, message_id, body FROM message_body WHERE account_id = $1 ORDER BY
        conversation_id, message_id LIMIT 1000000";
    /// Selects the rows of `moved_message`.
    MOVED_MESSAGE = "SELECT account_id, message_id, conversation_id FROM moved_message WHERE account_id = $1 ORDER BY
        message_id LIMIT 1000000";
    /// Selects the rows of `opt_out`.
    OPT_OUT = "SELECT account_id, inbox_id, kind, address_hash, state, changed_at FROM opt_out WHERE account_id = $1 ORDER BY
        inbox_id, kind, address_hash LIMIT 1000000";
    /// Selects the rows of `message_source`.
    MESSAGE_SOURCE = "SELECT account_id, inbox_id, source_id, customer_id, message_id FROM message_source WHERE account_id = $1
        ORDER BY inbox_id, source_id LIMIT 1000000";
    /// Selects the rows of `attachment`.
    ATTACHMENT = "SELECT account_id, id, conversation_id, message_id, file_name, mime_type, size, data, object_name, link,
        extra FROM attachment WHERE account_id = $1 ORDER BY id LIMIT 1000000";
    /// Selects the rows of `delegation`.
    DELEGATION = "SELECT account_id, id, conversation_id, agent_id, previous_agent_id, by_agent_id, delegated_at FROM
        delegation WHERE account_id = $1 ORDER BY id LIMIT 1000000";
    /// Selects the rows of `tag`.
    TAG = "SELECT account_id, id, name, created_at FROM tag WHERE account_id = $1 ORDER BY id LIMIT 1000000";
    /// Selects the rows of `conversation_tag`.
    CONVERSATION_TAG = "SELECT account_id, conversation_id, tag_id, inbox_id, phase, started_at FROM conversation_tag WHERE account_id = $1 ORDER BY
        conversation_id, tag_id LIMIT 1000000";
    /// Selects the rows of `conversation_field`.
    CONVERSATION_FIELD = "SELECT account_id, conversation_id, name, value FROM conversation_field WHERE account_id = $1
        ORDER BY conversation_id, name LIMIT 1000000";
    /// Selects the rows of `custom_field`.
    CUSTOM_FIELD = "SELECT account_id, id, inbox_id, name, kind, place, required, options FROM custom_field
        WHERE account_id = $1 ORDER BY id LIMIT 1000000";
    /// Selects the rows of `upload`.
    UPLOAD = "SELECT account_id, id, credential_id, file_name, mime_type, size, data, object_name, created_at FROM upload
        WHERE account_id = $1 ORDER BY id LIMIT 1000000";
    /// Selects the rows of `event`.
    EVENT = "SELECT account_id, id, kind, conversation_id, inbox_id, entity_id, api, credential_id, agent_id, imported,
        recorded_at, detail FROM event WHERE account_id = $1 ORDER BY id LIMIT 1000000";
    /// Selects the rows of `idempotency_key`.
    IDEMPOTENCY_KEY = "SELECT account_id, key_hash, body_hash, status, answer, created_at FROM idempotency_key
        WHERE account_id = $1 ORDER BY key_hash LIMIT 1000000";
    /// Selects the rows of `webhook`, without their leases.
    WEBHOOK = "SELECT account_id, id, api, label, url, kinds, inbox_scope, inboxes_since, secret, previous_secret,
        previous_until, ordered, allow, application_id, options, state, reason, disabled_at, parked, next_due,
        failing_since, discarded, last_success_at, credential_id, created_at, version, settled, trouble, trouble_since, paused_until, throttled FROM webhook WHERE account_id = $1
        ORDER BY id LIMIT 1000000";
    /// Selects the rows of `webhook_allow`.
    WEBHOOK_ALLOW = "SELECT account_id, entries FROM webhook_allow WHERE account_id = $1 LIMIT 1000000";
    /// Selects the rows of `delivery`.
    DELIVERY = "SELECT account_id, webhook_id, id, event_id, events, name, headers, body, state, attempts, failures,
        next_attempt_at, problem, recorded_at FROM delivery WHERE account_id = $1 ORDER BY webhook_id, id LIMIT 1000000";
    /// Selects the rows of `delivery_attempt`.
    DELIVERY_ATTEMPT = "SELECT account_id, webhook_id, delivery_id, number, started_at, duration_ms, status, answer, error FROM
        delivery_attempt WHERE account_id = $1 ORDER BY webhook_id, delivery_id, number LIMIT 1000000";
    /// Selects the row of the account itself.
    ACCOUNT = "SELECT id, name, guid_tag, integration_agent_id, created_at, version FROM account WHERE id = $1";
    /// Selects the rows of `account_setting`.
    ACCOUNT_SETTING = "SELECT account_id, api, name, value FROM account_setting WHERE account_id = $1
        ORDER BY api, name LIMIT 1000000";
}
