//! Statements on accounts, their settings, inboxes, agents, public ids and counters.

use heddle_domain::account::{Account, AccountSettings, Inbox};
use heddle_domain::id::{AccountId, AgentId, InboxId};
use heddle_domain::person::Agent;

use crate::error::Result;
use crate::stmt::{Row, statements};

statements! {
    /// Reserves a block of small ids; returns the first number after the block.
    TAKE_BLOCK = "INSERT INTO counter (account_id, kind, next_id) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, kind) DO UPDATE SET next_id = counter.next_id + $4 RETURNING next_id";
    /// Selects the next number of a counter. Only for SQLite: PostgreSQL reserves blocks.
    NEXT_NUMBER = "SELECT next_id FROM counter WHERE account_id = $1 AND kind = $2";
    /// Gives the unused end of the newest block back to the counter, unless another node has reserved a block since.
    RETURN_BLOCK = "UPDATE counter SET next_id = $3 WHERE account_id = $1 AND kind = $2 AND next_id = $4";
    /// Raises a counter to at least a given number.
    RAISE_COUNTER = "INSERT INTO counter (account_id, kind, next_id) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, kind) DO UPDATE SET next_id = excluded.next_id
        WHERE counter.next_id < excluded.next_id";
    /// Inserts an account.
    INSERT = "INSERT INTO account (id, name, guid_tag, integration_agent_id, created_at, version)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// Selects one account.
    GET = "SELECT id, name, guid_tag, integration_agent_id, created_at, version FROM account WHERE id = $1";
    /// Selects all accounts, by id.
    LIST = "SELECT id, name, guid_tag, integration_agent_id, created_at, version FROM account
        WHERE id > $1 ORDER BY id LIMIT $2";
    /// Selects the ids of all accounts.
    LIST_IDS = "SELECT id FROM account WHERE id > $1 ORDER BY id LIMIT $2";
    /// Locks an account before a change of its name or settings.
    LOCK = "SELECT id, name, guid_tag, integration_agent_id, created_at, version FROM account WHERE id = $1", locked;
    /// Changes an account's name and version.
    UPDATE = "UPDATE account SET name = $2, version = $3 WHERE id = $1";
    /// Selects the settings of an account that differ from their defaults.
    SETTINGS = "SELECT api, name, value FROM account_setting WHERE account_id = $1 ORDER BY api, name LIMIT 1000";
    /// Selects the value of one setting if it differs from the default.
    SETTING = "SELECT value FROM account_setting WHERE account_id = $1 AND api = $2 AND name = $3";
    /// Stores the value of a setting.
    PUT_SETTING = "INSERT INTO account_setting (account_id, api, name, value) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id, api, name) DO UPDATE SET value = excluded.value";
    /// Removes a setting's stored value, so that its default applies.
    DROP_SETTING = "DELETE FROM account_setting WHERE account_id = $1 AND api = $2 AND name = $3";
    /// Inserts an inbox.
    INSERT_INBOX = "INSERT INTO inbox (account_id, id, name, default_agent_id, messaging_off, created_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// Selects one inbox that was not removed.
    GET_INBOX = "SELECT id, name, default_agent_id, messaging_off, created_at, version FROM inbox
        WHERE account_id = $1 AND id = $2 AND removed_at IS NULL";
    /// Locks an inbox that was not removed before a change.
    LOCK_INBOX = "SELECT id, name, default_agent_id, messaging_off, created_at, version FROM inbox
        WHERE account_id = $1 AND id = $2 AND removed_at IS NULL", locked;
    /// Selects one inbox that was not removed, for a command that writes its id into another row. Takes a shared lock on the key, so
    /// that a removal of the inbox waits for the command, and the command for a removal. Commands that share it do not wait for each
    /// other.
    HOLD_INBOX = "SELECT id FROM inbox WHERE account_id = $1 AND id = $2 AND removed_at IS NULL",
        postgres "SELECT id FROM inbox WHERE account_id = $1 AND id = $2 AND removed_at IS NULL FOR KEY SHARE";
    /// Selects the inboxes of an account by id, without removed ones.
    INBOXES = "SELECT id, name, default_agent_id, messaging_off, created_at, version FROM inbox
        WHERE account_id = $1 AND id > $2 AND removed_at IS NULL ORDER BY id LIMIT $3";
    /// Changes an inbox.
    UPDATE_INBOX = "UPDATE inbox SET name = $3, default_agent_id = $4, messaging_off = $5, version = $6
        WHERE account_id = $1 AND id = $2";
    /// Inserts an agent.
    INSERT_AGENT = "INSERT INTO agent (account_id, id, first_name, last_name, email, built_in, team, signs_in, created_at,
        version) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)";
    /// Selects one agent, also a removed one, for names.
    GET_AGENT = "SELECT id, first_name, last_name, email, built_in, team, signs_in, created_at, version
        FROM agent WHERE account_id = $1 AND id = $2";
    /// Selects one agent who was not removed.
    PRESENT_AGENT = "SELECT id, first_name, last_name, email, built_in, team, signs_in, created_at, version
        FROM agent WHERE account_id = $1 AND id = $2 AND removed_at IS NULL";
    /// Locks an agent who was not removed before a change.
    LOCK_AGENT = "SELECT id, first_name, last_name, email, built_in, team, signs_in, created_at, version
        FROM agent WHERE account_id = $1 AND id = $2 AND removed_at IS NULL", locked;
    /// Records that an agent was removed.
    REMOVE_AGENT = "UPDATE agent SET removed_at = $3, signs_in = 0, version = $4 WHERE account_id = $1 AND id = $2";
    /// Changes an agent.
    UPDATE_AGENT = "UPDATE agent SET first_name = $3, last_name = $4, email = $5, version = $6
        WHERE account_id = $1 AND id = $2";
    /// Takes an e-mail address for an agent, unless an agent of the account has it.
    CLAIM_AGENT_EMAIL = "INSERT INTO agent_email (account_id, email, agent_id) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, email) DO NOTHING";
    /// Gives an agent's e-mail address back.
    RELEASE_AGENT_EMAIL = "DELETE FROM agent_email WHERE account_id = $1 AND email = $2 AND agent_id = $3";
    /// Selects the first agent that waits for an e-mail address.
    NEXT_DOUBLE = "SELECT agent_id FROM agent_email_double WHERE account_id = $1 AND email = $2 ORDER BY agent_id LIMIT 1",
        locked;
    /// Ends an agent's wait for an e-mail address.
    DROP_DOUBLE = "DELETE FROM agent_email_double WHERE account_id = $1 AND email = $2 AND agent_id = $3";
    /// Selects the agents of an account by id, without removed ones.
    AGENTS = "SELECT id, first_name, last_name, email, built_in, team, signs_in, created_at, version
        FROM agent WHERE account_id = $1 AND id > $2 AND removed_at IS NULL ORDER BY id LIMIT $3";
    /// Selects the agents of an account by id, with removed ones, whose names old messages still have.
    ALL_AGENTS = "SELECT id, first_name, last_name, email, built_in, team, signs_in, created_at, version
        FROM agent WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    /// Selects the agent with an e-mail address.
    AGENT_OF_EMAIL = "SELECT agent_id FROM agent_email WHERE account_id = $1 AND email = $2";
    /// Selects the ids of an account's agents, teams included, without removed ones.
    AGENT_IDS = "SELECT id FROM agent WHERE account_id = $1 AND removed_at IS NULL ORDER BY id LIMIT $2";
    /// Selects the ids of an account's teams after an id. Only ids, so that the index of teams has all that is read.
    TEAM_IDS = "SELECT id FROM agent WHERE account_id = $1 AND team = 1 AND id > $2 ORDER BY id LIMIT $3";
    /// Selects the members of a team.
    MEMBERS = "SELECT agent_id FROM team_member WHERE account_id = $1 AND team_id = $2 ORDER BY agent_id LIMIT $3";
    /// Adds a member to a team.
    INSERT_MEMBER = "INSERT INTO team_member (account_id, team_id, agent_id) VALUES ($1, $2, $3)";
    /// Removes a member from a team.
    DELETE_MEMBER = "DELETE FROM team_member WHERE account_id = $1 AND team_id = $2 AND agent_id = $3";
    /// Records whether an agent may sign in.
    SET_SIGNS_IN = "UPDATE agent SET signs_in = $3, version = $4 WHERE account_id = $1 AND id = $2";
    /// Selects the hash of an agent's password.
    PASSWORD = "SELECT password_hash FROM agent_password WHERE account_id = $1 AND agent_id = $2";
    /// Stores the hash of an agent's password.
    SET_PASSWORD = "INSERT INTO agent_password (account_id, agent_id, password_hash) VALUES ($1, $2, $3)
        ON CONFLICT (account_id, agent_id) DO UPDATE SET password_hash = excluded.password_hash";
    /// Removes an agent's password.
    DELETE_PASSWORD = "DELETE FROM agent_password WHERE account_id = $1 AND agent_id = $2";
    /// Inserts a public id of an entity.
    INSERT_PUBLIC_ID = "INSERT INTO public_id (account_id, kind, entity_id, api, public_id)
        VALUES ($1, $2, $3, $4, $5)";
    /// Same as `INSERT_PUBLIC_ID`, but inserts nothing if the API already has the public id.
    CLAIM_PUBLIC_ID = "INSERT INTO public_id (account_id, kind, entity_id, api, public_id)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_id, kind, public_id, api) DO NOTHING";
    /// Selects the public ids of one kind of entity for one API: the API's own if there is one, else the default.
    PUBLIC_IDS = "SELECT entity_id, api, public_id FROM public_id
        WHERE account_id = $1 AND kind = $2 AND entity_id > $3 AND (api = '' OR api = $4)
        ORDER BY entity_id, api LIMIT $5";
    /// Selects the public ids of one entity for one API, the default first.
    PUBLIC_ID_OF = "SELECT entity_id, api, public_id FROM public_id
        WHERE account_id = $1 AND kind = $2 AND entity_id = $3 AND (api = '' OR api = $4) ORDER BY api";
    /// Selects the entity of a public id; the API's own public ids take precedence over the defaults.
    BY_PUBLIC_ID = "SELECT entity_id FROM public_id
        WHERE account_id = $1 AND kind = $2 AND public_id = $3 AND (api = '' OR api = $4)
        ORDER BY api DESC LIMIT 1";
}

/// An account without its settings, which are in another table.
pub(crate) struct AccountRow(Account);

impl AccountRow {
    pub(crate) fn id(&self) -> AccountId {
        self.0.id
    }

    /// Adds the settings that the statement `SETTINGS` returned.
    pub(crate) fn with(self, settings: Vec<SettingRow>) -> Account {
        Account {
            settings: settings.into_iter().collect(),
            ..self.0
        }
    }
}

/// API, name and value of a setting.
pub(crate) type SettingRow = (String, String, i64);

/// Maps a row of `GET`, `LIST` or `LOCK`.
pub(crate) fn account(row: &mut Row<'_>) -> Result<AccountRow> {
    Ok(AccountRow(Account {
        id: AccountId(row.int()?),
        name: row.text()?,
        guid_tag: u32::try_from(row.int()?).unwrap_or(0),
        integration_agent: AgentId(row.int()?),
        settings: AccountSettings::default(),
        created_at: row.time()?,
        version: row.int()?,
    }))
}

/// Maps a row of `SETTINGS`.
pub(crate) fn setting(row: &mut Row<'_>) -> Result<SettingRow> {
    Ok((row.text()?, row.text()?, row.int()?))
}

/// Maps a row of `GET_INBOX`, `LOCK_INBOX` or `INBOXES`.
pub(crate) fn inbox(row: &mut Row<'_>) -> Result<Inbox> {
    Ok(Inbox {
        id: InboxId(row.int()?),
        name: row.text()?,
        default_agent: row.opt_int()?.map(AgentId),
        messaging_off: row.flag()?,
        created_at: row.time()?,
        version: row.int()?,
    })
}

/// Maps a row of `GET_AGENT`, `LOCK_AGENT` or `AGENTS`.
pub(crate) fn agent(row: &mut Row<'_>) -> Result<Agent> {
    Ok(Agent {
        id: AgentId(row.int()?),
        first_name: row.text()?,
        last_name: row.text()?,
        email: row.text()?,
        built_in: row.flag()?,
        team: row.flag()?,
        signs_in: row.flag()?,
        created_at: row.time()?,
        version: row.int()?,
    })
}
