//! The start of absolute links: scheme, host and possibly a path.
//!
//! If the operator has configured a public URL, links start with it. Otherwise they start with the `Host` of the
//! request, if that is a valid host, so that links work for the client that gets them; otherwise with the listening
//! address. An operator with a TLS proxy in front must configure the public URL, because the request does not tell of it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use http::header::HOST;
use http::{HeaderMap, Uri};
use serde::{Deserialize, Serialize};

/// The start of absolute links. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BaseUrl {
    configured: Option<Arc<str>>,
    bound: SocketAddr,
    scheme: &'static str,
}

impl BaseUrl {
    pub fn new(configured: Option<&PublicUrl>, bound: SocketAddr) -> Self {
        Self {
            configured: configured.map(|url| url.0.as_str().into()),
            bound,
            scheme: "http",
        }
    }

    /// Returns the same for a server that speaks TLS itself.
    #[must_use]
    pub fn secure(self) -> Self {
        Self {
            scheme: "https",
            ..self
        }
    }

    /// Returns the beginning of every URL in a response: scheme, host and path prefix, without a slash at the end. Without a
    /// configured URL, it comes from the request.
    pub fn of(&self, uri: &Uri, headers: &HeaderMap) -> String {
        let host = match uri.authority() {
            Some(authority) => Some(authority.as_str()),
            None => headers.get(HOST).and_then(|host| host.to_str().ok()),
        };
        match host.filter(|host| is_host(host)) {
            Some(host) if self.configured.is_none() => format!("{}://{host}", self.scheme),
            _ => self.of_server(),
        }
    }

    /// Returns the start of links where there is no request: the configured URL, or the listening address.
    pub fn of_server(&self) -> String {
        if let Some(configured) = &self.configured {
            return configured.to_string();
        }
        let (scheme, port) = (self.scheme, self.bound.port());
        // Links must not contain the unspecified address (0.0.0.0 or ::), because nobody can connect to it.
        match self.bound.ip() {
            ip if ip.is_unspecified() => format!("{scheme}://localhost:{port}"),
            IpAddr::V4(ip) => format!("{scheme}://{ip}:{port}"),
            IpAddr::V6(ip) => format!("{scheme}://[{ip}]:{port}"),
        }
    }
}

/// Whether the text is `name`, `name:port`, `192.0.2.1:port` or `[2001:db8::1]:port`, and nothing else.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.rfind(':') {
        Some(colon) if !text.ends_with(']') => (&text[..colon], Some(&text[colon + 1..])),
        _ => (text, None),
    };
    let is_port =
        |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    if !port.is_none_or(is_port) {
        return false;
    }
    match name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => is_name(name),
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=253).contains(&name.len()) && name.bytes().all(is_part)
}

/// A public URL: `http` or `https`, a host, and possibly a path. A slash at the end is removed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The error for a text that is not a public URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a public URL such as https://contact.example.org")]
pub struct NotAPublicUrl(String);

impl FromStr for PublicUrl {
    type Err = NotAPublicUrl;

    fn from_str(text: &str) -> Result<Self, NotAPublicUrl> {
        let wrong = || NotAPublicUrl(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let has_scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        let has_host = uri.authority().is_some_and(|host| is_host(host.as_str()));
        // `Uri` silently drops a fragment, so the text itself is searched for `#`.
        let is_bare = uri.query().is_none() && !text.contains('#');
        if !(has_scheme && has_host && is_bare) {
            return Err(wrong());
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = NotAPublicUrl;

    fn try_from(text: String) -> Result<Self, NotAPublicUrl> {
        text.parse()
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        url.0
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn base(bound: &str) -> BaseUrl {
        BaseUrl::new(None, bound.parse().expect("an address"))
    }

    fn asked(host: &'static str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        base("127.0.0.1:8080").of(&Uri::from_static("/v2/x"), &headers)
    }

    #[test]
    fn the_host_of_the_request_is_used_if_it_is_one() {
        assert_eq!(asked("heddle.example.org"), "http://heddle.example.org");
        assert_eq!(
            asked("heddle.example.org:8443"),
            "http://heddle.example.org:8443"
        );
        assert_eq!(asked("[2001:db8::1]:80"), "http://[2001:db8::1]:80");
        assert_eq!(asked("[::1]"), "http://[::1]");
        for host in [
            "", "a b", "a/b", "a@b", "a:b", "a:99999", "a:", ":80", "[::g]", "::1", "a?b", "a:+80",
        ] {
            assert_eq!(asked(host), "http://127.0.0.1:8080", "{host:?}");
        }
    }

    #[test]
    fn an_absolute_request_target_counts_before_the_header() {
        let uri = Uri::from_static("http://target.example.org/v2/x");
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("header.example.org"));
        assert_eq!(
            base("127.0.0.1:1").of(&uri, &headers),
            "http://target.example.org"
        );
    }

    #[test]
    fn the_configured_url_takes_precedence() {
        let public: PublicUrl = "https://contact.example.org/heddle/"
            .parse()
            .expect("a URL");
        let base = BaseUrl::new(Some(&public), "127.0.0.1:1".parse().expect("an address"));
        let of = base.of(&Uri::from_static("/x"), &HeaderMap::new());
        assert_eq!(of, "https://contact.example.org/heddle");
        assert_eq!(base.of_server(), of);
    }

    #[test]
    fn the_bound_address_is_one_that_can_be_called() {
        assert_eq!(base("0.0.0.0:80").of_server(), "http://localhost:80");
        assert_eq!(base("[::]:80").of_server(), "http://localhost:80");
        assert_eq!(base("[::1]:80").of_server(), "http://[::1]:80");
    }

    #[test]
    fn other_urls_are_refused() {
        for text in [
            "",
            "contact.example.org",
            "//contact.example.org",
            "ftp://contact.example.org",
            "https://",
            "https://user@contact.example.org",
            "https://contact.example.org/?a=b",
            "https://contact.example.org/#a",
        ] {
            assert_eq!(
                text.parse::<PublicUrl>(),
                Err(NotAPublicUrl(text.to_owned()))
            );
        }
    }
}
