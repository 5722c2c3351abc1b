//! Which tables and columns the audit shows, and why it does not show the others.

/// A table whose rows are entities that the audit is about.
pub(super) struct Audited {
    pub(super) table: &'static str,
    /// The columns whose field in an event has another name, or another form of the value.
    pub(super) named: &'static [(&'static str, &'static str)],
    /// The columns that no event contains.
    pub(super) silent: &'static [(&'static [&'static str], &'static str)],
}

const KEYS: (&[&str], &str) = (
    &["account_id", "id", "created_at", "updated_at", "version"],
    "ids, and times that are those of the events",
);

pub(super) const AUDITED: [Audited; 9] = [
    Audited {
        table: "tag",
        named: &[],
        silent: &[KEYS],
    },
    Audited {
        table: "account",
        named: &[],
        silent: &[
            KEYS,
            (&["guid_tag"], "nobody sees it"),
            (
                &["integration_agent_id"],
                "made with the account, and never changed",
            ),
        ],
    },
    Audited {
        table: "inbox",
        named: &[("default_agent_id", "default_agent")],
        silent: &[
            KEYS,
            (
                &["removed_at", "heir_id"],
                "the event `inbox.removed` and its fact `moved_to` say it",
            ),
        ],
    },
    Audited {
        table: "agent",
        named: &[("removed_at", "enabled")],
        silent: &[
            KEYS,
            (&["built_in"], "made with the account, and never changed"),
            (&["team"], "the fact `team` of each event about a team"),
            (&["removed_at"], "the change of `enabled` says it"),
        ],
    },
    Audited {
        table: "application",
        named: &[],
        silent: &[KEYS, (&["client_hash"], "a secret")],
    },
    Audited {
        table: "credential",
        named: &[
            ("agent_id", "agent"),
            ("application_id", "application"),
            ("inbox_scope", "inboxes"),
            ("revoked_at", "revoked"),
        ],
        silent: &[KEYS, (&["secret_hash"], "a secret")],
    },
    Audited {
        table: "customer",
        named: &[
            ("home_inbox_id", "home_inbox"),
            ("merged_into_id", "merged_into"),
        ],
        silent: &[
            KEYS,
            (&["erased_at"], "the event `customer.erased` says it"),
            (&["first_key", "last_key"], "follow from the names"),
            (&["last_position"], "follows from the addresses"),
        ],
    },
    Audited {
        table: "conversation",
        named: &[
            ("inbox_id", "inbox"),
            ("customer_id", "customer"),
            ("assignee_id", "assignee"),
        ],
        silent: &[
            KEYS,
            (
                &[
                    "number",
                    "kind",
                    "application_id",
                    "original_sender",
                    "started_at",
                ],
                "set at the creation, and never changed",
            ),
            (
                &["state"],
                "published at the creation; the kinds of event of a deletion and a restoration say it",
            ),
            (
                &["phase", "closed", "closed_at", "closed_by_id"],
                "follow from the status",
            ),
            (
                &["delegated_at"],
                "the time of the event that changes the assignee",
            ),
            (
                &[
                    "last_message_at",
                    "last_message_id",
                    "last_event_id",
                    "last_live_at",
                    "last_live_id",
                    "customer_wrote_last",
                    "waiting_since",
                    "agent_acted_at",
                    "messages",
                    "published",
                    "contacts",
                    "first_channel",
                ],
                "follow from the messages",
            ),
            (
                &["merged_into_id"],
                "the survivor's event names the merged conversation",
            ),
        ],
    },
    Audited {
        table: "webhook",
        named: &[
            ("kinds", "events"),
            ("inbox_scope", "inboxes"),
            ("application_id", "application"),
            ("state", "enabled"),
        ],
        silent: &[
            KEYS,
            (
                &["url"],
                "stored encrypted, so an event has only the new URL, without its secrets",
            ),
            (
                &["secret", "previous_secret", "previous_until"],
                "secrets; an event says that they changed",
            ),
            (
                &["credential_id"],
                "the credential of the event that made the webhook; an adoption says `credential`",
            ),
            (
                &["reason"],
                "the fact `reason` of the event that disabled the webhook",
            ),
            (
                &["inboxes_since", "disabled_at", "parked"],
                "follow from the events",
            ),
            (
                &[
                    "next_due",
                    "failing_since",
                    "discarded",
                    "last_success_at",
                    "settled",
                    "trouble",
                    "trouble_since",
                    "paused_until",
                    "throttled",
                    "lease_by",
                    "lease_until",
                ],
                "state of the deliveries, which lists of webhooks and deliveries show",
            ),
        ],
    },
];

/// Fields whose value has another form in the event than in the row.
pub(super) const OTHER_FORM: [&str; 5] =
    ["inboxes", "revoked", "events", "enabled", "postal_address"];

/// Tables whose rows belong to an entity: the table, the entity's table, the column with its id, and the fields of which
/// an event must have one.
pub(super) const PARTS: [(&str, &str, &str, &[&str]); 12] = [
    ("team_member", "agent", "team_id", &["members"]),
    ("account_setting", "account", "account_id", &[]),
    ("webhook_allow", "account", "account_id", &["webhook_allow"]),
    (
        "customer_address",
        "customer",
        "customer_id",
        &["addresses", "email", "phone"],
    ),
    (
        "customer_preference",
        "customer",
        "customer_id",
        &["preferences"],
    ),
    ("customer_detail", "customer", "customer_id", &["details"]),
    (
        "customer_follower",
        "customer",
        "customer_id",
        &["followers"],
    ),
    ("custom_field", "inbox", "inbox_id", &["defined_fields"]),
    ("inbox_profile", "inbox", "inbox_id", &["inbox_profile"]),
    ("opt_out", "inbox", "inbox_id", &["opt_outs"]),
    (
        "conversation_tag",
        "conversation",
        "conversation_id",
        &["tags"],
    ),
    (
        "conversation_field",
        "conversation",
        "conversation_id",
        &["custom_fields"],
    ),
];

/// Tables without a rule of their own, each with the reason.
pub(super) const SILENT: [(&str, &str); 33] = [
    ("message", "see `check_messages`"),
    ("public_id", "see `check_public_ids`"),
    (
        "message_body",
        "belongs to its message; a text stands only there, so that an erasure finds it",
    ),
    ("attachment", "belongs to its message"),
    (
        "message_source",
        "the id of a message elsewhere; the message's event says when it was imported",
    ),
    ("moved_message", "the split's event names the messages"),
    (
        "conversation_guest",
        "follows from the customers of the messages",
    ),
    (
        "delegation",
        "follows from the events that change the assignee",
    ),
    ("email_owner", "follows from the addresses of customers"),
    ("agent_email", "follows from the addresses of agents"),
    ("agent_email_double", "follows from the addresses of agents"),
    ("customer_job", "the event that starts the job names it"),
    (
        "erased_conversation",
        "the events of the conversations say that they are erased",
    ),
    ("erasure", "state of the server"),
    ("retention_run", "state of the server"),
    ("upload", "nobody else sees a file before its message"),
    (
        "credential_key",
        "the hash of a secret; a new access token changes nothing that a user sees",
    ),
    (
        "agent_password",
        "a secret; the events of the agent say when it was set, changed and removed",
    ),
    (
        "consent_token",
        "hashes of secrets; the event `agent.consented` says who allowed which app",
    ),
    ("delivery", "lists of deliveries show it"),
    ("delivery_attempt", "lists of deliveries show it"),
    (
        "idempotency_key",
        "an answer that is stored for a repeated request",
    ),
    ("event", "the audit itself"),
    ("feed", "state of the server"),
    ("feed_reader", "state of the server"),
    ("feed_start", "state of the server"),
    ("conversation_count", "derived from the events"),
    ("counter", "state of the server"),
    ("node_slot", "state of the server"),
    ("trusted_time", "state of the server"),
    ("clock_span", "state of the server"),
    ("migration", "state of the server"),
    ("lease", "state of the server"),
];
