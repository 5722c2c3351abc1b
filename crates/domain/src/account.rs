//! Accounts and inboxes.

use crate::id::{AccountId, AgentId, InboxId};
use crate::time::Timestamp;

/// How many requests an API allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// No limit; the default on the operator's own hardware.
    Off,
    /// The vendor's published figure.
    Vendor,
    /// The operator's own figure, in the vendor's unit.
    Own(u32),
}

impl RateLimit {
    /// Stored form: 0 off, -1 vendor, else the figure.
    #[must_use]
    pub fn to_code(self) -> i64 {
        match self {
            Self::Off => 0,
            Self::Vendor => -1,
            Self::Own(figure) => i64::from(figure),
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Off,
            -1 => Self::Vendor,
            figure => Self::Own(u32::try_from(figure).unwrap_or(u32::MAX)),
        }
    }

    /// The figure in force, given the vendor's; 0 means no limit.
    #[must_use]
    pub fn figure(self, vendor: u32) -> u32 {
        match self {
            Self::Off => 0,
            Self::Vendor => vendor,
            Self::Own(figure) => figure,
        }
    }
}

/// What the operator decides per account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// Help Scout's thread cap (`rules.md` 21); 0 switches it off.
    pub thread_cap: i64,
    /// Help Scout's age policy: conversations older than so many days are locked; 0 switches it off.
    pub lock_after_days: i64,
    /// Help Scout: requests a minute.
    pub helpscout_rate: RateLimit,
    /// Magicline: requests a minute, per endpoint.
    pub magicline_rate: RateLimit,
    /// Mews: requests in 30 seconds, per access token.
    pub mews_rate: RateLimit,
}

impl AccountSettings {
    /// The vendor's thread cap: creating with more is refused, adding stops one short of it.
    pub const THREAD_CAP: i64 = 100;
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            thread_cap: Self::THREAD_CAP,
            lock_after_days: 0,
            helpscout_rate: RateLimit::Off,
            magicline_rate: RateLimit::Off,
            mews_rate: RateLimit::Off,
        }
    }
}

/// Some of the settings; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// See [`AccountSettings::thread_cap`].
    pub thread_cap: Option<i64>,
    /// See [`AccountSettings::lock_after_days`].
    pub lock_after_days: Option<i64>,
    /// See [`AccountSettings::helpscout_rate`].
    pub helpscout_rate: Option<RateLimit>,
    /// See [`AccountSettings::magicline_rate`].
    pub magicline_rate: Option<RateLimit>,
    /// See [`AccountSettings::mews_rate`].
    pub mews_rate: Option<RateLimit>,
}

impl SettingsChange {
    /// The settings after the change.
    #[must_use]
    pub fn over(&self, old: &AccountSettings) -> AccountSettings {
        AccountSettings {
            thread_cap: self.thread_cap.unwrap_or(old.thread_cap),
            lock_after_days: self.lock_after_days.unwrap_or(old.lock_after_days),
            helpscout_rate: self.helpscout_rate.unwrap_or(old.helpscout_rate),
            magicline_rate: self.magicline_rate.unwrap_or(old.magicline_rate),
            mews_rate: self.mews_rate.unwrap_or(old.mews_rate),
        }
    }
}

impl From<AccountSettings> for SettingsChange {
    fn from(new: AccountSettings) -> Self {
        let AccountSettings {
            thread_cap,
            lock_after_days,
            helpscout_rate,
            magicline_rate,
            mews_rate,
        } = new;
        Self {
            thread_cap: Some(thread_cap),
            lock_after_days: Some(lock_after_days),
            helpscout_rate: Some(helpscout_rate),
            magicline_rate: Some(magicline_rate),
            mews_rate: Some(mews_rate),
        }
    }
}

/// One tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What people call it.
    pub name: String,
    /// The random tag in its computed GUIDs (18 bits).
    pub guid_tag: u32,
    /// The agent shown where an API must name an employee and none acted (`rules.md` 18).
    pub integration_agent: AgentId,
    /// The operator's choices.
    pub settings: AccountSettings,
    /// When it was made.
    pub created_at: Timestamp,
    /// The id of the event that last changed it; 0 if none did since versions are kept.
    pub version: i64,
}

/// The place where conversations live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbox {
    /// Its id within the account.
    pub id: InboxId,
    /// What people call it.
    pub name: String,
    /// The agent whose sends leave the delegation alone (myKaarma's default dealer associate).
    pub default_agent: Option<AgentId>,
    /// Mews: messaging switched off for this enterprise answers 403.
    pub messaging_off: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// The id of the event that last changed it; 0 if none did since versions are kept.
    pub version: i64,
}
