//! Accounts and inboxes.

use std::collections::BTreeMap;

use crate::credential::ApiName;
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

/// What the operator decided for an account: values of settings that the APIs declare.
///
/// Only values that differ from the API's default are here. What a value means, its API knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountSettings(BTreeMap<(String, String), i64>);

impl AccountSettings {
    /// The value of the setting `name` of an API; `None` while it has its default.
    #[must_use]
    pub fn get(&self, api: &str, name: &str) -> Option<i64> {
        // They are few, and a look-up in the map would need two owned texts.
        let mut all = self.iter();
        let found = all.find(|(its_api, its_name, _)| (*its_api, *its_name) == (api, name));
        found.map(|(_, _, value)| value)
    }

    /// API, name and value of each, ordered by API and name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, i64)> {
        let all = self.0.iter();
        all.map(|((api, name), value)| (api.as_str(), name.as_str(), *value))
    }

    /// Gives one setting a new value.
    pub fn apply(&mut self, change: &SettingChange) {
        let key = (change.api.as_str().to_owned(), change.name.to_owned());
        if change.value == change.default {
            self.0.remove(&key);
        } else {
            self.0.insert(key, change.value);
        }
    }
}

/// API, name and value of each, as they are stored.
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

/// The settings of a new account.
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
    /// The API that declares the setting.
    pub api: ApiName,
    /// The setting's name among those of its API.
    pub name: &'static str,
    /// Its name in the history, where the settings of all APIs stand side by side.
    pub shown_as: &'static str,
    /// The value that it has while none is stored.
    pub default: i64,
    /// The new value.
    pub value: i64,
}

impl SettingChange {
    /// The value that the setting has before the change.
    #[must_use]
    pub fn value_before(&self, settings: &AccountSettings) -> i64 {
        let stored = settings.get(self.api.as_str(), self.name);
        stored.unwrap_or(self.default)
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
    fn a_value_is_kept_unless_it_is_the_default() {
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
    fn a_rate_limit_is_read_as_it_is_stored() {
        for limit in [RateLimit::Off, RateLimit::Vendor, RateLimit::Own(7)] {
            assert_eq!(RateLimit::from_code(limit.to_code()), limit);
        }
    }
}
