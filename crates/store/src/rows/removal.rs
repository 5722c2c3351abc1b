//! Statements that remove accounts and agents: what they count, and how the tables that an export leaves out are emptied. `export.rs` has
//! the statements of all other tables.

use crate::stmt::{Stmt, statements};

statements! {
    /// Selects an account whose removal is unfinished.
    GET = "SELECT id FROM unfinished_removal WHERE id = $1";
    /// Selects the accounts whose removal is unfinished.
    LIST = "SELECT id FROM unfinished_removal ORDER BY id LIMIT 1000";
    /// Records that the removal of an account has begun.
    BEGIN = "INSERT INTO unfinished_removal (id, begun_at) VALUES ($1, $2)";
    /// Records that the removal of an account has ended.
    END = "DELETE FROM unfinished_removal WHERE id = $1";
    /// Removes the row of an account, so that nothing shows it.
    DELETE_ACCOUNT = "DELETE FROM account WHERE id = $1";
    /// Selects the id of the last event of an account.
    LAST_EVENT = "SELECT id FROM event WHERE account_id = $1 ORDER BY id DESC LIMIT 1";
    /// Counts the rows of an account that interest the operator: inboxes, agents, customers, conversations, messages, events,
    /// attachments, their bytes, credentials that are not revoked, webhooks.
    COUNTS = "SELECT (SELECT count(*) FROM inbox WHERE account_id = $1),
        (SELECT count(*) FROM agent WHERE account_id = $1),
        (SELECT count(*) FROM customer WHERE account_id = $1),
        (SELECT count(*) FROM conversation WHERE account_id = $1),
        (SELECT count(*) FROM message WHERE account_id = $1),
        (SELECT count(*) FROM event WHERE account_id = $1),
        (SELECT count(*) FROM attachment WHERE account_id = $1),
        (SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM attachment WHERE account_id = $1),
        (SELECT count(*) FROM credential WHERE account_id = $1 AND revoked_at IS NULL),
        (SELECT count(*) FROM webhook WHERE account_id = $1 AND state <> 'deleted')";
    /// Counts what depends on an agent: assigned conversations, inboxes with this default agent, teams, followed customers,
    /// credentials.
    DUTIES = "SELECT (SELECT count(*) FROM conversation WHERE account_id = $1 AND assignee_id = $2 AND merged_into_id IS NULL
        AND state <> 'hidden'),
        (SELECT count(*) FROM inbox WHERE account_id = $1 AND default_agent_id = $2),
        (SELECT count(*) FROM team_member WHERE account_id = $1 AND agent_id = $2),
        (SELECT count(DISTINCT customer_id) FROM customer_follower WHERE account_id = $1 AND agent_id = $2),
        (SELECT count(*) FROM credential WHERE account_id = $1 AND agent_id = $2 AND revoked_at IS NULL)";
    /// Selects some of the conversations that are assigned to an agent, without merged and deleted ones.
    ASSIGNED = "SELECT id FROM conversation WHERE account_id = $1 AND assignee_id = $2 AND merged_into_id IS NULL
        AND state <> 'hidden' LIMIT $3";
    /// Selects the inboxes with this default agent.
    INBOXES_OF_AGENT = "SELECT id FROM inbox WHERE account_id = $1 AND default_agent_id = $2 ORDER BY id LIMIT 10000";
    /// Selects the teams of an agent.
    TEAMS_OF_AGENT = "SELECT team_id FROM team_member WHERE account_id = $1 AND agent_id = $2 ORDER BY team_id LIMIT 10000";
    /// Selects the credentials that act as an agent and are not revoked.
    CREDENTIALS_OF_AGENT = "SELECT id FROM credential WHERE account_id = $1 AND agent_id = $2 AND revoked_at IS NULL
        ORDER BY id LIMIT 10000";
    /// Selects whom an agent follows, and in which inbox, after a customer and an inbox.
    FOLLOWED = "SELECT customer_id, inbox_id FROM customer_follower WHERE account_id = $1 AND agent_id = $2
        AND (customer_id, inbox_id) > ($3, $4) ORDER BY customer_id, inbox_id LIMIT $5";
}

/// Declares statements that delete at most $2 rows of an account: table, and the rest of its key.
macro_rules! removals {
    ($list:ident: $($name:ident = $table:literal $key:literal;)+) => {
        $(static $name: Stmt = Stmt::new(
            stringify!($name),
            concat!("DELETE FROM ", $table, " WHERE account_id = $1 AND (account_id", $key, ") IN (SELECT account_id", $key,
                " FROM ", $table, " WHERE account_id = $1 LIMIT $2)"),
            None,
        );)+
        pub(crate) static $list: &[&Stmt] = &[$(&$name),+];
    };
}

// The keys of credentials come first: they are what opens the account.
removals! { LEFT_OUT:
    CREDENTIAL_KEYS = "credential_key" ", key_hash";
    CONSENT_TOKENS = "consent_token" ", token_hash";
    AGENT_PASSWORDS = "agent_password" ", agent_id";
    IDEMPOTENCY_KEYS = "idempotency_key" ", key_hash";
    UPLOADS = "upload" ", id";
    DELIVERY_ATTEMPTS = "delivery_attempt" ", webhook_id, delivery_id, number";
    DELIVERIES = "delivery" ", webhook_id, id";
    FEED_READERS = "feed_reader" ", name";
    CONVERSATION_COUNTS = "conversation_count" ", inbox_id, status";
    CONVERSATION_PLACES = "conversation_place" ", conversation_id";
    FOLDER_COUNTS = "folder_count" ", inbox_id, phase, agent_id, draft";
}

// On SQLite the search index is a file of its own, and there is no table `feed`.
removals! { POSTGRES:
    FEED = "feed" "";
    SEARCH_DOCUMENTS = "search_document" ", conversation_id, message_id";
    SEARCH_NAMES = "search_name" ", word, customer_id";
    SEARCH_STATES = "search_state" "";
}
