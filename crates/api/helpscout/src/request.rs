//! The bodies of Create Conversation and of the five thread calls (contract sections 6.3 and 7.3 to 7.7), read member
//! by member, so that the error names every fault. Members without an effect on a kind of thread are ignored, because
//! clients send many (contract section 14).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use heddle_domain::conversation::ConversationKind;
use heddle_domain::id::{AgentId, InboxId};
use heddle_domain::message::Recipients;
use heddle_domain::{Status, Timestamp};
use serde_json::{Map, Value};

use crate::error::{Error, Reason};
use crate::input::{Faults, MOST_FAULTS, Members};
use crate::references::References;

/// Largest attachment, in bytes after decoding.
const ATTACHMENT_LIMIT: usize = 10 << 20;
/// Most attachments of a request, so that its write stays one short transaction (`store.md` 3).
const MOST_ATTACHMENTS: usize = 1_000;
/// Most tags of a request.
const MOST_TAGS: usize = 100;
/// Longest tag, in characters: tags are looked up by name, which must fit an index on both engines.
const LONGEST_TAG: usize = 255;
/// Most threads of a request, where the account has no thread cap.
pub(crate) const MOST_THREADS: usize = 1_000;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

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
    /// The values of `threads[].type` on Create Conversation.
    const WORDS: [&str; 5] = ["chat", "customer", "note", "phone", "reply"];

    fn of_word(word: &str) -> Self {
        match word {
            "chat" => Self::Chat,
            "note" => Self::Note,
            "phone" => Self::Phone,
            "reply" => Self::Reply,
            _ => Self::Customer,
        }
    }

    const fn is_by_user(self) -> bool {
        matches!(self, Self::Note | Self::Reply)
    }

    const fn has_recipients(self) -> bool {
        matches!(self, Self::Customer | Self::Reply)
    }
}

/// The values of `status` on replies and notes. An older page of the vendor's lists `all` where a newer one has
/// `inbox_predefined`.
const STATUSES: [&str; 7] = [
    "active",
    "all",
    "closed",
    "inbox_predefined",
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
    /// Without name and content, which must not get into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({} bytes)", self.data.len())
    }
}

/// A thread to add.
#[derive(Debug)]
pub(crate) struct ThreadBody {
    pub(crate) kind: ThreadKind,
    pub(crate) text: String,
    /// The position among the request's customers; notes have none.
    pub(crate) customer: Option<usize>,
    pub(crate) user: Option<AgentId>,
    pub(crate) status: Option<&'static str>,
    pub(crate) draft: bool,
    pub(crate) assign_to: Option<AgentId>,
    pub(crate) recipients: Recipients,
    pub(crate) imported: bool,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) files: Vec<File>,
}

impl ThreadBody {
    /// Reads the body of one of the five calls.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for an attachment that is too large; all else goes to the faults.
    pub(crate) fn read(
        body: &Map<String, Value>,
        kind: ThreadKind,
        references: &mut References,
        faults: &mut Faults,
    ) -> Result<Self, Error> {
        let members = Members::of(body);
        let mut thread = Self::of(&members, kind, false, references, faults)?;
        if kind.is_by_user() {
            thread.status = members.word("status", &STATUSES, faults);
        }
        if kind == ThreadKind::Reply {
            thread.assign_to = references.user(&members, "assignTo", faults);
        }
        if thread.files.len() > MOST_ATTACHMENTS {
            too_many(faults, members.path("attachments"), MOST_ATTACHMENTS);
        }
        Ok(thread)
    }

    /// Reads the members that the five calls and the threads of Create Conversation share.
    fn of(
        members: &Members<'_>,
        kind: ThreadKind,
        imported: bool,
        references: &mut References,
        faults: &mut Faults,
    ) -> Result<Self, Error> {
        let text = members.required_text("text", faults).to_owned();
        let customer = match kind {
            ThreadKind::Note => None,
            _ => references.customers.read(members, faults),
        };
        let user = if kind.is_by_user() {
            references.user(members, "user", faults)
        } else {
            None
        };
        let draft = kind == ThreadKind::Reply && members.flag("draft", faults);
        let recipients = if kind.has_recipients() {
            Recipients {
                cc: members.texts("cc", faults),
                bcc: members.texts("bcc", faults),
            }
        } else {
            Recipients::default()
        };
        let imported = members.flag("imported", faults) || imported;
        let created_at = members.instant("createdAt", only_imported(imported), faults);
        Ok(Self {
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
            files: files(members, faults)?,
        })
    }
}

fn only_imported(imported: bool) -> Result<(), &'static str> {
    imported
        .then_some(())
        .ok_or("can only be used together with imported: true")
}

fn too_many(faults: &mut Faults, path: String, most: usize) {
    let message = format!("must have at most {most} entries");
    faults.add(path, Reason::Size, &message);
}

fn files(members: &Members<'_>, faults: &mut Faults) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    // One more than the limit shows that there are too many.
    let items = members.items("attachments", faults);
    for (path, item) in items.take(MOST_ATTACHMENTS + 1) {
        let Some(members) = Members::at(item, path, faults) else {
            continue;
        };
        let name = members.required_text("fileName", faults).to_owned();
        let mime_type = members.required_text("mimeType", faults).to_owned();
        let data = data(&members, faults)?;
        files.push(File {
            name,
            mime_type,
            data,
        });
    }
    Ok(files)
}

/// The decoded bytes. Errors never contain the value.
fn data(members: &Members<'_>, faults: &mut Faults) -> Result<Vec<u8>, Error> {
    let Some(encoded) = members.secret_text("data", faults) else {
        return Ok(Vec::new());
    };
    if encoded.len() / 4 * 3 > ATTACHMENT_LIMIT + 3 {
        return Err(Error::TooLarge);
    }
    match BASE64.decode(encoded) {
        Ok(bytes) if bytes.len() > ATTACHMENT_LIMIT => Err(Error::TooLarge),
        Ok(bytes) => Ok(bytes),
        Err(_) => {
            faults.add(members.path("data"), Reason::Base64, "must be base64");
            Ok(Vec::new())
        }
    }
}

/// A conversation to create.
#[derive(Debug)]
pub(crate) struct ConversationBody {
    pub(crate) subject: String,
    pub(crate) kind: ConversationKind,
    /// `None` after a fault.
    pub(crate) inbox: Option<InboxId>,
    pub(crate) status: Status,
    pub(crate) assign_to: Option<AgentId>,
    pub(crate) user: Option<AgentId>,
    pub(crate) imported: bool,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) tags: Vec<String>,
    /// How many threads the request has; `threads` holds at most [`MOST_THREADS`].
    pub(crate) thread_count: usize,
    pub(crate) threads: Vec<ThreadBody>,
}

impl ConversationBody {
    /// Reads the body of Create Conversation.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for an attachment that is too large; all else goes to the faults.
    pub(crate) fn read(
        body: &Map<String, Value>,
        references: &mut References,
        faults: &mut Faults,
    ) -> Result<Self, Error> {
        let members = Members::of(body);
        let subject = members.required_text("subject", faults).to_owned();
        let kind = required_word(&members, "type", &["email", "chat", "phone"], faults);
        let inbox = members.required_id("mailboxId", faults);
        let statuses = ["active", "closed", "pending", "spam"];
        let status = status(required_word(&members, "status", &statuses, faults));
        references.customers.read(&members, faults);
        // No inbox has an auto-reply that could be sent.
        members.flag("autoReply", faults);
        let imported = members.flag("imported", faults);
        let closable = if imported && status == Status::Closed {
            Ok(())
        } else {
            Err("can only be used together with imported: true and status: closed")
        };
        let created_at = members.instant("createdAt", only_imported(imported), faults);
        let closed_at = members.instant("closedAt", closable, faults);
        let tags = tags(&members, faults);
        custom_fields(&members, faults);
        let (thread_count, threads) = threads(&members, imported, references, faults)?;
        Ok(Self {
            subject,
            kind: ConversationKind::parse(kind.unwrap_or_default())
                .unwrap_or(ConversationKind::Email),
            inbox: inbox.map(InboxId),
            status,
            // An absent user means the inbox's default, which no inbox has; null means nobody.
            assign_to: references.user(&members, "assignTo", faults),
            user: references.user(&members, "user", faults),
            imported,
            created_at,
            closed_at,
            tags,
            thread_count,
            threads,
        })
    }
}

fn required_word(
    members: &Members<'_>,
    name: &str,
    words: &[&'static str],
    faults: &mut Faults,
) -> Option<&'static str> {
    if members.get(name).is_none() {
        members.add_missing(name, faults);
    }
    members.word(name, words, faults)
}

/// The status of a new conversation, where `active` means `new` (`rules.md` 11).
fn status(word: Option<&str>) -> Status {
    match word {
        Some("closed") => Status::Closed,
        Some("pending") => Status::Pending,
        Some("spam") => Status::Spam,
        _ => Status::New,
    }
}

/// The tags in lower case, each once.
fn tags(members: &Members<'_>, faults: &mut Faults) -> Vec<String> {
    let mut tags: Vec<String> = members
        .texts("tags", faults)
        .iter()
        .map(|tag| tag.to_lowercase())
        .collect();
    tags.sort_unstable();
    tags.dedup();
    if tags.len() > MOST_TAGS {
        too_many(faults, members.path("tags"), MOST_TAGS);
    }
    if tags.iter().any(|tag| tag.chars().count() > LONGEST_TAG) {
        let message = format!("a tag must have at most {LONGEST_TAG} characters");
        faults.add(members.path("tags"), Reason::Size, &message);
    }
    tags
}

/// No inbox has custom fields, so all of them are unknown.
fn custom_fields(members: &Members<'_>, faults: &mut Faults) {
    for (path, _) in members.items("fields", faults).take(MOST_FAULTS) {
        let message = "this custom field does not exist in the inbox";
        faults.add(format!("{path}.id"), Reason::NotFound, message);
    }
}

fn threads(
    members: &Members<'_>,
    imported: bool,
    references: &mut References,
    faults: &mut Faults,
) -> Result<(usize, Vec<ThreadBody>), Error> {
    let known = faults.len();
    let items = members.items("threads", faults);
    let count = items.len();
    if count == 0 && faults.len() == known {
        members.add_missing("threads", faults);
    }
    let mut threads = Vec::new();
    for (path, item) in items.into_iter().take(MOST_THREADS) {
        let Some(members) = Members::at(item, path, faults) else {
            continue;
        };
        if let Some(word) = required_word(&members, "type", &ThreadKind::WORDS, faults) {
            let kind = ThreadKind::of_word(word);
            threads.push(ThreadBody::of(
                &members, kind, imported, references, faults,
            )?);
        }
    }
    let files: usize = threads.iter().map(|thread| thread.files.len()).sum();
    if files > MOST_ATTACHMENTS {
        let path = members.path("threads");
        let message = format!("must have at most {MOST_ATTACHMENTS} attachments together");
        faults.add(path, Reason::Size, &message);
    }
    Ok((count, threads))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn thread(kind: ThreadKind, body: &Value) -> (Result<ThreadBody, Error>, Vec<String>) {
        let (mut references, mut faults) = (References::default(), Faults::default());
        let body = body.as_object().expect("an object");
        let read = ThreadBody::read(body, kind, &mut references, &mut faults);
        (
            read,
            faults.paths().into_iter().map(str::to_owned).collect(),
        )
    }

    #[test]
    fn base64_may_lack_its_padding() {
        for (data, bytes) in [
            ("cmluZw==", "ring"),
            ("cmluZw", "ring"),
            ("cmluZ3M=", "rings"),
        ] {
            let body = json!({"text": "x", "attachments": [{"fileName": "a", "mimeType": "plain/text", "data": data}]});
            let (read, faults) = thread(ThreadKind::Note, &body);
            assert_eq!(faults, Vec::<String>::new());
            assert_eq!(read.expect("a thread").files[0].data, bytes.as_bytes());
        }
        for data in ["cmluZ", "cm luZw==", "cmluZw===", "%", "cmlu_w=="] {
            let body = json!({"text": "x", "attachments": [{"fileName": "a", "mimeType": "b", "data": data}]});
            assert_eq!(
                thread(ThreadKind::Note, &body).1,
                ["attachments[0].data"],
                "{data}"
            );
        }
    }

    #[test]
    fn an_attachment_of_ten_mebibytes_is_the_largest() {
        let encoded = |size: usize| BASE64.encode(vec![0; size]);
        for (size, fits) in [
            (ATTACHMENT_LIMIT, true),
            (ATTACHMENT_LIMIT + 1, false),
            (ATTACHMENT_LIMIT + 9, false),
        ] {
            let file = json!({"fileName": "a", "mimeType": "b", "data": encoded(size)});
            let (read, _) = thread(
                ThreadKind::Note,
                &json!({"text": "x", "attachments": [file]}),
            );
            assert_eq!(read.is_ok(), fits, "{size}");
        }
    }

    #[test]
    fn members_without_effect_are_ignored() {
        let odd = json!({"text": "x", "customer": {"id": 1}, "status": 7, "state": 7, "draft": 7, "assignTo": "x",
            "user": "x", "cc": 7, "bcc": {}, "type": 1, "unknown": []});
        for kind in [ThreadKind::Phone, ThreadKind::Chat] {
            assert_eq!(thread(kind, &odd).1, Vec::<String>::new());
        }
        assert_eq!(thread(ThreadKind::Customer, &odd).1, ["cc", "bcc"]);
        assert_eq!(thread(ThreadKind::Note, &odd).1, ["user", "status"]);
        let faults = thread(ThreadKind::Reply, &odd).1;
        assert_eq!(faults, ["user", "draft", "cc", "bcc", "status", "assignTo"]);
    }

    #[test]
    fn all_faults_of_a_conversation_are_named() {
        let body = json!({"type": "fax", "status": "open", "tags": ["a", " "], "fields": [{"id": 8, "value": "x"}],
            "createdAt": "2026-03-04T09:15:00Z", "closedAt": "2026-03-04T09:15:00Z",
            "threads": [{"type": "phone"}, {"type": "fax"}, 7, {"type": "note", "text": "", "customer": 5}]});
        let (mut references, mut faults) = (References::default(), Faults::default());
        let body = body.as_object().expect("an object");
        ConversationBody::read(body, &mut references, &mut faults).expect("a body");
        assert_eq!(
            faults.paths(),
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
        let body = json!({"tags": ["VIP", " vip ", "Ünder"]});
        let members = Members::of(body.as_object().expect("an object"));
        assert_eq!(tags(&members, &mut Faults::default()), ["vip", "ünder"]);
    }
}
