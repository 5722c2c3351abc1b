//! Faults on purpose: what happens to the next requests instead of, or before, their answer.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use heddle_http::serve::CutConnection;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The maximum number of faults that wait for requests.
const MOST: usize = 100;
/// The longest delay.
const LONGEST_DELAY_MS: u64 = 600_000;
/// The maximum number of requests that one fault is for.
const MOST_REQUESTS: u32 = 1_000_000;

const fn one() -> u32 {
    1
}

/// A fault, as a test asks for it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// How many requests it is for.
    #[serde(default = "one")]
    count: u32,
    /// Only requests with this method; null means any.
    #[serde(default)]
    method: Option<String>,
    /// Only requests with this path, in which `*` stands for any text; null means any.
    #[serde(default)]
    path: Option<String>,
    /// The status of the answer, instead of the API's.
    #[serde(default)]
    status: Option<u16>,
    /// The body of that answer: a text, or any other JSON value.
    #[serde(default)]
    body: Option<Value>,
    /// The headers of that answer.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// How long the answer is delayed.
    #[serde(default)]
    delay_ms: u64,
    /// Closes the connection without an answer.
    #[serde(default)]
    cut: bool,
}

impl Wanted {
    /// Returns what is wrong with the fault; `None` if it can happen.
    fn problem(&self) -> Option<String> {
        let says = |text: &str| Some(text.to_owned());
        if !(1..=MOST_REQUESTS).contains(&self.count) {
            return Some(format!("count is 1 to {MOST_REQUESTS}"));
        }
        if self.delay_ms > LONGEST_DELAY_MS {
            return Some(format!("delay_ms is at most {LONGEST_DELAY_MS}"));
        }
        if self.status.is_none() && self.delay_ms == 0 && !self.cut {
            return says("a fault has a status, a delay_ms or a cut");
        }
        if self.status.is_some() && self.cut {
            return says("a connection that is cut has no status");
        }
        if self.status.is_none() && (self.body.is_some() || !self.headers.is_empty()) {
            return says("body and headers need a status");
        }
        if self
            .status
            .is_some_and(|status| !(200..=599).contains(&status))
        {
            return says("status is 200 to 599");
        }
        let mut methods = self.method.iter();
        if let Some(wrong) = methods.find(|name| Method::from_bytes(name.as_bytes()).is_err()) {
            return Some(format!("{wrong:?} is no method"));
        }
        let is_header = |(name, value): (&String, &String)| {
            HeaderName::try_from(name).is_ok() && HeaderValue::try_from(value).is_ok()
        };
        let mut headers = self.headers.iter();
        let wrong = headers.find(|header| !is_header(*header));
        wrong.map(|(name, _)| format!("{name:?} is no header, or its value cannot be sent"))
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        let method_matches = |wanted: &String| wanted.eq_ignore_ascii_case(method.as_str());
        self.method.as_ref().is_none_or(method_matches)
            && self
                .path
                .as_ref()
                .is_none_or(|wanted| is_like(path, wanted))
    }

    /// Returns the answer instead of the API's; `None` if the API answers.
    fn answer(&self) -> Option<Response> {
        if self.cut {
            let mut response = Response::new(Body::empty());
            response.extensions_mut().insert(CutConnection);
            return Some(response);
        }
        let status = StatusCode::from_u16(self.status?).ok()?;
        let (body, media) = match &self.body {
            None => (String::new(), None),
            Some(Value::String(text)) => (text.clone(), Some("text/plain; charset=utf-8")),
            Some(json) => (json.to_string(), Some("application/json")),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.extend(media.map(|media| (CONTENT_TYPE, HeaderValue::from_static(media))));
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
        Some(response)
    }
}

/// Whether a path is like a pattern, in which `*` stands for any text.
fn is_like(path: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return path == pattern;
    };
    let Some(mut path) = path.strip_prefix(start) else {
        return false;
    };
    let parts: Vec<&str> = rest.split('*').collect();
    let Some((end, between)) = parts.split_last() else {
        return true;
    };
    for part in between {
        let Some(at) = path.find(part) else {
            return false;
        };
        path = &path[at + part.len()..];
    }
    path.ends_with(end)
}

/// A fault that waits for requests.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fault {
    number: u64,
    /// How many requests it is still for.
    remaining: u32,
    #[serde(flatten)]
    wanted: Wanted,
}

/// What a request runs into.
#[derive(Debug)]
pub(crate) struct Happening {
    /// The number of the fault.
    pub(crate) number: u64,
    pub(crate) delay: Duration,
    /// The answer instead of the API's; `None` if the API answers after the delay.
    pub(crate) answer: Option<Response>,
}

/// The faults that wait for requests, in the order in which tests asked for them.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Fault>,
    /// The number of the last fault.
    last: u64,
}

impl Faults {
    /// Adds a fault.
    ///
    /// # Errors
    /// Returns what is wrong with it.
    pub(crate) fn add(&self, wanted: Wanted) -> Result<Fault, String> {
        if let Some(problem) = wanted.problem() {
            return Err(problem);
        }
        let state = &mut *self.0.lock();
        if state.waiting.len() == MOST {
            return Err(format!("at most {MOST} faults wait at the same time"));
        }
        state.last += 1;
        let fault = Fault {
            number: state.last,
            remaining: wanted.count,
            wanted,
        };
        state.waiting.push(fault.clone());
        Ok(fault)
    }

    /// Takes the first fault for a request.
    pub(crate) fn take(&self, method: &Method, path: &str) -> Option<Happening> {
        let state = &mut *self.0.lock();
        let mut waiting = state.waiting.iter_mut();
        let fault = waiting.find(|fault| fault.wanted.matches(method, path))?;
        fault.remaining -= 1;
        let happening = Happening {
            number: fault.number,
            delay: Duration::from_millis(fault.wanted.delay_ms),
            answer: fault.wanted.answer(),
        };
        state.waiting.retain(|fault| fault.remaining > 0);
        Some(happening)
    }

    pub(crate) fn all(&self) -> Vec<Fault> {
        self.0.lock().waiting.clone()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted(value: Value) -> Wanted {
        serde_json::from_value(value).expect("a fault")
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (path, pattern, is) in [
            ("/v2/a", "/v2/a", true),
            ("/v2/a", "/v2", false),
            ("/v2/a", "/v2*", true),
            ("/v2/a/threads", "/v2/*/threads", true),
            ("/v2/a/b/threads", "/v2/*/threads", true),
            ("/v2/threads", "/v2/*/threads", false),
            ("/v2/a", "*", true),
            ("/v2/a", "*a", true),
            ("/v2/a", "*b*", false),
            ("/aXbX", "/a*X", true),
            ("/é", "/*", true),
        ] {
            assert_eq!(is_like(path, pattern), is, "{path} {pattern}");
        }
    }

    #[test]
    fn a_fault_is_for_its_requests_only_and_ends() {
        let faults = Faults::default();
        let fault = json!({ "count": 2, "method": "post", "path": "/v2/*", "status": 503 });
        faults.add(wanted(fault)).expect("added");
        assert!(faults.take(&Method::GET, "/v2/a").is_none());
        assert!(faults.take(&Method::POST, "/v1/a").is_none());
        for _ in 0..2 {
            let happening = faults.take(&Method::POST, "/v2/a").expect("a fault");
            let status = happening.answer.expect("an answer").status();
            assert_eq!(
                (happening.number, status),
                (1, StatusCode::SERVICE_UNAVAILABLE)
            );
        }
        assert!(faults.take(&Method::POST, "/v2/a").is_none());
        assert!(faults.all().is_empty());
    }

    #[test]
    fn faults_that_cannot_happen_are_refused() {
        for value in [
            json!({}),
            json!({ "count": 0, "cut": true }),
            json!({ "count": 1_000_001, "cut": true }),
            json!({ "status": 503, "cut": true }),
            json!({ "body": "x", "delay_ms": 1 }),
            json!({ "headers": { "a": "b" }, "cut": true }),
            json!({ "status": 101 }),
            json!({ "status": 600 }),
            json!({ "delay_ms": 600_001 }),
            json!({ "method": "A B", "cut": true }),
            json!({ "status": 500, "headers": { "a b": "c" } }),
            json!({ "status": 500, "headers": { "a": "b\nc" } }),
        ] {
            let refused = Faults::default().add(wanted(value.clone()));
            assert!(refused.is_err(), "{value}");
        }
    }

    #[test]
    fn only_so_many_faults_wait() {
        let faults = Faults::default();
        for _ in 0..MOST {
            faults.add(wanted(json!({ "cut": true }))).expect("added");
        }
        assert!(faults.add(wanted(json!({ "cut": true }))).is_err());
        faults.clear();
        assert!(faults.add(wanted(json!({ "cut": true }))).is_ok());
    }
}
