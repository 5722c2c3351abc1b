//! The schemas of request bodies. Words and lengths are those of the parsers. A test compares the members with those that the
//! parsers read ([`heddle_api::Route::body`]).

use heddle_api::openapi::schema::{
    date, date_time, flag, list, list_of, object, text, text_of, with_text, word_of,
};
use heddle_domain::customer::{LONGEST_ADDRESS, LONGEST_POSTAL_CODE};
use heddle_domain::limits::{
    LONGEST_AGENT_NAME, LONGEST_SUBJECT, LONGEST_TICKET_LINK, LONGEST_TICKET_NUMBER,
};
use serde_json::{Value, json};

use crate::request::person::{
    GENDERS, LONGEST_HOUSE_NUMBER, LONGEST_ID, LONGEST_NAME, LONGEST_STREET,
};
use crate::request::preferences::{CATEGORIES, MOST_ITEMS};
use crate::request::query::CARD_NUMBER_FORMATS;
use crate::request::{CHANNELS, DIRECTIONS, STATUSES};

fn of_form(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn country() -> Value {
    of_form("^[A-Za-z]{2}$")
}

fn email() -> Value {
    json!({ "type": "string", "format": "email" })
}

fn phone() -> Value {
    text_of(1, LONGEST_ADDRESS)
}

pub(super) fn thread() -> Value {
    let required = [
        "communicationThreadStatus",
        "subject",
        "content",
        "communicationDirection",
        "communicationChannel",
    ];
    let time = with_text(
        date_time(),
        "May name a zone at the end, in square brackets",
    );
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

fn category() -> Value {
    let channel = object(
        &["communicationChannel"],
        [
            ("communicationChannel", word_of(&CHANNELS)),
            ("customerOverridable", flag()),
            ("active", flag()),
        ],
    );
    let text = "Required with channels";
    object(
        &[],
        [
            ("messageCategory", with_text(word_of(&CATEGORIES), text)),
            ("channels", list_of(0, MOST_ITEMS, channel)),
        ],
    )
}

pub(super) fn preferences() -> Value {
    list(category())
}

fn some_preferences() -> Value {
    list_of(0, MOST_ITEMS, category())
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
            ("firstName", text_of(0, LONGEST_NAME)),
            ("lastName", text_of(0, LONGEST_NAME)),
            ("email", text_of(0, LONGEST_NAME)),
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
            ("firstName", text_of(1, LONGEST_NAME)),
            ("lastName", text_of(1, LONGEST_NAME)),
            ("dateOfBirth", date()),
            ("email", email()),
            ("street", text_of(1, LONGEST_STREET)),
            ("city", text_of(1, LONGEST_NAME)),
            ("zipCode", text_of(1, LONGEST_POSTAL_CODE)),
            ("countryCode", country()),
            ("language", language()),
            ("secondFirstName", text_of(0, LONGEST_NAME)),
            ("secondLastName", text_of(0, LONGEST_NAME)),
            ("houseNumber", text_of(0, LONGEST_HOUSE_NUMBER)),
            ("gender", word_of(&GENDERS)),
            ("phonePrivate", phone()),
            ("phonePrivateMobile", phone()),
            ("phoneBusiness", phone()),
            ("phoneBusinessMobile", phone()),
            ("thirdPartyId", text_of(0, LONGEST_ID)),
            ("communicationPreferences", some_preferences()),
        ],
    )
}

pub(super) fn lead() -> Value {
    let lead = object(
        &["firstname", "lastname", "email"],
        [
            ("firstname", text_of(1, LONGEST_NAME)),
            ("lastname", text_of(1, LONGEST_NAME)),
            ("email", email()),
            ("gender", word_of(&GENDERS)),
            ("dateOfBirth", date()),
            ("telephone", phone()),
            ("language", language()),
            ("thirdPartyId", text_of(0, LONGEST_ID)),
        ],
    );
    let address = object(
        &["street", "houseNumber", "zipCode", "city", "countryCode"],
        [
            ("street", text_of(1, LONGEST_STREET)),
            ("houseNumber", text_of(1, LONGEST_HOUSE_NUMBER)),
            ("zipCode", text_of(1, LONGEST_POSTAL_CODE)),
            ("city", text_of(1, LONGEST_NAME)),
            ("countryCode", country()),
        ],
    );
    object(
        &["leadCustomer"],
        [
            ("leadCustomer", lead),
            ("address", address),
            ("communicationPreferences", some_preferences()),
        ],
    )
}

/// The body of a validation, which may be wrong: the answer says so.
pub(super) fn unchecked_lead() -> Value {
    let text = "For a lead that breaks these rules, the answer is `INVALID_LEAD_DATA`";
    with_text(lead(), text)
}
