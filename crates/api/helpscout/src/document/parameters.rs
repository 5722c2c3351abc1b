//! The query parameters of the calls. Words are those of the parsers. A parameter that is empty counts as absent.

use serde_json::Value;

use super::call::Parameter;
use super::schema::{cased, date_time, integer, text, text_of, word, word_of};
use crate::conversations::{SORTS, STATUSES};
use crate::customers::list::ORDERS as CUSTOMER_ORDERS;
use crate::empty::WORDS;
use crate::lexis::LONGEST;
use crate::token::GRANTS;

const fn parameter(name: &'static str, text: &'static str, schema: fn() -> Value) -> Parameter {
    Parameter { name, text, schema }
}

/// The number of the page, which every list with pages reads.
pub(super) const PAGE: Parameter = parameter("page", "Number of the page", || {
    let mut schema = integer();
    schema["minimum"] = 1.into();
    schema
});
/// Where the page begins.
const POSITION: Parameter = parameter(
    "position",
    "Of a `next` link: where the page begins. Counts with the `page` of the link only",
    text,
);
const QUERY: Parameter = parameter("query", "The query language", || text_of(0, LONGEST));
const MODIFIED_SINCE: Parameter = parameter("modifiedSince", "Changed after this time", date_time);
const SORT_ORDER: Parameter = parameter("sortOrder", "`desc` is the default", || {
    cased(&crate::parameter::ORDERS.map(|(word, _)| word))
});
const EMBED: Parameter = parameter("embed", "`threads` adds the threads", text);

pub(super) const CONVERSATIONS: &[Parameter] = &[
    parameter("mailbox", "Ids of mailboxes, separated by commas", text),
    parameter("folder", "Id of a folder", integer),
    parameter("status", "`active` is the default", || word_of(&STATUSES)),
    parameter(
        "tag",
        "Names of tags, separated by commas: any of them",
        text,
    ),
    parameter("assigned_to", "Id of a user or team", integer),
    MODIFIED_SINCE,
    parameter("number", "Exactly this number", integer),
    parameter(
        "customFieldsByIds",
        "`id:value`, separated by commas: all of them",
        text,
    ),
    QUERY,
    parameter("sortField", "`createdAt` is the default", || {
        word_of(&SORTS)
    }),
    SORT_ORDER,
    EMBED,
    POSITION,
];

pub(super) const CONVERSATION: &[Parameter] = &[EMBED];

pub(super) const THREADS: &[Parameter] = &[POSITION];

pub(super) const FOLDERS: &[Parameter] = &[PAGE];

pub(super) const CUSTOMERS: &[Parameter] = &[
    parameter("mailbox", "Customers at home in this mailbox", integer),
    parameter("firstName", "First name", text),
    parameter("lastName", "Last name", text),
    parameter("email", "E-mail address", text),
    MODIFIED_SINCE,
    QUERY,
    parameter("sortField", "`createdAt` is the default", || {
        word_of(&CUSTOMER_ORDERS)
    }),
    SORT_ORDER,
    POSITION,
];

pub(super) const ERASURE: &[Parameter] = &[parameter(
    "async",
    "`true`: the answer does not wait for the end",
    text,
)];

pub(super) const USERS: &[Parameter] = &[
    parameter("email", "Exactly this e-mail address", text),
    parameter("mailbox", "Users of this mailbox", integer),
];

pub(super) const WORKFLOWS: &[Parameter] = &[
    parameter("mailboxId", "Of this mailbox", integer),
    parameter("type", "Of this type", || words_of("type")),
    parameter("status", "With this status", || words_of("status")),
];

fn words_of(name: &str) -> Value {
    let words = WORDS.iter().find(|(known, _)| *known == name);
    word(
        words
            .into_iter()
            .flat_map(|(_, words)| words.iter().copied()),
    )
}

/// The parameters of the token call, each of which may be a member of the body instead.
pub(super) const TOKEN: &[Parameter] = &[
    parameter("grant_type", "If the body has none", || word(GRANTS)),
    parameter("client_id", "If the body has none", text),
    parameter("client_secret", "If the body has none", text),
    parameter("code", "If the body has none", text),
    parameter("refresh_token", "If the body has none", text),
    parameter("code_verifier", "If the body has none", text),
    parameter("redirect_uri", "If the body has none", text),
];

/// The parameters of the page of consent.
pub(super) const CONSENT: &[Parameter] = &[
    parameter("client_id", "The app", text),
    parameter("state", "Comes back unchanged", text),
    parameter("redirect_uri", "If given, the registered URL", text),
    parameter("response_type", "If given, `code`", || word(["code"])),
    parameter(
        "code_challenge",
        "PKCE: a challenge that the app must solve to use the code",
        text,
    ),
    parameter("code_challenge_method", "Beside a challenge", || {
        word(["S256"])
    }),
];
