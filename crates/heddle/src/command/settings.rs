//! The settings of an account as options and in results: one for each setting that an API declares.

use std::collections::BTreeMap;

use anyhow::bail;
use clap::builder::ValueParser;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use heddle::apis;
use heddle_api::setting::{Kind, Setting};
use heddle_domain::account::{AccountSettings, RateLimit, SettingChange};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::argument::Rate;
use super::output;

/// Values of settings, by the names that they have in JSON.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Settings(BTreeMap<String, Value>);

/// A value as it is given and shown.
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

    fn given(setting: &Setting, arguments: &ArgMatches) -> Option<Self> {
        let id = setting.shown_as;
        match setting.kind {
            Kind::Rate => arguments.get_one(id).copied().map(Self::Rate),
            Kind::Count { .. } => arguments.get_one(id).copied().map(Self::Count),
        }
    }

    fn change(self, setting: &Setting) -> anyhow::Result<SettingChange> {
        match (setting.kind, self) {
            (Kind::Rate, Self::Rate(Rate(limit))) => Ok(setting.to_rate(limit)),
            (Kind::Count { .. }, Self::Count(count)) => Ok(setting.to(count)),
            _ => bail!("{} cannot have this value", setting.shown_as),
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
    /// All settings of an account.
    pub(crate) fn of(settings: &AccountSettings) -> Self {
        let value = |setting: &Setting| {
            let value = Value::of(setting, setting.value(settings));
            (setting.shown_as.to_owned(), value)
        };
        Self(apis::descriptions().settings().map(value).collect())
    }

    /// The changes that make these values.
    ///
    /// # Errors
    /// If there is no such setting, or a value is none of it: the request came from another version of the program.
    pub(crate) fn changes(&self) -> anyhow::Result<Vec<SettingChange>> {
        let apis = apis::descriptions();
        if let Some(unknown) = self.0.keys().find(|name| {
            let mut all = apis.settings();
            !all.any(|setting| setting.shown_as == *name)
        }) {
            bail!("there is no setting {unknown}");
        }
        let given = apis
            .settings()
            .filter_map(|setting| Some((setting, self.0.get(setting.shown_as)?)));
        given
            .map(|(setting, value)| value.change(setting))
            .collect()
    }

    /// The headings of [`Self::cells`].
    pub(crate) fn headings() -> Vec<&'static str> {
        let apis = apis::descriptions();
        let all = apis.settings();
        all.map(|setting| setting.command_line.heading).collect()
    }

    /// One text for each setting.
    pub(crate) fn cells(&self) -> Vec<String> {
        self.in_order().map(|(_, value)| value.cell()).collect()
    }

    /// The values in the order in which the APIs declare their settings.
    fn in_order(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let apis = apis::descriptions();
        let names: Vec<_> = apis.settings().map(|setting| setting.shown_as).collect();
        names
            .into_iter()
            .filter_map(|name| Some((name, *self.0.get(name)?)))
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.in_order() {
            map.serialize_entry(name, &value)?;
        }
        map.end()
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
        let given = |setting: &Setting| {
            let value = Value::given(setting, arguments)?;
            Some((setting.shown_as.to_owned(), value))
        };
        Ok(Self(
            apis::descriptions().settings().filter_map(given).collect(),
        ))
    }

    fn update_from_arg_matches(&mut self, arguments: &ArgMatches) -> Result<(), clap::Error> {
        self.0.extend(Self::from_arg_matches(arguments)?.0);
        Ok(())
    }
}
