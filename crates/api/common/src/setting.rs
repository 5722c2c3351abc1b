//! What an operator can set for each account, as the APIs declare it.

use heddle_domain::ApiName;
use heddle_domain::account::{AccountSettings, RateLimit, SettingChange};

/// A setting of an API: a whole number that each account has a value of. The store keeps it and knows no more of it than
/// `api`, `name` and the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The API that goes by it.
    pub api: ApiName,
    /// Its name among the settings of its API. Values are stored under it, so it never changes.
    pub name: &'static str,
    /// Its name where the settings of all APIs stand side by side: in the native API and in the history.
    pub shown_as: &'static str,
    /// What its value says.
    pub kind: Kind,
    /// The value of an account that has no other.
    pub default: i64,
    /// What it does, for the OpenAPI document.
    pub doc: &'static str,
    /// How the command line speaks of it.
    pub command_line: CommandLine,
}

/// What the value of a setting says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// How many requests the API allows: the code of a [`RateLimit`].
    Rate,
    /// A number; 0 switches off what it limits.
    Count {
        /// The most that the native API takes.
        most: i64,
        /// The most that the command line takes.
        most_by_command: i64,
    },
}

/// How the command line speaks of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// Its option, without the hyphens in front.
    pub option: &'static str,
    /// What its option does.
    pub help: &'static str,
    /// What stands for the value in the help.
    pub value_name: &'static str,
    /// Its heading in the list of accounts.
    pub heading: &'static str,
}

impl Setting {
    /// The value among the settings of an account.
    #[must_use]
    pub fn value(&self, settings: &AccountSettings) -> i64 {
        let stored = settings.get(self.api.as_str(), self.name);
        stored.unwrap_or(self.default)
    }

    /// The value of a [`Kind::Rate`] among the settings of an account.
    #[must_use]
    pub fn rate(&self, settings: &AccountSettings) -> RateLimit {
        RateLimit::from_code(self.value(settings))
    }

    /// A change to another value.
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

    /// A change of a [`Kind::Rate`] to another limit.
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
