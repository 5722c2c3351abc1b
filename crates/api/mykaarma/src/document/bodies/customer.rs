//! The schema of a new customer.

use heddle_api::openapi::schema::{flag, list_of, object, text, text_of, with_text, word, word_of};
use heddle_domain::customer::{LONGEST_ADDRESS, LONGEST_LABEL, LONGEST_LINE, LONGEST_POSTAL_CODE};
use serde_json::{Map, Value, json};

use crate::request::customer::{
    ADDRESS_CODES, ADDRESS_TYPES, LONGEST_CUSTOMER_KEY, LONGEST_NAME, MOST_DEALERS, MOST_OF_KIND,
    MOST_POSTAL, PREFERRED,
};

pub(in crate::document) fn customer() -> Value {
    let vehicles = list_of(0, 0, json!({ "type": "object" }));
    let duplicate = "Whether to take the owner of one of the e-mail addresses instead";
    let unvalidated = "Has no effect, because there are no vehicles";
    object(
        &["customer"],
        [
            ("requesterUserUUID", text()),
            ("dealerUUIDList", list_of(0, MOST_DEALERS, text())),
            ("customer", new_customer()),
            ("vehicles", with_text(vehicles, "Not supported")),
            ("validateVin", with_text(flag(), unvalidated)),
            ("searchForDuplicate", with_text(flag(), duplicate)),
        ],
    )
}

fn new_customer() -> Value {
    let chosen = json!({ "type": "string", "maxLength": 0, "description": "Chosen by Heddle" });
    let mut locale = with_text(text(), "Such as en-us");
    locale["pattern"] = json!("^([A-Za-z]{2,3}(-[A-Za-z]{2})?)?$");
    let mut customer = object(
        &[],
        [
            ("customerUuid", chosen),
            ("customerKey", text_of(0, LONGEST_CUSTOMER_KEY)),
            ("firstName", text_of(0, LONGEST_NAME)),
            ("middleName", text_of(0, LONGEST_NAME)),
            ("lastName", text_of(0, LONGEST_NAME)),
            ("company", text_of(0, LONGEST_NAME)),
            ("isBusiness", flag()),
            ("preferredLocale", locale),
            ("preferredCommunication", word(PREFERRED)),
            ("addresses", list_of(0, MOST_POSTAL, postal_address())),
            ("emails", list_of(0, MOST_OF_KIND, email())),
            ("phoneNumbers", list_of(0, MOST_OF_KIND, phone())),
        ],
    );
    // A firm needs a company, a person both names. Generators of clients read no choice beside members, but ignore a condition.
    customer["if"] =
        json!({ "required": ["isBusiness"], "properties": { "isBusiness": { "const": true } } });
    customer["then"] = filled(&["company"]);
    customer["else"] = filled(&["firstName", "lastName"]);
    customer
}

/// Returns the rule that members are there and not blank.
fn filled(names: &[&str]) -> Value {
    let rule = json!({ "type": "string", "pattern": r"\S" });
    let rules = names.iter().map(|name| ((*name).to_owned(), rule.clone()));
    json!({ "required": names, "properties": rules.collect::<Map<_, _>>() })
}

/// Returns the schema of a flag that must not be false.
fn unless_false(text: &str) -> Value {
    json!({ "type": "boolean", "const": true, "description": text })
}

/// Returns the schema of a text that is not blank.
fn visible(longest: usize) -> Value {
    let mut schema = text_of(1, longest);
    schema["pattern"] = json!(r"\S");
    schema
}

fn label() -> Value {
    text_of(0, LONGEST_LABEL)
}

fn postal_address() -> Value {
    let mut country = with_text(text_of(2, 2), "Two letters");
    country["pattern"] = json!("^[A-Za-z]{2}$");
    let only = "The only address is the preferred one";
    object(
        &["line1", "city", "zip", "country"],
        [
            ("line1", visible(LONGEST_LINE)),
            ("line2", text_of(0, LONGEST_LINE)),
            ("city", visible(LONGEST_LINE)),
            ("state", text_of(0, LONGEST_LINE)),
            ("zip", visible(LONGEST_POSTAL_CODE)),
            ("country", country),
            ("type", word_of(&ADDRESS_TYPES)),
            (
                "addressType",
                with_text(word_of(&ADDRESS_CODES), "Must agree with `type`"),
            ),
            ("isValid", unless_false("`false` is not supported")),
            ("isPreferred", unless_false(only)),
        ],
    )
}

fn email() -> Value {
    let opted_out = "`false` opts the address out of messages of the department";
    object(
        &["emailAddress"],
        [
            (
                "emailAddress",
                json!({ "type": "string", "format": "email" }),
            ),
            ("label", label()),
            ("okToEmail", with_text(flag(), opted_out)),
            ("isPreferred", with_text(flag(), "True at most once")),
        ],
    )
}

fn phone() -> Value {
    let opted_out = "`false` opts the number out of text messages of the department";
    object(
        &["phoneNumber"],
        [
            ("phoneNumber", visible(LONGEST_ADDRESS)),
            ("label", label()),
            ("okToCall", unless_false("`false` is not supported")),
            ("okToText", with_text(flag(), opted_out)),
            ("isPreferred", with_text(flag(), "True at most once")),
        ],
    )
}
