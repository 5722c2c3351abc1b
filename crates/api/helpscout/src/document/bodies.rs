//! The schemas of request bodies. Words and lengths are those of the parsers. A test compares the members with those that the
//! parsers read ([`heddle_api::Route::body`]), and another one sends every call bodies that fit their schema and bodies that do not.

use heddle_domain::TagName;
use heddle_domain::custom_field::MOST_DEFINED;
use heddle_domain::customer::{
    LONGEST_ADDRESS, LONGEST_LINE, LONGEST_POSTAL_CODE, MOST_LINES, ProfileField,
};
use heddle_domain::limits::{
    LONGEST_FILE_NAME, LONGEST_MEDIA_TYPE, LONGEST_RECIPIENT, LONGEST_SUBJECT,
};
use serde_json::{Value, json};

use super::schema::{
    Member, cased, date_time, filled, flag, id, list, list_of, object, text, text_of, with_text,
    word, word_of,
};
use crate::customers::kind::{self, EntryKind};
use crate::customers::{GENDERS, PHOTO_TYPES, body, longest, patch};
use crate::hook::{EVENTS, LONGEST_SECRET, PAYLOAD_VERSIONS};
use crate::operation;
use crate::request::{
    KINDS, MOST_ATTACHMENTS, MOST_TAGS, MOST_THREADS, NEW_STATUSES, STATUSES, ThreadKind,
};
use crate::token::GRANTS;
use crate::webhooks::LONGEST_LABEL;

const IMPORTED_ONLY: &str = "Only with `imported: true`";

/// The body of Create Conversation.
pub(super) fn conversation() -> Value {
    let kinds = [
        ThreadKind::Customer,
        ThreadKind::Phone,
        ThreadKind::Chat,
        ThreadKind::Note,
        ThreadKind::Reply,
    ];
    let threads: Vec<_> = kinds.into_iter().map(new_thread).collect();
    let closed = "Only with `imported: true` and `status: closed`";
    object(
        &[
            "subject",
            "type",
            "mailboxId",
            "status",
            "customer",
            "threads",
        ],
        [
            ("subject", text_of(1, LONGEST_SUBJECT)),
            ("type", word_of(&KINDS)),
            ("mailboxId", id()),
            ("status", word_of(&NEW_STATUSES)),
            ("customer", customer()),
            ("autoReply", flag()),
            ("imported", flag()),
            ("createdAt", with_text(date_time(), IMPORTED_ONLY)),
            ("closedAt", with_text(date_time(), closed)),
            ("tags", tag_list()),
            ("fields", field_list()),
            (
                "threads",
                list_of(1, MOST_THREADS, json!({ "oneOf": threads })),
            ),
            ("assignTo", id()),
            ("user", id()),
        ],
    )
}

/// A thread of Create Conversation.
fn new_thread(kind: ThreadKind) -> Value {
    let words = ThreadKind::WORDS.iter().filter(|(_, of)| *of == kind);
    let kind_of = ("type", word(words.map(|(word, _)| *word)));
    let (mut required, members) = thread_members(kind);
    required.push("type");
    object(&required, members.into_iter().chain([kind_of]))
}

/// The members that a thread of this kind has in every call, and which of them are required.
fn thread_members(kind: ThreadKind) -> (Vec<&'static str>, Vec<Member>) {
    let mut required = vec!["text"];
    let mut members = vec![
        ("text", filled()),
        ("imported", flag()),
        ("createdAt", with_text(date_time(), IMPORTED_ONLY)),
        ("attachments", list_of(0, MOST_ATTACHMENTS, file())),
    ];
    if kind != ThreadKind::Note {
        required.push("customer");
        members.push(("customer", customer()));
    }
    if kind.is_by_user() {
        members.push(("user", id()));
    }
    if kind == ThreadKind::Reply {
        members.push(("draft", flag()));
    }
    if kind.has_recipients() {
        let copies = || list(text_of(1, LONGEST_RECIPIENT));
        members.extend([("cc", copies()), ("bcc", copies())]);
    }
    (required, members)
}

/// The body of one of the five calls that add a thread.
fn thread(kind: ThreadKind) -> Value {
    let (required, mut members) = thread_members(kind);
    if kind.is_by_user() {
        members.push(("status", word(STATUSES)));
    }
    if kind == ThreadKind::Reply {
        members.push(("assignTo", id()));
    }
    object(&required, members)
}

pub(super) fn phone() -> Value {
    thread(ThreadKind::Phone)
}

pub(super) fn chat() -> Value {
    thread(ThreadKind::Chat)
}

pub(super) fn customer_thread() -> Value {
    thread(ThreadKind::Customer)
}

pub(super) fn note() -> Value {
    thread(ThreadKind::Note)
}

pub(super) fn reply() -> Value {
    thread(ThreadKind::Reply)
}

/// The customer of a conversation or thread.
fn customer() -> Value {
    let name = |field| text_of(1, longest(field));
    let text = |field| text_of(0, longest(field));
    let mut customer = object(
        &[],
        [
            ("id", id()),
            ("email", email()),
            ("firstName", name(ProfileField::FirstName)),
            ("lastName", name(ProfileField::LastName)),
            ("photoUrl", text(ProfileField::PhotoUrl)),
            ("jobTitle", text(ProfileField::JobTitle)),
            ("background", text(ProfileField::Background)),
            ("location", text(ProfileField::Location)),
            ("organization", text(ProfileField::Organization)),
            ("photoType", word(PHOTO_TYPES)),
            ("gender", cased(&GENDERS)),
            ("phone", text_of(0, LONGEST_ADDRESS)),
            ("age", text(ProfileField::Age)),
        ],
    );
    customer["anyOf"] = json!([
        { "required": ["id"], "properties": { "id": id() } },
        { "required": ["email"], "properties": { "email": email() } },
    ]);
    with_text(
        customer,
        "With an id, the other members are ignored; with an e-mail address they describe a new customer",
    )
}

fn email() -> Value {
    json!({ "type": "string", "format": "email" })
}

/// A media type, perhaps with parameters.
fn media_type() -> Value {
    let token = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
    let parameter = format!(r#"[ \t]*;([ \t]*{token}=({token}|"([^"\\]|\\.)*"))?"#);
    let mut schema = text_of(1, LONGEST_MEDIA_TYPE);
    schema["pattern"] = json!(format!("^{token}/{token}({parameter})*$"));
    schema
}

/// The body that adds a file to a thread.
pub(super) fn file() -> Value {
    let data = json!({ "type": "string", "contentEncoding": "base64", "minLength": 1 });
    object(
        &["fileName", "mimeType", "data"],
        [
            ("fileName", text_of(1, LONGEST_FILE_NAME)),
            ("mimeType", media_type()),
            ("data", data),
        ],
    )
}

fn tag_list() -> Value {
    list_of(0, MOST_TAGS, text_of(1, TagName::LONGEST))
}

fn field_list() -> Value {
    let value = json!({ "type": ["string", "number"] });
    let value = with_text(value, "Of a dropdown, the id of an option");
    let field = object(&["id"], [("id", id()), ("value", value)]);
    list_of(0, MOST_DEFINED, field)
}

pub(super) fn tags() -> Value {
    object(&[], [("tags", tag_list())])
}

pub(super) fn fields() -> Value {
    object(&[], [("fields", field_list())])
}

/// Returns the schema of a member that names a path. A client may leave out the slash at the beginning of the path.
fn paths(paths: &[&str]) -> Value {
    let with_slash: Vec<_> = paths.iter().map(|path| format!("/{path}")).collect();
    word(
        with_slash
            .iter()
            .map(String::as_str)
            .chain(paths.iter().copied()),
    )
}

/// An operation on some paths.
fn operation(path: Value, ops: &[&str], value: Option<Value>) -> Value {
    let mut required = vec!["op", "path"];
    let mut members = vec![("op", word(ops.iter().copied())), ("path", path)];
    if let Some(value) = value {
        required.push("value");
        members.push(("value", value));
    }
    object(&required, members)
}

/// An operation whose value may be null or missing: it removes what the path names.
fn removable(path: Value, ops: &[&str], value: Value) -> Value {
    let op = word(ops.iter().copied());
    object(
        &["op", "path"],
        [("op", op), ("path", path), ("value", value)],
    )
}

const CHANGE: [&str; 2] = ["add", "replace"];

/// The operation of a `PATCH` of a conversation.
pub(super) fn conversation_patch() -> Value {
    let change = |path, value| operation(paths(&[path]), &CHANGE, Some(value));
    json!({ "oneOf": [
        change("subject", text_of(1, LONGEST_SUBJECT)),
        change("primaryCustomer.id", id()),
        change("draft", json!({ "type": ["boolean", "string"], "enum": [false, "false"] })),
        change("status", word_of(&operation::STATUSES)),
        change("assignTo", id()),
        operation(paths(&["assignTo"]), &["remove"], None),
        operation(paths(&["mailboxId"]), &["move"], Some(id())),
    ] })
}

/// The operation of a `PATCH` of a thread.
pub(super) fn thread_patch() -> Value {
    let hidden = json!({ "type": ["boolean", "string"], "enum": [true, false, "true", "false"] });
    json!({ "oneOf": [
        operation(paths(&["text"]), &CHANGE, Some(filled())),
        operation(paths(&["hidden"]), &CHANGE, Some(hidden)),
    ] })
}

/// The body that creates or replaces a webhook.
pub(super) fn webhook() -> Value {
    let url = json!({ "type": "string", "format": "uri" });
    object(
        &["url", "events", "secret"],
        [
            ("url", url),
            (
                "events",
                json!({ "type": "array", "items": word(EVENTS), "minItems": 1 }),
            ),
            ("secret", text_of(1, LONGEST_SECRET)),
            ("label", text_of(0, LONGEST_LABEL)),
            ("mailboxIds", list(id())),
            ("notification", flag()),
            ("payloadVersion", word(PAYLOAD_VERSIONS)),
        ],
    )
}

/// A field of a customer's profile.
fn profile_field(field: ProfileField) -> Value {
    let mut schema = match field {
        ProfileField::Gender => cased(&GENDERS),
        ProfileField::PhotoType => word(PHOTO_TYPES),
        field => return text_of(0, longest(field)),
    };
    if let Some(words) = schema["enum"].as_array_mut() {
        words.push(json!(""));
    }
    schema
}

fn profile_members() -> impl Iterator<Item = Member> {
    let fields = body::FIELDS.into_iter();
    fields.map(|(name, field)| (name, profile_field(field)))
}

/// The body that replaces the profile of a customer.
pub(super) fn profile() -> Value {
    object(&[], profile_members())
}

/// The body that creates a customer.
pub(super) fn new_customer() -> Value {
    let lists = kind::ALL
        .iter()
        .map(|kind| (kind.member, list(entry(kind))));
    let members = profile_members().chain(lists).chain([
        ("phone", text_of(0, LONGEST_ADDRESS)),
        ("address", address()),
    ]);
    let mut customer = object(&[], members);
    let emails = json!({ "type": "array", "minItems": 1 });
    customer["anyOf"] = json!([
        { "required": ["firstName"], "properties": { "firstName": filled() } },
        { "required": ["emails"], "properties": { "emails": emails } },
    ]);
    customer
}

/// An entry of a customer.
fn entry(kind: &EntryKind) -> Value {
    let kind_of = entry_type(kind).map(|types| ("type", types));
    object(
        &["value"],
        [("value", entry_value(kind))].into_iter().chain(kind_of),
    )
}

fn entry_type(kind: &EntryKind) -> Option<Value> {
    (!kind.types.is_empty()).then(|| word(kind.types.iter().copied()))
}

fn entry_value(kind: &EntryKind) -> Value {
    match kind.rel {
        "emails" => email(),
        _ => text_of(1, LONGEST_ADDRESS),
    }
}

pub(super) fn email_entry() -> Value {
    entry(<kind::Emails as kind::Kind>::KIND)
}

pub(super) fn phone_entry() -> Value {
    entry(<kind::Phones as kind::Kind>::KIND)
}

pub(super) fn chat_entry() -> Value {
    entry(<kind::Chats as kind::Kind>::KIND)
}

pub(super) fn social_profile_entry() -> Value {
    entry(<kind::SocialProfiles as kind::Kind>::KIND)
}

pub(super) fn website_entry() -> Value {
    entry(<kind::Websites as kind::Kind>::KIND)
}

/// A postal address, each part with its name.
fn address_parts() -> [Member; 5] {
    [
        ("city", text_of(1, LONGEST_LINE)),
        ("state", text_of(1, LONGEST_LINE)),
        ("postalCode", text_of(1, LONGEST_POSTAL_CODE)),
        ("country", with_text(text_of(2, 2), "Two letters")),
        ("lines", list_of(0, MOST_LINES, text_of(0, LONGEST_LINE))),
    ]
}

/// The body that sets the postal address of a customer.
pub(super) fn address() -> Value {
    object(&["city", "state", "postalCode", "country"], address_parts())
}

/// The body of a `PATCH` of a customer: an array of operations, or one.
pub(super) fn customer_patch() -> Value {
    let mut operations: Vec<Value> = Vec::new();
    for (name, field) in body::FIELDS {
        let verbs = ["add", "replace", "remove"];
        operations.push(removable(paths(&[name]), &verbs, profile_field(field)));
    }
    for kind in kind::ALL {
        operations.extend(entry_operations(kind));
    }
    operations.push(operation(paths(&["address"]), &CHANGE, Some(address())));
    operations.push(operation(paths(&["address"]), &["remove"], None));
    for (name, schema) in address_parts() {
        let path = paths(&[&format!("address/{name}")]);
        operations.push(match name {
            // An address may have no lines.
            "lines" => removable(path, &CHANGE, schema),
            _ => operation(path, &CHANGE, Some(schema)),
        });
    }
    let operation = json!({ "oneOf": operations });
    json!({ "oneOf": [list_of(0, patch::MOST_OPERATIONS, operation.clone()), operation] })
}

/// The operations on entries of a kind.
fn entry_operations(kind: &EntryKind) -> Vec<Value> {
    let rel = kind.rel;
    let of =
        |end: &str| json!({ "type": "string", "pattern": format!("^/?{rel}/[0-9]{{1,18}}{end}$") });
    let new = paths(&[rel, &format!("{rel}/"), &format!("{rel}/-")]);
    let value = || Some(entry_value(kind));
    let mut operations = vec![
        operation(new, &["add"], Some(entry(kind))),
        operation(of(""), &["replace"], Some(entry(kind))),
        operation(of(""), &["remove"], None),
        operation(of("/value"), &CHANGE, value()),
    ];
    if let Some(types) = entry_type(kind) {
        operations.push(operation(of("/type"), &CHANGE, Some(types)));
    }
    operations
}

/// The body of the token call. Each member may be a query parameter instead.
pub(super) fn token() -> Value {
    let part = || json!({ "type": ["string", "number"], "minLength": 1 });
    let grant = |name: &str, own: &[&'static str], optional: &[&'static str]| {
        let all = ["client_id", "client_secret"].iter().chain(own);
        let required: Vec<_> = all.copied().chain(["grant_type"]).collect();
        let parts = required[..required.len() - 1].iter().chain(optional);
        let parts: Vec<Member> = parts.map(|name| (*name, part())).collect();
        object(
            &required,
            parts.into_iter().chain([("grant_type", word([name]))]),
        )
    };
    let [credentials, code, refresh] = GRANTS;
    json!({ "oneOf": [
        grant(credentials, &[], &[]),
        grant(code, &["code"], &["code_verifier", "redirect_uri"]),
        grant(refresh, &["refresh_token"], &[]),
    ] })
}

/// The form of the page of consent.
pub(super) fn consent() -> Value {
    object(
        &["token", "decision"],
        [
            ("token", filled()),
            ("decision", word(["allow", "deny"])),
            ("email", text()),
            ("password", text()),
        ],
    )
}
