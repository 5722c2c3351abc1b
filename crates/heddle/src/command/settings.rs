//! The settings of accounts as options of the command line and in results: one for each setting that an API declares.

use std::collections::BTreeMap;

use clap::builder::ValueParser;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use heddle::apis;
use heddle_api::setting::{Kind, Setting};
use heddle_domain::account::{AccountSettings, RateLimit, SettingChange};
use serde::{Deserialize, Serialize, Serializer};

use super::argument::Rate;
use super::output;

/// Values of settings, in the order in which the APIs declare them. In JSON each setting is a member.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, Value>")]
pub(crate) struct Settings(Vec<(&'static Setting, i64)>);

/// The value of a setting, in the form in which the command line takes and shows it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(untagged)]
enum Value {
    Count(i64),
    Rate(Rate),
}

impl Value {
    fn of(setting: &Setting, stored: i64) -> Self {
        match setting.kind {
            Kind::Rate => Self::Rate(Rate(RateLimit::from_code(stored))),
            Kind::Count { .. } => Self::Count(stored),
        }
    }

    /// Returns the value as it is stored; `None` if the setting cannot have this value.
    fn stored(self, setting: &Setting) -> Option<i64> {
        match (setting.kind, self) {
            (Kind::Rate, Self::Rate(Rate(limit))) => Some(limit.to_code()),
            (
                Kind::Count {
                    most_by_command, ..
                },
                Self::Count(count),
            ) => Some(count).filter(|count| (0..=most_by_command).contains(count)),
            _ => None,
        }
    }

    fn cell(self) -> String {
        match self {
            Self::Count(count) => output::or_off(count),
            Self::Rate(rate) => rate.to_string(),
        }
    }
}

impl Settings {
    /// Returns all settings of an account.
    pub(crate) fn of(settings: &AccountSettings) -> Self {
        let apis = apis::descriptions();
        let all = apis.settings();
        Self(all.map(|one| (one, one.value(settings))).collect())
    }

    /// Returns the changes that set these values.
    pub(crate) fn changes(&self) -> Vec<SettingChange> {
        let all = self.0.iter();
        all.map(|(setting, value)| setting.to(*value)).collect()
    }

    /// Returns the headings of [`Self::cells`].
    pub(crate) fn headings() -> Vec<&'static str> {
        let apis = apis::descriptions();
        let all = apis.settings();
        all.map(|setting| setting.command_line.heading).collect()
    }

    /// Returns one text for each setting, in the order of [`Self::headings`].
    pub(crate) fn cells(&self) -> Vec<String> {
        let all = self.0.iter();
        all.map(|(setting, value)| Value::of(setting, *value).cell())
            .collect()
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = self.0.iter();
        serializer
            .collect_map(all.map(|(setting, value)| (setting.shown_as, Value::of(setting, *value))))
    }
}

/// Converts and checks the settings of a command that was sent to a server, with the same checks as the command line.
impl TryFrom<BTreeMap<String, Value>> for Settings {
    type Error = String;

    fn try_from(mut given: BTreeMap<String, Value>) -> Result<Self, String> {
        let mut settings = Vec::new();
        for setting in apis::descriptions().settings() {
            if let Some(value) = given.remove(setting.shown_as) {
                let stored = value.stored(setting);
                let wrong = || format!("{} cannot have this value", setting.shown_as);
                settings.push((setting, stored.ok_or_else(wrong)?));
            }
        }
        match given.into_keys().next() {
            Some(unknown) => Err(format!("there is no setting {unknown}")),
            None => Ok(Self(settings)),
        }
    }
}

fn option(setting: &Setting) -> Arg {
    let parser: ValueParser = match setting.kind {
        Kind::Rate => clap::value_parser!(Rate).into(),
        Kind::Count {
            most_by_command, ..
        } => clap::value_parser!(i64).range(0..=most_by_command).into(),
    };
    let shown = setting.command_line;
    Arg::new(setting.shown_as)
        .long(shown.option)
        .value_name(shown.value_name)
        .help(shown.help)
        .value_parser(parser)
}

impl Args for Settings {
    fn augment_args(command: Command) -> Command {
        let apis = apis::descriptions();
        apis.settings()
            .fold(command, |command, setting| command.arg(option(setting)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Settings {
    fn from_arg_matches(arguments: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |setting: &'static Setting| {
            let id = setting.shown_as;
            let value = match setting.kind {
                Kind::Rate => arguments.get_one::<Rate>(id)?.0.to_code(),
                Kind::Count { .. } => *arguments.get_one::<i64>(id)?,
            };
            Some((setting, value))
        };
        let apis = apis::descriptions();
        Ok(Self(apis.settings().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, arguments: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(arguments)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_handed_to_the_server_is_checked_like_the_command_line() {
        let text = r#"{"thread_cap":7,"helpscout_rate":"vendor","mews_rate":"12"}"#;
        let settings: Settings = serde_json::from_str(text).expect("settings");
        assert_eq!(serde_json::to_string(&settings).expect("JSON"), text);
        let changes = settings.changes().into_iter();
        let changes: Vec<_> = changes.map(|one| (one.shown_as, one.value)).collect();
        assert_eq!(
            changes,
            [("thread_cap", 7), ("helpscout_rate", -1), ("mews_rate", 12)]
        );
        for wrong in [
            r#"{"thread_cap":-1}"#,
            r#"{"thread_cap":1000000001}"#,
            r#"{"thread_cap":"7"}"#,
            r#"{"mews_rate":12}"#,
            r#"{"mews_rate":"often"}"#,
            r#"{"other":1}"#,
        ] {
            assert!(serde_json::from_str::<Settings>(wrong).is_err(), "{wrong}");
        }
    }
}
