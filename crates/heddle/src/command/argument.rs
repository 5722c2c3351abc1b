//! Arguments that are one word on the command line and in a handed-over request alike.
//!
//! Each is checked when it is parsed, so a command that runs has sensible ones only, whichever way it came.

use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use heddle::apis;
use heddle_domain::account::RateLimit;
use heddle_domain::{ApiName, Scope};
use serde::{Deserialize, Serialize};

/// What is wrong with an argument.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(String);

/// Gives a type its serialised form: the text that `FromStr` reads.
macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = Refused;

            fn try_from(text: String) -> Result<Self, Refused> {
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

as_text!(Name, Rate, Entrance, Right, Switch, PublicId);

/// A text that people read in one line: not empty, no control characters, at most 200 characters.
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
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let text = text.trim();
        let fits = (1..=200).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refused(
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

/// A rate limit: `off`, `vendor` or a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Rate(pub(crate) RateLimit);

impl FromStr for Rate {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        match (text, text.parse::<u32>()) {
            ("off", _) => Ok(Self(RateLimit::Off)),
            ("vendor", _) => Ok(Self(RateLimit::Vendor)),
            (_, Ok(figure)) if figure > 0 => Ok(Self(RateLimit::Own(figure))),
            _ => Err(Refused(
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

/// An API by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Entrance(pub(crate) ApiName);

impl FromStr for Entrance {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let apis = apis::descriptions();
        apis.find(text)
            .map(|api| Self(api.name()))
            .ok_or_else(|| one_of(apis.names().map(|name| name.as_str()).collect()))
    }
}

impl std::fmt::Display for Entrance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// A scope by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Right(pub(crate) Scope);

impl FromStr for Right {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let words = Scope::ALL.iter().map(|scope| scope.as_str());
        Scope::parse(text)
            .map(Self)
            .ok_or_else(|| one_of(words.collect()))
    }
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// APIs on the command line, where the help lists them.
pub(crate) fn entrances() -> impl TypedValueParser<Value = Entrance> {
    let apis = apis::descriptions();
    let words: Vec<&str> = apis.names().map(|name| name.as_str()).collect();
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Entrance>())
}

/// Scopes on the command line, where the help lists them.
pub(crate) fn rights() -> impl TypedValueParser<Value = Right> {
    let words = Scope::ALL.iter().map(|scope| scope.as_str());
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Right>())
}

/// `on` or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Switch(pub(crate) bool);

impl FromStr for Switch {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
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

/// A public id, `TEXT` for all APIs or `NAME=TEXT` for one (`rules.md` 3). Only APIs that show text have one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct PublicId {
    api: Option<ApiName>,
    text: String,
}

impl PublicId {
    /// Whether it is the one that all APIs share.
    pub(crate) fn is_default(&self) -> bool {
        self.api.is_none()
    }

    /// As the store takes it.
    pub(crate) fn into_api_id(self) -> (String, String) {
        let api = self.api.map_or("", ApiName::as_str);
        (api.to_owned(), self.text)
    }
}

impl FromStr for PublicId {
    type Err = Refused;

    fn from_str(given: &str) -> Result<Self, Refused> {
        let apis = apis::descriptions();
        let with_texts = apis
            .iter()
            .filter_map(|api| Some((api.name(), api.public_id?)));
        let Some((word, text)) = given.split_once('=') else {
            // The shared one must suit every API that shows texts.
            let text = with_texts
                .map(|(_, read)| read)
                .try_fold(given.to_owned(), |text, read| read(&text));
            let text = text.map_err(Refused)?;
            return Ok(Self { api: None, text });
        };
        let with_texts: Vec<_> = with_texts.collect();
        let Some((api, read)) = with_texts.iter().find(|(api, _)| api.as_str() == word) else {
            let words: Vec<String> = with_texts
                .iter()
                .map(|(api, _)| format!("{}=TEXT", api.as_str()))
                .collect();
            return Err(Refused(format!("expected TEXT or {}", words.join(" or "))));
        };
        let text = read(text).map_err(Refused)?;
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

fn one_of(words: Vec<&str>) -> Refused {
    Refused(format!("expected one of {}", words.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_as_it_is_shown() {
        for text in ["off", "vendor", "7"] {
            let rate: Rate = text.parse().expect("a rate");
            assert_eq!(rate.to_string(), text);
        }
        for text in ["", "0", "-1", "Off", "1.5", "4294967296"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_public_id_suits_its_api() {
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
    fn a_request_is_checked_as_the_command_line_is() {
        assert!(serde_json::from_str::<Name>("\"a\\u0000b\"").is_err());
        assert!(serde_json::from_str::<Switch>("\"maybe\"").is_err());
        let right: Right = serde_json::from_str("\"messages.write\"").expect("a scope");
        assert_eq!(right, Right(Scope::MessagesWrite));
    }
}
