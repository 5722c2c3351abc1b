//! Maps inboxes, their folders and tags to the vendor's objects (contract section 10).

use heddle_domain::account::Inbox;
use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AgentId, EventId, InboxId};
use heddle_domain::{Status, Timestamp};
use heddle_store::read::folders::{Place, PlaceCount};
use heddle_store::read::tags::Tag as StoredTag;

use crate::time::utc;
use crate::wire::inboxes::{FolderObject, Mailbox, MailboxLinks};
use crate::wire::{self, Link};

/// The colour of every tag: the vendor's neutral colour, because Heddle's tags have no colour of their own.
pub(super) const TAG_COLOR: &str = "#A5B2BD";
/// Whether all threads of the conversation are drafts.
pub(super) const fn is_draft(conversation: &Conversation) -> bool {
    conversation.published == 0 && conversation.messages > 0
}

/// A folder of an inbox. A conversation's folder follows from its state and is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folder {
    Unassigned,
    Mine,
    NeedsAttention,
    Drafts,
    Assigned,
    Closed,
    Spam,
}

/// The factor of the inbox in the id of a folder.
const FOLDERS: i64 = 10;
const ACTIVE: i64 = 0;
const PENDING: i64 = 1;
const CLOSED: i64 = 2;
const SPAM: i64 = 3;

impl Folder {
    /// All folders, in the vendor's order.
    const ALL: [Self; 7] = [
        Self::Unassigned,
        Self::Mine,
        Self::NeedsAttention,
        Self::Drafts,
        Self::Assigned,
        Self::Closed,
        Self::Spam,
    ];

    const fn digit(self) -> i64 {
        match self {
            Self::Unassigned => 1,
            Self::Mine => 2,
            Self::NeedsAttention => 3,
            Self::Drafts => 4,
            Self::Assigned => 5,
            Self::Closed => 6,
            Self::Spam => 7,
        }
    }

    /// Returns the name and the type.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Unassigned => ("Unassigned", "open"),
            Self::Mine => ("Mine", "mytickets"),
            Self::NeedsAttention => ("Needs Attention", "needs_attn"),
            Self::Drafts => ("Drafts", "drafts"),
            Self::Assigned => ("Assigned", "assigned"),
            Self::Closed => ("Closed", "closed"),
            Self::Spam => ("Spam", "spam"),
        }
    }

    /// Returns the folder's id: the inbox's id and a digit for the folder.
    pub(crate) const fn id(self, inbox: InboxId) -> i64 {
        inbox
            .get()
            .saturating_mul(FOLDERS)
            .saturating_add(self.digit())
    }

    /// Returns the inbox and the folder of an id.
    pub(crate) fn of_id(id: i64) -> Option<(InboxId, Self)> {
        let digit = id.rem_euclid(FOLDERS);
        let folder = Self::ALL.into_iter().find(|folder| folder.digit() == digit);
        folder.map(|folder| (InboxId(id.div_euclid(FOLDERS)), folder))
    }

    /// Returns the folder in which the vendor shows a conversation.
    pub(crate) fn of(conversation: &Conversation) -> Self {
        match conversation.status {
            Status::Spam => Self::Spam,
            _ if is_draft(conversation) => Self::Drafts,
            Status::Closed => Self::Closed,
            _ if conversation.assignee.is_some() => Self::Assigned,
            _ => Self::Unassigned,
        }
    }

    /// Whether conversations of a place are in this folder of the user `me`.
    fn has(self, place: &Place, me: Option<AgentId>) -> bool {
        let Place {
            inbox: _,
            phase,
            agent,
            is_draft,
        } = *place;
        let is_open = matches!(phase, ACTIVE | PENDING) && !is_draft;
        match self {
            Self::Unassigned => is_open && agent.is_none(),
            Self::Mine => is_open && agent.is_some() && agent == me,
            Self::NeedsAttention => false,
            Self::Drafts => is_draft && matches!(phase, ACTIVE | PENDING | CLOSED),
            Self::Assigned => is_open && agent.is_some(),
            Self::Closed => phase == CLOSED && !is_draft,
            Self::Spam => phase == SPAM,
        }
    }
}

/// Returns the folders of an inbox with their counts.
pub(crate) fn folders(
    inbox: &Inbox,
    counts: &[PlaceCount],
    me: Option<AgentId>,
) -> Vec<FolderObject> {
    let folder = |folder: Folder| {
        let (name, kind) = folder.words();
        let of = || counts.iter().filter(|count| folder.has(&count.place, me));
        let active = of().filter(|count| count.place.phase == ACTIVE);
        let changed_at = of().map(|count| count.changed_at).max();
        let user = me.filter(|_| folder == Folder::Mine);
        FolderObject {
            id: folder.id(inbox.id),
            name,
            kind,
            user_id: user.map_or(0, AgentId::get),
            total_count: of().map(|count| count.conversations).sum(),
            active_count: active.map(|count| count.conversations).sum(),
            updated_at: utc(changed_at.unwrap_or(inbox.created_at).max(inbox.created_at)),
        }
    };
    Folder::ALL.into_iter().map(folder).collect()
}

/// Returns the inbox object. Heddle's inboxes have no e-mail address. The slug is made of the account's random tag and the
/// inbox's id.
pub(crate) fn mailbox(inbox: &Inbox, account_tag: u32, base: &str) -> Mailbox {
    let this = format!("{base}/v2/mailboxes/{}", inbox.id);
    let changed_at = match inbox.version {
        0 => Timestamp(0),
        event => EventId(event).created_at(),
    };
    Mailbox {
        id: inbox.id.get(),
        name: inbox.name.clone(),
        slug: format!("{account_tag:08x}{:08x}", inbox.id.get() & 0xffff_ffff),
        email: "",
        created_at: utc(inbox.created_at),
        updated_at: utc(changed_at.max(inbox.created_at)),
        links: MailboxLinks {
            fields: Link::to(format!("{this}/fields/")),
            folders: Link::to(format!("{this}/folders/")),
            this: Link::to(this),
        },
    }
}

/// Returns the letters and digits of a tag's name with hyphens between the words. Names that differ in other characters only
/// share a slug: it is made of the name, and no call takes one. A name without letters and digits gets the tag's id instead.
fn slug(tag: &StoredTag) -> String {
    let words = tag.name.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    match words.is_empty() {
        true => format!("tag-{}", tag.id),
        false => words.join("-").to_lowercase(),
    }
}

/// Returns a tag with the number of its conversations.
pub(crate) fn tag(tag: StoredTag, ticket_count: i64) -> wire::NewTag {
    let created_at = utc(tag.created_at);
    wire::NewTag {
        id: tag.id.get(),
        slug: slug(&tag),
        name: tag.name,
        color: TAG_COLOR,
        updated_at: created_at.clone(),
        created_at,
        ticket_count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_has_a_slug() {
        for (name, expected) in [
            ("vip", "vip"),
            ("vip client", "vip-client"),
            ("a  b", "a-b"),
            ("a-b", "a-b"),
            ("-- a/b!", "a-b"),
            ("gr\u{f6}\u{df}e 7", "gr\u{f6}\u{df}e-7"),
            ("\u{1F600}", "tag-7"),
            ("!?", "tag-7"),
        ] {
            let stored = StoredTag {
                id: heddle_domain::id::TagId(7),
                name: name.to_owned(),
                created_at: Timestamp(0),
            };
            assert_eq!(tag(stored, 0).slug, expected, "{name}");
        }
    }

    #[test]
    fn the_names_and_types_of_the_seven_folders() {
        let words = Folder::ALL.map(Folder::words);
        assert_eq!(
            words,
            [
                ("Unassigned", "open"),
                ("Mine", "mytickets"),
                ("Needs Attention", "needs_attn"),
                ("Drafts", "drafts"),
                ("Assigned", "assigned"),
                ("Closed", "closed"),
                ("Spam", "spam"),
            ]
        );
    }

    #[test]
    fn the_id_of_a_folder_names_inbox_and_folder() {
        for folder in Folder::ALL {
            let id = folder.id(InboxId(12));
            assert_eq!(Folder::of_id(id), Some((InboxId(12), folder)));
        }
        for id in [0, 120, 128, 129, -1] {
            assert_eq!(Folder::of_id(id), None, "{id}");
        }
    }
}
