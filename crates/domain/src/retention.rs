//! Retention rules: after how many days an account's old conversations are erased.

use crate::account::{AccountSettings, SettingChange};
use crate::code::coded;
use crate::conversation::Conversation;
use crate::credential::ApiName;
use crate::message::State;
use crate::status::Status;
use crate::time::Timestamp;

/// The name under which the rules stand among the settings of an account, in place of an API.
const SETTINGS: ApiName = ApiName::named("retention");
/// The greatest number of days of a rule: a hundred years.
pub const MOST_DAYS: i64 = 36_500;

coded! {
    /// Which conversations a retention rule is about.
    pub enum Retained {
        /// Closed ones.
        Closed = "closed",
        /// Spam.
        Spam = "spam",
        /// Archived ones, whatever their status is.
        Archived = "archived",
        /// Deleted ones, which can be restored until they are erased.
        Deleted = "deleted",
    }
}

impl Retained {
    /// Returns the phases ([`Status::phase`]; `unlisted` for deleted conversations) that these conversations can have.
    #[must_use]
    pub fn phases(self, unlisted: i64) -> Vec<i64> {
        match self {
            Self::Closed => vec![Status::Closed.phase()],
            Self::Spam => vec![Status::Spam.phase()],
            Self::Archived => {
                let statuses = [Status::Open, Status::Pending, Status::Closed, Status::Spam];
                statuses.map(Status::phase).to_vec()
            }
            Self::Deleted => vec![unlisted],
        }
    }

    /// Whether a conversation is one of these, and began and had its last contact before a time. A deleted one must also have
    /// been deleted before it.
    #[must_use]
    pub fn covers(self, conversation: &Conversation, before: Timestamp) -> bool {
        let c = conversation;
        let is_deleted = c.state == State::Hidden;
        let is_it = match self {
            Self::Closed => c.status == Status::Closed && !is_deleted,
            Self::Spam => c.status == Status::Spam && !is_deleted,
            Self::Archived => c.archived && !is_deleted,
            Self::Deleted => is_deleted && c.updated_at < before,
        };
        let is_old = c.last_message_at < before && c.started_at < before;
        is_it && is_old && c.merged_into.is_none()
    }

    /// Returns the setting that changes the days of this rule; 0 ends it.
    #[must_use]
    pub const fn change(self, days: i64) -> SettingChange {
        SettingChange {
            api: SETTINGS,
            name: self.as_str(),
            shown_as: match self {
                Self::Closed => "retention_closed",
                Self::Spam => "retention_spam",
                Self::Archived => "retention_archived",
                Self::Deleted => "retention_deleted",
            },
            default: 0,
            value: days,
        }
    }

    /// Returns after how many days these conversations of an account are erased; `None`: never.
    #[must_use]
    pub fn days(self, settings: &AccountSettings) -> Option<i64> {
        let days = settings.get(SETTINGS.as_str(), self.as_str());
        days.filter(|days| (1..=MOST_DAYS).contains(days))
    }
}
