//! Who may use the control API: programs of this machine, and not the web pages that a browser of this machine shows.
//!
//! A page of any site can send simple requests to the loopback, and with a name that leads there it can read the answers. Such requests
//! have a foreign `Host` or `Origin`, or a browser marks them. A demo that other machines reach asks for its native token instead.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use heddle_access::authentication::{is_secret, secret_hash};
use http::HeaderMap;
use http::header::{AUTHORIZATION, HOST, ORIGIN};

use super::problem::Problem;

/// What a request must show.
#[derive(Clone)]
pub(crate) enum Guard {
    /// That it comes from this machine, and from no page of another site.
    Local,
    /// The native token, whose hash this is.
    Token([u8; 32]),
}

impl Guard {
    /// Returns the guard of a demo that listens on this address.
    pub(crate) fn new(address: IpAddr, native_token: &str) -> Self {
        match address.to_canonical().is_loopback() {
            true => Self::Local,
            false => Self::Token(secret_hash(native_token)),
        }
    }

    fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        match self {
            Self::Local if is_local(headers) => Ok(()),
            Self::Local => Err(Problem::forbidden(
                "the control API answers programs that call it by a local name, such as 127.0.0.1, and no page of another site",
            )),
            Self::Token(hash) => {
                let sent = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
                let sent = sent.and_then(|it| it.strip_prefix("Bearer "));
                match sent.is_some_and(|token| is_secret(token.trim(), Some(hash))) {
                    true => Ok(()),
                    false => Err(Problem::unauthorized(
                        "other machines reach this demo, so its control API needs native.token as a bearer token",
                    )),
                }
            }
        }
    }
}

/// Middleware of the control API.
pub(super) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    match guard.check(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn is_local(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let host = text(HOST.as_str()).is_none_or(is_local_host);
    let origin = text(ORIGIN.as_str()).is_none_or(|origin| {
        let host = origin.split_once("://").map(|(_, host)| host);
        host.is_some_and(is_local_host)
    });
    host && origin && text("sec-fetch-site") != Some("cross-site")
}

/// Whether a host, perhaps with a port, is this machine.
fn is_local_host(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let is_name = bare.eq_ignore_ascii_case("localhost");
    is_name
        || bare
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let all = all.iter();
        all.map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, value.parse().expect("a value"))
        })
        .collect()
    }

    #[test]
    fn pages_of_other_sites_are_refused() {
        for (allowed, sent) in [
            (true, &[("host", "127.0.0.1:8080")][..]),
            (true, &[("host", "localhost")]),
            (true, &[("host", "[::1]:80")]),
            (
                true,
                &[("host", "127.0.0.1"), ("origin", "http://localhost:8080")],
            ),
            (
                true,
                &[("host", "127.0.0.1"), ("sec-fetch-site", "same-origin")],
            ),
            (false, &[("host", "rebound.example:8080")]),
            (false, &[("host", "127.0.0.1.rebound.example")]),
            (
                false,
                &[("host", "127.0.0.1"), ("origin", "https://site.example")],
            ),
            (false, &[("host", "127.0.0.1"), ("origin", "null")]),
            (
                false,
                &[("host", "127.0.0.1"), ("sec-fetch-site", "cross-site")],
            ),
        ] {
            let checked = Guard::Local.check(&headers(sent));
            assert_eq!(checked.is_ok(), allowed, "{sent:?}");
        }
    }

    #[test]
    fn beyond_the_loopback_the_token_counts() {
        let guard = Guard::new([0, 0, 0, 0].into(), "the token");
        for (allowed, sent) in [
            (true, &[("authorization", "Bearer the token")][..]),
            (false, &[("authorization", "Bearer another")]),
            (false, &[("authorization", "the token")]),
            (false, &[("host", "127.0.0.1")]),
        ] {
            assert_eq!(guard.check(&headers(sent)).is_ok(), allowed, "{sent:?}");
        }
    }
}
