//! Types of arguments. Each has one text form, which is used on the command line and in a command that is sent to a
//! server.
//!
//! An argument is checked when it is parsed, so a command only ever gets valid arguments.

use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use heddle::apis;
use heddle_domain::account::RateLimit;
use heddle_domain::{ApiName, Scope};
use serde::{Deserialize, Serialize};

/// The error for a wrong argument: what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct InvalidArgument(String);

/// Makes a type serialise as the text that its `FromStr` parses.
macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = InvalidArgument;

            fn try_from(text: String) -> Result<Self, InvalidArgument> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )+};
}

as_text!(Name, Rate, ApiArgument, ScopeArgument, Switch, PublicId);

/// A text in one line: 1 to 200 characters, without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Name(String);

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for Name {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        let text = text.trim();
        let fits = (1..=200).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidArgument(
                "expected 1 to 200 characters in one line".to_owned(),
            ))
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A rate limit: `off`, `vendor` or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Rate(pub(crate) RateLimit);

impl FromStr for Rate {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        match (text, text.parse::<u32>()) {
            ("off", _) => Ok(Self(RateLimit::Off)),
            ("vendor", _) => Ok(Self(RateLimit::Vendor)),
            (_, Ok(figure)) if figure > 0 => Ok(Self(RateLimit::Own(figure))),
            _ => Err(InvalidArgument(
                "expected off, vendor or a number above 0".to_owned(),
            )),
        }
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            RateLimit::Off => f.write_str("off"),
            RateLimit::Vendor => f.write_str("vendor"),
            RateLimit::Own(figure) => figure.fmt(f),
        }
    }
}

/// The name of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ApiArgument(pub(crate) ApiName);

impl FromStr for ApiArgument {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        let apis = apis::descriptions();
        apis.find(text)
            .map(|api| Self(api.name()))
            .ok_or_else(|| one_of(apis.names().map(|name| name.as_str()).collect()))
    }
}

impl std::fmt::Display for ApiArgument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// The name of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ScopeArgument(pub(crate) Scope);

impl FromStr for ScopeArgument {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        let words = Scope::ALL.iter().map(|scope| scope.as_str());
        Scope::parse(text)
            .map(Self)
            .ok_or_else(|| one_of(words.collect()))
    }
}

impl std::fmt::Display for ScopeArgument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// Parses the name of an API; the command line's help lists all names.
pub(crate) fn api_values() -> impl TypedValueParser<Value = ApiArgument> {
    let apis = apis::descriptions();
    let words: Vec<&str> = apis.names().map(|name| name.as_str()).collect();
    PossibleValuesParser::new(words).try_map(|word| word.parse::<ApiArgument>())
}

/// Parses the name of a scope; the command line's help lists all names.
pub(crate) fn scope_values() -> impl TypedValueParser<Value = ScopeArgument> {
    let words = Scope::ALL.iter().map(|scope| scope.as_str());
    PossibleValuesParser::new(words).try_map(|word| word.parse::<ScopeArgument>())
}

/// A switch: `on` or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Switch(pub(crate) bool);

impl FromStr for Switch {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        match text {
            "on" => Ok(Self(true)),
            "off" => Ok(Self(false)),
            _ => Err(one_of(vec!["on", "off"])),
        }
    }
}

impl std::fmt::Display for Switch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0 { "on" } else { "off" })
    }
}

/// A public id: `TEXT` for all APIs or `NAME=TEXT` for one API (`rules.md` 3). Only APIs that show texts instead of
/// numbers have public ids.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct PublicId {
    api: Option<ApiName>,
    text: String,
}

impl PublicId {
    /// Whether this is the id for all APIs.
    pub(crate) fn is_default(&self) -> bool {
        self.api.is_none()
    }

    /// Returns the pair that the store takes: the API's name, which is empty for all APIs, and the text.
    pub(crate) fn into_api_id(self) -> (String, String) {
        let api = self.api.map_or("", ApiName::as_str);
        (api.to_owned(), self.text)
    }
}

impl FromStr for PublicId {
    type Err = InvalidArgument;

    fn from_str(given: &str) -> Result<Self, InvalidArgument> {
        let apis = apis::descriptions();
        let with_texts = apis
            .iter()
            .filter_map(|api| Some((api.name(), api.public_id?)));
        let Some((word, text)) = given.split_once('=') else {
            // An id for all APIs must be valid in each of them, so each checks it.
            let text = with_texts
                .map(|(_, read)| read)
                .try_fold(given.to_owned(), |text, read| read(&text));
            let text = text.map_err(InvalidArgument)?;
            return Ok(Self { api: None, text });
        };
        let with_texts: Vec<_> = with_texts.collect();
        let Some((api, read)) = with_texts.iter().find(|(api, _)| api.as_str() == word) else {
            let words: Vec<String> = with_texts
                .iter()
                .map(|(api, _)| format!("{}=TEXT", api.as_str()))
                .collect();
            return Err(InvalidArgument(format!(
                "expected TEXT or {}",
                words.join(" or ")
            )));
        };
        let text = read(text).map_err(InvalidArgument)?;
        Ok(Self {
            api: Some(*api),
            text,
        })
    }
}

impl std::fmt::Display for PublicId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.api {
            Some(api) => write!(f, "{}={}", api.as_str(), self.text),
            None => f.write_str(&self.text),
        }
    }
}

fn one_of(words: Vec<&str>) -> InvalidArgument {
    InvalidArgument(format!("expected one of {}", words.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_rate_parses_to_the_same_value() {
        for text in ["off", "vendor", "7"] {
            let rate: Rate = text.parse().expect("a rate");
            assert_eq!(rate.to_string(), text);
        }
        for text in ["", "0", "-1", "Off", "1.5", "4294967296"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_public_id_must_have_the_format_of_its_api() {
        let guid = "0B3F2C5E-8D1A-4F6B-9C2D-7E5A1B3C4D5F";
        for (text, shown) in [
            (guid.to_owned(), guid.to_lowercase()),
            (
                format!("mews={guid}"),
                format!("mews={}", guid.to_lowercase()),
            ),
            ("mykaarma=Ab_9-".to_owned(), "mykaarma=Ab_9-".to_owned()),
        ] {
            let id: PublicId = text.parse().expect("a public id");
            assert_eq!(id.to_string(), shown);
        }
        let long = format!("mykaarma={}", "a".repeat(129));
        for text in [
            "",
            "plain",
            "mews=plain",
            "mykaarma=",
            "mykaarma=a b",
            "helpscout=1",
            "x=1",
            &long,
        ] {
            assert!(text.parse::<PublicId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(
            " Front desk ".parse::<Name>().expect("a name").as_str(),
            "Front desk"
        );
        for text in ["", "  ", "a\nb", "a\0b", &"x".repeat(201)] {
            assert!(text.parse::<Name>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_request_is_checked_like_the_command_line() {
        assert!(serde_json::from_str::<Name>("\"a\\u0000b\"").is_err());
        assert!(serde_json::from_str::<Switch>("\"maybe\"").is_err());
        let right: ScopeArgument = serde_json::from_str("\"messages.write\"").expect("a scope");
        assert_eq!(right, ScopeArgument(Scope::MessagesWrite));
    }
}
