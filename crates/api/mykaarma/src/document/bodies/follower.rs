//! The schemas of requests about followers and subscriptions.

use heddle_api::openapi::schema::{list_of, object, text, with_text, word, word_of};
use serde_json::{Value, json};

use crate::document::schema::{unset, unsupported};
use crate::request::follower::{
    CATEGORY, CATEGORY_EVENTS, EVENT_TYPES, MOST_EVENTS, MOST_USERS, USER_TYPES,
};

pub(in crate::document) fn followers() -> Value {
    let user = object(
        &["uuid"],
        [
            ("uuid", text()),
            ("name", with_text(text(), "Has no effect")),
            ("type", word(USER_TYPES)),
            ("departmentUuid", with_text(text(), "Has no effect")),
        ],
    );
    let events = list_of(0, MOST_EVENTS, event());
    let nothing = list_of(0, 0, json!({ "type": "object" }));
    let mut of_user = object(
        &["user"],
        [
            ("user", user),
            ("addedEvents", events.clone()),
            ("revokedEvents", events),
            ("events", with_text(nothing, "Not supported")),
        ],
    );
    must_fill_one(&mut of_user, &["addedEvents", "revokedEvents"]);
    let same = "Must be that of the path";
    object(
        &["userEvents"],
        [
            ("userEvents", list_of(1, MOST_USERS, of_user)),
            ("customerUuid", with_text(text(), same)),
            ("departmentUuid", with_text(text(), same)),
        ],
    )
}

fn event() -> Value {
    let category = object(
        &["name", "events"],
        [
            ("name", word(CATEGORY)),
            ("events", list_of(1, 1, word(CATEGORY_EVENTS))),
        ],
    );
    object(
        &["type", "category"],
        [("type", word_of(&EVENT_TYPES)), ("category", category)],
    )
}

pub(in crate::document) fn subscription() -> Value {
    let list = || {
        let members = [("userUuid", text()), ("isAsignee", unset())];
        list_of(0, MOST_USERS, object(&["userUuid"], members))
    };
    let names = [
        "internalSubscriptionsAdded",
        "internalSubscriptionsRevoked",
        "externalSubscriptionsAdded",
        "externalSubscriptionsRevoked",
    ];
    let lists = names.map(|name| (name, list()));
    let rest = [
        ("dealerAssociateUuid", unsupported()),
        ("isHistoricalSubbscription", unset()),
    ];
    let mut body = object(&[], lists.into_iter().chain(rest));
    must_fill_one(&mut body, &names);
    body["description"] = json!("At least one list must have an item");
    body
}

/// Requires that at least one of some lists has an item.
fn must_fill_one(body: &mut Value, names: &[&str]) {
    let filled = names.iter().map(|name| {
        let list = json!({ *name: { "type": "array", "minItems": 1 } });
        json!({ "required": [name], "properties": list })
    });
    // Generators of clients read no choice beside members, but ignore a condition.
    body["if"] = json!({ "anyOf": filled.collect::<Vec<_>>() });
    body["else"] = json!(false);
}
