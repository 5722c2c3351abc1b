//! What each call of this API does, for its OpenAPI description: one line for each route.

use crate::template::{
    ADDRESS, AUTHORIZE, CHATS, CONVERSATION, CONVERSATION_TAGS, CONVERSATIONS, CUSTOMER,
    CUSTOMER_PROPERTIES, CUSTOMERS, FIELDS, FILE, FILE_BYTES, FILE_DATA, FILES, FOLDERS, MAILBOX,
    MAILBOX_FIELDS, MAILBOXES, ME, MEMBERS, NOTES, ONE_CUSTOMER, PHONES, REPLY, SOURCE, TAG, TAGS,
    TEAMS, THREAD, THREADS, TOKEN, USER, USERS, WEBHOOK, WEBHOOKS, WORKFLOWS,
};

/// Describes the four calls of a kind of entries of a customer.
macro_rules! entries {
    ($rel:literal, $one:literal, $all:literal) => {{
        const LIST: &str = concat!("/v2/customers/{customerId}/", $rel);
        const ONE: &str = concat!("/v2/customers/{customerId}/", $rel, "/{entryId}");
        [
            get(
                LIST,
                concat!("List the ", $all, " of a customer"),
                Success::Unpaged {
                    rel: $rel,
                    item: "Entry",
                },
            ),
            Call::new(
                "POST",
                LIST,
                concat!("Add ", $one, " to a customer"),
                Success::Created { location: false },
            )
            .more(TAKEN),
            change("PUT", ONE, concat!("Replace ", $one, " of a customer")).more(TAKEN),
            change("DELETE", ONE, concat!("Remove ", $one, " of a customer")),
        ]
    }};
}

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
    /// 200 with all items of a list that has no pages.
    Unpaged {
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
    /// 201 without a number: there is one of the thing.
    CreatedHere,
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

/// Describes a change without an answer.
const fn change(method: &'static str, template: &'static str, summary: &'static str) -> Call {
    Call::new(method, template, summary, Success::NoContent)
}

/// Returns the description of every call, section by section.
pub(super) fn all() -> impl Iterator<Item = &'static Call> {
    CALLS.iter().copied().flatten()
}

const CALLS: &[&[Call]] = &[
    GENERAL,
    LISTS,
    PARTS,
    CUSTOMER_CALLS,
    &entries!("emails", "an e-mail address", "e-mail addresses"),
    &entries!("phones", "a telephone number", "telephone numbers"),
    &entries!("chats", "a chat handle", "chat handles"),
    &entries!("social-profiles", "a social profile", "social profiles"),
    &entries!("websites", "a website", "websites"),
];

/// Lists of conversations, mailboxes and tags.
const LISTS: &[Call] = &[
    get(
        CONVERSATIONS,
        "List conversations",
        Success::Page {
            rel: "conversations",
            item: "Conversation",
        },
    )
    .query(&[
        ("mailbox", "Ids of mailboxes, separated by commas"),
        ("folder", "Id of a folder"),
        (
            "status",
            "`active` (the default), `all`, `closed`, `open`, `pending` or `spam`",
        ),
        ("tag", "Names of tags, separated by commas: any of them"),
        ("assigned_to", "Id of a user or team"),
        ("modifiedSince", "Changed after this time"),
        ("number", "Exactly this number"),
        (
            "customFieldsByIds",
            "`id:value`, separated by commas: all of them",
        ),
        ("query", "The query language"),
        ("sortField", "The order"),
        ("sortOrder", "`asc` or `desc`, the default"),
        ("embed", "`threads` adds the threads"),
    ])
    .more(&[("503", "The list takes too long")]),
    get(
        MAILBOXES,
        "List mailboxes",
        Success::Page {
            rel: "mailboxes",
            item: "Mailbox",
        },
    ),
    get(MAILBOX, "Get a mailbox", Success::Object("Mailbox")),
    get(
        FOLDERS,
        "List the folders of a mailbox",
        Success::Object("Folders"),
    ),
    get(
        TAGS,
        "List tags, by name",
        Success::Page {
            rel: "tags",
            item: "Tag",
        },
    ),
    get(TAG, "Get a tag", Success::Object("Tag")),
];

/// The parts of conversations: tags, fields, threads, files.
const PARTS: &[Call] = &[
    change("PATCH", CONVERSATION, "Change one thing of a conversation"),
    change("DELETE", CONVERSATION, "Delete a conversation"),
    change(
        "PUT",
        CONVERSATION_TAGS,
        "Replace the tags of a conversation",
    ),
    change("PUT", FIELDS, "Replace the custom fields of a conversation"),
    change("PATCH", THREAD, "Change the text of a thread, or hide it"),
    get(
        SOURCE,
        "Get the mail from which a thread came",
        Success::File {
            media: "message/rfc822",
            text: "The mail",
        },
    ),
    Call::new(
        "POST",
        FILES,
        "Add a file to a thread",
        Success::Created { location: false },
    ),
    change("DELETE", FILE, "Delete a file"),
    get(
        FILE_DATA,
        "Get a file as base64",
        Success::Object("FileData"),
    ),
    get(
        FILE_BYTES,
        "Get a file",
        Success::File {
            media: "application/octet-stream",
            text: "The bytes, with the file's own media type",
        },
    ),
    get(
        MAILBOX_FIELDS,
        "List the custom fields of a mailbox",
        Success::Page {
            rel: "fields",
            item: "CustomField",
        },
    ),
    get(
        WORKFLOWS,
        "List workflows: there are none",
        Success::Page {
            rel: "workflows",
            item: "Nothing",
        },
    )
    .query(&[
        ("mailboxId", "Of this mailbox"),
        ("type", "`automatic` or `manual`"),
        ("status", "`active`, `inactive` or `invalid`"),
    ]),
];

const CUSTOMER_CALLS: &[Call] = &[
    get(
        CUSTOMERS,
        "List customers",
        Success::Page {
            rel: "customers",
            item: "Customer",
        },
    )
    .query(&[
        ("mailbox", "Customers of this mailbox"),
        ("firstName", "First name"),
        ("lastName", "Last name"),
        ("email", "E-mail address"),
        ("modifiedSince", "Changed since this time"),
        ("query", "The query language"),
        (
            "sortField",
            "`createdAt`, `firstName`, `lastName`, `modifiedAt` or `score`",
        ),
        ("sortOrder", "`asc` or `desc`"),
    ]),
    Call::new(
        "POST",
        CUSTOMERS,
        "Create a customer",
        Success::Created { location: true },
    )
    .more(TAKEN),
    get(ONE_CUSTOMER, "Get a customer", Success::Object("Customer")),
    change("PUT", ONE_CUSTOMER, "Replace the profile of a customer"),
    change("PATCH", ONE_CUSTOMER, "Change a customer by JSON Patch").more(TAKEN),
    change("DELETE", ONE_CUSTOMER, "Erase a customer")
        .query(&[("async", "`true`: the answer does not wait for the end")])
        .more(&[("202", "The erasure has begun")]),
    get(
        CUSTOMER_PROPERTIES,
        "List customer properties: there are none",
        Success::Unpaged {
            rel: "customer-properties",
            item: "Nothing",
        },
    ),
    get(
        ADDRESS,
        "Get the postal address of a customer",
        Success::Object("Address"),
    ),
    Call::new(
        "POST",
        ADDRESS,
        "Set the postal address of a customer",
        Success::CreatedHere,
    ),
    change("PUT", ADDRESS, "Replace the postal address of a customer"),
    change("DELETE", ADDRESS, "Remove the postal address of a customer"),
];

const TAKEN: &[(&str, &str)] = &[("409", "Another customer has this e-mail address")];

const GENERAL: &[Call] = &[
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
