//! Inboxes, folders, tags and lists of conversations (contract sections 6.2 and 10).

use serde::Serialize;

use super::{Conversation, Link, NewTag, PageNumbers, SelfLink};

#[derive(Debug, Serialize)]
pub(crate) struct Conversations {
    pub(crate) conversations: Vec<Conversation>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Mailboxes {
    pub(crate) mailboxes: Vec<Mailbox>,
}

/// An inbox.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mailbox {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) email: &'static str,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    #[serde(rename = "_links")]
    pub(crate) links: MailboxLinks,
}

#[derive(Debug, Serialize)]
pub(crate) struct MailboxLinks {
    pub(crate) fields: Link,
    pub(crate) folders: Link,
    #[serde(rename = "self")]
    pub(crate) this: Link,
}

/// The folders of an inbox. The vendor's page has only one link.
#[derive(Debug, Serialize)]
pub(crate) struct FoldersPage {
    #[serde(rename = "_embedded")]
    pub(crate) embedded: Folders,
    #[serde(rename = "_links")]
    pub(crate) links: SelfLink,
    pub(crate) page: PageNumbers,
}

#[derive(Debug, Serialize)]
pub(crate) struct Folders {
    pub(crate) folders: Vec<FolderObject>,
}

/// A folder with the number of its conversations.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FolderObject {
    pub(crate) id: i64,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) user_id: i64,
    pub(crate) total_count: i64,
    pub(crate) active_count: i64,
    pub(crate) updated_at: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Tags {
    pub(crate) tags: Vec<NewTag>,
}
