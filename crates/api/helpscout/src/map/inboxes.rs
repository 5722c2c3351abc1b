//! Maps inboxes and tags to the vendor's objects (contract section 10).

use heddle_domain::Timestamp;
use heddle_domain::account::Inbox;
use heddle_domain::id::EventId;
use heddle_store::read::tags::Tag as StoredTag;

use crate::time::utc;
use crate::wire::inboxes::{Mailbox, MailboxLinks};
use crate::wire::{self, Link};

/// The colour of every tag: the vendor's neutral colour, because Heddle's tags have no colour of their own.
pub(super) const TAG_COLOR: &str = "#A5B2BD";

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
}
