//! The bodies of the two PATCH calls (contract sections 6.5 and 7.8): one operation, such as
//! `{"op": "replace", "path": "/status", "value": "closed"}`.

use heddle_domain::Status;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_domain::limits::LONGEST_SUBJECT;

use crate::fault::code;
use crate::input;
use heddle_http::known;
use heddle_http::members::{Item, Object, Problem};
use heddle_http::shape::Shape;

/// The members of an operation.
pub(crate) const SHAPE: Shape = known!("op", "path", "value");

/// What an operation does. The vendor's SDK also knows `add`, which no path has of its own; it means `replace`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Replace,
    Move,
    Remove,
}

impl Op {
    const WORDS: [(&str, Self); 4] = [
        ("add", Self::Replace),
        ("move", Self::Move),
        ("remove", Self::Remove),
        ("replace", Self::Replace),
    ];
}

/// A change of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConversationPatch {
    Subject(String),
    Customer(CustomerId),
    /// Publishes a draft conversation.
    Publish,
    Inbox(InboxId),
    /// Sets this status; `None` is `active`, which `new` and `open` both are.
    Status(Option<Status>),
    Assignee(Option<AgentId>),
}

/// The values of `/status`.
pub(crate) const STATUSES: [(&str, Option<Status>); 4] = [
    ("active", None),
    ("closed", Some(Status::Closed)),
    ("pending", Some(Status::Pending)),
    ("spam", Some(Status::Spam)),
];

impl ConversationPatch {
    /// Reads the operation; `None` after a fault.
    pub(crate) fn read(body: &Object<'_>) -> Option<Self> {
        const PATHS: [&str; 6] = [
            "/assignTo",
            "/draft",
            "/mailboxId",
            "/primaryCustomer.id",
            "/status",
            "/subject",
        ];
        let (path, ops) = (path(body, &PATHS), ops(body));
        let value = body.get("value");
        match path? {
            "/subject" => {
                ops.replace()?;
                let text = value.not_empty().text_of(0..=LONGEST_SUBJECT)?;
                Some(Self::Subject(text.to_owned()))
            }
            "/primaryCustomer.id" => {
                ops.replace()?;
                Some(Self::Customer(CustomerId(input::id(&value.required())?)))
            }
            "/draft" => {
                ops.replace()?;
                match flag(&value.clone().required())? {
                    false => Some(Self::Publish),
                    true => {
                        let text = "a published conversation cannot become a draft";
                        value.refuse(Problem::Rule(code::ENUM_VALUE, text.into()));
                        None
                    }
                }
            }
            "/mailboxId" => {
                ops.only(Op::Move, &["move"])?;
                Some(Self::Inbox(InboxId(input::id(&value.required())?)))
            }
            "/status" => {
                ops.replace()?;
                value.required().meaning(&STATUSES).map(Self::Status)
            }
            _ => match ops.op {
                Some(Op::Remove) => Some(Self::Assignee(None)),
                Some(Op::Replace) => {
                    let agent = AgentId(input::id(&value.required())?);
                    Some(Self::Assignee(Some(agent)))
                }
                Some(Op::Move) => {
                    ops.refuse(&["remove", "replace"]);
                    None
                }
                None => None,
            },
        }
    }
}

/// A change of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ThreadPatch {
    Text(String),
    Hidden(bool),
}

impl ThreadPatch {
    /// Reads the operation; `None` after a fault.
    pub(crate) fn read(body: &Object<'_>) -> Option<Self> {
        let (path, ops) = (path(body, &["/hidden", "/text"]), ops(body));
        let value = body.get("value");
        match path? {
            "/text" => {
                ops.replace()?;
                Some(Self::Text(value.not_empty().text()?.to_owned()))
            }
            _ => {
                ops.replace()?;
                flag(&value.required()).map(Self::Hidden)
            }
        }
    }
}

/// Whether an operation has the member `op` as a text. The live service took a body without it as no JSON at all.
pub(crate) fn has_op(body: &Object<'_>) -> bool {
    body.get("op").as_str().is_some()
}

/// Reads the path. Clients other than the SDK leave out the slash at its beginning.
fn path(body: &Object<'_>, known: &[&'static str]) -> Option<&'static str> {
    let find = |text: &str| {
        let text = text.strip_prefix('/').unwrap_or(text);
        known.iter().copied().find(|path| path[1..] == *text)
    };
    let item = body.get("path").required();
    item.parsed(&Problem::Word(known.to_vec()), find)
}

/// The member `op`.
struct Ops<'a> {
    item: Item<'a>,
    op: Option<Op>,
}

fn ops<'a>(body: &Object<'a>) -> Ops<'a> {
    let item = body.get("op").required();
    Ops {
        op: item.meaning(&Op::WORDS),
        item,
    }
}

impl Ops<'_> {
    /// Returns `None`, with a fault, if the operation is not `replace`.
    fn replace(&self) -> Option<()> {
        self.only(Op::Replace, &["replace"])
    }

    /// Returns `None`, with a fault that says which words are allowed, if the operation is another one.
    fn only(&self, op: Op, words: &[&'static str]) -> Option<()> {
        match self.op {
            Some(given) if given == op => Some(()),
            Some(_) => {
                self.refuse(words);
                None
            }
            None => None,
        }
    }

    fn refuse(&self, words: &[&'static str]) {
        self.item.refuse(Problem::Word(words.to_vec()));
    }
}

/// Reads a truth value, or one that is written as a string.
fn flag(item: &Item<'_>) -> Option<bool> {
    match item.as_str().map(str::trim) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => item.flag(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::fault::tests::{body, paths};

    fn conversation(value: &Value) -> (Option<ConversationPatch>, Vec<String>) {
        let (read, faults) = body(value).read_all(ConversationPatch::read);
        (
            read,
            paths(&faults).into_iter().map(str::to_owned).collect(),
        )
    }

    #[test]
    fn each_path_takes_its_operations_and_values() {
        use ConversationPatch as P;
        for (op, path, value, expected) in [
            (
                "replace",
                "/subject",
                json!("New"),
                P::Subject("New".into()),
            ),
            ("add", "subject", json!("New"), P::Subject("New".into())),
            (
                "replace",
                "/primaryCustomer.id",
                json!("44"),
                P::Customer(CustomerId(44)),
            ),
            ("replace", "/draft", json!(false), P::Publish),
            ("replace", "draft", json!("false"), P::Publish),
            ("move", "/mailboxId", json!(" 12 "), P::Inbox(InboxId(12))),
            ("replace", "/status", json!("active"), P::Status(None)),
            (
                "add",
                "/status",
                json!("spam"),
                P::Status(Some(Status::Spam)),
            ),
            (
                "replace",
                "/assignTo",
                json!(5.0),
                P::Assignee(Some(AgentId(5))),
            ),
            ("remove", "assignTo", json!(null), P::Assignee(None)),
        ] {
            let operation = json!({"op": op, "path": path, "value": value, "more": [1]});
            assert_eq!(
                conversation(&operation),
                (Some(expected), vec![]),
                "{operation}"
            );
        }
        for (operation, fault) in [
            (
                json!({"op": "replace", "path": "/subject", "value": ""}),
                "value",
            ),
            (
                json!({"op": "replace", "path": "/subject", "value": 5}),
                "value",
            ),
            (json!({"op": "replace", "path": "/subject"}), "value"),
            (
                json!({"op": "replace", "path": "/draft", "value": true}),
                "value",
            ),
            (
                json!({"op": "replace", "path": "/draft", "value": "no"}),
                "value",
            ),
            (
                json!({"op": "replace", "path": "/mailboxId", "value": 12}),
                "op",
            ),
            (
                json!({"op": "move", "path": "/mailboxId", "value": "x"}),
                "value",
            ),
            (json!({"op": "move", "path": "/assignTo", "value": 5}), "op"),
            (
                json!({"op": "replace", "path": "/assignTo", "value": null}),
                "value",
            ),
            (json!({"op": "remove", "path": "/status"}), "op"),
            (
                json!({"op": "replace", "path": "/status", "value": "open"}),
                "value",
            ),
            (
                json!({"op": "replace", "path": "/status", "value": {"a": 1}}),
                "value",
            ),
            (
                json!({"op": "replace", "path": "/number", "value": 5}),
                "path",
            ),
            (
                json!({"op": "replace", "path": "//status", "value": "closed"}),
                "path",
            ),
            (
                json!({"op": "copy", "path": "/status", "value": "closed"}),
                "op",
            ),
            (json!({"op": "replace", "value": "closed"}), "path"),
            (json!({"path": "/status", "value": "closed"}), "op"),
        ] {
            assert_eq!(
                conversation(&operation),
                (None, vec![fault.to_owned()]),
                "{operation}"
            );
        }
        assert_eq!(
            conversation(&json!({})),
            (None, vec!["path".into(), "op".into()])
        );
    }

    #[test]
    fn a_thread_has_two_paths() {
        let read = |value: &Value| body(value).read_all(ThreadPatch::read).0;
        for (path, value, expected) in [
            (
                "/text",
                json!("<p>x</p>"),
                ThreadPatch::Text("<p>x</p>".into()),
            ),
            ("text", json!("x"), ThreadPatch::Text("x".into())),
            ("/hidden", json!(true), ThreadPatch::Hidden(true)),
            ("hidden", json!("false"), ThreadPatch::Hidden(false)),
        ] {
            let operation = json!({"op": "replace", "path": path, "value": value});
            assert_eq!(read(&operation), Some(expected), "{operation}");
        }
        for operation in [
            json!({"op": "replace", "path": "/text", "value": ""}),
            json!({"op": "remove", "path": "/text"}),
            json!({"op": "move", "path": "/hidden", "value": true}),
            json!({"op": "replace", "path": "/hidden", "value": 1}),
            json!({"op": "replace", "path": "/state", "value": "published"}),
        ] {
            assert_eq!(read(&operation), None, "{operation}");
        }
    }
}
