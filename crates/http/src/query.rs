//! Query strings and form bodies. Parsing them never fails.
//!
//! Percent escapes are decoded and `+` becomes a space; a malformed escape stays as it is, and invalid UTF-8 becomes
//! U+FFFD. If a name occurs several times, the value that counts differs by vendor; so all pairs are kept, in their
//! order.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;

/// The pairs of a query string, in order. As an extractor, it never rejects a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Parses `name=value&…`. A value may be missing; empty parts are skipped.
    pub fn parse(raw: impl AsRef<[u8]>) -> Self {
        let pairs = form_urlencoded::parse(raw.as_ref());
        Self(pairs.into_owned().collect())
    }

    /// Returns the first value of `name`.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Returns the last value of `name`.
    pub fn last(&self, name: &str) -> Option<&str> {
        self.all(name).last()
    }

    /// Returns every value of `name`, in order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.pairs()
            .filter(move |pair| pair.0 == name)
            .map(|pair| pair.1)
    }

    /// Returns every pair, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the name of the first pair of a raw query string that is not UTF-8 after decoding. In the name, such bytes
    /// are U+FFFD.
    pub fn first_not_utf8(raw: &str) -> Option<String> {
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8()
                .is_err()
        };
        let broken = raw.split('&').find(|pair| decode(pair))?;
        let name = broken.split('=').next().unwrap_or_default();
        Some(
            percent_encoding::percent_decode_str(name)
                .decode_utf8_lossy()
                .into_owned(),
        )
    }

    /// Returns the name of the first pair that contains U+0000. The name has U+FFFD in its place.
    pub fn first_nul(&self) -> Option<String> {
        self.pairs()
            .find(|(name, value)| name.contains('\0') || value.contains('\0'))
            .map(|(name, _)| name.replace('\0', "\u{fffd}"))
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn malformed_queries_are_parsed_leniently() {
        for (raw, expected) in [
            ("", vec![]),
            ("&&", vec![]),
            ("a", vec![("a", "")]),
            ("a=", vec![("a", "")]),
            ("=b", vec![("", "b")]),
            ("a=b=c", vec![("a", "b=c")]),
            ("a+b=c%20d%2Be", vec![("a b", "c d+e")]),
            ("a=%", vec![("a", "%")]),
            ("a=%4", vec![("a", "%4")]),
            ("a=%zz%41", vec![("a", "%zzA")]),
            ("a=%ff", vec![("a", "\u{fffd}")]),
            ("a=%C3%BC;b=1", vec![("a", "ü;b=1")]),
            ("%61=%2541", vec![("a", "%41")]),
        ] {
            let query = Query::parse(raw);
            assert_eq!(query.pairs().collect::<Vec<_>>(), expected, "{raw}");
        }
    }

    #[test]
    fn equal_names_are_all_kept() {
        let query = Query::parse("a=1&b=2&a=3");
        assert_eq!(query.first("a"), Some("1"));
        assert_eq!(query.last("a"), Some("3"));
        assert_eq!(query.all("a").collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(query.first("c"), None);
    }

    #[test]
    fn what_is_not_utf8_is_named() {
        for (raw, name) in [
            ("a=1&tag=a%ff", Some("tag")),
            ("a%ff=1", Some("a\u{fffd}")),
            ("tag=%C3%BC&b=%&c=%zz", None),
            ("", None),
        ] {
            assert_eq!(Query::first_not_utf8(raw).as_deref(), name, "{raw}");
        }
    }

    #[test]
    fn a_nul_is_named() {
        assert_eq!(Query::parse("a=1&b=x%00").first_nul().as_deref(), Some("b"));
        assert_eq!(
            Query::parse("a%00=1").first_nul().as_deref(),
            Some("a\u{fffd}")
        );
        assert_eq!(Query::parse("a=%2500").first_nul(), None);
    }

    proptest! {
        #[test]
        fn encoded_pairs_are_read_back(pairs in proptest::collection::vec((".+", ".*"), 0..5)) {
            let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let raw: Vec<_> = pairs.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
            prop_assert_eq!(Query::parse(raw.join("&")), Query(pairs));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let query = Query::parse(&bytes);
            prop_assert!(query.pairs().count() <= bytes.len());
        }
    }
}
