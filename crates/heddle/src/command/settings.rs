//! The settings of accounts as options of the command line and in results: one for each setting that an API declares.

use clap::builder::ValueParser;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use heddle::apis;
use heddle_api::setting::{Kind, Setting};
use heddle_domain::account::{AccountSettings, RateLimit, SettingChange};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::argument::{Rate, whole_number};
use super::output::{self, Columns};

/// Values of settings, in the order in which the APIs declare them. In JSON each setting is a member.
#[derive(Clone, Debug)]
pub(crate) struct Settings(Vec<(&'static Setting, i64)>);

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

    /// Adds one column for each setting, for records that contain all settings.
    pub(crate) fn columns<R: 'static>(columns: Columns<R>, of: fn(&R) -> &Self) -> Columns<R> {
        let apis = apis::descriptions();
        let all = apis.settings().enumerate();
        all.fold(columns, |columns, (at, setting)| {
            let cell = move |record: &R| cell(setting, of(record).0[at].1);
            columns.with(setting.command_line.heading, cell)
        })
    }
}

fn rate(stored: i64) -> String {
    Rate(RateLimit::from_code(stored)).to_string()
}

fn cell(setting: &Setting, stored: i64) -> String {
    match setting.kind {
        Kind::Rate => rate(stored),
        Kind::Count { .. } => output::or_off(stored),
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (setting, stored) in &self.0 {
            match setting.kind {
                Kind::Rate => map.serialize_entry(setting.shown_as, &rate(*stored))?,
                Kind::Count { .. } => map.serialize_entry(setting.shown_as, stored)?,
            }
        }
        map.end()
    }
}

fn option(setting: &Setting) -> Arg {
    let parser: ValueParser = match setting.kind {
        Kind::Rate => clap::value_parser!(Rate).into(),
        Kind::Count { most } => ValueParser::new(whole_number(0, most)),
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
    fn settings_are_shown_as_they_are_given() {
        let parser = Settings::augment_args(Command::new("x"));
        let given = [
            "x",
            "--thread-cap=7",
            "--helpscout-rate=vendor",
            "--mews-rate=12",
        ];
        let matches = parser.try_get_matches_from(given).expect("settings");
        let settings = Settings::from_arg_matches(&matches).expect("settings");
        assert_eq!(
            serde_json::to_string(&settings).expect("JSON"),
            r#"{"thread_cap":7,"helpscout_rate":"vendor","mews_rate":"12"}"#
        );
        let changes = settings.changes().into_iter();
        let changes: Vec<_> = changes.map(|one| (one.shown_as, one.value)).collect();
        assert_eq!(
            changes,
            [("thread_cap", 7), ("helpscout_rate", -1), ("mews_rate", 12)]
        );
    }
}
