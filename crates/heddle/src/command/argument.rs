//! Types of arguments. An argument is checked when it is parsed, so a command only ever gets valid arguments.

use std::str::FromStr;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use heddle::apis;
use heddle_domain::account::{Account, RateLimit};
use heddle_domain::{AccountId, ApiName, Scope};
use heddle_store::Store;
use heddle_store::read::account::GetAccount;
use heddle_store::write::account::ApiPublicId;

use super::failure::{Code, Failure};

/// The account that a command is about.
#[derive(Args, Debug)]
pub(crate) struct InAccount {
    /// The account's number
    #[arg(long, value_name = "N", value_parser = id)]
    account: i64,
}

impl InAccount {
    /// Returns the number that was given.
    pub(crate) fn number(&self) -> i64 {
        self.account
    }

    /// Returns the account with this number.
    ///
    /// # Errors
    /// Fails if there is no such account.
    pub(crate) async fn get(&self, store: &Store) -> anyhow::Result<Account> {
        let found = store.read(GetAccount(AccountId(self.account))).await?;
        found.ok_or_else(|| {
            let text = format!("there is no account {}", self.account);
            Failure::new(Code::NotFound, text).into()
        })
    }
}

/// A text in one line: 1 to 200 characters, without control characters.
#[derive(Clone, Debug)]
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
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let fits = (1..=200).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected 1 to 200 characters in one line")
        }
    }
}

/// Reads a name of a person, which the native API limits to 100 characters.
pub(crate) fn person(text: &str) -> Result<Name, &'static str> {
    let name = text.parse::<Name>().ok();
    let name = name.filter(|name| name.as_str().chars().count() <= 100);
    name.ok_or("expected 1 to 100 characters in one line")
}

/// A rate limit: `off`, `vendor` or a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate(pub(crate) RateLimit);

impl FromStr for Rate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match (text, text.parse::<u32>()) {
            ("off", _) => Ok(Self(RateLimit::Off)),
            ("vendor", _) => Ok(Self(RateLimit::Vendor)),
            (_, Ok(figure)) if figure > 0 => Ok(Self(RateLimit::Own(figure))),
            _ => Err("expected off, vendor or a number above 0"),
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

/// Parses the name of an API; the command line's help lists all names.
pub(crate) fn api_values() -> impl TypedValueParser<Value = ApiName> {
    let apis = apis::descriptions();
    let words: Vec<&str> = apis.names().map(|name| name.as_str()).collect();
    PossibleValuesParser::new(words).map(move |word| {
        let api = apis.find(&word).expect("one of the possible values");
        api.name()
    })
}

/// Parses the name of a scope; the command line's help lists all names.
pub(crate) fn scope_values() -> impl TypedValueParser<Value = Scope> {
    let words = Scope::ALL.iter().map(|scope| scope.as_str());
    PossibleValuesParser::new(words)
        .map(|word| Scope::parse(&word).expect("one of the possible values"))
}

/// Parses a redirect URL.
pub(crate) fn redirect_url(text: &str) -> Result<String, &'static str> {
    heddle_access::redirect_url::check(text).map(|()| text.to_owned())
}

/// Parses the number of an account, an inbox, an agent, ...
pub(crate) fn id(text: &str) -> Result<i64, &'static str> {
    text.parse()
        .map_err(|_| "expected a number, as `list` shows it")
}

/// Parses a number from `least` to `most`.
pub(crate) fn whole_number(
    least: i64,
    most: i64,
) -> impl Fn(&str) -> Result<i64, String> + Clone + Send + Sync + 'static {
    move |text: &str| {
        let number = text.parse().ok();
        let number = number.filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("expected a whole number from {least} to {most}"))
    }
}

/// Parses a switch: `on` or `off`.
pub(crate) fn switch(text: &str) -> Result<bool, &'static str> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("expected one of on, off"),
    }
}

/// Parses a public id: `TEXT` for all APIs or `NAME=TEXT` for one API (`rules.md` 3). Only APIs that show texts instead
/// of numbers have public ids.
pub(crate) fn public_id(given: &str) -> Result<ApiPublicId, String> {
    let apis = apis::descriptions();
    let with_texts: Vec<_> = apis
        .iter()
        .filter_map(|api| Some((api.name().as_str(), api.public_id?)))
        .collect();
    let Some((word, text)) = given.split_once('=') else {
        // An id for all APIs must be valid in each of them, so each checks it.
        let text = with_texts
            .iter()
            .try_fold(given.to_owned(), |text, (_, read)| read(&text));
        return Ok((String::new(), text?));
    };
    let Some((api, read)) = with_texts.iter().find(|(api, _)| *api == word) else {
        let words: Vec<String> = with_texts
            .iter()
            .map(|(api, _)| format!("{api}=TEXT"))
            .collect();
        return Err(format!("expected TEXT or {}", words.join(" or ")));
    };
    Ok(((*api).to_owned(), read(text)?))
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
        for (text, api, id) in [
            (guid, "", guid.to_lowercase()),
            (&format!("mews={guid}"), "mews", guid.to_lowercase()),
            ("mykaarma=Ab_9-", "mykaarma", "Ab_9-".to_owned()),
        ] {
            assert_eq!(public_id(text), Ok((api.to_owned(), id)));
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
            assert!(public_id(text).is_err(), "{text}");
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
}
