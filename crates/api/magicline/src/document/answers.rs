//! The schemas of answers. A member without a value is left out; none is ever null.

use heddle_api::openapi::named;
use heddle_api::openapi::schema::{
    Member, date, flag, integer, list, text, with_text, word, word_of,
};
use serde_json::{Map, Value, json};

use crate::request::person::GENDERS;
use crate::request::preferences::CATEGORIES;
use crate::request::{CHANNELS, DIRECTIONS, STATUSES};

/// Returns all schemas, by name.
pub(super) fn schemas() -> Value {
    let schemas = [
        ("Error", error()),
        ("CommunicationThread", thread()),
        ("CategoryPreferences", category()),
        ("Preferences", list(named("CategoryPreferences"))),
        ("Language", language()),
        ("Customer", customer()),
        ("Customers", list(named("Customer"))),
        ("CustomerSlice", slice("Customer")),
        ("CreatedCustomer", object([("customerId", integer())], [])),
        ("CreatedLead", created_lead()),
        ("LeadValidation", lead_validation()),
        ("LeadConfig", lead_config()),
        ("Employee", employee()),
        ("EmployeeSlice", slice("Employee")),
        ("Studio", studio()),
    ];
    let schemas = schemas.map(|(name, schema)| (name.to_owned(), schema));
    Value::Object(schemas.into_iter().collect())
}

/// Returns the schema of an object that has the members of `always`, and those of `sometimes` if they have a value.
fn object<const A: usize, const S: usize>(always: [Member; A], sometimes: [Member; S]) -> Value {
    let required: Vec<_> = always.iter().map(|(name, _)| *name).collect();
    let members = always.into_iter().chain(sometimes);
    let members = members.map(|(name, schema)| (name.to_owned(), schema));
    let members: Map<_, _> = members.collect();
    json!({ "type": "object", "required": required, "properties": members })
}

fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

/// Returns the schema of one page of a list.
fn slice(item: &str) -> Value {
    let offset = with_text(text(), "Where the next slice begins");
    let members = [
        ("result", list(named(item))),
        ("offset", offset),
        ("hasNext", flag()),
    ];
    object(members, [])
}

fn error() -> Value {
    let message = with_text(text(), "The error in the language of the client");
    let reference = with_text(text(), "The member or parameter that is wrong");
    object(
        [
            ("errorMessage", message),
            ("errorCode", text()),
            ("traceId", text()),
        ],
        [("reference", reference)],
    )
}

fn thread() -> Value {
    object(
        [
            ("customerId", integer()),
            ("communicationId", integer()),
            ("threadId", integer()),
            ("communicationThreadStatus", word_of(&STATUSES)),
            ("subject", text()),
            ("content", text()),
            ("communicationDirection", word_of(&DIRECTIONS)),
            ("communicationChannel", word_of(&CHANNELS)),
        ],
        [
            ("ticketNumber", text()),
            ("ticketLink", text()),
            ("agent", text()),
        ],
    )
}

fn category() -> Value {
    let channel = [
        ("communicationChannel", word_of(&CHANNELS)),
        ("customerOverridable", flag()),
        ("active", flag()),
    ];
    let members = [
        ("messageCategory", word_of(&CATEGORIES)),
        ("channels", list(object(channel, []))),
    ];
    object(members, [])
}

fn language() -> Value {
    object([("languageCode", text())], [("countryCode", text())])
}

fn customer() -> Value {
    let statuses = ["MEMBER", "PROSPECT", "FORMER_MEMBER"];
    object(
        [
            ("id", integer()),
            ("status", word(statuses)),
            ("accessRefusal", flag()),
            ("uuid", uuid()),
            ("customerNumber", text()),
            ("studioId", integer()),
        ],
        [
            ("firstName", text()),
            ("secondFirstName", text()),
            ("lastName", text()),
            ("secondLastName", text()),
            ("dateOfBirth", date()),
            ("email", text()),
            ("gender", word_of(&GENDERS)),
            ("street", text()),
            ("houseNumber", text()),
            ("zipCode", text()),
            ("city", text()),
            ("country", text()),
            ("phonePrivate", text()),
            ("phonePrivateMobile", text()),
            ("phoneBusiness", text()),
            ("phoneBusinessMobile", text()),
            ("preferredLanguage", named("Language")),
            ("thirdPartyId", text()),
            ("imageUrl", text()),
        ],
    )
}

fn created_lead() -> Value {
    let members = [
        ("id", integer()),
        ("customerId", integer()),
        ("uuid", uuid()),
        ("customerNumber", text()),
    ];
    object(members, [])
}

fn lead_validation() -> Value {
    let statuses = ["POSSIBLE", "INVALID_LEAD_DATA", "DUPLICATE_CUSTOMER"];
    object([("status", word(statuses))], [])
}

fn lead_config() -> Value {
    let mode = || word(["INACTIVE", "OPTIONAL", "MANDATORY"]);
    let members = [
        ("firstname", mode()),
        ("lastname", mode()),
        ("email", mode()),
        ("gender", mode()),
        ("dateOfBirth", mode()),
        ("telephone", mode()),
        ("language", mode()),
        ("thirdPartyId", mode()),
        ("address", mode()),
        ("communicationPreferences", named("Preferences")),
    ];
    object(members, [])
}

fn employee() -> Value {
    object(
        [
            ("id", integer()),
            ("firstname", text()),
            ("lastname", text()),
        ],
        [("email", text())],
    )
}

fn studio() -> Value {
    let codes = object([("enabled", flag())], []);
    object(
        [("studioId", integer()), ("accessCodeConfiguration", codes)],
        [("studioName", text())],
    )
}
