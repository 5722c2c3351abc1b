//! Which query parameters an operation takes. It refuses every parameter that it does not declare, whether or not its handler
//! reads any: the caller's extractors ask [`refuse_undeclared`].

use axum::extract::MatchedPath;
use heddle_http::query::Query;
use http::Method;
use http::request::Parts;

use crate::document::Document;
use crate::error::{Error, FieldError};

/// Refuses parameters that the operation does not declare, and U+0000 in those that it does.
pub(crate) fn refuse_undeclared(parts: &Parts, document: &Document) -> Result<(), Error> {
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    if let Some(name) = query.first_nul() {
        return Err(Error::Nul(name));
    }
    let declared = declared(parts, document);
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

fn declared<'a>(parts: &Parts, document: &'a Document) -> &'a [String] {
    let method = match parts.method {
        Method::HEAD => &Method::GET,
        ref method => method,
    };
    let template = parts.extensions.get::<MatchedPath>();
    template.map_or(&[], |template| {
        document.parameters(method, template.as_str())
    })
}
