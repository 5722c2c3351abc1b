//! Reads the query of the customer search (contract section 9).

use crate::error::{Code, Error};
use heddle_http::query::Query;

pub(crate) const LONGEST_TERM: usize = 30;
/// The maximum number of customers that a search returns, and the default.
pub(crate) const MOST_FOUND: usize = 100;
/// The words of `searchPreference`, in any case, with whether vehicles are searched.
pub(crate) const PREFERENCES: [(&str, bool); 2] = [("Customer", false), ("Vehicle", true)];
/// Parameters of the vendor that would change what is found, and that Heddle does not support.
const UNSUPPORTED: [&str; 2] = ["fieldsToBeSearched", "queryOperator"];

/// The query of the customer search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CustomerSearch {
    pub(crate) term: String,
    pub(crate) limit: usize,
    /// Whether vehicles are searched, of which there are none.
    pub(crate) for_vehicles: bool,
}

impl CustomerSearch {
    pub(crate) fn read(query: &Query) -> Result<Self, Error> {
        for name in UNSUPPORTED {
            if text(query, name)?.is_some() {
                return Err(refusal(format!("{name} is not supported.")));
            }
        }
        let term = text(query, "searchTerm")?.unwrap_or_default().trim();
        if !(1..=LONGEST_TERM).contains(&term.chars().count()) {
            let text = format!("searchTerm must have 1 to {LONGEST_TERM} characters.");
            return Err(refusal(text));
        }
        Ok(Self {
            term: term.to_owned(),
            limit: limit(query)?,
            for_vehicles: for_vehicles(query)?,
        })
    }
}

fn for_vehicles(query: &Query) -> Result<bool, Error> {
    let Some(word) = text(query, "searchPreference")? else {
        return Ok(false);
    };
    let known = PREFERENCES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word));
    let (_, vehicles) =
        known.ok_or_else(|| refusal("searchPreference must be Customer or Vehicle.".into()))?;
    Ok(*vehicles)
}

fn limit(query: &Query) -> Result<usize, Error> {
    let Some(text) = text(query, "maxResults")? else {
        return Ok(MOST_FOUND);
    };
    let limit = text.parse().ok();
    let limit = limit.filter(|limit| (1..=MOST_FOUND).contains(limit));
    let wrong = || {
        let text = format!("maxResults must be an integer from 1 to {MOST_FOUND}.");
        Error::invalid(Code::MaxResults, text)
    };
    limit.ok_or_else(wrong)
}

/// Reads `excludeVehicles`. No customer has vehicles, so the answer does not depend on it.
pub(crate) fn check_exclusion(query: &Query) -> Result<(), Error> {
    match text(query, "excludeVehicles")? {
        None | Some("true" | "false") => Ok(()),
        Some(_) => Err(refusal("excludeVehicles must be true or false.".into())),
    }
}

/// Returns the text of a parameter; an empty one is none. Of several, the last one counts.
fn text<'a>(query: &'a Query, name: &str) -> Result<Option<&'a str>, Error> {
    match query.last(name) {
        Some(text) if text.contains('\0') => {
            Err(refusal(format!("{name} contains the character U+0000.")))
        }
        found => Ok(found.filter(|text| !text.is_empty())),
    }
}

fn refusal(text: String) -> Error {
    Error::invalid(Code::Parameter, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<CustomerSearch, Error> {
        CustomerSearch::read(&Query::parse(raw))
    }

    #[test]
    fn parameters_have_defaults_and_limits() {
        let defaults = CustomerSearch {
            term: "Mara Okafor".into(),
            limit: 100,
            for_vehicles: false,
        };
        assert_eq!(read("searchTerm=+Mara%20Okafor+"), Ok(defaults.clone()));
        let empty = "searchTerm=Mara+Okafor&searchPreference=&maxResults=&other=1";
        assert_eq!(read(empty), Ok(defaults.clone()));
        let all = "searchTerm=x&searchTerm=Mara+Okafor&searchPreference=VEHICLE&maxResults=7";
        let expected = CustomerSearch {
            limit: 7,
            for_vehicles: true,
            ..defaults
        };
        assert_eq!(read(all), Ok(expected));
    }

    #[test]
    fn wrong_parameters_are_refused_by_name() {
        let long = format!("searchTerm={}", "x".repeat(31));
        for (raw, name, code) in [
            ("", "searchTerm", Code::Parameter),
            ("searchTerm=+", "searchTerm", Code::Parameter),
            (&long, "searchTerm", Code::Parameter),
            ("searchTerm=a%00", "searchTerm", Code::Parameter),
            ("searchTerm=a&maxResults=0", "maxResults", Code::MaxResults),
            (
                "searchTerm=a&maxResults=101",
                "maxResults",
                Code::MaxResults,
            ),
            ("searchTerm=a&maxResults=x", "maxResults", Code::MaxResults),
            (
                "searchTerm=a&searchPreference=Order",
                "searchPreference",
                Code::Parameter,
            ),
            (
                "searchTerm=a&fieldsToBeSearched=fname",
                "fieldsToBeSearched",
                Code::Parameter,
            ),
            (
                "searchTerm=a&queryOperator=OR",
                "queryOperator",
                Code::Parameter,
            ),
        ] {
            match read(raw) {
                Err(Error::Invalid { code: found, text }) => {
                    assert_eq!(found, code, "{raw}");
                    assert!(text.starts_with(name), "{raw}: {text}");
                }
                other => panic!("{raw}: {other:?}"),
            }
        }
    }
}
