//! Finds the API that a path belongs to, and defines the faults that an API must render although none of its handlers
//! ran.
//!
//! Invariant: every path belongs to exactly one API. An API answers every path below its prefixes, including unknown
//! ones, so that its clients always get errors in its own format.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use http::Uri;
use http::header::HOST;
use http::uri::PathAndQuery;
use tower::util::MapRequest;

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
    /// The path segments before personal data, such as an e-mail address. The log shows no segment that follows one of them.
    pub private_after: &'static [&'static str],
    /// Whether repeated slashes count as one in the whole path, and not only in the prefix.
    pub joins_slashes: bool,
}

impl Mount {
    /// Whether a raw, undecoded path begins with one of the prefixes. Repeated slashes count as one (`rules.md` 25).
    #[must_use]
    pub fn owns(&self, path: &str) -> bool {
        let mut prefixes = self.prefixes.iter();
        prefixes.any(|prefix| after(path, prefix).is_some())
    }

    /// Returns a path as the log shows it, without personal data.
    #[must_use]
    pub fn loggable<'a>(&self, path: &'a str) -> Cow<'a, str> {
        if self.private_after.is_empty() {
            return Cow::Borrowed(path);
        }
        let mut last = "";
        let segments = path.split('/').map(|segment| {
            // Between repeated slashes there is nothing that could be private, and the data may follow.
            if segment.is_empty() {
                return segment;
            }
            let is_private = self
                .private_after
                .contains(&std::mem::replace(&mut last, segment));
            if is_private { "..." } else { segment }
        });
        Cow::Owned(segments.collect::<Vec<_>>().join("/"))
    }

    /// Returns an own path without repeated slashes, in its prefix or everywhere; `None` for a path of another API. An encoded
    /// slash is part of a segment and stays.
    fn plain(&self, path: &str) -> Option<String> {
        let plain = |prefix: &str| {
            let rest = after(path, prefix)?;
            Some(match self.joins_slashes {
                true => joined(prefix, rest),
                false => format!("{prefix}{rest}"),
            })
        };
        self.prefixes.iter().copied().find_map(plain)
    }
}

/// Returns the path of a prefix and a rest, in which repeated slashes become one.
fn joined(prefix: &str, rest: &str) -> String {
    let mut path = prefix.to_owned();
    path.reserve(rest.len());
    for part in rest.split_inclusive('/') {
        if part != "/" || !path.ends_with('/') {
            path.push_str(part);
        }
    }
    path
}

/// Returns the rest of a path that begins with a prefix, where repeated slashes count as one.
fn after<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let mut rest = path;
    for segment in prefix.split_inclusive('/') {
        rest = rest.strip_prefix(segment)?.trim_start_matches('/');
    }
    Some(rest)
}

/// Makes `router` get the paths of the APIs without repeated slashes in their prefixes, as at the vendors' gateways, and in the
/// whole path if the API joins them ([`Mount::joins_slashes`]).
pub fn join_slashes(router: Router, mounts: Vec<Mount>) -> Router {
    let join = move |mut request: Request| {
        let path = request.uri().path();
        let plain = path
            .contains("//")
            .then(|| mounts.iter().find_map(|mount| mount.plain(path)));
        if let Some(uri) = plain
            .flatten()
            .and_then(|plain| with_path(request.uri(), plain))
        {
            *request.uri_mut() = uri;
        }
        request
    };
    Router::new().fallback_service(MapRequest::new(router, join))
}

fn with_path(uri: &Uri, mut path: String) -> Option<Uri> {
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

/// Host names, in lower case and without a port, each with the only API that answers there.
pub type Hosts = BTreeMap<String, ApiName>;

/// Finds the API of a path. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Dispatch {
    mounts: Arc<[Mount]>,
    fallback: Mount,
    hosts: Arc<Hosts>,
}

impl Dispatch {
    /// Creates the finder. The first of `mounts` that owns a path answers it; `fallback` answers all other paths.
    pub fn new(mounts: impl IntoIterator<Item = Mount>, fallback: Mount) -> Self {
        Self {
            mounts: mounts.into_iter().collect(),
            fallback,
            hosts: Arc::default(),
        }
    }

    /// Returns the same finder for a server at which some hosts belong to one API each.
    #[must_use]
    pub fn with_hosts(self, hosts: Hosts) -> Self {
        Self {
            hosts: hosts.into(),
            ..self
        }
    }

    /// Returns the API that answers a request: that of its host if the host belongs to one, else that of its path.
    #[must_use]
    pub fn of<B>(&self, request: &http::Request<B>) -> &Mount {
        let by_path = || self.find(request.uri().path());
        self.of_host(request).unwrap_or_else(by_path)
    }

    fn of_host<B>(&self, request: &http::Request<B>) -> Option<&Mount> {
        if self.hosts.is_empty() {
            return None;
        }
        let host = match request.uri().authority() {
            Some(authority) => authority.as_str(),
            None => request.headers().get(HOST)?.to_str().ok()?,
        };
        let name = *self.hosts.get(&name_of(host))?;
        let mut mounts = self.mounts.iter().chain([&self.fallback]);
        mounts.find(|mount| mount.name == name)
    }

    /// Returns the API that answers a raw, undecoded path.
    #[must_use]
    pub fn find(&self, path: &str) -> &Mount {
        let found = self.mounts.iter().find(|mount| mount.owns(path));
        found.unwrap_or(&self.fallback)
    }
}

/// Returns the name in a `Host`: without a port and a dot at the end, in lower case.
fn name_of(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Answers a path of another API than that of the host as a path that does not exist.
pub(crate) async fn keep_to_host<F: Future<Output = Response>>(
    dispatch: &Dispatch,
    request: Request,
    run: impl FnOnce(Request) -> F,
) -> Response {
    let by_host = dispatch.of_host(&request);
    let by_path = dispatch.find(request.uri().path());
    match by_host.filter(|mount| mount.name != by_path.name) {
        None => run(request).await,
        Some(mount) => {
            let known = request.extensions().get::<RequestId>().copied();
            (mount.render)(Fault::NotFound, known.unwrap_or_else(RequestId::new))
        }
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
    use axum::body::Body;
    use axum::extract::State;
    use axum::middleware::{Next, from_fn_with_state};
    use axum::response::IntoResponse;
    use axum::routing::any;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    #[test]
    fn a_host_has_a_name() {
        for (host, name) in [
            ("api.vendor.example", "api.vendor.example"),
            ("API.Vendor.example:443", "api.vendor.example"),
            ("api.vendor.example.", "api.vendor.example"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
            ("", ""),
        ] {
            assert_eq!(name_of(host), name);
        }
    }

    #[tokio::test]
    async fn a_host_that_belongs_to_an_api_answers_as_this_api_only() {
        let mount = |name, prefixes, render| Mount {
            name: ApiName::named(name),
            prefixes,
            render,
            spell: RequestId::hex,
            private_after: &[],
            joins_slashes: false,
        };
        let vendor = mount("vendor", &["/v1/"], |fault, _| {
            format!("vendor {fault:?}").into_response()
        });
        let native = mount("native", &[], |fault, _| {
            format!("native {fault:?}").into_response()
        });
        let hosts = [("api.vendor.example", "vendor"), ("own.example", "native")];
        let hosts = hosts.map(|(host, api)| (host.to_owned(), ApiName::named(api)));
        let dispatch = Dispatch::new([vendor], native).with_hosts(hosts.into());
        let keep = async |State(dispatch): State<Dispatch>, request: Request, next: Next| {
            keep_to_host(&dispatch, request, |request| next.run(request)).await
        };
        let router = Router::new()
            .fallback(any(async || "handled"))
            .layer(from_fn_with_state(dispatch, keep));
        for (host, path, answer) in [
            ("api.vendor.example", "/v1/x", "handled"),
            ("API.vendor.example:8080", "/v1/x", "handled"),
            ("api.vendor.example", "/api/v1/x", "vendor NotFound"),
            ("own.example", "/api/v1/x", "handled"),
            ("own.example", "/v1/x", "native NotFound"),
            ("other.example", "/v1/x", "handled"),
            ("other.example", "/api/v1/x", "handled"),
        ] {
            let request = Request::get(path).header(HOST, host).body(Body::empty());
            let request = request.expect("a request");
            let response = router.clone().oneshot(request).await.expect("infallible");
            let body = response.into_body().collect().await.expect("a body");
            assert_eq!(body.to_bytes(), answer, "{host}{path}");
        }
    }

    #[test]
    fn a_path_belongs_to_the_api_of_its_prefix() {
        let mount = |name, prefixes| Mount {
            name: ApiName::named(name),
            prefixes,
            render: |fault, _| format!("{fault:?}").into_response(),
            spell: RequestId::hex,
            private_after: &[],
            joins_slashes: false,
        };
        let vendor = mount("vendor", &["/v1/", "/sales/"]);
        let dispatch = Dispatch::new([vendor], mount("native", &[]));
        for (path, name) in [
            ("/v1/communications/1/threads", "vendor"),
            ("/v1/", "vendor"),
            ("/sales/x", "vendor"),
            ("//v1/x", "vendor"),
            ("/v1//x", "vendor"),
            ("///v1///", "vendor"),
            ("//v1x/", "native"),
            ("/v//1/", "native"),
            ("/v1", "native"),
            ("/v10/x", "native"),
            ("/V1/x", "native"),
            ("/", "native"),
            ("", "native"),
        ] {
            assert_eq!(dispatch.find(path).name.as_str(), name, "{path}");
        }
    }

    #[tokio::test]
    async fn repeated_slashes_count_as_one_where_the_api_joins_them() {
        let mount = |name, prefixes, joins_slashes| Mount {
            name: ApiName::named(name),
            prefixes,
            render: |fault, _| format!("{fault:?}").into_response(),
            spell: RequestId::hex,
            private_after: &[],
            joins_slashes,
        };
        let mounts = vec![
            mount("joining", &["/v2/", "/sign/"], true),
            mount("exact", &["/v1/"], false),
        ];
        let seen = any(async |uri: Uri| uri.to_string());
        let router = join_slashes(Router::new().fallback(seen), mounts);
        for (path, seen) in [
            ("/v2/a/1", "/v2/a/1"),
            ("/v2/a//1", "/v2/a/1"),
            ("//v2///a////1//", "/v2/a/1/"),
            ("/v2//", "/v2/"),
            ("/sign//in", "/sign/in"),
            ("/v2/a//1?next=a//b&x=//", "/v2/a/1?next=a//b&x=//"),
            ("/v2/a%2F%2Fb//c", "/v2/a%2F%2Fb/c"),
            ("/v2/%2F/%2f/", "/v2/%2F/%2f/"),
            ("/v2/a/./b//..//c", "/v2/a/./b/../c"),
            ("//v1//a//1", "/v1/a//1"),
            ("/v1/a//1//", "/v1/a//1//"),
            ("/other//a", "/other//a"),
        ] {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            let response = router.clone().oneshot(request).await.expect("infallible");
            let body = response.into_body().collect().await.expect("a body");
            assert_eq!(body.to_bytes(), seen, "{path}");
        }
    }

    #[test]
    fn the_log_shows_no_private_segment_after_repeated_slashes() {
        let mount = Mount {
            name: ApiName::named("vendor"),
            prefixes: &["/v1/"],
            render: |fault, _| format!("{fault:?}").into_response(),
            spell: RequestId::hex,
            private_after: &["value"],
            joins_slashes: false,
        };
        for (path, shown) in [
            ("/v1/value/a@x/b", "/v1/value/.../b"),
            ("/v1/value//a@x", "/v1/value//..."),
            ("/v1//value///a@x/b", "/v1//value///.../b"),
            ("/v1/other//a", "/v1/other//a"),
        ] {
            assert_eq!(mount.loggable(path), shown);
        }
    }
}
