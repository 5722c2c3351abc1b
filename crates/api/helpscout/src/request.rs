//! The bodies of Create Conversation and of the five thread calls (contract sections 6.3 and 7.3 to 7.7). They are read
//! member by member, so that the error names every fault. Clients send many members that have no effect on a kind of
//! thread (contract section 14), so such members are ignored.

use std::collections::BTreeSet;

use heddle_domain::conversation::ConversationKind;
use heddle_domain::id::{AgentId, InboxId};
use heddle_domain::limits::{LONGEST_FILE_NAME, LONGEST_RECIPIENT, LONGEST_SUBJECT};
use heddle_domain::message::Recipients;
use heddle_domain::{Status, TagName, Timestamp};

use crate::custom_fields::{self, FieldValue};
use crate::customers;
use crate::fault::code;
use crate::input;
use crate::references::References;
use heddle_http::base64;
use heddle_http::members::{Item, Object, Problem};
use heddle_http::shape::{SCALARS, Shape};
use heddle_http::{known, media};

/// The maximum size of an attachment, in bytes after decoding.
const ATTACHMENT_LIMIT: usize = 10 << 20;
/// The maximum number of attachments in a request, so that its write stays one short transaction (`store.md` 3).
pub(crate) const MOST_ATTACHMENTS: usize = 1_000;
/// The maximum number of tags in a request.
pub(crate) const MOST_TAGS: usize = 100;
/// The maximum number of threads in a request if the account has no thread cap.
pub(crate) const MOST_THREADS: usize = 1_000;

/// The members of an attachment.
pub(crate) const FILE: Shape = known!("fileName", "mimeType", "data");

/// The five kinds of threads that can be added to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ThreadKind {
    Customer,
    Phone,
    Chat,
    Note,
    Reply,
}

impl ThreadKind {
    /// The values of `threads[].type` on Create Conversation. Answers show a reply as `message`, so both words are taken.
    pub(crate) const WORDS: [(&str, Self); 6] = [
        ("chat", Self::Chat),
        ("customer", Self::Customer),
        ("message", Self::Reply),
        ("note", Self::Note),
        ("phone", Self::Phone),
        ("reply", Self::Reply),
    ];

    /// Whether a request may name the user who acts.
    pub(crate) const fn is_by_user(self) -> bool {
        matches!(self, Self::Note | Self::Reply)
    }

    /// Whether the thread may be copied to others.
    pub(crate) const fn has_recipients(self) -> bool {
        matches!(self, Self::Customer | Self::Reply)
    }
}

/// The values of `type` on Create Conversation.
pub(crate) const KINDS: [(&str, ConversationKind); 3] = [
    ("email", ConversationKind::Email),
    ("chat", ConversationKind::Chat),
    ("phone", ConversationKind::Phone),
];

/// The values of `status` on Create Conversation, where `active` means `new` (`rules.md` 11).
pub(crate) const NEW_STATUSES: [(&str, Status); 4] = [
    ("active", Status::New),
    ("closed", Status::Closed),
    ("pending", Status::Pending),
    ("spam", Status::Spam),
];

/// The values of `status` on replies and notes. An older page of the vendor's documentation lists `all` where a newer
/// page has `inbox_predefined`. Answers show `nochange` for a thread that changed nothing.
pub(crate) const STATUSES: [&str; 8] = [
    "active",
    "all",
    "closed",
    "inbox_predefined",
    "nochange",
    "open",
    "pending",
    "spam",
];

/// A decoded attachment.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) mime_type: String,
    pub(crate) data: Vec<u8>,
}

impl std::fmt::Debug for File {
    /// Writes neither name nor content of the file, because they must not get into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({} bytes)", self.data.len())
    }
}

/// A thread to add.
#[derive(Debug)]
pub(crate) struct ThreadBody {
    pub(crate) kind: ThreadKind,
    pub(crate) text: String,
    /// The index of the thread's customer among the request's customers; `None` for notes.
    pub(crate) customer: Option<usize>,
    pub(crate) user: Option<AgentId>,
    pub(crate) status: Option<&'static str>,
    pub(crate) draft: bool,
    pub(crate) assign_to: Option<AgentId>,
    pub(crate) recipients: Recipients,
    pub(crate) imported: bool,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) files: Vec<File>,
    /// Whether an attachment is larger than the limit. This is no fault, because the error is another one: 413.
    pub(crate) has_too_large_file: bool,
}

impl ThreadBody {
    /// The members of a thread that is added to a conversation, whatever its kind.
    pub(crate) const SHAPE: Shape = known!(
        "text",
        "customer": customers::SHAPE,
        "user",
        "status",
        "draft",
        "assignTo",
        "cc": SCALARS,
        "bcc": SCALARS,
        "imported",
        "createdAt",
        "attachments": FILE,
    );
    /// The members of a thread of a new conversation, which has its own status and assignee.
    const NEW: Shape = known!(
        "type",
        "text",
        "customer": customers::SHAPE,
        "user",
        "draft",
        "cc": SCALARS,
        "bcc": SCALARS,
        "imported",
        "createdAt",
        "attachments": FILE,
    );

    /// Reads the body of one of the five calls.
    pub(crate) fn read(body: &Object<'_>, kind: ThreadKind, references: &mut References) -> Self {
        let mut thread = Self::of(body, kind, false, references);
        if kind.is_by_user() {
            thread.status = body.get("status").word(&STATUSES);
        }
        if kind == ThreadKind::Reply {
            thread.assign_to = references.assignee(&body.get("assignTo"));
        }
        if thread.files.len() > MOST_ATTACHMENTS {
            let most = Problem::Count(0..=MOST_ATTACHMENTS);
            body.get("attachments").refuse(most);
        }
        thread
    }

    /// Reads the members that the five calls and the threads of Create Conversation share.
    fn of(
        body: &Object<'_>,
        kind: ThreadKind,
        imported: bool,
        references: &mut References,
    ) -> Self {
        let text = input::required_text(body, "text");
        let customer = match kind {
            ThreadKind::Note => None,
            _ => references.customers.read(body),
        };
        let user = if kind.is_by_user() {
            references.user(&body.get("user"))
        } else {
            None
        };
        let draft = kind == ThreadKind::Reply && body.get("draft").flag() == Some(true);
        let recipients = if kind.has_recipients() {
            recipients(body)
        } else {
            Recipients::default()
        };
        let imported = body.get("imported").flag() == Some(true) || imported;
        let created_at = input::instant(&body.get("createdAt"), only_imported(imported));
        let (files, has_too_large_file) = files(body);
        Self {
            kind,
            text,
            customer,
            user,
            status: None,
            draft,
            assign_to: None,
            recipients,
            imported,
            created_at,
            files,
            has_too_large_file,
        }
    }
}

/// Reads the addresses that a thread was copied to. A fault of both lists together is one of `cc`, if that is given.
fn recipients(body: &Object<'_>) -> Recipients {
    let (cc, bcc) = (body.get("cc"), body.get("bcc"));
    let recipients = Recipients {
        cc: copies(&cc),
        bcc: copies(&bcc),
    };
    if let Some(excess) = recipients.excess() {
        let list = if recipients.cc.is_empty() { bcc } else { cc };
        list.refuse(Problem::Rule(code::SIZE, excess.into()));
    }
    recipients
}

fn copies(item: &Item<'_>) -> Vec<String> {
    let copies = input::texts(item);
    if copies
        .iter()
        .any(|copy| copy.chars().count() > LONGEST_RECIPIENT)
    {
        let text = format!("each must have at most {LONGEST_RECIPIENT} characters");
        item.refuse(Problem::Rule(code::SIZE, text.into()));
    }
    copies
}

fn only_imported(imported: bool) -> Result<(), &'static str> {
    imported
        .then_some(())
        .ok_or("can only be used together with imported: true")
}

/// Returns the attachments, and whether one of them is too large.
fn files(body: &Object<'_>) -> (Vec<File>, bool) {
    let files = input::items(&body.get("attachments"));
    let mut has_too_large = false;
    let file = |item: Item<'_>| {
        let (file, is_too_large) = file(&item.object()?);
        has_too_large |= is_too_large;
        Some(file)
    };
    // Reads one attachment more than the limit, to find out whether there are too many.
    let files = files.take(MOST_ATTACHMENTS + 1).filter_map(file).collect();
    (files, has_too_large)
}

/// Returns an attachment, and whether it is too large.
pub(crate) fn file(body: &Object<'_>) -> (File, bool) {
    let name = body
        .get("fileName")
        .not_empty()
        .text_of(0..=LONGEST_FILE_NAME);
    let name = name.unwrap_or_default().to_owned();
    let mime_type = mime_type(&body.get("mimeType"));
    let data = data(&body.get("data").secret());
    let is_too_large = data.is_err();
    let file = File {
        name,
        mime_type,
        data: data.unwrap_or_default(),
    };
    (file, is_too_large)
}

fn mime_type(item: &Item<'_>) -> String {
    let text = item.clone().not_empty().text().unwrap_or_default();
    if !text.is_empty() && !media::is_type(text) {
        item.refuse(Problem::Rule(code::MEDIA_TYPE, media::TYPE_RULE.into()));
    }
    text.to_owned()
}

/// An attachment is larger than [`ATTACHMENT_LIMIT`].
struct TooLarge;

/// Returns the decoded bytes. After a fault, returns no bytes.
fn data(item: &Item<'_>) -> Result<Vec<u8>, TooLarge> {
    let encoded = item.clone().not_empty().text().unwrap_or_default();
    if encoded.len() / 4 * 3 > ATTACHMENT_LIMIT + 3 {
        return Err(TooLarge);
    }
    let bytes = base64::decode(encoded);
    if bytes.is_none() {
        item.refuse(Problem::Rule(code::BASE64, "must be base64".into()));
    }
    let bytes = bytes.unwrap_or_default();
    if bytes.len() > ATTACHMENT_LIMIT {
        return Err(TooLarge);
    }
    Ok(bytes)
}

/// A conversation to create.
#[derive(Debug)]
pub(crate) struct ConversationBody {
    pub(crate) subject: String,
    pub(crate) kind: ConversationKind,
    /// The inbox; `None` after a fault.
    pub(crate) inbox: Option<InboxId>,
    pub(crate) status: Status,
    pub(crate) assign_to: Option<AgentId>,
    pub(crate) user: Option<AgentId>,
    pub(crate) imported: bool,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) tags: Vec<TagName>,
    pub(crate) fields: Vec<FieldValue>,
    /// How many threads the request has; `threads` holds at most [`MOST_THREADS`].
    pub(crate) thread_count: usize,
    pub(crate) threads: Vec<ThreadBody>,
}

impl ConversationBody {
    /// The members of a new conversation.
    pub(crate) const SHAPE: Shape = known!(
        "subject",
        "type",
        "mailboxId",
        "status",
        "customer": customers::SHAPE,
        "autoReply",
        "imported",
        "createdAt",
        "closedAt",
        "tags": SCALARS,
        "fields": custom_fields::SHAPE,
        "threads": ThreadBody::NEW,
        "assignTo",
        "user",
    );

    /// Reads the body of Create Conversation.
    pub(crate) fn read(body: &Object<'_>, references: &mut References) -> Self {
        let subject = body.get("subject").not_empty().text_of(0..=LONGEST_SUBJECT);
        let subject = subject.unwrap_or_default().to_owned();
        let kind = body.get("type").required().meaning(&KINDS);
        let inbox = input::id(&body.get("mailboxId").required());
        let status = body.get("status").required().meaning(&NEW_STATUSES);
        let status = status.unwrap_or(Status::New);
        references.customers.read(body);
        // Checked but not used: no inbox has an auto-reply that could be sent.
        body.get("autoReply").flag();
        let imported = body.get("imported").flag() == Some(true);
        let closable = if imported && status == Status::Closed {
            Ok(())
        } else {
            Err("can only be used together with imported: true and status: closed")
        };
        let created_at = input::instant(&body.get("createdAt"), only_imported(imported));
        let closed_at = input::instant(&body.get("closedAt"), closable);
        let tags = tags(&body.get("tags"));
        let fields = custom_fields::read(body);
        let (thread_count, threads) = threads(&body.get("threads"), imported, references);
        Self {
            subject,
            kind: kind.unwrap_or(ConversationKind::Email),
            inbox: inbox.map(InboxId),
            status,
            // If `assignTo` is absent, it means the inbox's default user, which no inbox has; null means nobody.
            assign_to: references.assignee(&body.get("assignTo")),
            user: references.user(&body.get("user")),
            imported,
            created_at,
            closed_at,
            tags,
            fields,
            thread_count,
            threads,
        }
    }
}

/// Returns the tags, each once.
pub(crate) fn tags(item: &Item<'_>) -> Vec<TagName> {
    let texts = input::texts(item);
    let tags: Option<BTreeSet<TagName>> = texts.iter().map(|tag| TagName::parse(tag)).collect();
    let Some(tags) = tags else {
        let text = "a tag must have 1 to 100 characters";
        item.refuse(Problem::Rule(code::SIZE, text.into()));
        return Vec::new();
    };
    if tags.len() > MOST_TAGS {
        item.refuse(Problem::Count(0..=MOST_TAGS));
    }
    tags.into_iter().collect()
}

/// Returns how many threads the request has, and the threads that were read.
fn threads(
    item: &Item<'_>,
    imported: bool,
    references: &mut References,
) -> (usize, Vec<ThreadBody>) {
    let items = item.clone().not_empty().list(0..=usize::MAX);
    let Some(items) = items else {
        return (0, Vec::new());
    };
    let count = items.len();
    let mut thread = |item: Item<'_>| {
        let body = item.object()?;
        let kind = body.get("type").required().meaning(&ThreadKind::WORDS)?;
        Some(ThreadBody::of(&body, kind, imported, references))
    };
    let threads: Vec<_> = items.take(MOST_THREADS).filter_map(&mut thread).collect();
    let files: usize = threads.iter().map(|thread| thread.files.len()).sum();
    if files > MOST_ATTACHMENTS {
        let text = format!("must have at most {MOST_ATTACHMENTS} attachments together");
        item.refuse(Problem::Rule(code::SIZE, text.into()));
    }
    (count, threads)
}

#[cfg(test)]
mod tests {
    use ::base64::Engine;
    use ::base64::prelude::BASE64_STANDARD;
    use serde_json::{Value, json};

    use super::*;
    use crate::fault::tests::{body, paths};
    use heddle_http::members::Fault;

    fn thread(kind: ThreadKind, value: &Value) -> (ThreadBody, Vec<Fault>) {
        let mut references = References::default();
        body(value).read_all(|body| ThreadBody::read(body, kind, &mut references))
    }

    #[test]
    fn base64_may_lack_its_padding() {
        for (data, bytes) in [
            ("cmluZw==", "ring"),
            ("cmluZw", "ring"),
            ("cmluZ3M=", "rings"),
        ] {
            let value = json!({"text": "x", "attachments": [{"fileName": "a", "mimeType": "plain/text", "data": data}]});
            let (read, faults) = thread(ThreadKind::Note, &value);
            assert_eq!(faults, []);
            assert_eq!(read.files[0].data, bytes.as_bytes());
        }
        for data in ["cmluZ", "cm luZw==", "cmluZw===", "%", "cmlu_w=="] {
            let value = json!({"text": "x", "attachments": [{"fileName": "a", "mimeType": "a/b", "data": data}]});
            assert_eq!(
                paths(&thread(ThreadKind::Note, &value).1),
                ["attachments[0].data"],
                "{data}"
            );
        }
    }

    #[test]
    fn an_attachment_of_ten_mebibytes_is_the_largest() {
        let encoded = |size: usize| BASE64_STANDARD.encode(vec![0; size]);
        for (size, fits) in [
            (ATTACHMENT_LIMIT, true),
            (ATTACHMENT_LIMIT + 1, false),
            (ATTACHMENT_LIMIT + 9, false),
        ] {
            let file = json!({"fileName": "a", "mimeType": "a/b", "data": encoded(size)});
            let (read, faults) = thread(
                ThreadKind::Note,
                &json!({"text": "x", "attachments": [file]}),
            );
            assert_eq!(faults, []);
            assert_eq!(read.has_too_large_file, !fits, "{size}");
        }
    }

    #[test]
    fn members_without_effect_are_ignored() {
        let odd = json!({"text": "x", "customer": {"id": 1}, "status": 7, "state": 7, "draft": 7, "assignTo": "x",
            "user": "x", "cc": 7, "bcc": {}, "type": 1, "unknown": []});
        for kind in [ThreadKind::Phone, ThreadKind::Chat] {
            assert_eq!(thread(kind, &odd).1, []);
        }
        assert_eq!(paths(&thread(ThreadKind::Customer, &odd).1), ["cc", "bcc"]);
        assert_eq!(paths(&thread(ThreadKind::Note, &odd).1), ["user", "status"]);
        let faults = thread(ThreadKind::Reply, &odd).1;
        assert_eq!(
            paths(&faults),
            ["user", "draft", "cc", "bcc", "status", "assignTo"]
        );
    }

    #[test]
    fn all_faults_of_a_conversation_are_named() {
        let value = json!({"type": "fax", "status": "open", "tags": ["a", " "], "fields": [{"id": "x", "value": "x"}],
            "createdAt": "2026-03-04T09:15:00Z", "closedAt": "2026-03-04T09:15:00Z",
            "threads": [{"type": "phone"}, {"type": "fax"}, 7, {"type": "note", "text": "", "customer": 5}]});
        let mut references = References::default();
        let body = body(&value);
        let (_, faults) = body.read_all(|body| ConversationBody::read(body, &mut references));
        assert_eq!(
            paths(&faults),
            [
                "subject",
                "type",
                "mailboxId",
                "status",
                "customer",
                "createdAt",
                "closedAt",
                "tags[1]",
                "fields[0].id",
                "threads[0].text",
                "threads[0].customer",
                "threads[1].type",
                "threads[2]",
                "threads[3].text"
            ]
        );
    }

    #[test]
    fn tags_are_trimmed_in_lower_case_and_each_once() {
        let body = body(&json!({"tags": ["VIP", " vip ", "Ünder"]}));
        let (tags, _) = body.read_all(|body| tags(&body.get("tags")));
        let names: Vec<&str> = tags.iter().map(TagName::as_str).collect();
        assert_eq!(names, ["vip", "ünder"]);
    }
}
