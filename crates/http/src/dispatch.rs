//! Finds the API that a path belongs to, and defines the faults that an API must render although none of its handlers
//! ran.
//!
//! Invariant: every path belongs to exactly one API. An API answers every path below its prefixes, including unknown
//! ones, so that its clients always get errors in its own format.

use std::sync::Arc;

use axum::response::Response;

use crate::request_id::RequestId;

pub use heddle_domain::ApiName;

/// An error outside of a handler, which the API renders in its own format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An error of the server, such as a panic. The response has status 500.
    Internal,
    /// The path does not exist. The response has status 404.
    NotFound,
    /// A path segment is not UTF-8 after decoding. The response has status 400 or 404, as the API decides.
    BadPath,
    /// The client sent its request too slowly. The response has status 408.
    RequestTimeout,
    /// The server cannot serve requests at the moment. The response has status 503.
    Unavailable,
}

/// A function that renders a fault in the error format of an API.
pub type Render = fn(Fault, RequestId) -> Response;

/// A function that spells a request id.
pub type Spell = fn(RequestId) -> String;

/// The path prefixes of an API, and how it renders faults outside of its handlers.
#[derive(Clone, Copy, Debug)]
pub struct Mount {
    /// The API's name.
    pub name: ApiName,
    /// The API's path prefixes. Each ends with a slash, so that `/v1/` includes neither `/v1` itself nor `/v10/`.
    pub prefixes: &'static [&'static str],
    /// Renders a fault in the API's error format.
    pub render: Render,
    /// Spells a request id as the API's clients see it.
    pub spell: Spell,
}

impl Mount {
    /// Whether a raw, undecoded path begins with one of the prefixes.
    #[must_use]
    pub fn owns(&self, path: &str) -> bool {
        self.prefixes.iter().any(|prefix| path.starts_with(prefix))
    }
}

/// Finds the API of a path. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Dispatch {
    mounts: Arc<[Mount]>,
    fallback: Mount,
}

impl Dispatch {
    /// Creates the finder. The first of `mounts` that owns a path answers it; `fallback` answers all other paths.
    pub fn new(mounts: impl IntoIterator<Item = Mount>, fallback: Mount) -> Self {
        Self {
            mounts: mounts.into_iter().collect(),
            fallback,
        }
    }

    /// Returns the API that answers a raw, undecoded path.
    #[must_use]
    pub fn find(&self, path: &str) -> &Mount {
        let found = self.mounts.iter().find(|mount| mount.owns(path));
        found.unwrap_or(&self.fallback)
    }
}

/// Builds a finder that selects the same API for every path.
impl From<Mount> for Dispatch {
    fn from(mount: Mount) -> Self {
        Self::new([], mount)
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    #[test]
    fn a_path_belongs_to_the_api_of_its_prefix() {
        let mount = |name, prefixes| Mount {
            name: ApiName::named(name),
            prefixes,
            render: |fault, _| format!("{fault:?}").into_response(),
            spell: RequestId::hex,
        };
        let vendor = mount("vendor", &["/v1/", "/sales/"]);
        let dispatch = Dispatch::new([vendor], mount("native", &[]));
        for (path, name) in [
            ("/v1/communications/1/threads", "vendor"),
            ("/v1/", "vendor"),
            ("/sales/x", "vendor"),
            ("/v1", "native"),
            ("/v10/x", "native"),
            ("/V1/x", "native"),
            ("/", "native"),
            ("", "native"),
        ] {
            assert_eq!(dispatch.find(path).name.as_str(), name, "{path}");
        }
    }
}
