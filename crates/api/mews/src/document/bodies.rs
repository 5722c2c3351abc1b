//! The schemas of request bodies. Words and lengths are those of the parsers. A test compares the members with those that the
//! parsers read ([`heddle_api::Route::body`]).

use heddle_api::openapi::schema::{
    Member, date_time, filled, flag, list_of, object, text, text_of, with_text, word, word_of,
};
use serde_json::{Value, json};

use crate::page::{MOST_IDS, MOST_PER_PAGE};
use crate::request::{
    FILTERS, LONGEST_NAME, LONGEST_NOTES, LONGEST_PERSON, LONGEST_TEXT, MOST_COMPANIES,
    MOST_MESSAGES, NOT_KEPT, SEXES, STATES,
};

/// Returns the schema of a body, which has the credentials beside its own members.
fn body(required: &[&str], members: impl IntoIterator<Item = Member>) -> Value {
    let credentials = ["ClientToken", "AccessToken", "Client"];
    let required: Vec<&str> = credentials
        .into_iter()
        .chain(required.iter().copied())
        .collect();
    let name = with_text(filled(), "Name and version of the client application");
    let all = [
        (
            "ClientToken",
            with_text(filled(), "Identifies the client application"),
        ),
        (
            "AccessToken",
            with_text(filled(), "Identifies the integration"),
        ),
        ("Client", name),
    ];
    object(&required, all.into_iter().chain(members))
}

fn guid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn guids() -> Value {
    list_of(1, MOST_IDS, guid())
}

fn texts() -> Value {
    list_of(1, MOST_IDS, text())
}

fn enterprises() -> Member {
    (
        "EnterpriseIds",
        with_text(guids(), "Default: all enterprises of the token"),
    )
}

/// Returns the schema of an interval. The start belongs to it; the end does, too, if both are equal.
fn interval(months: &str) -> Value {
    let members = [("StartUtc", date_time()), ("EndUtc", date_time())];
    with_text(object(&["StartUtc", "EndUtc"], members), months)
}

fn three_months() -> Value {
    interval("At most 3 months")
}

fn limitation() -> Member {
    let count = json!({ "type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE });
    let cursor = with_text(guid(), "Id of the item after which the page begins");
    (
        "Limitation",
        object(&["Count"], [("Count", count), ("Cursor", cursor)]),
    )
}

pub(super) fn get_threads() -> Value {
    let text = "At least one of MessageThreadIds, CreatedUtc and UpdatedUtc is required";
    let members = [
        enterprises(),
        ("MessageThreadIds", with_text(guids(), text)),
        ("CreatedUtc", three_months()),
        ("UpdatedUtc", three_months()),
        limitation(),
    ];
    body(&["Limitation"], members)
}

pub(super) fn add_thread() -> Value {
    let members = [
        ("OriginalSender", text_of(1, LONGEST_NAME)),
        ("Subject", text_of(1, LONGEST_NAME)),
    ];
    body(&["OriginalSender", "Subject"], members)
}

pub(super) fn get_messages() -> Value {
    let members = [
        enterprises(),
        ("MessageThreadIds", guids()),
        ("CreatedUtc", interval("At most 1 month")),
        limitation(),
    ];
    body(&["MessageThreadIds", "Limitation"], members)
}

pub(super) fn add_messages() -> Value {
    let old = "The name of MessageThreadId until August 2025; counts if that is absent";
    let members = [
        (
            "MessageThreadId",
            with_text(guid(), "Required, unless ThreadId is given"),
        ),
        ("ThreadId", with_text(guid(), old)),
        ("Text", text_of(1, LONGEST_TEXT)),
        (
            "Identifier",
            with_text(text(), "Returned with the message, and not stored"),
        ),
    ];
    let message = object(&["Text"], members);
    body(
        &["Messages"],
        [("Messages", list_of(0, MOST_MESSAGES, message))],
    )
}

pub(super) fn get_configuration() -> Value {
    let default = "Default: the enterprise of the token; for a portfolio, one that stands for all";
    body(&[], [("EnterpriseId", with_text(guid(), default))])
}

pub(super) fn get_enterprises() -> Value {
    let members = [
        enterprises(),
        (
            "ExternalIdentifiers",
            with_text(texts(), "No enterprise has one"),
        ),
        ("LinkedUtc", three_months()),
        ("UpdatedUtc", three_months()),
        limitation(),
    ];
    body(&["Limitation"], members)
}

pub(super) fn get_languages() -> Value {
    body(&[], [])
}

pub(super) fn get_customers() -> Value {
    let (last, others) = FILTERS.split_last().expect("several filters");
    let one_of = format!(
        "At least one of {} and {last} is required",
        others.join(", ")
    );
    let extent = [
        ("Customers", flag()),
        ("Addresses", flag()),
        ("Documents", flag()),
    ];
    let chains = "Required with a portfolio token, otherwise ignored";
    let members = [
        ("ChainIds", with_text(guids(), chains)),
        ("CustomerIds", with_text(guids(), &one_of)),
        ("Emails", texts()),
        ("FirstNames", with_text(texts(), "In any case")),
        ("LastNames", with_text(texts(), "In any case")),
        ("LoyaltyCodes", with_text(texts(), "No customer has one")),
        (
            "CompanyIds",
            with_text(list_of(1, MOST_COMPANIES, guid()), "No customer has one"),
        ),
        ("ActivityStates", list_of(1, MOST_IDS, word_of(&STATES))),
        ("CreatedUtc", three_months()),
        ("UpdatedUtc", three_months()),
        ("DeletedUtc", with_text(three_months(), "Finds nobody")),
        ("Extent", object(&[], extent)),
        limitation(),
    ];
    body(&["Extent", "Limitation"], members)
}

pub(super) fn add_customer() -> Value {
    let kept = [
        (
            "ChainId",
            with_text(guid(), "Required with a portfolio token, otherwise ignored"),
        ),
        (
            "OverwriteExisting",
            with_text(
                flag(),
                "Whether to change a customer with the same e-mail address",
            ),
        ),
        ("LastName", text_of(1, LONGEST_PERSON)),
        ("FirstName", text_of(0, LONGEST_PERSON)),
        ("Email", text()),
        ("Phone", text()),
        ("Sex", word(SEXES.map(|(word, _)| word))),
        ("Occupation", text_of(0, LONGEST_PERSON)),
        ("Notes", text_of(0, LONGEST_NOTES)),
    ];
    let not_kept = NOT_KEPT.map(|name| {
        let nothing = json!({ "type": "string", "maxLength": 0 });
        (name, with_text(nothing, "Heddle does not keep it"))
    });
    body(&["LastName"], kept.into_iter().chain(not_kept))
}
