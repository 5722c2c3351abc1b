//! Reads the requests about followers and subscriptions (contract section 7). The vendor publishes the names of the members,
//! and not what they mean; what would change something that Heddle has no place for is refused.

use super::body::required_text;
use crate::fault::UNSUPPORTED;
use heddle_http::known;
use heddle_http::members::{Item, Object, Problem};
use heddle_http::shape::{SCALARS, Shape};

/// The maximum number of users in a request.
pub(crate) const MOST_USERS: usize = 100;
/// The maximum number of events of one user.
pub(crate) const MOST_EVENTS: usize = 10;

/// What a user follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// The vendor's `INTERNAL`: internal notes.
    Notes,
    /// The vendor's `EXTERNAL`: messages to and from the customer.
    Messages,
}

/// The words of an event's `type`.
pub(crate) const EVENT_TYPES: [(&str, Followed); 2] = [
    ("INTERNAL", Followed::Notes),
    ("EXTERNAL", Followed::Messages),
];
/// The only `name` of an event's category, and the only event in it.
pub(crate) const CATEGORY: [&str; 1] = ["MANUAL"];
pub(crate) const CATEGORY_EVENTS: [&str; 1] = ["INTERNAL_NOTE"];
/// The only `type` of a user.
pub(crate) const USER_TYPES: [&str; 1] = ["USER"];

/// A wish of a request that a user follows something, or follows it no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) user: String,
    pub(crate) followed: Followed,
    pub(crate) follows: bool,
}

const EVENT: Shape = known!("type", "category": known!("name", "events": SCALARS));

/// The request that changes the followers of a customer.
#[derive(Clone, Debug)]
pub(crate) struct FollowerRequest {
    /// Public ids that must be those of the path, if they are given.
    pub(crate) customer: Option<String>,
    pub(crate) department: Option<String>,
    pub(crate) wishes: Vec<Wish>,
}

impl FollowerRequest {
    /// The members that [`Self::read`] reads.
    pub(crate) const SHAPE: Shape = known!(
        "userEvents": known!(
            "user": known!("uuid", "name", "type", "departmentUuid"),
            "addedEvents": EVENT,
            "revokedEvents": EVENT,
            "events": SCALARS,
        ),
        "customerUuid",
        "departmentUuid",
    );

    pub(crate) fn read(body: &Object<'_>) -> Self {
        let list = body.get("userEvents").required();
        let list = list.list(1..=MOST_USERS).into_iter().flatten();
        let mut wishes = Vec::new();
        for item in list {
            let item = item.object_or_empty();
            let user = user(&item.get("user").required().object_or_empty());
            refuse_unless_empty(&item.get("events"));
            // What is revoked and added stays added.
            let mut has_events = false;
            for (name, follows) in [("revokedEvents", false), ("addedEvents", true)] {
                let events = item.get(name).list(0..=MOST_EVENTS);
                has_events |= events.as_ref().is_some_and(|events| events.len() > 0);
                let followed = events.into_iter().flatten().filter_map(|event| {
                    let event = event.object_or_empty();
                    check_category(&event.get("category").required().object_or_empty());
                    event.get("type").required().meaning(&EVENT_TYPES)
                });
                wishes.extend(followed.map(|followed| Wish {
                    user: user.clone(),
                    followed,
                    follows,
                }));
            }
            if !has_events {
                item.refuse(Problem::rule("must add or revoke at least one event"));
            }
        }
        let text = |name| body.get(name).text().map(str::to_owned);
        Self {
            customer: text("customerUuid"),
            department: text("departmentUuid"),
            wishes,
        }
    }
}

/// Reads the user of an event. Name and department say nothing that the uuid does not.
fn user(user: &Object<'_>) -> String {
    user.get("name").text();
    user.get("departmentUuid").text();
    user.get("type").word(&USER_TYPES);
    required_text(user, "uuid")
}

fn check_category(category: &Object<'_>) {
    category.get("name").required().word(&CATEGORY);
    let events = category.get("events").required().list(1..=1);
    for event in events.into_iter().flatten() {
        event.required().word(&CATEGORY_EVENTS);
    }
}

fn refuse_unless_empty(list: &Item<'_>) {
    if list
        .list(0..=usize::MAX)
        .is_some_and(|items| items.len() > 0)
    {
        list.refuse(UNSUPPORTED);
    }
}

const SUBSCRIPTION: Shape = known!("userUuid", "isAsignee");

/// The request that changes subscriptions.
#[derive(Clone, Debug)]
pub(crate) struct SubscriptionRequest {
    pub(crate) wishes: Vec<Wish>,
}

impl SubscriptionRequest {
    /// The members that [`Self::read`] reads. The vendor misspells two of them.
    pub(crate) const SHAPE: Shape = known!(
        "internalSubscriptionsAdded": SUBSCRIPTION,
        "internalSubscriptionsRevoked": SUBSCRIPTION,
        "externalSubscriptionsAdded": SUBSCRIPTION,
        "externalSubscriptionsRevoked": SUBSCRIPTION,
        "dealerAssociateUuid",
        "isHistoricalSubbscription",
    );

    pub(crate) fn read(body: &Object<'_>) -> Self {
        let associate = body.get("dealerAssociateUuid");
        if associate.is_present() {
            associate.refuse(UNSUPPORTED);
        }
        refuse_if_set(&body.get("isHistoricalSubbscription"));
        let mut wishes = Vec::new();
        for (name, followed, follows) in [
            ("internalSubscriptionsRevoked", Followed::Notes, false),
            ("internalSubscriptionsAdded", Followed::Notes, true),
            ("externalSubscriptionsRevoked", Followed::Messages, false),
            ("externalSubscriptionsAdded", Followed::Messages, true),
        ] {
            let list = body.get(name).list(0..=MOST_USERS);
            wishes.extend(list.into_iter().flatten().map(|item| {
                let item = item.object_or_empty();
                refuse_if_set(&item.get("isAsignee"));
                Wish {
                    user: required_text(&item, "userUuid"),
                    followed,
                    follows,
                }
            }));
        }
        if wishes.is_empty() {
            let text = "At least one subscription must be added or revoked";
            body.refuse(Problem::rule(text));
        }
        Self { wishes }
    }
}

fn refuse_if_set(flag: &Item<'_>) {
    if flag.flag() == Some(true) {
        flag.refuse(UNSUPPORTED);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::parse;
    use super::*;
    use crate::error::Error;

    fn wish(user: &str, followed: Followed, follows: bool) -> Wish {
        Wish {
            user: user.to_owned(),
            followed,
            follows,
        }
    }

    fn event(kind: &str) -> Value {
        json!({ "type": kind, "category": { "name": "MANUAL", "events": ["INTERNAL_NOTE"] } })
    }

    #[test]
    fn both_requests_say_who_follows_what() {
        let body = json!({ "userEvents": [{ "user": { "uuid": "a", "name": "Ada", "type": "USER" },
            "addedEvents": [event("INTERNAL")], "revokedEvents": [event("EXTERNAL")], "events": [] }] });
        let read = parse(&body, FollowerRequest::read).expect("a request");
        let expected = [
            wish("a", Followed::Messages, false),
            wish("a", Followed::Notes, true),
        ];
        assert_eq!(read.wishes, expected);
        let body = json!({
            "internalSubscriptionsAdded": [{ "userUuid": "a", "isAsignee": false }],
            "externalSubscriptionsRevoked": [{ "userUuid": "b" }],
            "isHistoricalSubbscription": false, "dealerAssociateUuid": null,
        });
        let read = parse(&body, SubscriptionRequest::read).expect("a request");
        let expected = [
            wish("a", Followed::Notes, true),
            wish("b", Followed::Messages, false),
        ];
        assert_eq!(read.wishes, expected);
    }

    fn refusal<T: std::fmt::Debug>(read: Result<T, Error>) -> String {
        match read {
            Err(Error::Invalid { text, .. }) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_has_no_documented_meaning_is_refused_by_name() {
        let of_event = |change: fn(&mut Value)| {
            let mut event = event("INTERNAL");
            change(&mut event);
            json!({ "userEvents": [{ "user": { "uuid": "a" }, "addedEvents": [event] }] })
        };
        for (body, name) in [
            (json!({}), "userEvents is required"),
            (
                json!({ "userEvents": [{}] }),
                "userEvents[0].user is required",
            ),
            (
                json!({ "userEvents": [{ "user": { "uuid": "a", "type": "CUSTOMER" } }] }),
                "userEvents[0].user.type",
            ),
            (
                json!({ "userEvents": [{ "user": { "uuid": "a" }, "events": [event("INTERNAL")] }] }),
                "userEvents[0].events is not supported",
            ),
            (
                json!({ "userEvents": [{ "user": { "uuid": "a" }, "addedEvents": [], "revokedEvents": null }] }),
                "userEvents[0] must add or revoke at least one event",
            ),
            (
                of_event(|event| event["type"] = json!("BOTH")),
                "userEvents[0].addedEvents[0].type",
            ),
            (
                of_event(|event| event["category"]["name"] = json!("AUTO")),
                "userEvents[0].addedEvents[0].category.name",
            ),
            (
                of_event(|event| event["category"]["events"] = json!(["MESSAGE"])),
                "userEvents[0].addedEvents[0].category.events[0]",
            ),
        ] {
            let text = refusal(parse(&body, FollowerRequest::read));
            assert!(text.starts_with(name), "{body}: {text}");
        }
        let added = json!([{ "userUuid": "a" }]);
        for (body, name) in [
            (json!({}), "At least one subscription"),
            (
                json!({ "internalSubscriptionsAdded": added, "dealerAssociateUuid": 7 }),
                "dealerAssociateUuid is not supported",
            ),
            (
                json!({ "internalSubscriptionsAdded": added, "isHistoricalSubbscription": true }),
                "isHistoricalSubbscription is not supported",
            ),
            (
                json!({ "externalSubscriptionsAdded": [{ "userUuid": "a", "isAsignee": true }] }),
                "externalSubscriptionsAdded[0].isAsignee is not supported",
            ),
            (
                json!({ "externalSubscriptionsAdded": [{ "isAsignee": false }] }),
                "externalSubscriptionsAdded[0].userUuid is required",
            ),
        ] {
            let text = refusal(parse(&body, SubscriptionRequest::read));
            assert!(text.starts_with(name), "{body}: {text}");
        }
    }
}
