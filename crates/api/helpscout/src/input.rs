//! Reads a JSON body as this API has it (contract section 2).

use std::borrow::Cow;

use axum::extract::Request;
use heddle_api::date_time::{self, Wrong};
use heddle_domain::Timestamp;

use crate::error::Error;
use crate::fault::code;
use crate::time;
use heddle_http::body;
use heddle_http::json;
use heddle_http::media::Media;
use heddle_http::members::{
    ALL_INTEGERS, Fault, Item, MOST_FAULTS, Object, Problem, Unparsed, Unreadable,
};

/// The maximum size of a request body, in bytes: room for two of the largest attachments in base64 (contract section
/// 5.4).
const BODY_LIMIT: usize = 25 << 20;

const DATE_TIME: Problem = Problem::Rule(
    code::DATE_TIME,
    Cow::Borrowed("must be a date and time such as 2026-03-04T09:15:00Z"),
);

/// Returns the problem of a text that is no date-time.
pub(crate) const fn problem(wrong: Wrong) -> Problem {
    match wrong {
        Wrong::Form => DATE_TIME,
        Wrong::Range => Problem::Rule(code::DATE_TIME, Cow::Borrowed(date_time::RANGE)),
    }
}

/// Reads the bytes of a body. Its media type must be JSON, or absent.
pub(crate) async fn read_body(request: Request) -> Result<Unparsed, Error> {
    let (parts, body) = request.into_parts();
    let bytes = body::read(body, BODY_LIMIT)
        .await
        .map_err(Unreadable::from)?;
    match Media::of(&parts.headers) {
        Media::Json | Media::None => Ok(bytes.into()),
        Media::Form | Media::Multipart | Media::Other if bytes.is_empty() => Ok(bytes.into()),
        Media::Form | Media::Multipart | Media::Other => Err(Error::MediaType),
    }
}

/// Refuses the request if there are faults.
///
/// # Errors
/// Returns [`Error::Invalid`] with the faults, at most [`MOST_FAULTS`].
pub(crate) fn refuse_if_any(mut faults: Vec<Fault>) -> Result<(), Error> {
    if faults.is_empty() {
        return Ok(());
    }
    faults.truncate(MOST_FAULTS);
    Err(Error::Invalid(faults))
}

/// Returns the error for a value that the store refused, at this path.
pub(crate) fn refusal(path: &'static str, reason: String) -> Error {
    let problem = Problem::Rule(code::NOT_ALLOWED, reason.into());
    Error::Invalid(vec![Fault::new(path, problem)])
}

/// Reads a required text, which must not be empty. After a fault, returns an empty text.
pub(crate) fn required_text(body: &Object<'_>, name: &'static str) -> String {
    let text = body.get(name).not_empty().text();
    text.unwrap_or_default().to_owned()
}

/// Reads an id: a whole number, or a whole number written as a string.
pub(crate) fn id(item: &Item<'_>) -> Option<i64> {
    let text = item.as_str().map(str::trim);
    if text.is_some_and(json::is_text_beyond_i64) {
        item.refuse(Problem::Beyond);
        return None;
    }
    let written = text.and_then(|text| text.parse().ok());
    written.or_else(|| item.integer(ALL_INTEGERS))
}

/// Reads a date-time. If `allowed` is an error, the date-time must be absent, and the error says why.
pub(crate) fn instant(item: &Item<'_>, allowed: Result<(), &'static str>) -> Option<Timestamp> {
    match allowed {
        Ok(()) => item.tried(&DATE_TIME, |text| time::parse(text).map_err(problem)),
        Err(why) => item.parsed(&Problem::Rule(code::IMPORTED_ONLY, why.into()), |_| None),
    }
}

/// Reads an array and returns its items; none if it is absent.
pub(crate) fn items<'a>(item: &Item<'a>) -> impl Iterator<Item = Item<'a>> + use<'a> {
    item.list(0..=usize::MAX).into_iter().flatten()
}

/// Reads an array of strings that are not empty.
pub(crate) fn texts(item: &Item<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    for item in items(item) {
        match item.text().map(str::trim) {
            Some("") => item.refuse(Problem::Empty),
            Some(text) => texts.push(text.to_owned()),
            None => {}
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fault::code_and_message;
    use crate::fault::tests::{body, paths};

    #[test]
    fn the_list_of_faults_is_limited() {
        let faults = vec![Fault::new("a", Problem::Missing); MOST_FAULTS + 5];
        let Err(Error::Invalid(shown)) = refuse_if_any(faults) else {
            panic!("not refused")
        };
        assert_eq!(shown.len(), MOST_FAULTS);
        assert!(refuse_if_any(Vec::new()).is_ok());
    }

    #[test]
    fn ids_may_be_strings() {
        let body = body(&json!({"a": 5, "b": "5", "c": 5.0, "d": 5.5, "e": "5.5", "f": true}));
        let ((), faults) = body.read_all(|body| {
            for name in ["a", "b", "c"] {
                assert_eq!(id(&body.get(name)), Some(5), "{name}");
            }
            for name in ["d", "e", "f"] {
                assert_eq!(id(&body.get(name)), None, "{name}");
            }
        });
        assert_eq!(paths(&faults), ["d", "e", "f"]);
    }

    #[test]
    fn an_id_beyond_64_bits_is_refused_with_the_range() {
        let body = body(
            &json!({"a": 9_223_372_036_854_775_808_u64, "b": "-9223372036854775809", "c": 1e30}),
        );
        let ((), faults) = body.read_all(|body| {
            for name in ["a", "b", "c"] {
                assert_eq!(id(&body.get(name)), None, "{name}");
            }
        });
        assert!(faults.iter().all(|fault| fault.problem == Problem::Beyond));
        assert_eq!(paths(&faults), ["a", "b", "c"]);
    }

    #[test]
    fn texts_are_trimmed_and_none_may_be_empty() {
        let body = body(&json!({"texts": [" ok ", " ", 7, null], "list": {}, "null": null}));
        let ((), faults) = body.read_all(|body| {
            assert_eq!(texts(&body.get("texts")), ["ok"]);
            assert_eq!(items(&body.get("list")).count(), 0);
            assert_eq!(items(&body.get("null")).count(), 0);
        });
        assert_eq!(paths(&faults), ["texts[1]", "texts[2]", "texts[3]", "list"]);
    }

    #[test]
    fn a_date_that_is_not_allowed_is_refused_unread() {
        let body = body(&json!({"x": null, "y": "2026-03-04T09:15:00Z", "z": "soon"}));
        let ((), faults) = body.read_all(|body| {
            assert_eq!(instant(&body.get("x"), Err("never")), None);
            assert_eq!(instant(&body.get("y"), Err("never")), None);
            assert!(instant(&body.get("y"), Ok(())).is_some());
            assert_eq!(instant(&body.get("z"), Ok(())), None);
        });
        let codes: Vec<_> = faults
            .iter()
            .map(|f| code_and_message(&f.problem).0)
            .collect();
        assert_eq!(paths(&faults), ["y", "z"]);
        assert_eq!(codes, ["ImportedOnly", "DateTime"]);
    }
}
