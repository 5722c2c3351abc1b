//! The folders of an inbox (contract sections 10.1 and 13): their ids, and their objects with kept counts. A conversation's
//! folder follows from its state and is not stored. A team is an agent, so the counts of conversations by assignee are those of
//! the teams, too.

use heddle_domain::account::Inbox;
use heddle_domain::conversation::Conversation;
use heddle_domain::id::{AgentId, InboxId};
use heddle_domain::{Agent, Status, Timestamp};
use heddle_store::read::folders::{Place, PlaceCount};

use super::people::times;
use crate::time::utc;
use crate::wire::inboxes::FolderObject;

/// Whether all threads of the conversation are drafts.
pub(super) const fn is_draft(conversation: &Conversation) -> bool {
    conversation.published == 0 && conversation.messages > 0
}

/// A folder of an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folder {
    Unassigned,
    Mine,
    NeedsAttention,
    Drafts,
    Assigned,
    Closed,
    Spam,
    /// The open conversations that are assigned to this team.
    Team(AgentId),
}

/// The id of a folder is a number times this, plus a digit for the kind of folder. The number is the inbox's id; for the folder
/// of a team, it stands for inbox and team ([`pair`]).
const KINDS: i64 = 10;
/// The digit of the folders of teams.
const TEAM: i64 = 8;
const ACTIVE: i64 = 0;
const PENDING: i64 = 1;
const CLOSED: i64 = 2;
const SPAM: i64 = 3;

impl Folder {
    /// The folders that every inbox has, with their names, in the vendor's order.
    pub(crate) const DEFAULT: [(Self, &'static str); 7] = [
        (Self::Unassigned, "Unassigned"),
        (Self::Mine, "Mine"),
        (Self::NeedsAttention, "Needs Attention"),
        (Self::Drafts, "Drafts"),
        (Self::Assigned, "Assigned"),
        (Self::Closed, "Closed"),
        (Self::Spam, "Spam"),
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
            Self::Team(_) => TEAM,
        }
    }

    /// Returns the `type` of the folder.
    const fn kind(self) -> &'static str {
        match self {
            Self::Unassigned => "open",
            Self::Mine => "mytickets",
            Self::NeedsAttention => "needs_attn",
            Self::Drafts => "drafts",
            Self::Assigned => "assigned",
            Self::Closed => "closed",
            Self::Spam => "spam",
            Self::Team(_) => "team",
        }
    }

    /// Returns the folder's id. It never changes, and [`Self::of_id`] reads it.
    pub(crate) const fn id(self, inbox: InboxId) -> i64 {
        let number = match self {
            Self::Team(team) => pair(inbox.get(), team.get()),
            _ => inbox.get(),
        };
        number.saturating_mul(KINDS).saturating_add(self.digit())
    }

    /// Returns the inbox and the folder of an id. Whether they exist, the caller must look up.
    pub(crate) fn of_id(id: i64) -> Option<(InboxId, Self)> {
        let (number, digit) = (id.div_euclid(KINDS), id.rem_euclid(KINDS));
        if digit == TEAM {
            let (inbox, team) = unpair(number)?;
            return Some((InboxId(inbox), Self::Team(AgentId(team))));
        }
        let mut folders = Self::DEFAULT.into_iter().map(|(folder, _)| folder);
        let folder = folders.find(|folder| folder.digit() == digit);
        folder.map(|folder| (InboxId(number), folder))
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
            Self::Team(team) => is_open && agent == Some(team),
            Self::NeedsAttention => false,
            Self::Drafts => is_draft && matches!(phase, ACTIVE | PENDING | CLOSED),
            Self::Assigned => is_open && agent.is_some(),
            Self::Closed => phase == CLOSED && !is_draft,
            Self::Spam => phase == SPAM,
        }
    }
}

/// Returns one number for two ids (Cantor's pairing function): different pairs have different numbers, and small ids have a small
/// one. It fits into the numbers of JSON for ids whose sum is below 42 million. The store counts ids from 1.
const fn pair(inbox: i64, team: i64) -> i64 {
    let sum = inbox.saturating_add(team);
    (sum.saturating_mul(sum.saturating_add(1)) / 2).saturating_add(team)
}

/// Returns the ids for which [`pair`] returns the number. The number is the id of a folder without its digit, so 8 times the
/// number does not overflow.
const fn unpair(number: i64) -> Option<(i64, i64)> {
    if number < 0 {
        return None;
    }
    // The greatest sum for which sum * (sum + 1) / 2 is not above the number.
    let sum = ((8 * number + 1).isqrt() - 1) / 2;
    let team = number - sum * (sum + 1) / 2;
    Some((sum - team, team))
}

/// What the objects of an inbox's folders are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Folders<'f> {
    pub(crate) inbox: &'f Inbox,
    /// The kept counts of the inbox.
    pub(crate) counts: &'f [PlaceCount],
    /// The user of the caller, for the folder Mine.
    pub(crate) me: Option<AgentId>,
}

impl Folders<'_> {
    /// Returns the folders that every inbox has.
    pub(crate) fn default(&self) -> impl Iterator<Item = FolderObject> {
        let folder = |(folder, name): (Folder, &str)| {
            self.object(folder, name.to_owned(), self.inbox.created_at)
        };
        Folder::DEFAULT.into_iter().map(folder)
    }

    /// Returns the folder of a team.
    pub(crate) fn of_team(&self, team: Agent) -> FolderObject {
        let [_, changed_at] = times(&team);
        self.object(Folder::Team(team.id), team.first_name, changed_at)
    }

    /// Returns the object of a folder whose name is as old as `named_at`.
    fn object(&self, folder: Folder, name: String, named_at: Timestamp) -> FolderObject {
        let counts = self.counts.iter();
        let counts = counts.filter(|count| folder.has(&count.place, self.me));
        let (mut total_count, mut active_count) = (0, 0);
        let mut updated_at = named_at.max(self.inbox.created_at);
        for count in counts {
            total_count += count.conversations;
            if count.place.phase == ACTIVE {
                active_count += count.conversations;
            }
            updated_at = updated_at.max(count.changed_at);
        }
        let user = self.me.filter(|_| folder == Folder::Mine);
        FolderObject {
            id: folder.id(self.inbox.id),
            name,
            kind: folder.kind(),
            user_id: user.map_or(0, AgentId::get),
            total_count,
            active_count,
            updated_at: utc(updated_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_and_types_of_the_seven_folders() {
        let words = Folder::DEFAULT.map(|(folder, name)| (name, folder.kind()));
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
        for (folder, _) in Folder::DEFAULT {
            let id = folder.id(InboxId(12));
            assert_eq!(Folder::of_id(id), Some((InboxId(12), folder)));
        }
        for id in [0, 120, 129, -1, -2] {
            assert_eq!(Folder::of_id(id), None, "{id}");
        }
    }

    #[test]
    fn the_id_of_a_teams_folder_names_inbox_and_team() {
        for (inbox, team) in [
            (1, 1),
            (1, 9),
            (9, 1),
            (12, 3_000_001),
            (20_000_000, 22_000_000),
        ] {
            let (inbox, folder) = (InboxId(inbox), Folder::Team(AgentId(team)));
            let id = folder.id(inbox);
            assert!((1..1 << 53).contains(&id), "{id}");
            assert_eq!(Folder::of_id(id), Some((inbox, folder)));
        }
        // No id that a client may send makes the arithmetic overflow.
        for id in [8, 18, 9_223_372_036_854_775_798, -2, i64::MIN + 6] {
            let read = Folder::of_id(id).filter(|(inbox, folder)| folder.id(*inbox) != id);
            assert_eq!(read, None, "{id}");
        }
    }
}
