//! The profile of an inbox: where and what the place is that the inbox stands for, as vendor APIs tell their clients.
//!
//! Every member is optional. What an API sends in place of a missing member is the API's own matter.

use serde::{Deserialize, Serialize};

use crate::customer::normalise_email;

/// The maximum length of a text of a profile, in characters.
pub const LONGEST_TEXT: usize = 255;
/// How many parts of a degree are stored: ten million, which is about a centimetre on the ground.
const PARTS: f64 = 1e7;

/// A degree of latitude or longitude, with seven decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
pub struct Degrees(i64);

impl From<f64> for Degrees {
    fn from(degrees: f64) -> Self {
        // A number beyond the range of integers becomes the nearest integer, and not-a-number becomes 0.
        Self((degrees * PARTS).round() as i64)
    }
}

impl From<Degrees> for f64 {
    fn from(degrees: Degrees) -> Self {
        degrees.0 as Self / PARTS
    }
}

impl Degrees {
    /// Whether the number is at most `limit`, and at least its negative.
    fn is_within(self, limit: f64) -> bool {
        Self::from(limit).0 >= self.0 && Self::from(-limit).0 <= self.0
    }
}

/// Where the place is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InboxAddress {
    /// Street and house number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    /// What else comes before the city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// The city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// The country: two capital letters (ISO 3166-1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    /// State, province or region, such as `CH-ZH` (ISO 3166-2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_subdivision_code: Option<String>,
    /// Degrees north of the equator; negative: south.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<Degrees>,
    /// Degrees east of Greenwich; negative: west.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<Degrees>,
}

/// What an inbox tells about the place that it stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InboxProfile {
    /// The time zone, by its name in the IANA database, such as `Europe/Berlin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The language of the place, such as `de` or `en-US`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Whose law applies, as Mews names it, such as `UK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_environment: Option<String>,
    /// Whose rules for guests apply, as Mews names it; absent: those of `legal_environment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accommodation_environment: Option<String>,
    /// Whose rules for bookkeeping apply, as Mews names it; absent: those of `legal_environment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounting_environment: Option<String>,
    /// Whose taxes apply, as Mews names it; absent: those of `legal_environment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_environment: Option<String>,
    /// The currency: three capital letters (ISO 4217).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The URL of its website.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Its e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Its telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<InboxAddress>,
}

/// A member of a profile that has a wrong value: its path, and what it must be.
pub type ProfileFault = (&'static str, &'static str);

/// Whether a text is a value that a member takes, and what else to say.
type Rule = (fn(&str) -> bool, &'static str);

const ZONE: Rule = (is_line, "must be a name of the IANA time zone database");
const LANGUAGE: Rule = (is_language, "must be a language such as de or en-US");
const ENVIRONMENT: Rule = (
    is_environment,
    "must be an environment code such as UK or US-CA",
);
const CURRENCY: Rule = (is_currency, "must be three capital letters");
const URL: Rule = (is_url, "must be a URL with http or https");
const EMAIL: Rule = (is_email, "must be an e-mail address");
const LINE: Rule = (
    is_line,
    "must be one line of 1 to 255 characters, without blanks around it",
);
const COUNTRY: Rule = (is_country, "must be two capital letters");
const SUBDIVISION: Rule = (
    is_subdivision,
    "must be a code of ISO 3166-2, such as CH-ZH",
);

impl InboxProfile {
    /// Returns the members with wrong values. Whether a time zone exists is not checked here.
    #[must_use]
    pub fn faults(&self) -> Vec<ProfileFault> {
        let texts = [
            ("time_zone", &self.time_zone, ZONE),
            ("language", &self.language, LANGUAGE),
            ("legal_environment", &self.legal_environment, ENVIRONMENT),
            (
                "accommodation_environment",
                &self.accommodation_environment,
                ENVIRONMENT,
            ),
            (
                "accounting_environment",
                &self.accounting_environment,
                ENVIRONMENT,
            ),
            ("tax_environment", &self.tax_environment, ENVIRONMENT),
            ("currency", &self.currency, CURRENCY),
            ("website", &self.website, URL),
            ("email", &self.email, EMAIL),
            ("phone", &self.phone, LINE),
        ];
        let address = self.address.iter().flat_map(InboxAddress::faults);
        broken(&texts).chain(address).collect()
    }

    /// Returns the members that differ between two profiles, as they are in the first and in the second.
    #[must_use]
    pub fn differences(before: &Self, after: &Self) -> [Self; 2] {
        let mut both = [before.clone(), after.clone()];
        let [old, new] = &mut both;
        if old.address == new.address {
            (old.address, new.address) = (None, None);
        }
        for (old, new) in old.texts_mut().into_iter().zip(new.texts_mut()) {
            if old == new {
                (*old, *new) = (None, None);
            }
        }
        both
    }

    fn texts_mut(&mut self) -> [&mut Option<String>; 10] {
        let Self {
            time_zone,
            language,
            legal_environment,
            accommodation_environment,
            accounting_environment,
            tax_environment,
            currency,
            website,
            email,
            phone,
            address: _,
        } = self;
        [
            time_zone,
            language,
            legal_environment,
            accommodation_environment,
            accounting_environment,
            tax_environment,
            currency,
            website,
            email,
            phone,
        ]
    }
}

impl InboxAddress {
    fn faults(&self) -> Vec<ProfileFault> {
        let texts = [
            ("address.line1", &self.line1, LINE),
            ("address.line2", &self.line2, LINE),
            ("address.city", &self.city, LINE),
            ("address.postal_code", &self.postal_code, LINE),
            ("address.country_code", &self.country_code, COUNTRY),
            (
                "address.country_subdivision_code",
                &self.country_subdivision_code,
                SUBDIVISION,
            ),
        ];
        let degrees = [
            (
                self.latitude,
                90.0,
                ("address.latitude", "must be from -90 to 90"),
            ),
            (
                self.longitude,
                180.0,
                ("address.longitude", "must be from -180 to 180"),
            ),
        ];
        let outside = degrees.into_iter().filter_map(|(degrees, limit, fault)| {
            let degrees = degrees.filter(|degrees| !degrees.is_within(limit));
            degrees.map(|_| fault)
        });
        broken(&texts).chain(outside).collect()
    }
}

/// Returns the members whose text breaks its rule.
fn broken<'a>(
    texts: &'a [(&'static str, &Option<String>, Rule)],
) -> impl Iterator<Item = ProfileFault> + 'a {
    texts.iter().filter_map(|(path, text, (is_right, must))| {
        let text = text.as_deref().filter(|text| !is_right(text));
        text.map(|_| (*path, *must))
    })
}

fn is_line(text: &str) -> bool {
    let fits = (1..=LONGEST_TEXT).contains(&text.chars().count());
    fits && text.trim() == text && !text.chars().any(char::is_control)
}

fn is_capitals(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_currency(text: &str) -> bool {
    is_capitals(text, 3)
}

fn is_country(text: &str) -> bool {
    is_capitals(text, 2)
}

/// Whether a text has the form of a language, an optional script and an optional region: `de`, `en-US`, `zh-Hant-TW`.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let is_lower = language.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut rest = parts.peekable();
    rest.next_if(|part| is_script(part));
    rest.next_if(|part| is_country(part) || is_area(part));
    is_lower && matches!(language.len(), 2 | 3) && rest.next().is_none()
}

fn is_script(part: &str) -> bool {
    let (first, rest) = part.split_at_checked(1).unwrap_or_default();
    is_capitals(first, 1) && rest.len() == 3 && rest.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Whether a part of a language is an area of the world, such as 419 (Latin America).
fn is_area(part: &str) -> bool {
    part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_environment(text: &str) -> bool {
    let is_part = |part: &str| {
        let is_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        !part.is_empty() && part.bytes().all(is_code)
    };
    (2..=20).contains(&text.len()) && text.split('-').all(is_part)
}

fn is_subdivision(text: &str) -> bool {
    let Some((country, part)) = text.split_once('-') else {
        return false;
    };
    let is_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    is_country(country) && (1..=3).contains(&part.len()) && part.bytes().all(is_code)
}

fn is_url(text: &str) -> bool {
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let has_host =
        host.is_some_and(|host| host.starts_with(|c: char| c.is_alphanumeric() || c == '['));
    has_host && is_line(text) && !text.contains(char::is_whitespace)
}

fn is_email(text: &str) -> bool {
    is_line(text) && normalise_email(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    #[test]
    fn a_wrong_value_is_named() {
        let profile = |set: fn(&mut InboxProfile, String), value: &str| {
            let mut profile = InboxProfile::default();
            set(&mut profile, value.to_owned());
            profile.faults().first().map(|(path, _)| *path)
        };
        for (set, path, right, wrong) in [
            (
                (|p, v| p.language = Some(v)) as fn(&mut InboxProfile, String),
                "language",
                vec!["de", "en-US", "zh-Hant-TW", "es-419", "fil"],
                vec!["", "d", "EN", "en-us", "en_US", "en-US-x", "en-", "deut"],
            ),
            (
                |p, v| p.tax_environment = Some(v),
                "tax_environment",
                vec!["UK", "US-CA", "AT-2020"],
                vec!["", "U", "uk", "UK-", "-UK", "UK CA"],
            ),
            (
                |p, v| p.currency = Some(v),
                "currency",
                vec!["EUR"],
                vec!["", "eur", "EU", "EURO", "E1R"],
            ),
            (
                |p, v| p.website = Some(v),
                "website",
                vec!["https://harbour.example", "http://x.example/a?b=c"],
                vec!["", "harbour.example", "ftp://x", "https://", "https://a b"],
            ),
            (
                |p, v| p.email = Some(v),
                "email",
                vec!["desk@harbour.example"],
                vec!["", "desk", " a@x.example"],
            ),
            (
                |p, v| p.phone = Some(v),
                "phone",
                vec!["+49 40 12345"],
                vec!["", " 1", "1\n2"],
            ),
        ] {
            for value in right {
                assert_eq!(profile(set, value), None, "{path}: {value:?}");
            }
            for value in wrong {
                assert_eq!(profile(set, value), Some(path), "{path}: {value:?}");
            }
        }
    }

    #[test]
    fn every_fault_of_an_address_is_named() {
        let address = InboxAddress {
            line1: text(""),
            line2: text("a\tb"),
            city: text(&"x".repeat(256)),
            postal_code: text(" 1"),
            country_code: text("de"),
            country_subdivision_code: text("ZH"),
            latitude: Some(90.000_000_1.into()),
            longitude: Some((-180.000_000_1).into()),
        };
        let profile = InboxProfile {
            address: Some(address),
            ..InboxProfile::default()
        };
        let paths: Vec<_> = profile.faults().into_iter().map(|(path, _)| path).collect();
        assert_eq!(
            paths,
            [
                "address.line1",
                "address.line2",
                "address.city",
                "address.postal_code",
                "address.country_code",
                "address.country_subdivision_code",
                "address.latitude",
                "address.longitude",
            ]
        );
    }

    #[test]
    fn degrees_keep_seven_decimals() {
        for degrees in [52.370_215_7, -180.0, 180.0, 0.0, -0.000_000_1] {
            let kept = f64::from(Degrees::from(degrees));
            assert!((kept - degrees).abs() < f64::EPSILON, "{degrees} {kept}");
        }
        assert_eq!(Degrees::from(0.123_456_789), Degrees::from(0.123_456_8));
    }

    #[test]
    fn differences_contain_only_what_changed() {
        let before = InboxProfile {
            language: text("de"),
            phone: text("1"),
            ..InboxProfile::default()
        };
        let after = InboxProfile {
            language: text("de"),
            phone: text("2"),
            address: Some(InboxAddress::default()),
            ..InboxProfile::default()
        };
        let [old, new] = InboxProfile::differences(&before, &after);
        assert_eq!(
            (old.language, old.phone, old.address),
            (None, text("1"), None)
        );
        assert_eq!(
            (new.language, new.phone, new.address),
            (None, text("2"), Some(InboxAddress::default()))
        );
    }
}
