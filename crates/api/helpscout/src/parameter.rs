//! Query parameters. If a parameter occurs several times, its last value counts; an empty one counts as absent. Unknown
//! parameters are ignored.

use heddle_domain::Timestamp;
use heddle_http::members::{Fault, Problem};
use heddle_http::query::Query;

use crate::error::Error;
use crate::{input, time};

/// The maximum length of a value that an error repeats, in characters.
const LONGEST_SHOWN: usize = 200;
/// The words of `sortOrder`, each with whether it is descending. They may be in any case.
pub(crate) const ORDERS: [(&str, bool); 2] = [("asc", false), ("desc", true)];

/// Returns the last value of a parameter; `None` if it is absent or empty.
pub(crate) fn value<'q>(query: &'q Query, name: &str) -> Result<Option<&'q str>, Error> {
    let found = query.last(name).map(str::trim);
    match found.filter(|text| !text.is_empty()) {
        Some(text) if text.contains('\0') => Err(Error::Query(Fault::new(name, Problem::Nul))),
        found => Ok(found),
    }
}

/// Returns the error for a value.
pub(crate) fn wrong(name: &str, value: &str, problem: Problem) -> Error {
    let shown = value.chars().filter(|c| *c != '\0').take(LONGEST_SHOWN);
    Error::Query(Fault {
        value: Some(shown.collect::<String>().into()),
        ..Fault::new(name, problem)
    })
}

/// Reads a whole number.
pub(crate) fn integer(name: &str, text: &str) -> Result<i64, Error> {
    let rule = || wrong(name, text, Problem::Integer(i64::MIN..=i64::MAX));
    text.parse().map_err(|_| rule())
}

/// Reads a date-time. A `+` that was not escaped is a blank after decoding.
pub(crate) fn date_time(name: &str, text: &str) -> Result<Timestamp, Error> {
    let text = text.replace(' ', "+");
    time::parse(&text).map_err(|fault| wrong(name, &text, input::problem(fault)))
}

/// Returns what a word means, or what `default` means if the parameter is absent.
pub(crate) fn meaning<T: Copy>(
    query: &Query,
    name: &str,
    default: &str,
    words: &[(&'static str, T)],
) -> Result<T, Error> {
    let word = value(query, name)?.unwrap_or(default);
    let found = words.iter().find(|(known, _)| *known == word);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words = words.iter().map(|(word, _)| *word).collect();
        wrong(name, word, Problem::Word(words))
    })
}

/// Whether `sortOrder` is descending, which it is by default.
pub(crate) fn is_descending(query: &Query) -> Result<bool, Error> {
    let word = value(query, "sortOrder")?.unwrap_or("desc");
    let found = ORDERS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word));
    found.map(|(_, descending)| *descending).ok_or_else(|| {
        let words = ORDERS.iter().map(|(word, _)| *word).collect();
        wrong("sortOrder", word, Problem::Word(words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(raw: &str) -> Query {
        Query::parse(raw)
    }

    #[test]
    fn the_last_value_counts_and_an_empty_one_is_absent() {
        for (raw, found) in [
            ("", None),
            ("a", None),
            ("a=", None),
            ("a=%20+", None),
            ("a=x&a=", None),
            ("a=x&a=+y+", Some("y")),
            ("b=x", None),
        ] {
            assert_eq!(value(&query(raw), "a").expect("a value"), found, "{raw}");
        }
        assert!(value(&query("a=%00"), "a").is_err());
    }

    #[test]
    fn a_refused_value_is_shown_in_part_and_without_nul() {
        let long = format!("\0{}", "ä".repeat(300));
        let Error::Query(fault) = wrong("a", &long, Problem::Nul) else {
            panic!("another error");
        };
        assert_eq!(fault.value, Some("ä".repeat(200).into()));
    }

    #[test]
    fn values_are_read_by_their_type() {
        assert_eq!(integer("a", "-7").expect("a number"), -7);
        assert!(integer("a", "7.0").is_err());
        let at = date_time("a", "2026-03-04T10:15:00 01:00").expect("a time");
        assert_eq!(time::utc(at), "2026-03-04T09:15:00Z");
        assert!(date_time("a", "2026-03-04").is_err());
        for (raw, descending) in [("", true), ("sortOrder=", true), ("sortOrder=ASC", false)] {
            assert_eq!(is_descending(&query(raw)).expect("an order"), descending);
        }
        assert!(is_descending(&query("sortOrder=up")).is_err());
        let words = [("one", 1), ("two", 2)];
        let read = |raw: &str| meaning(&query(raw), "a", "two", &words).ok();
        assert_eq!(
            (read("a="), read("a=one"), read("a=1")),
            (Some(2), Some(1), None)
        );
    }
}
