//! What each call of this API does, for its OpenAPI description: one line for each route.

use serde_json::Value;

use crate::template::{
    ADDRESS, AUTHORIZE, CHATS, CONVERSATION, CONVERSATION_TAGS, CONVERSATIONS, CUSTOMER,
    CUSTOMER_PROPERTIES, CUSTOMERS, FIELDS, FILE, FILE_BYTES, FILE_DATA, FILES, FOLDERS, MAILBOX,
    MAILBOX_FIELDS, MAILBOXES, ME, MEMBERS, NOTES, ONE_CUSTOMER, PHONES, REPLY, SOURCE, TAG, TAGS,
    TEAMS, THREAD, THREADS, TOKEN, USER, USERS, WEBHOOK, WEBHOOKS, WORKFLOWS,
};

use super::call::{Answer, Call, Success};
use super::{bodies, parameters};

/// Describes the four calls of a kind of entries of a customer.
macro_rules! entries {
    ($rel:literal, $one:literal, $all:literal, $body:expr) => {{
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
            .body($body)
            .more(TAKEN_ENTRY),
            change("PUT", ONE, concat!("Replace ", $one, " of a customer"))
                .body($body)
                .more(TAKEN_ENTRY),
            change("DELETE", ONE, concat!("Remove ", $one, " of a customer")),
        ]
    }};
}

/// Describes a read.
const fn get(template: &'static str, summary: &'static str, success: Success) -> Call {
    Call::new("GET", template, summary, success)
}

/// Describes a call that adds a thread.
const fn thread(template: &'static str, summary: &'static str, body: fn() -> Value) -> Call {
    let created = Success::Created { location: false };
    Call::new("POST", template, summary, created)
        .body(body)
        .more(LOCKED)
}

const LOCKED: &[Answer] = &[Answer::error(
    "412",
    "The conversation is locked: it has too many threads, or is too old",
)];
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
    &entries!(
        "emails",
        "an e-mail address",
        "e-mail addresses",
        bodies::email_entry
    ),
    &entries!(
        "phones",
        "a telephone number",
        "telephone numbers",
        bodies::phone_entry
    ),
    &entries!("chats", "a chat handle", "chat handles", bodies::chat_entry),
    &entries!(
        "social-profiles",
        "a social profile",
        "social profiles",
        bodies::social_profile_entry
    ),
    &entries!("websites", "a website", "websites", bodies::website_entry),
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
    .query(parameters::CONVERSATIONS),
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
    )
    .query(parameters::FOLDERS),
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
    change("PATCH", CONVERSATION, "Change one thing of a conversation")
        .body(bodies::conversation_patch),
    change("DELETE", CONVERSATION, "Delete a conversation"),
    change(
        "PUT",
        CONVERSATION_TAGS,
        "Replace the tags of a conversation",
    )
    .body(bodies::tags),
    change("PUT", FIELDS, "Replace the custom fields of a conversation")
        .body(bodies::fields)
        .more(&[Answer::error(
            "409",
            "The conversation moved to other mailboxes again and again meanwhile",
        )]),
    change("PATCH", THREAD, "Change the text of a thread, or hide it").body(bodies::thread_patch),
    get(
        SOURCE,
        "Get the mail from which a thread came: always 404, because no thread came by mail",
        Success::Never,
    ),
    Call::new(
        "POST",
        FILES,
        "Add a file to a thread",
        Success::Created { location: false },
    )
    .body(bodies::file),
    get(
        FILE,
        "Get what is known of a file",
        Success::Object("Attachment"),
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
            media: "*/*",
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
    .query(parameters::WORKFLOWS),
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
    .query(parameters::CUSTOMERS),
    Call::new(
        "POST",
        CUSTOMERS,
        "Create a customer",
        Success::Created { location: true },
    )
    .body(bodies::new_customer)
    .more(TAKEN),
    get(ONE_CUSTOMER, "Get a customer", Success::Object("Customer")),
    change("PUT", ONE_CUSTOMER, "Replace the profile of a customer").body(bodies::profile),
    change("PATCH", ONE_CUSTOMER, "Change a customer by JSON Patch")
        .body(bodies::customer_patch)
        .more(TAKEN_ENTRY),
    change("DELETE", ONE_CUSTOMER, "Erase a customer")
        .query(parameters::ERASURE)
        .more(&[Answer::empty("202", "The erasure has begun")]),
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
    )
    .body(bodies::address)
    .more(&[Answer::error("409", "The customer has a postal address")]),
    change("PUT", ADDRESS, "Replace the postal address of a customer").body(bodies::address),
    change("DELETE", ADDRESS, "Remove the postal address of a customer"),
];

const TAKEN: &[Answer] = &[Answer::error(
    "409",
    "Another customer has this e-mail address",
)];
const TAKEN_ENTRY: &[Answer] = &[Answer::error(
    "409",
    "The customer has this entry already, or another customer has this e-mail address",
)];

const GENERAL: &[Call] = &[
    Call::new(
        "POST",
        TOKEN,
        "Get an access token for a client secret, a code or a refresh token",
        Success::Json("Token"),
    )
    .query(parameters::TOKEN)
    .any_body(bodies::token)
    .more(&[
        Answer::oauth_or_error(
            "400",
            "A parameter is missing or wrong, or the body did not arrive",
        ),
        Answer::oauth("401", "Wrong client id or secret"),
        Answer::error("413", "The body is too large"),
        Answer::LIMITED,
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
    .query(parameters::CONSENT)
    .more(&[
        Answer::redirect(
            "303",
            "The app asks for something else than a code: the browser goes back",
        ),
        Answer::page("400", "The app is not known, or has another URL"),
    ])
    .open(),
    Call::new(
        "POST",
        AUTHORIZE,
        "The form of that page",
        Success::SentBack,
    )
    .query(parameters::CONSENT)
    .form(bodies::consent)
    .more(&[
        Answer::page_or_error("400", "The app is not known, or the form has no decision"),
        Answer::page("401", "Wrong e-mail address or password: the form again"),
        Answer::page("403", "The form is out of date: the form again"),
        Answer::error("413", "The form is too large"),
        Answer::page("429", "Too many wrong passwords: the form again"),
    ])
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
    .query(parameters::USERS),
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
    .body(bodies::conversation)
    .more(&[Answer::error("412", "Too many threads")]),
    get(
        CONVERSATION,
        "Get a conversation",
        Success::Object("Conversation"),
    )
    .query(parameters::CONVERSATION)
    .more(&[Answer::redirect(
        "301",
        "It was merged into the one in `Location`",
    )]),
    get(
        THREADS,
        "List the threads of a conversation, newest first",
        Success::Page {
            rel: "threads",
            item: "Thread",
        },
    )
    .query(parameters::THREADS),
    thread(PHONES, "Add a phone call", bodies::phone),
    thread(CHATS, "Add a chat", bodies::chat),
    thread(
        CUSTOMER,
        "Add a message of the customer",
        bodies::customer_thread,
    ),
    thread(NOTES, "Add a note", bodies::note),
    thread(REPLY, "Add a reply", bodies::reply),
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
    )
    .body(bodies::webhook),
    get(WEBHOOK, "Get a webhook", Success::Object("Webhook")),
    Call::new(
        "PUT",
        WEBHOOK,
        "Replace a webhook, and enable it",
        Success::NoContent,
    )
    .body(bodies::webhook),
    Call::new("DELETE", WEBHOOK, "Delete a webhook", Success::NoContent),
];
