//! Statements that remove accounts, agents and inboxes: what they count, and how the tables that an export leaves out are emptied. `export.rs` has
//! the statements of all other tables.

use heddle_domain::id::{AgentId, InboxId};

use crate::error::Result;
use crate::stmt::{Row, Stmt, statements};

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
    /// Counts what an inbox has: conversations, their messages and notes, the attachments, their files, customers at home.
    INBOX_CONTENTS = "SELECT (SELECT count(*) FROM conversation WHERE account_id = $1 AND inbox_id = $2),
        (SELECT CAST(coalesce(sum(messages), 0) AS BIGINT) FROM conversation WHERE account_id = $1 AND inbox_id = $2),
        (SELECT count(*) FROM attachment a JOIN conversation c ON c.account_id = $1 AND c.id = a.conversation_id
        WHERE a.account_id = $1 AND c.inbox_id = $2),
        (SELECT count(*) FROM attachment a JOIN conversation c ON c.account_id = $1 AND c.id = a.conversation_id
        WHERE a.account_id = $1 AND c.inbox_id = $2 AND a.object_name IS NOT NULL),
        (SELECT count(*) FROM customer WHERE account_id = $1 AND home_inbox_id = $2 AND merged_into_id IS NULL
        AND erased_at IS NULL)";
    /// Locks an inbox, also a removed one.
    LOCK_INBOX = "SELECT name, default_agent_id, removed_at, heir_id FROM inbox WHERE account_id = $1 AND id = $2",
        locked;
    /// Selects an inbox, also a removed one.
    GET_INBOX = "SELECT name, default_agent_id, removed_at, heir_id FROM inbox WHERE account_id = $1 AND id = $2";
    /// Selects another inbox that was not removed.
    OTHER_INBOX = "SELECT id FROM inbox WHERE account_id = $1 AND id <> $2 AND removed_at IS NULL ORDER BY id LIMIT 1";
    /// Records that an inbox was removed.
    CLOSE_INBOX = "UPDATE inbox SET removed_at = $3, heir_id = $4, default_agent_id = NULL, version = $5
        WHERE account_id = $1 AND id = $2";
    /// Changes where the conversations of a removed inbox go.
    SET_HEIR = "UPDATE inbox SET heir_id = $3 WHERE account_id = $1 AND id = $2";
    /// Changes where the conversations of those removed inboxes go whose heir is the inbox $2.
    PASS_ON = "UPDATE inbox SET heir_id = $3 WHERE account_id = $1 AND heir_id = $2";
    /// Removes the public ids of an inbox.
    PUBLIC_IDS_OF_INBOX = "DELETE FROM public_id WHERE account_id = $1 AND kind = 'inbox' AND entity_id = $2";
    /// Removes the profile of an inbox.
    PROFILE_OF_INBOX = "DELETE FROM inbox_profile WHERE account_id = $1 AND inbox_id = $2";
    /// Removes the custom fields that an inbox defines.
    FIELDS_OF_INBOX = "DELETE FROM custom_field WHERE account_id = $1 AND inbox_id = $2";
    /// Selects the removed inboxes that have conversations.
    LEFT_OVER = "SELECT i.id FROM inbox i WHERE i.account_id = $1 AND i.removed_at IS NOT NULL AND EXISTS
        (SELECT 1 FROM conversation c WHERE c.account_id = $1 AND c.inbox_id = i.id) ORDER BY i.id LIMIT 1000";
    /// Selects some conversations of an inbox, merged and deleted ones included.
    OF_INBOX = "SELECT id, phase FROM conversation INDEXED BY conversation_by_start WHERE account_id = $1 AND inbox_id = $2
        LIMIT $3",
        postgres "SELECT id, phase FROM conversation WHERE account_id = $1 AND inbox_id = $2 LIMIT $3";
    /// Selects some of the customers at home in an inbox.
    AT_HOME = "SELECT id FROM customer WHERE account_id = $1 AND home_inbox_id = $2 AND merged_into_id IS NULL
        AND erased_at IS NULL LIMIT $3";
    /// Selects who follows customers in an inbox.
    FOLLOWERS_OF_INBOX = "SELECT customer_id, agent_id FROM customer_follower WHERE account_id = $1 AND inbox_id = $2
        ORDER BY customer_id, agent_id LIMIT $3";
    /// Removes a follower.
    DROP_FOLLOWER = "DELETE FROM customer_follower WHERE account_id = $1 AND customer_id = $2 AND inbox_id = $3
        AND agent_id = $4";
    /// Selects some opt-outs of an inbox.
    OPT_OUTS_OF_INBOX = "SELECT kind, address_hash, state, changed_at FROM opt_out WHERE account_id = $1 AND inbox_id = $2
        ORDER BY kind, address_hash LIMIT $3";
    /// Removes an opt-out.
    DROP_OPT_OUT = "DELETE FROM opt_out WHERE account_id = $1 AND inbox_id = $2 AND kind = $3 AND address_hash = $4";
    /// Removes some of the ids that the messages of an inbox have elsewhere.
    SOURCES_OF_INBOX = "DELETE FROM message_source WHERE account_id = $1 AND (account_id, inbox_id, source_id) IN
        (SELECT account_id, inbox_id, source_id FROM message_source WHERE account_id = $1 AND inbox_id = $2 LIMIT $3)";
}

/// An inbox as its removal needs it.
#[derive(Clone, Debug)]
pub(crate) struct Closing {
    pub(crate) name: String,
    pub(crate) default_agent: Option<AgentId>,
    pub(crate) is_removed: bool,
    /// The inbox that gets the conversations of the removed one.
    pub(crate) heir: Option<InboxId>,
}

/// Maps a row of `GET_INBOX` or `LOCK_INBOX`.
pub(crate) fn closing(row: &mut Row<'_>) -> Result<Closing> {
    Ok(Closing {
        name: row.text()?,
        default_agent: row.opt_int()?.map(AgentId),
        is_removed: row.opt_int()?.is_some(),
        heir: row.opt_int()?.map(InboxId),
    })
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
    RETENTION_RUNS = "retention_run" "";
}

// On SQLite the search index is a file of its own, and there is no table `feed`.
removals! { POSTGRES:
    FEED = "feed" "";
    SEARCH_DOCUMENTS = "search_document" ", conversation_id, message_id";
    SEARCH_NAMES = "search_name" ", word, customer_id";
    SEARCH_STATES = "search_state" "";
}
