//! What each call of this API does, for its OpenAPI description: one line for each route.

use crate::{
    AUTHORIZE, CHATS, CONVERSATION, CONVERSATIONS, CUSTOMER, ME, MEMBERS, NOTES, PHONES, REPLY,
    TEAMS, THREADS, TOKEN, USER, USERS, WEBHOOK, WEBHOOKS,
};

/// What a call does.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) template: &'static str,
    pub(super) summary: &'static str,
    pub(super) success: Success,
    /// The query parameters, each with its meaning; `page` of a paged list is added.
    pub(super) query: &'static [(&'static str, &'static str)],
    /// Further answers than those that all calls have: the status and its meaning.
    pub(super) more: &'static [(&'static str, &'static str)],
    /// Whether the call needs no token.
    pub(super) is_open: bool,
}

/// The success of a call. The names are those of schemas in `schemas.json`.
#[derive(Clone, Copy)]
pub(super) enum Success {
    /// 200 with a HAL object.
    Object(&'static str),
    /// 200 with plain JSON.
    Json(&'static str),
    /// 200 with a page of items.
    Page {
        rel: &'static str,
        item: &'static str,
    },
    /// 200 with a file or a page for people.
    File {
        media: &'static str,
        text: &'static str,
    },
    /// 201 with `Resource-ID`, and `Location` if so.
    Created { location: bool },
    /// 204.
    NoContent,
    /// 303 with `Location`.
    SentBack,
}

impl Call {
    const fn new(
        method: &'static str,
        template: &'static str,
        summary: &'static str,
        success: Success,
    ) -> Self {
        Self {
            method,
            template,
            summary,
            success,
            query: &[],
            more: &[],
            is_open: false,
        }
    }

    const fn query(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Self { query, ..self }
    }

    const fn more(self, more: &'static [(&'static str, &'static str)]) -> Self {
        Self { more, ..self }
    }

    const fn open(self) -> Self {
        Self {
            is_open: true,
            ..self
        }
    }
}

/// Describes a read.
const fn get(template: &'static str, summary: &'static str, success: Success) -> Call {
    Call::new("GET", template, summary, success)
}

/// Describes a call that adds a thread.
const fn thread(template: &'static str, summary: &'static str) -> Call {
    let created = Success::Created { location: false };
    Call::new("POST", template, summary, created).more(LOCKED)
}

const LOCKED: &[(&str, &str)] = &[(
    "412",
    "The conversation is locked: it has too many threads, or is too old",
)];
/// The parameters of the page of consent.
const CONSENT: &[(&str, &str)] = &[
    ("client_id", "The app"),
    ("state", "Comes back unchanged"),
    ("redirect_uri", "If given, the registered URL"),
    ("response_type", "If given, `code`"),
    (
        "code_challenge",
        "PKCE: a challenge that the app must solve to use the code",
    ),
    ("code_challenge_method", "`S256`"),
];

pub(super) const CALLS: &[Call] = &[
    Call::new(
        "POST",
        TOKEN,
        "Get an access token for a client secret, a code or a refresh token",
        Success::Json("Token"),
    )
    .more(&[
        ("400", "An OAuth error"),
        ("401", "Wrong client id or secret"),
    ])
    .open(),
    get(
        AUTHORIZE,
        "Ask a user whether an app may act for them",
        Success::File {
            media: "text/html",
            text: "The page",
        },
    )
    .query(CONSENT)
    .open(),
    Call::new(
        "POST",
        AUTHORIZE,
        "The form of that page",
        Success::SentBack,
    )
    .query(CONSENT)
    .open(),
    get(ME, "Get the resource owner", Success::Object("Me")),
    get(
        USERS,
        "List users and teams",
        Success::Page {
            rel: "users",
            item: "User",
        },
    )
    .query(&[
        ("email", "Exactly this e-mail address"),
        ("mailbox", "Users of this mailbox"),
    ]),
    get(USER, "Get a user or team", Success::Object("User")),
    get(
        TEAMS,
        "List teams",
        Success::Page {
            rel: "teams",
            item: "Team",
        },
    ),
    get(
        MEMBERS,
        "List the members of a team",
        Success::Page {
            rel: "users",
            item: "User",
        },
    ),
    Call::new(
        "POST",
        CONVERSATIONS,
        "Create a conversation",
        Success::Created { location: true },
    )
    .more(&[("412", "Too many threads")]),
    get(
        CONVERSATION,
        "Get a conversation",
        Success::Object("Conversation"),
    )
    .query(&[("embed", "`threads` adds the threads")])
    .more(&[("301", "It was merged into the one in `Location`")]),
    get(
        THREADS,
        "List the threads of a conversation, newest first",
        Success::Page {
            rel: "threads",
            item: "Thread",
        },
    ),
    thread(PHONES, "Add a phone call"),
    thread(CHATS, "Add a chat"),
    thread(CUSTOMER, "Add a message of the customer"),
    thread(NOTES, "Add a note"),
    thread(REPLY, "Add a reply"),
    get(
        WEBHOOKS,
        "List webhooks",
        Success::Page {
            rel: "webhooks",
            item: "Webhook",
        },
    ),
    Call::new(
        "POST",
        WEBHOOKS,
        "Create a webhook",
        Success::Created { location: true },
    ),
    get(WEBHOOK, "Get a webhook", Success::Object("Webhook")),
    Call::new(
        "PUT",
        WEBHOOK,
        "Replace a webhook, and enable it",
        Success::NoContent,
    ),
    Call::new("DELETE", WEBHOOK, "Delete a webhook", Success::NoContent),
];
