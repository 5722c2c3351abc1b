//! Accounts and inboxes.

use std::collections::BTreeMap;

use crate::credential::ApiName;
use crate::id::{AccountId, AgentId, InboxId};
use crate::time::Timestamp;

/// How many requests an account may send to one API in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// No limit; the default on the operator's own hardware.
    Off,
    /// The limit that the vendor publishes.
    Vendor,
    /// The operator's own limit, in the vendor's unit.
    Own(u32),
}

impl RateLimit {
    /// Returns the number that is stored in the database: 0 for `Off`, -1 for `Vendor`, else the limit.
    #[must_use]
    pub fn to_code(self) -> i64 {
        match self {
            Self::Off => 0,
            Self::Vendor => -1,
            Self::Own(figure) => i64::from(figure),
        }
    }

    /// Builds a rate limit from the stored number, the inverse of [`Self::to_code`].
    #[must_use]
    pub fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Off,
            -1 => Self::Vendor,
            figure => Self::Own(u32::try_from(figure).unwrap_or(u32::MAX)),
        }
    }

    /// Returns the effective limit; `vendor` is the vendor's published limit. 0 means no limit.
    #[must_use]
    pub fn figure(self, vendor: u32) -> u32 {
        match self {
            Self::Off => 0,
            Self::Vendor => vendor,
            Self::Own(figure) => figure,
        }
    }
}

/// API and name of the setting that says for how many days the id of a merged conversation leads to the survivor; 0, the default,
/// means for ever (`rules.md` 12a). The native API declares it. Unlike other settings, the store reads it itself.
pub const MERGE_REDIRECT_DAYS: (&str, &str) = ("native", "merge_redirect_days");

/// An account's settings, which the operator changes and the APIs declare.
///
/// Holds only values that differ from the API's default. Only the API knows what a value means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountSettings(BTreeMap<(String, String), i64>);

impl AccountSettings {
    /// Returns the value of an API's setting `name`; `None` if it has its default value.
    #[must_use]
    pub fn get(&self, api: &str, name: &str) -> Option<i64> {
        // A scan is fast enough: there are few settings, and a look-up in the map would need two owned strings.
        let mut all = self.iter();
        let found = all.find(|(its_api, its_name, _)| (*its_api, *its_name) == (api, name));
        found.map(|(_, _, value)| value)
    }

    /// Returns API, name and value of each setting, ordered by API and name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, i64)> {
        let all = self.0.iter();
        all.map(|((api, name), value)| (api.as_str(), name.as_str(), *value))
    }

    /// Changes one setting. A default value is removed instead of stored.
    pub fn apply(&mut self, change: &SettingChange) {
        let key = (change.api.as_str().to_owned(), change.name.to_owned());
        if change.value == change.default {
            self.0.remove(&key);
        } else {
            self.0.insert(key, change.value);
        }
    }
}

/// Builds the settings from stored rows: API, name and value.
impl FromIterator<(String, String, i64)> for AccountSettings {
    fn from_iter<I: IntoIterator<Item = (String, String, i64)>>(stored: I) -> Self {
        let stored = stored.into_iter();
        Self(
            stored
                .map(|(api, name, value)| ((api, name), value))
                .collect(),
        )
    }
}

/// Builds the settings of a new account.
impl FromIterator<SettingChange> for AccountSettings {
    fn from_iter<I: IntoIterator<Item = SettingChange>>(changes: I) -> Self {
        let mut settings = Self::default();
        for change in changes {
            settings.apply(&change);
        }
        settings
    }
}

/// A new value for one setting of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// API that declares the setting.
    pub api: ApiName,
    /// The setting's name within its API.
    pub name: &'static str,
    /// The setting's name in the audit history, which lists the settings of all APIs together.
    pub shown_as: &'static str,
    /// The value of the setting if none is stored.
    pub default: i64,
    /// The new value.
    pub value: i64,
}

impl SettingChange {
    /// Returns the setting's value before the change.
    #[must_use]
    pub fn value_before(&self, settings: &AccountSettings) -> i64 {
        let stored = settings.get(self.api.as_str(), self.name);
        stored.unwrap_or(self.default)
    }
}

/// An account: one tenant, with its own inboxes, agents, customers and conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Id of the account.
    pub id: AccountId,
    /// Name for people.
    pub name: String,
    /// The account's random tag (18 bits), which is part of every GUID that the server computes for the account.
    pub guid_tag: u32,
    /// The agent shown where an API must name an employee but no employee acted (`rules.md` 18).
    pub integration_agent: AgentId,
    /// Settings that differ from their defaults.
    pub settings: AccountSettings,
    /// When the account was created.
    pub created_at: Timestamp,
    /// Id of the event that last changed the account; 0 if it has not changed since the server began to keep versions.
    pub version: i64,
}

/// An inbox, which holds conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbox {
    /// Id of the inbox within the account.
    pub id: InboxId,
    /// Name for people.
    pub name: String,
    /// The agent whose messages do not change the assignee (myKaarma's default dealer associate).
    pub default_agent: Option<AgentId>,
    /// Whether Mews messaging is disabled here: the Mews API then returns 403 for this enterprise.
    pub messaging_off: bool,
    /// When the inbox was created.
    pub created_at: Timestamp,
    /// Id of the event that last changed the inbox; 0 if it has not changed since the server began to keep versions.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn to(name: &'static str, value: i64) -> SettingChange {
        SettingChange {
            api: ApiName::named("post"),
            name,
            shown_as: name,
            default: 100,
            value,
        }
    }

    #[test]
    fn only_values_that_differ_from_the_default_are_stored() {
        let mut settings: AccountSettings = [to("cap", 7), to("days", 100)].into_iter().collect();
        assert_eq!(settings.iter().collect::<Vec<_>>(), [("post", "cap", 7)]);
        assert_eq!(settings.get("post", "cap"), Some(7));
        assert_eq!(settings.get("post", "days"), None);
        assert_eq!(settings.get("other", "cap"), None);
        assert_eq!(to("cap", 8).value_before(&settings), 7);
        assert_eq!(to("days", 8).value_before(&settings), 100);
        settings.apply(&to("cap", 100));
        assert_eq!(settings, AccountSettings::default());
    }

    #[test]
    fn a_stored_rate_limit_parses_to_the_same_value() {
        for limit in [RateLimit::Off, RateLimit::Vendor, RateLimit::Own(7)] {
            assert_eq!(RateLimit::from_code(limit.to_code()), limit);
        }
    }
}
