//! The HTML of the consent page. It needs no script, loads nothing, and shows nobody's text without escapes.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
label,input{display:block;width:100%;box-sizing:border-box}label{margin-top:1rem}\
input{font:inherit;padding:.5rem;border:1px solid #6b7480;border-radius:.25rem}\
button{font:inherit;padding:.5rem 1.25rem;margin:1.5rem .5rem 0 0;border:1px solid #1b4f8f;border-radius:.25rem;background:#fff;color:#1b4f8f}\
button.first{background:#1b4f8f;color:#fff}.fault{border-left:.25rem solid #b3261e;padding-left:.75rem;color:#8c1d18}\
@media(prefers-color-scheme:dark){body{color:#e6e9ed;background:#14171a}input{background:#1f2429;color:inherit}\
button{background:#14171a;color:#9cc4f5;border-color:#9cc4f5}button.first{background:#9cc4f5;color:#14171a}.fault{color:#f2b8b5}}";

/// What the form shows.
pub(super) struct Form<'a> {
    pub(super) app: &'a str,
    pub(super) account: &'a str,
    /// Where the form is sent.
    pub(super) action: &'a str,
    /// What the form repeats of the browser's cookie.
    pub(super) token: &'a str,
    /// Why the form is shown again.
    pub(super) fault: Option<&'a str>,
    /// The URL to which the form leads in the end.
    pub(super) redirect_url: &'a str,
}

/// Returns the form.
pub(super) fn form(status: StatusCode, form: &Form<'_>, cookie: &str) -> Response {
    let (app, account) = (escaped(form.app), escaped(form.account));
    let mut body = format!(
        "<h1>Allow {app}?</h1>\n<p>The app <strong>{app}</strong> wants to act for you in <strong>{account}</strong>: it can \
         read and change what you can, within the rights that your administrator gave it.</p>\n"
    );
    if let Some(fault) = form.fault {
        let _ = writeln!(
            body,
            "<p class=\"fault\" role=\"alert\">{}</p>",
            escaped(fault)
        );
    }
    let (action, token) = (escaped(form.action), escaped(form.token));
    let _ = write!(
        body,
        "<form method=\"post\" action=\"{action}\">\n<input type=\"hidden\" name=\"token\" value=\"{token}\">\n"
    );
    body.push_str(
        "<label for=\"email\">E-mail address</label>\n\
         <input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"username\" autofocus>\n\
         <label for=\"password\">Password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\">\n\
         <button class=\"first\" name=\"decision\" value=\"allow\">Allow</button>\
         <button name=\"decision\" value=\"deny\">Refuse</button>\n</form>\n",
    );
    let page = page(&format!("Allow {app}?"), &body);
    let mut response = secured(status, page.into(), Some(form.redirect_url));
    let cookie = HeaderValue::try_from(cookie).expect("the token is hexadecimal");
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

/// Returns the page for an app that does not exist or must not ask users.
pub(super) fn unknown_app() -> Response {
    refusal("The app that sent you here is not known. Please tell the people who make it.")
}

/// Returns the page for a redirect URL that the app has not registered.
pub(super) fn other_redirect() -> Response {
    refusal(
        "The app that sent you here wants you to return to an address that it has not registered. Please tell the people \
         who make it.",
    )
}

fn refusal(text: &str) -> Response {
    let title = "This does not work";
    let page = page(title, &format!("<h1>{title}</h1>\n<p>{text}</p>\n"));
    secured(StatusCode::BAD_REQUEST, page.into(), None)
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// Returns a response with the headers that protect the page. A browser follows a form only to `self` and to the URL to
/// which the form leads.
pub(super) fn secured(status: StatusCode, body: Body, redirect_url: Option<&str>) -> Response {
    static STYLE_HASH: LazyLock<String> =
        LazyLock::new(|| BASE64_STANDARD.encode(Sha256::digest(STYLE)));
    let target = redirect_url.and_then(origin).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; form-action 'self' {target}; base-uri 'none'; frame-ancestors 'none'",
        *STYLE_HASH
    );
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let policy = HeaderValue::try_from(policy).expect("an origin is ASCII");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        // With `no-referrer` a browser would not say that the form comes from here.
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Returns scheme and authority of a registered URL.
fn origin(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    let is_end = |byte: &u8| matches!(byte, b'/' | b'?' | b'#' | b'\\' | b';' | b',' | b'\'');
    let end = url.as_bytes()[host..].iter().position(is_end);
    Some(&url[..end.map_or(url.len(), |end| host + end)])
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn an_origin_is_scheme_and_host() {
        for (url, expected) in [
            ("https://app.example/return?x=1", "https://app.example"),
            ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
            ("https://app.example?x=1", "https://app.example"),
            ("https://app.example;script-src/x", "https://app.example"),
        ] {
            assert_eq!(origin(url), Some(expected));
        }
    }

    #[tokio::test]
    async fn what_others_wrote_cannot_become_markup() {
        let hostile = "\"><script>alert('x')</script>&amp;";
        let shown = form(
            StatusCode::OK,
            &Form {
                app: hostile,
                account: hostile,
                action: hostile,
                token: hostile,
                fault: Some(hostile),
                redirect_url: "https://app.example/",
            },
            "heddle_consent=1",
        );
        let body = shown
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        let text = String::from_utf8(body.into()).expect("UTF-8");
        assert!(!text.contains("<script"), "{text}");
        assert!(!text.contains("alert('"), "{text}");
        let escaped =
            "value=\"&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;\"";
        assert!(text.contains(escaped), "{text}");
    }
}
