//! What is wrong with a member of a body, and where it is.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde_json::Value;

use crate::member_path::MemberPath;

/// The JSON type that a member must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Type {
    #[error("a string")]
    Text,
    #[error("a boolean")]
    Flag,
    #[error("a list")]
    List,
    #[error("a list of strings")]
    Texts,
    #[error("an object")]
    Object,
}

/// What is wrong with a member, and what is allowed. Displayed as an English sentence without its subject, which is the
/// member.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The member is absent or null.
    #[error("is required")]
    Missing,
    /// The member is an empty text or list.
    #[error("must not be empty")]
    Empty,
    #[error("must be {0}")]
    Type(Type),
    #[error("must be an integer{}", from_to(.0))]
    Integer(RangeInclusive<i64>),
    /// The member is an integer that 64 bits cannot hold.
    #[error("must be an integer from {} to {}", i64::MIN, i64::MAX)]
    Beyond,
    #[error("must have {} characters", between(.0))]
    Length(RangeInclusive<usize>),
    #[error("must have {} items", between(.0))]
    Count(RangeInclusive<usize>),
    #[error("must be one of {}", .0.join(", "))]
    Word(Vec<&'static str>),
    /// The member, or a name or text in it, contains U+0000.
    #[error("contains the character U+0000")]
    Nul,
    /// The member breaks a rule of the API. Holds a code that the API knows, and the text.
    #[error("{1}")]
    Rule(&'static str, Cow<'static, str>),
}

impl Problem {
    /// Returns a rule without a code. The text has no subject, because errors put the member's name in front of it.
    #[must_use]
    pub const fn rule(text: &'static str) -> Self {
        Self::Rule("", Cow::Borrowed(text))
    }
}

fn from_to(bounds: &RangeInclusive<i64>) -> String {
    match (*bounds.start(), *bounds.end()) {
        (i64::MIN, i64::MAX) => String::new(),
        (least, most) => format!(" from {least} to {most}"),
    }
}

fn between(bounds: &RangeInclusive<usize>) -> String {
    match (bounds.start(), bounds.end()) {
        (0, most) => format!("at most {most}"),
        (least, most) => format!("{least} to {most}"),
    }
}

/// A wrong member of the body: where it is and what is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Path of the member; empty for the whole body.
    pub path: MemberPath,
    pub problem: Problem,
    /// The refused value, if it is short and not a secret. Never a list or an object.
    pub value: Option<Value>,
}

impl Fault {
    /// Creates a fault that does not repeat the refused value.
    pub fn new(path: impl Into<MemberPath>, problem: Problem) -> Self {
        Self {
            path: path.into(),
            problem,
            value: None,
        }
    }
}
