//! The tables of an account as an export contains them: one list, from which the records, the statements of export and
//! import, and `docs/export.md` follow.
//!
//! Invariants: every table of an account is here or in [`LEFT_OUT`], and every column is a field, a constant or left out;
//! a test compares the lists with the schema. A secret, or the hash of one, is never a field.

use crate::stmt::Stmt;

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A whole number.
    Int,
    /// True or false.
    Flag,
    /// A text.
    Text,
    /// Bytes, in base64.
    Bytes,
    /// The name of an object. The export has the SHA-256 of the object's bytes instead, and the bytes in further records.
    Object,
}

/// One field of a record, and the column of the same name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) column: &'static str,
    pub(crate) kind: Kind,
    /// Whether the column may be NULL. Then the record has no such field.
    pub(crate) optional: bool,
}

impl Field {
    /// The name of the field in the export.
    pub(crate) const fn name(&self) -> &'static str {
        match self.kind {
            Kind::Object => "sha256",
            _ => self.column,
        }
    }
}

/// The value that an import writes into a column that the export leaves out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Constant {
    Int(i64),
    Text(&'static str),
    Bytes(&'static [u8]),
}

/// A table of an account.
#[derive(Debug)]
pub(crate) struct Table {
    /// The name of the table, and the kind of its records.
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [Field],
    /// The columns that the export leaves out and that an import must fill.
    pub(crate) constants: &'static [(&'static str, Constant)],
    /// The columns that the export leaves out and that an import leaves NULL.
    pub(crate) left_out: &'static [&'static str],
    /// Selects the account and the fields of all rows, in the order of the export.
    pub(crate) read: &'static Stmt,
    /// Inserts a row: the account, the fields, the constants.
    pub(crate) insert: &'static Stmt,
    /// Deletes some rows of an account: at most $2.
    pub(crate) remove: &'static Stmt,
}

/// The tables with rows of accounts that an export leaves out, each with the reason.
pub(crate) const LEFT_OUT: [(&str, &str); 16] = [
    ("credential_key", "hashes of secrets"),
    ("consent_token", "hashes of secrets"),
    ("agent_password", "hashes of secrets"),
    ("idempotency_key", "kept for a day; belongs to credentials"),
    ("upload", "kept for a day; belongs to credentials"),
    ("delivery", "what webhooks have sent"),
    ("delivery_attempt", "what webhooks have sent"),
    ("feed", "derived from the events"),
    ("feed_reader", "derived from the events"),
    ("conversation_count", "derived from the conversations"),
    ("conversation_place", "derived from the conversations"),
    ("folder_count", "derived from the conversations"),
    ("retention_run", "when the server works next"),
    ("search_document", "the search index is built anew"),
    ("search_name", "the search index is built anew"),
    ("search_state", "the search index is built anew"),
];

macro_rules! field {
    ($column:ident Int) => { field!(@ $column, Int, false) };
    ($column:ident Flag) => { field!(@ $column, Flag, false) };
    ($column:ident Text) => { field!(@ $column, Text, false) };
    ($column:ident OptInt) => { field!(@ $column, Int, true) };
    ($column:ident OptText) => { field!(@ $column, Text, true) };
    ($column:ident OptBytes) => { field!(@ $column, Bytes, true) };
    ($column:ident OptObject) => { field!(@ $column, Object, true) };
    (@ $column:ident, $kind:ident, $optional:literal) => {
        Field { column: stringify!($column), kind: Kind::$kind, optional: $optional }
    };
}

/// Builds an INSERT of the account and these columns, with a numbered parameter for each.
macro_rules! insert_sql {
    ($table:ident [$($column:ident)*]) => {
        insert_sql!(@ $table [] [] [$($column)*] [2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28
            29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48])
    };
    (@ $table:ident [$($names:tt)*] [$($places:tt)*] [] [$($left:literal)*]) => {
        concat!("INSERT INTO ", stringify!($table), " (account_id", $($names)* ") VALUES ($1", $($places)* ")")
    };
    (@ $table:ident [$($names:tt)*] [$($places:tt)*] [$column:ident $($columns:ident)*] [$number:literal $($numbers:literal)*]) => {
        insert_sql!(@ $table [$($names)* ", ", stringify!($column),] [$($places)* ", $", $number,]
            [$($columns)*] [$($numbers)*])
    };
}

/// The order of a text in an ORDER BY on PostgreSQL: that of its bytes, as on SQLite.
macro_rules! collation {
    (text) => {
        " COLLATE \"C\""
    };
}

/// Declares tables: name, key (`text` marks columns that are sorted as texts), fields, `+` the constants, `-` the other
/// columns that an export leaves out.
macro_rules! tables {
    ($(
        $(#[$meta:meta])*
        $table:ident by [$($key:ident $($text:ident)?),*] $(where $filter:literal)? {
            $($column:ident $kind:ident,)*
        } $(+ { $($constant:ident $value:expr,)* })? $(- { $($left:ident,)* })?
    )+) => {$(
        $(#[$meta])*
        pub(crate) mod $table {
            use super::*;

            pub(crate) static READ: Stmt = Stmt::new(
                concat!("read_", stringify!($table)),
                concat!("SELECT account_id", $(", ", stringify!($column),)* " FROM ", stringify!($table),
                    " WHERE account_id = $1", $($filter,)? " ORDER BY account_id", $(", ", stringify!($key),)*),
                Some(concat!("SELECT account_id", $(", ", stringify!($column),)* " FROM ", stringify!($table),
                    " WHERE account_id = $1", $($filter,)? " ORDER BY account_id",
                    $(", ", stringify!($key), $(collation!($text),)?)*)),
            );
            pub(crate) static INSERT: Stmt = Stmt::new(
                concat!("insert_", stringify!($table)),
                insert_sql!($table [$($column)* $($($constant)*)?]),
                None,
            );
            pub(crate) static REMOVE: Stmt = Stmt::new(
                concat!("remove_", stringify!($table)),
                concat!("DELETE FROM ", stringify!($table), " WHERE account_id = $1 AND (account_id",
                    $(", ", stringify!($key),)* ") IN (SELECT account_id", $(", ", stringify!($key),)*
                    " FROM ", stringify!($table), " WHERE account_id = $1 LIMIT $2)"),
                None,
            );
            pub(crate) static TABLE: Table = Table {
                name: stringify!($table),
                fields: &[$(field!($column $kind)),*],
                constants: &[$($((stringify!($constant), $value)),*)?],
                left_out: &[$($(stringify!($left)),*)?],
                read: &READ,
                insert: &INSERT,
                remove: &REMOVE,
            };
        }
    )+
        /// The tables of an export in its order, except `account`, which comes first, and `event` and what follows it.
        static BEFORE_EVENTS: &[&Table] = &[$(&$table::TABLE),+];

        /// The statements of these tables.
        pub(crate) static ALL: &[&Stmt] = &[
            $(&$table::READ, &$table::INSERT, &$table::REMOVE,)+
            &event::READ, &event::INSERT, &event::REMOVE,
        ];
    };
}

tables! {
    /// The next free number of each kind of entity.
    counter by [kind text] { kind Text, next_id Int, }
    account_setting by [api text, name text] { api Text, name Text, value Int, }
    agent by [id] {
        id Int, first_name Text, last_name Text, email Text, built_in Flag, team Flag, signs_in Flag, created_at Int,
        version Int, removed_at OptInt,
    }
    agent_email by [email text] { email Text, agent_id Int, }
    agent_email_double by [email text, agent_id] { email Text, agent_id Int, }
    team_member by [team_id, agent_id] { team_id Int, agent_id Int, }
    inbox by [id] {
        id Int, name Text, default_agent_id OptInt, messaging_off Flag, created_at Int, version Int, removed_at OptInt,
        heir_id OptInt,
    }
    inbox_profile by [inbox_id] { inbox_id Int, profile Text, }
    public_id by [kind text, entity_id, api text] { kind Text, entity_id Int, api Text, public_id Text, }
    custom_field by [id] {
        id Int, inbox_id Int, name Text, kind Text, place Int, required Flag, options Text,
    }
    tag by [id] { id Int, name Text, created_at Int, }
    application by [id] { id Int, name Text, created_at Int, } + { client_hash Constant::Bytes(&[]), }
    credential by [id] {
        id Int, api Text, name Text, scopes Text, inbox_scope OptText, agent_id OptInt, application_id OptInt,
        portfolio Flag, public_name Text, redirect_url OptText, created_at Int, revoked_at OptInt, version Int,
    } - { secret_hash, }
    webhook_allow by [] { entries Text, }
    /// Webhooks, without what they need to send: an import disables them, because their URLs and secrets are missing.
    webhook by [id] where " AND state <> 'deleted'" {
        id Int, api Text, label Text, kinds Text, inbox_scope OptText, ordered Flag, allow Text, application_id OptInt,
        options Text, credential_id OptInt, created_at Int, version Int,
    } + {
        url Constant::Text(""), secret Constant::Text(""), state Constant::Text("disabled"),
        reason Constant::Text("unreadable"), inboxes_since Constant::Int(0), lease_until Constant::Int(0),
        discarded Constant::Int(0), settled Constant::Int(0), throttled Constant::Int(0),
    } - {
        previous_secret, previous_until, disabled_at, parked, lease_by, next_due, failing_since, last_success_at, trouble,
        trouble_since, paused_until,
    }
    customer by [id] {
        id Int, home_inbox_id OptInt, merged_into_id OptInt, email OptText, first_name OptText, last_name OptText,
        phone OptText, photo_url OptText, photo_type OptText, job_title OptText, background OptText, location OptText,
        organization OptText, gender OptText, age OptText, postal_address OptText, created_at Int, updated_at Int,
        version Int, erased_at OptInt, first_key Text, last_key Text, last_position Int,
    }
    customer_address by [customer_id, position] {
        customer_id Int, position Int, kind Text, value Text, label OptText,
    }
    customer_detail by [customer_id] { customer_id Int, prospect Flag, date_of_birth OptText, details Text, }
    customer_follower by [customer_id, inbox_id, agent_id] {
        customer_id Int, inbox_id Int, agent_id Int, notes Flag, messages Flag,
    }
    customer_preference by [customer_id, category text, channel text] {
        customer_id Int, category Text, channel Text, active Flag, customer_overridable Flag,
    }
    customer_job by [customer_id, id] {
        customer_id Int, id Int, kind Text, into_id OptInt, stage Text, after_id Int, after_message_id Int,
        conversations Int, api OptText, credential_id OptInt, agent_id OptInt, address OptText, created_at Int,
        done_at OptInt,
    } + { leased_until Constant::Int(0), } - { holder, }
    email_owner by [email text] { email Text, customer_id Int, domain Text, }
    opt_out by [inbox_id, kind text, address_hash text] {
        inbox_id Int, kind Text, address_hash Text, state Text, changed_at Int,
    }
    conversation by [id] {
        id Int, number Int, inbox_id Int, customer_id Int, application_id OptInt, subject Text, kind OptText, status Text,
        phase Int, closed Flag, state Text, archived Flag, assignee_id OptInt, delegated_at OptInt, ticket_number OptText,
        ticket_link OptText, original_sender OptText, created_at Int, started_at Int, updated_at Int, last_message_at Int,
        last_message_id Int, last_event_id Int, last_live_at Int, last_live_id Int, customer_wrote_last Flag,
        waiting_since OptInt, agent_acted_at OptInt, closed_at OptInt, closed_by_id OptInt, messages Int, published Int,
        contacts Int, first_channel OptText, merged_into_id OptInt,
    }
    /// Conversations that are being erased.
    erased_conversation by [conversation_id] { conversation_id Int, }
    /// How far the erasure of conversations is.
    erasure by [] { stage Text, after_id Int, after_delivery_id Int, }
    conversation_field by [conversation_id, name text] { conversation_id Int, name Text, value Text, }
    conversation_guest by [customer_id, conversation_id] { customer_id Int, conversation_id Int, }
    conversation_tag by [conversation_id, tag_id] {
        conversation_id Int, tag_id Int, inbox_id Int, phase Int, started_at Int,
    }
    delegation by [id] {
        id Int, conversation_id Int, agent_id OptInt, previous_agent_id OptInt, by_agent_id OptInt, delegated_at Int,
    }
    message by [conversation_id, id] {
        conversation_id Int, id Int, customer_id Int, kind Text, channel Text, direction Text, state Text, format Text,
        author Text, author_agent_id OptInt, agent_name OptText, subject OptText, body OptText, effective_at Int,
        occurred_at OptInt, recorded_at OptInt, zone OptText, imported Flag, automated Flag, recipients OptText,
        status_set OptText, extra OptText, attachments Int, moves_last_message Flag, status_wish OptText,
        assign_wish OptInt, version Int, original_body OptText, original_format OptText,
    } - { row_key, }
    /// The bodies of messages that are longer than 4 KiB.
    message_body by [conversation_id, message_id] { conversation_id Int, message_id Int, body Text, }
    message_source by [inbox_id, source_id text] { inbox_id Int, source_id Text, customer_id Int, message_id Int, }
    moved_message by [message_id] { message_id Int, conversation_id Int, }
    attachment by [id] {
        id Int, conversation_id Int, message_id Int, file_name Text, mime_type Text, size Int, data OptBytes,
        object_name OptObject, link OptText, extra OptText,
    }
    feed_start by [] { position Int, event_id Int, }
}

/// Events. On SQLite the id of an event is its position in the feed, and there is no column for it.
pub(crate) mod event {
    use super::*;

    pub(crate) static READ: Stmt = Stmt::new(
        "read_event",
        "SELECT account_id, id, kind, conversation_id, inbox_id, entity_id, api, credential_id, agent_id, address, imported,
            recorded_at, detail, id FROM event WHERE account_id = $1 ORDER BY id",
        Some(
            "SELECT account_id, id, kind, conversation_id, inbox_id, entity_id, api, credential_id, agent_id, address,
            imported, recorded_at, detail, position FROM event WHERE account_id = $1 ORDER BY id",
        ),
    );
    /// The position is the last parameter. SQLite has no column for it, but all parameters must be used.
    pub(crate) static INSERT: Stmt = Stmt::new(
        "insert_event",
        "INSERT INTO event (account_id, id, kind, conversation_id, inbox_id, entity_id, api, credential_id, agent_id, address,
            imported, recorded_at, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
            CASE WHEN $14 > 0 THEN $13 END)",
        Some(
            "INSERT INTO event (account_id, id, kind, conversation_id, inbox_id, entity_id, api, credential_id, agent_id,
            address, imported, recorded_at, detail, position)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        ),
    );
    pub(crate) static REMOVE: Stmt = Stmt::new(
        "remove_event",
        "DELETE FROM event WHERE account_id = $1 AND (account_id, id) IN (SELECT account_id, id FROM event
            WHERE account_id = $1 LIMIT $2)",
        None,
    );
    pub(crate) static TABLE: Table = Table {
        name: "event",
        fields: &[
            field!(id Int),
            field!(kind Text),
            field!(conversation_id OptInt),
            field!(inbox_id OptInt),
            field!(entity_id Int),
            field!(api OptText),
            field!(credential_id OptInt),
            field!(agent_id OptInt),
            field!(address OptText),
            field!(imported Flag),
            field!(recorded_at OptInt),
            field!(detail OptText),
            field!(position Int),
        ],
        constants: &[],
        left_out: &[],
        read: &READ,
        insert: &INSERT,
        remove: &REMOVE,
    };
}

/// The fields of the record of an account itself.
pub(crate) const ACCOUNT: &[Field] = &[
    field!(name Text),
    field!(guid_tag Int),
    field!(integration_agent_id Int),
    field!(created_at Int),
    field!(version Int),
];

/// Returns all tables of an export in its order, without `account`.
pub(crate) fn all() -> impl Iterator<Item = &'static Table> {
    BEFORE_EVENTS.iter().copied().chain([&event::TABLE])
}

/// Returns the table with this name.
pub(crate) fn find(name: &str) -> Option<&'static Table> {
    all().find(|table| table.name == name)
}

/// Whether a table is the table of events.
pub(crate) fn is_event(table: &Table) -> bool {
    std::ptr::eq(table, &event::TABLE)
}
