//! Refuses query parameters that an operation does not declare. The extractors of `auth` call this, so that it covers
//! handlers that read no parameters.

use axum::extract::MatchedPath;
use heddle_http::query::Query;
use http::request::Parts;

use crate::document::Document;
use crate::error::{Error, FieldError};

/// Checks that the operation declares every query parameter of the request.
///
/// # Errors
/// Returns a 422 that names every undeclared parameter; a 400 for U+0000, or bytes that are not UTF-8, in any
/// parameter.
pub(crate) fn refuse_undeclared(parts: &Parts, document: &Document) -> Result<(), Error> {
    let raw = parts.uri.query().unwrap_or_default();
    if let Some(name) = Query::first_not_utf8(raw) {
        return Err(Error::NotUtf8(name));
    }
    let query = Query::parse(raw);
    if let Some(name) = query.first_nul() {
        return Err(Error::Nul(name));
    }
    let template = parts.extensions.get::<MatchedPath>();
    let template = template.map_or("", MatchedPath::as_str);
    let declared = document.parameters(&parts.method, template);
    let unknown = query
        .pairs()
        .filter(|(name, _)| !declared.iter().any(|known| known == name));
    let mut faults: Vec<_> = unknown
        .map(|(name, _)| {
            let name: String = name.chars().take(100).collect();
            FieldError::new(&name, "unknown", "is no parameter of this operation")
        })
        .collect();
    faults.dedup();
    Error::invalid_if_any(faults)
}
