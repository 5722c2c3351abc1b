//! Settings of accounts. Each API declares its own.

use heddle_domain::ApiName;
use heddle_domain::account::{AccountSettings, RateLimit, SettingChange};

/// A setting of an API: an integer per account. The store knows only `api`, `name` and the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The API that uses the setting.
    pub api: ApiName,
    /// Name of the setting within its API. Values are stored with this name, so it must not change.
    pub name: &'static str,
    /// Name of the setting among those of all APIs, in the native API and in the history.
    pub shown_as: &'static str,
    /// Meaning of the setting's value.
    pub kind: Kind,
    /// The setting's value in accounts that have no value of their own.
    pub default: i64,
    /// What the setting does, as a text for the OpenAPI document.
    pub doc: &'static str,
    /// Texts of the setting on the command line.
    pub command_line: CommandLine,
}

/// The meaning of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A rate limit. The value is the code of a [`RateLimit`].
    Rate,
    /// A number that limits something, where 0 means no limit; or a switch, which is 0 or 1.
    Count {
        /// The maximum value that can be set.
        most: i64,
    },
}

/// The texts of a setting on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The setting's option on the command line, without hyphens.
    pub option: &'static str,
    /// Help text of the option.
    pub help: &'static str,
    /// The name that the help text uses for the value.
    pub value_name: &'static str,
    /// Heading of the setting in the list of accounts.
    pub heading: &'static str,
}

impl Setting {
    /// Returns the setting's value in an account with these settings.
    #[must_use]
    pub fn value(&self, settings: &AccountSettings) -> i64 {
        let stored = settings.get(self.api.as_str(), self.name);
        stored.unwrap_or(self.default)
    }

    /// Returns the value of a setting of the kind [`Kind::Rate`] in an account with these settings.
    #[must_use]
    pub fn rate(&self, settings: &AccountSettings) -> RateLimit {
        RateLimit::from_code(self.value(settings))
    }

    /// Returns a change that sets this value.
    #[must_use]
    pub fn to(&self, value: i64) -> SettingChange {
        SettingChange {
            api: self.api,
            name: self.name,
            shown_as: self.shown_as,
            default: self.default,
            value,
        }
    }

    /// Returns a change that sets this limit, for a setting of the kind [`Kind::Rate`].
    #[must_use]
    pub fn to_rate(&self, limit: RateLimit) -> SettingChange {
        self.to(limit.to_code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Setting = Setting {
        api: ApiName::named("post"),
        name: "rate",
        shown_as: "post_rate",
        kind: Kind::Rate,
        default: 0,
        doc: "Letters a day.",
        command_line: CommandLine {
            option: "post-rate",
            help: "Letters a day",
            value_name: "RATE",
            heading: "Post rate",
        },
    };

    #[test]
    fn a_value_is_the_one_that_was_set_or_the_default() {
        let unset = AccountSettings::default();
        assert_eq!(RATE.rate(&unset), RateLimit::Off);
        let set: AccountSettings = [RATE.to_rate(RateLimit::Own(7))].into_iter().collect();
        assert_eq!(RATE.rate(&set), RateLimit::Own(7));
        assert_eq!(RATE.value(&set), 7);
    }
}
