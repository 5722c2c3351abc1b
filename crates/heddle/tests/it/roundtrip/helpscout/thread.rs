//! The members of a thread.

use serde_json::{Value, json};

use super::super::values::{MEDIA_TYPES, flags, texts, times, words};
use super::super::{Member, at, never};
use super::{LONG, NEW, customers};
use crate::harness::World;

/// What a note shows of the status that it was sent with, in a pending conversation.
fn status_of_note(word: &Value) -> Value {
    match word.as_str() {
        Some("all" | "pending" | "inbox_predefined") => json!("nochange"),
        Some("open") => json!("active"),
        _ => word.clone(),
    }
}

/// What a reply shows of the status that it was sent with, in a pending conversation.
fn status_of_reply(word: &Value) -> Value {
    match word == "inbox_predefined" {
        true => json!("active"),
        false => status_of_note(word),
    }
}

/// The words for a kind of thread: answers show a reply as `message`.
fn thread_type(word: &Value) -> Value {
    match word == "reply" {
        true => json!("message"),
        false => word.clone(),
    }
}

/// Where the members of a thread stand: in the body itself, or in its list `threads`.
struct Place<'a> {
    /// Empty, or `threads.`.
    prefix: &'static str,
    /// A usual thread.
    usual: &'a Value,
}

impl Place<'_> {
    fn is_in_list(&self) -> bool {
        !self.prefix.is_empty()
    }

    fn path(&self, name: &str) -> &'static str {
        String::leak(format!("{}{name}", self.prefix))
    }

    /// Returns the usual thread with changes, as members of the body.
    fn within(&self, changes: &Value) -> Value {
        let mut thread = self.usual.clone();
        for (name, value) in changes.as_object().expect("an object") {
            thread[name] = value.clone();
        }
        match self.is_in_list() {
            false => thread,
            true => json!({ "threads": [thread] }),
        }
    }

    fn ignored(&self, name: &str, values: Vec<Value>) -> Member {
        let why = "has no effect on this kind of thread";
        never(self.path(name), why, values)
    }

    /// Returns a member that only some kinds of threads show.
    fn only(&self, is_shown: bool, name: &str, at_: &'static str, values: Vec<Value>) -> Member {
        match is_shown {
            true => at(self.path(name), at_, values),
            false => self.ignored(name, values),
        }
    }
}

/// Returns the members of a thread of one kind. In Create Conversation, `prefix` is `threads.`.
pub(super) fn thread(
    prefix: &'static str,
    kind: &str,
    world: &World,
    usual: &Value,
) -> Vec<Member> {
    let place = Place { prefix, usual };
    let mut members = content(&place, kind, world);
    members.extend(files(&place));
    members.push(match place.is_in_list() {
        true => type_of_thread(&place),
        false => status(&place, kind),
    });
    members.extend(customer(&place, kind, world));
    members
}

fn content(place: &Place<'_>, kind: &str, world: &World) -> Vec<Member> {
    let agents = [world.here.agent, world.here.default_agent].map(|agent| json!(agent.get()));
    let copies = || vec![json!([]), json!(["a@x.example", "Ü <ü@x.example>", "b, c"])];
    let has_copies = matches!(kind, "customer" | "reply");
    let by_user = matches!(kind, "notes" | "reply");
    let (draft, imported) = (
        "the state of the thread shows it",
        "decides only about notices",
    );
    let mut members = vec![
        at(place.path("text"), "/thread/body", texts(1, LONG)),
        place.only(by_user, "user", "/thread/createdBy/id", agents.to_vec()),
        never(place.path("draft"), draft, flags()),
        place.only(has_copies, "cc", "/thread/cc", copies()),
        place.only(has_copies, "bcc", "/thread/bcc", copies()),
        never(place.path("imported"), imported, flags()),
        at(place.path("createdAt"), "/thread/createdAt", times())
            .with(place.within(&json!({ "imported": true }))),
    ];
    if !place.is_in_list() {
        members.push(place.only(kind == "reply", "assignTo", "/assignee/id", agents.to_vec()));
    }
    members
}

fn files(place: &Place<'_>) -> [Member; 3] {
    let file = json!({ "fileName": "a.txt", "mimeType": "text/plain", "data": "cmluZw==" });
    let file = json!({ "attachments": [file] });
    let path = |name: &str| place.path(&format!("attachments.{name}"));
    let (name, media) = (
        "/thread/_embedded/attachments/0/filename",
        "/thread/_embedded/attachments/0/mimeType",
    );
    let data = words(&["cmluZw==", "cmluZw"]);
    [
        at(path("fileName"), name, texts(1, 255)),
        at(path("mimeType"), media, words(MEDIA_TYPES)),
        never(path("data"), "a call that is not offered shows it", data),
    ]
    .map(|member| member.with(place.within(&file)))
}

fn status(place: &Place<'_>, kind: &str) -> Member {
    let words = words(&[
        "active",
        "closed",
        "pending",
        "spam",
        "nochange",
        "all",
        "open",
        "inbox_predefined",
    ]);
    let normal = match kind {
        "notes" => status_of_note,
        "reply" => status_of_reply,
        _ => return place.ignored("status", words),
    };
    at(place.path("status"), "/threadStatus", words).normal(normal)
}

fn type_of_thread(place: &Place<'_>) -> Member {
    let words = words(&["chat", "customer", "message", "note", "phone", "reply"]);
    at(place.path("type"), "/thread/type", words).normal(thread_type)
}

fn customer(place: &Place<'_>, kind: &str, world: &World) -> Vec<Member> {
    let person = [
        "/thread/customer/id",
        "/thread/customer/email",
        "/thread/customer/first",
        "/thread/customer/last",
    ];
    let new = || place.within(&json!({ "customer": { "email": NEW } }));
    let members = customers(place.prefix, person, &new, world.here.customer.get());
    if kind != "notes" {
        return members;
    }
    let why = "a note has no customer of its own";
    let ignored = |member: Member| never(member.path, why, vec![json!("x")]);
    members.into_iter().map(ignored).collect()
}
