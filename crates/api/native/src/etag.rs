//! Entity tags (RFC 9110 section 8.8.3): the version of a resource, which is the id of the event that last changed it.
//!
//! A reverse proxy that compresses an answer marks its tag: nginx makes it weak (`W/"7"`), Apache adds a suffix (`"7-gzip"`).
//! The client sends back what it got. A tag stands for the state of the resource, not for bytes, so these tags name the
//! same version.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use crate::error::Error;

/// Replaces a tag that this server never issued. It matches no version, because no version is negative.
const NO_VERSION: i64 = -1;

/// Returns the entity tag for a version.
pub(crate) fn of(version: i64) -> String {
    format!("\"{version}\"")
}

/// What proxies put behind the text of a tag.
const SUFFIXES: [&str; 8] = [
    "--gzip", "-gzip", "-br", "-zstd", "-deflate", ";gzip", ";br", ";zstd",
];

/// Returns the version that `If-Match` requires; `None` without the header, or for `*`. A tag that this server never
/// issued matches no version.
///
/// # Errors
/// Returns a 400 if the header is not an entity tag, or lists several: a change is based on one version.
pub(crate) fn expected(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    let tags = tags(headers, &IF_MATCH)?;
    match tags.as_slice() {
        [] | [Tag::Any] => Ok(None),
        [Tag::Version(version)] => Ok(Some(*version)),
        _ => Err(Error::BadHeader("If-Match", "must be one entity tag or *")),
    }
}

/// The versions that the client has cached, from `If-None-Match`. A malformed header is ignored.
#[derive(Clone, Debug)]
pub(crate) struct IfNoneMatch(Vec<Tag>);

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(
            tags(&parts.headers, &IF_NONE_MATCH).unwrap_or_default(),
        ))
    }
}

impl IfNoneMatch {
    /// Whether the client has cached this version.
    pub(crate) fn matches(&self, version: i64) -> bool {
        self.0.iter().any(|tag| match tag {
            Tag::Any => true,
            Tag::Version(cached) => *cached == version,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Any,
    Version(i64),
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Vec<Tag>, Error> {
    let mut found = Vec::new();
    for header in headers.get_all(name) {
        let text = header.to_str().map_err(|_| bad(name))?;
        if text.trim().is_empty() {
            return Err(bad(name));
        }
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            found.push(read(tag).ok_or_else(|| bad(name))?);
        }
    }
    Ok(found)
}

fn bad(name: &HeaderName) -> Error {
    let name = if *name == IF_MATCH {
        "If-Match"
    } else {
        "If-None-Match"
    };
    Error::BadHeader(name, "must be an entity tag such as \"42\", or *")
}

fn read(tag: &str) -> Option<Tag> {
    if tag == "*" {
        return Some(Tag::Any);
    }
    let text = tag.strip_prefix("W/").unwrap_or(tag);
    let version = text.strip_prefix('"')?.strip_suffix('"')?;
    if version.contains('"') {
        return None;
    }
    let plain = SUFFIXES
        .iter()
        .find_map(|suffix| version.strip_suffix(suffix));
    let version = plain.unwrap_or(version);
    let is_number = version.bytes().all(|byte| byte.is_ascii_digit());
    let version = version.parse().ok().filter(|_| is_number);
    Some(Tag::Version(version.unwrap_or(NO_VERSION)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(header: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, header.parse().expect("a header value"));
        headers
    }

    #[test]
    fn a_change_names_one_version_or_any() {
        assert_eq!(expected(&HeaderMap::new()).expect("none"), None);
        for (header, wanted) in [
            ("*", Some(None)),
            ("\"7\"", Some(Some(7))),
            (" \"7\" ", Some(Some(7))),
            ("W/\"7\"", Some(Some(7))),
            ("\"7-gzip\"", Some(Some(7))),
            ("W/\"7--gzip\"", Some(Some(7))),
            ("\"7-br\"", Some(Some(7))),
            ("\"7;gzip\"", Some(Some(7))),
            ("\"-gzip\"", Some(Some(NO_VERSION))),
            ("\"7-other\"", Some(Some(NO_VERSION))),
            ("\"abc\"", Some(Some(NO_VERSION))),
            ("\"-1\"", Some(Some(NO_VERSION))),
            ("\"99999999999999999999\"", Some(Some(NO_VERSION))),
            ("", None),
            ("7", None),
            ("\"7", None),
            ("\"7\", \"8\"", None),
            ("\"7\" \"8\"", None),
        ] {
            let found = expected(&with(header));
            assert_eq!(found.ok(), wanted, "{header}");
        }
    }
}
