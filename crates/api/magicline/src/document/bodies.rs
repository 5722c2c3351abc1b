//! The schemas of request bodies. The words are those of the parsers.

use heddle_domain::limits::{
    LONGEST_AGENT_NAME, LONGEST_SUBJECT, LONGEST_TICKET_LINK, LONGEST_TICKET_NUMBER,
};
use serde_json::{Map, Value, json};

use crate::request::person::GENDERS;
use crate::request::preferences::CATEGORIES;
use crate::request::query::CARD_NUMBER_FORMATS;
use crate::request::{CHANNELS, DIRECTIONS, STATUSES};

/// A member of an object, with its schema.
type Member = (&'static str, Value);

/// Returns the schema of the words of a table.
pub(super) fn word_of<T>(table: &[(&'static str, T)]) -> Value {
    let words: Vec<_> = table.iter().map(|(word, _)| *word).collect();
    json!({ "type": "string", "enum": words })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn text_of(least: usize, most: usize) -> Value {
    json!({ "type": "string", "minLength": least, "maxLength": most })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn of_form(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn country() -> Value {
    of_form("^[A-Za-z]{2}$")
}

fn date() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn email() -> Value {
    json!({ "type": "string", "format": "email" })
}

/// Returns the schema of an object. Members that are not `required` may also be null, which means absent; members that the
/// schema does not name are ignored.
fn object(required: &[&str], members: impl IntoIterator<Item = Member>) -> Value {
    let members = members.into_iter().map(|(name, schema)| {
        let schema = match required.contains(&name) {
            true => schema,
            false => nullable(schema),
        };
        (name.to_owned(), schema)
    });
    let mut object = json!({ "type": "object", "properties": members.collect::<Map<_, _>>() });
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

fn nullable(mut schema: Value) -> Value {
    let kind = schema["type"].take();
    schema["type"] = json!([kind, "null"]);
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
    schema
}

pub(super) fn thread() -> Value {
    let required = [
        "communicationThreadStatus",
        "subject",
        "content",
        "communicationDirection",
        "communicationChannel",
    ];
    let time = json!({ "type": "string", "format": "date-time",
        "description": "May name a zone at the end, in square brackets" });
    object(
        &required,
        [
            ("communicationThreadStatus", word_of(&STATUSES)),
            ("subject", text_of(0, LONGEST_SUBJECT)),
            ("content", text()),
            ("communicationDirection", word_of(&DIRECTIONS)),
            ("communicationChannel", word_of(&CHANNELS)),
            ("communicationDateTime", time),
            ("ticketNumber", text_of(0, LONGEST_TICKET_NUMBER)),
            ("ticketLink", text_of(0, LONGEST_TICKET_LINK)),
            ("agent", text_of(0, LONGEST_AGENT_NAME)),
        ],
    )
}

pub(super) fn preferences() -> Value {
    let channel = object(
        &["communicationChannel"],
        [
            ("communicationChannel", word_of(&CHANNELS)),
            ("customerOverridable", flag()),
            ("active", flag()),
        ],
    );
    let channels = json!({ "type": "array", "items": channel });
    let category = object(
        &[],
        [
            ("messageCategory", word_of(&CATEGORIES)),
            ("channels", channels),
        ],
    );
    json!({ "type": "array", "items": category })
}

fn language() -> Value {
    object(
        &["languageCode"],
        [
            ("languageCode", of_form("^[A-Za-z]{2,3}$")),
            ("countryCode", country()),
        ],
    )
}

pub(super) fn search() -> Value {
    object(
        &[],
        [
            ("firstName", text_of(0, 255)),
            ("lastName", text_of(0, 255)),
            ("email", text_of(0, 255)),
            ("dateOfBirth", date()),
            ("cardNumberFormat", word_of(&CARD_NUMBER_FORMATS)),
        ],
    )
}

pub(super) fn customer() -> Value {
    let required = [
        "firstName",
        "lastName",
        "dateOfBirth",
        "email",
        "street",
        "city",
        "zipCode",
        "countryCode",
        "language",
    ];
    object(
        &required,
        [
            ("firstName", text_of(1, 255)),
            ("lastName", text_of(1, 255)),
            ("dateOfBirth", date()),
            ("email", email()),
            ("street", text_of(1, 200)),
            ("city", text_of(1, 255)),
            ("zipCode", text_of(1, 40)),
            ("countryCode", country()),
            ("language", language()),
            ("secondFirstName", text_of(0, 255)),
            ("secondLastName", text_of(0, 255)),
            ("houseNumber", text_of(0, 40)),
            ("gender", word_of(&GENDERS)),
            ("phonePrivate", text_of(1, 500)),
            ("phonePrivateMobile", text_of(1, 500)),
            ("phoneBusiness", text_of(1, 500)),
            ("phoneBusinessMobile", text_of(1, 500)),
            ("thirdPartyId", text_of(0, 200)),
            ("communicationPreferences", preferences()),
        ],
    )
}

pub(super) fn lead() -> Value {
    let lead = object(
        &["firstname", "lastname", "email"],
        [
            ("firstname", text_of(1, 255)),
            ("lastname", text_of(1, 255)),
            ("email", email()),
            ("gender", word_of(&GENDERS)),
            ("dateOfBirth", date()),
            ("telephone", text_of(1, 500)),
            ("language", language()),
            ("thirdPartyId", text_of(0, 200)),
        ],
    );
    let address = object(
        &["street", "houseNumber", "zipCode", "city", "countryCode"],
        [
            ("street", text_of(1, 200)),
            ("houseNumber", text_of(1, 40)),
            ("zipCode", text_of(1, 40)),
            ("city", text_of(1, 255)),
            ("countryCode", country()),
        ],
    );
    object(
        &["leadCustomer"],
        [
            ("leadCustomer", lead),
            ("address", address),
            ("communicationPreferences", preferences()),
        ],
    )
}

/// The body of a validation, which may be wrong: the answer says so.
pub(super) fn unchecked_lead() -> Value {
    let mut lead = lead();
    lead["description"] =
        json!("For a lead that breaks these rules, the answer is `INVALID_LEAD_DATA`");
    lead
}
