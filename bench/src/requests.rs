//! The measured requests, as the contracts describe them.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use heddle_domain::Timestamp;

use crate::wrk::Request;

/// The body of a Magicline create: 8 members, about 450 bytes. The floors store the same.
pub(crate) const CREATE: &str = r#"{"communicationThreadStatus":"CREATED","subject":"Question about my membership","content":"Good morning, I moved house last week and would like to train at the studio near the station from now on. Is that covered by my contract, or do I need another one? I am also away for most of August: can the contract rest until September? Kind regards, Robin","communicationDirection":"INCOMING","communicationChannel":"EMAIL","ticketNumber":"T-20417","agent":"Jo"}"#;

/// The text of an added message.
const RANG: &str = "Rang about the contract: wants to move to the studio near the station and to let it rest in August. \
                Told them both is possible and that the change needs a signature. Will come by on Tuesday.";

/// Returns the body of a Help Scout phone thread.
fn phone(customer: i64) -> String {
    json!({ "customer": { "id": customer }, "text": RANG }).to_string()
}

/// The line that `heddle demo --json` printed.
#[derive(Clone, Debug)]
pub(crate) struct Demo(pub(crate) Value);

impl Demo {
    pub(crate) fn text(&self, pointer: &str) -> Result<&str> {
        self.0
            .pointer(pointer)
            .and_then(Value::as_str)
            .with_context(|| format!("no {pointer} in the demo's line"))
    }

    pub(crate) fn number(&self, pointer: &str) -> Result<i64> {
        self.0
            .pointer(pointer)
            .and_then(Value::as_i64)
            .with_context(|| format!("no {pointer} in the demo's line"))
    }

    /// Returns the Magicline request that creates a conversation with its first message.
    pub(crate) fn create(&self) -> Result<Request> {
        let customer = self.number("/magicline/customer_id")?;
        let request = post_json(&format!("/v1/communications/{customer}/threads"), CREATE);
        Ok(request.with("X-API-KEY", self.text("/magicline/api_key")?))
    }

    /// Returns the native request that creates a webhook for every event of the account.
    pub(crate) fn subscribe(&self, target: &str) -> Result<Request> {
        let events = [
            "conversation.created",
            "conversation.updated",
            "customer.created",
            "message.added",
        ];
        let body = json!({ "api": "native", "url": target, "label": "bench", "events": events });
        let token = format!("Bearer {}", self.text("/native/token")?);
        Ok(post_json("/api/v1/webhooks", &body.to_string()).with("Authorization", &token))
    }

    /// Returns the Help Scout request that issues a bearer token.
    pub(crate) fn token(&self) -> Result<Request> {
        let body = json!({
            "grant_type": "client_credentials",
            "client_id": self.text("/helpscout/client_id")?,
            "client_secret": self.text("/helpscout/client_secret")?,
        });
        Ok(post_json("/v2/oauth2/token", &body.to_string()))
    }

    /// Returns the Help Scout request that adds a message. Its paths go through `conversations` one after the other.
    pub(crate) fn append(&self, token: &str, conversations: &[i64]) -> Result<Request> {
        let request = append(self.number("/helpscout/customer_id")?, conversations);
        Ok(request.with("Authorization", &format!("Bearer {token}")))
    }

    /// Returns the Mews request that adds a thread of the demo's application.
    pub(crate) fn add_thread(&self) -> Result<Request> {
        self.mews(
            "messageThreads/add",
            &json!({ "OriginalSender": "Mara Okafor", "Subject": "Parking for a van" }),
        )
    }

    /// Returns the Mews request for a page of the application's threads that were created in the interval.
    pub(crate) fn threads_created(&self, start: &str, end: &str) -> Result<Request> {
        let filter = json!({ "CreatedUtc": { "StartUtc": start, "EndUtc": end }, "Limitation": { "Count": 50 } });
        self.mews("messageThreads/getAll", &filter)
    }

    /// Returns the Mews request for the newest threads that were created in the period.
    pub(crate) fn threads_between(
        &self,
        period: (Timestamp, Timestamp),
        count: usize,
    ) -> Result<Request> {
        let filter = json!({ "CreatedUtc": interval(period), "Limitation": { "Count": count } });
        self.mews("messageThreads/getAll", &filter)
    }

    /// Returns the Mews request for the newest 1,000 messages of some threads, perhaps of a period.
    pub(crate) fn messages_between(
        &self,
        threads: &[&str],
        period: Option<(Timestamp, Timestamp)>,
    ) -> Result<Request> {
        let mut filter = json!({ "MessageThreadIds": threads, "Limitation": { "Count": 1_000 } });
        if let Some(period) = period {
            filter["CreatedUtc"] = interval(period);
        }
        self.mews("messages/getAll", &filter)
    }

    /// Returns the native request for the latest 50 conversations.
    pub(crate) fn conversations(&self) -> Result<Request> {
        self.native("/api/v1/conversations?limit=50")
    }

    /// Returns the native requests for conversations, one by one.
    pub(crate) fn each_conversation(&self, conversations: &[i64]) -> Result<Vec<Request>> {
        let paths = conversations.iter();
        paths
            .map(|id| self.native(&format!("/api/v1/conversations/{id}")))
            .collect()
    }

    /// Returns the native request that creates the same conversation as [`Demo::create`].
    pub(crate) fn native_create(&self) -> Result<Request> {
        let contact: Value = serde_json::from_str(CREATE)?;
        let message =
            json!({ "channel": "email", "direction": "incoming", "body": contact["content"] });
        let body = json!({
            "inbox_id": self.number("/helpscout/mailbox_id")?,
            "customer_id": self.number("/helpscout/customer_id")?,
            "subject": contact["subject"],
            "ticket_number": contact["ticketNumber"],
            "messages": [message],
        });
        self.native_post(&["/api/v1/conversations".to_owned()], &body)
    }

    /// Returns the native request that adds the same message as [`Demo::append`].
    pub(crate) fn native_append(&self, conversations: &[i64]) -> Result<Request> {
        let paths = conversations.iter();
        let paths: Vec<_> = paths
            .map(|id| format!("/api/v1/conversations/{id}/messages"))
            .collect();
        let body = json!({ "channel": "phone", "direction": "incoming", "body": RANG });
        self.native_post(&paths, &body)
    }

    fn native_post(&self, paths: &[String], body: &Value) -> Result<Request> {
        let token = format!("Bearer {}", self.text("/native/token")?);
        let request = Request {
            paths: paths.to_vec(),
            ..post_json("", &body.to_string())
        };
        Ok(request.with("Authorization", &token))
    }

    fn native(&self, path: &str) -> Result<Request> {
        let token = format!("Bearer {}", self.text("/native/token")?);
        Ok(get(path).with("Authorization", &token))
    }

    fn mews(&self, operation: &str, more: &Value) -> Result<Request> {
        let mut body = json!({
            "ClientToken": self.text("/mews/client_token")?,
            "AccessToken": self.text("/mews/access_token")?,
            "Client": "Heddle bench 1.0.0",
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        Ok(post_json(
            &format!("/api/connector/v1/{operation}"),
            &body.to_string(),
        ))
    }

    /// Returns the myKaarma request for the customer's latest 20 threads.
    pub(crate) fn customer_threads(&self) -> Result<Request> {
        let (department, customer) = (
            self.text("/mykaarma/department_uuid")?,
            self.text("/mykaarma/customer_uuid")?,
        );
        let pair = format!(
            "{}:{}",
            self.text("/mykaarma/username")?,
            self.text("/mykaarma/password")?
        );
        let path = format!("/communications/departments/{department}/customers/{customer}/threads");
        let basic = format!("Basic {}", BASE64_STANDARD.encode(pair));
        Ok(post_json(&path, "{}").with("Authorization", &basic))
    }
}

/// Returns the interval from the start of the first time's day to the end of the last time's day. The API shows whole
/// seconds, so that an interval between the shown times would miss rows.
pub(crate) fn whole_days(first: &str, last: &str) -> (String, String) {
    let day = |time: &str| time.split('T').next().unwrap_or_default().to_owned();
    (
        format!("{}T00:00:00Z", day(first)),
        format!("{}T23:59:59Z", day(last)),
    )
}

/// Returns a period as Mews writes it.
fn interval((start, end): (Timestamp, Timestamp)) -> Value {
    json!({ "StartUtc": start.to_text_with_ms(), "EndUtc": end.to_text_with_ms() })
}

/// Returns the request that lists Help Scout's conversations, newest first.
pub(crate) fn help_scout_list(token: &str) -> Request {
    get("/v2/conversations?status=all").with("Authorization", &format!("Bearer {token}"))
}

/// Returns the request that creates a conversation on the floor. Its customer has number 0, as the preloaded rows do.
pub(crate) fn floor_create() -> Request {
    post_json("/v1/communications/0/threads", CREATE)
}

/// Returns the request that appends a message on the floor.
pub(crate) fn floor_append(conversations: &[i64]) -> Request {
    append(0, conversations)
}

/// Returns the request with which the floor of a read is measured: the server parses and returns the same number of
/// bytes.
pub(crate) fn echo(body: &str) -> Request {
    post_json("/echo", body)
}

pub(crate) fn get(path: &str) -> Request {
    Request {
        method: "GET",
        paths: vec![path.to_owned()],
        headers: Vec::new(),
        body: String::new(),
    }
}

fn append(customer: i64, conversations: &[i64]) -> Request {
    let paths = conversations
        .iter()
        .map(|id| format!("/v2/conversations/{id}/phones"))
        .collect();
    Request {
        paths,
        ..post_json("", &phone(customer))
    }
}

fn post_json(path: &str, body: &str) -> Request {
    Request {
        method: "POST",
        body: body.to_owned(),
        ..get(path)
    }
    .with("Content-Type", "application/json")
}

impl Request {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo() -> Demo {
        Demo(json!({
            "magicline": { "api_key": "key", "customer_id": 7 },
            "helpscout": { "client_id": "id", "client_secret": "secret", "customer_id": 7 },
            "mews": { "client_token": "C", "access_token": "A" },
            "mykaarma": { "username": "u", "password": "p", "department_uuid": "d", "customer_uuid": "c" },
        }))
    }

    #[test]
    fn requests_carry_the_demo_s_ids_and_credentials() {
        let create = demo().create().expect("a request");
        assert_eq!(create.paths, ["/v1/communications/7/threads"]);
        assert!(create.headers.contains(&("X-API-KEY", "key".to_owned())));
        let append = demo().append("token", &[3, 4]).expect("a request");
        assert_eq!(
            append.paths,
            ["/v2/conversations/3/phones", "/v2/conversations/4/phones"]
        );
        assert!(
            append
                .headers
                .contains(&("Authorization", "Bearer token".to_owned()))
        );
        let list = demo().customer_threads().expect("a request");
        assert_eq!(
            list.paths,
            ["/communications/departments/d/customers/c/threads"]
        );
        assert!(
            list.headers
                .contains(&("Authorization", "Basic dTpw".to_owned()))
        );
    }

    #[test]
    fn a_mews_body_holds_the_tokens_and_the_filter() {
        let request = demo().threads_created("from", "to").expect("a request");
        let body: Value = serde_json::from_str(&request.body).expect("JSON");
        assert_eq!(body["ClientToken"], "C");
        assert_eq!(
            body["CreatedUtc"],
            json!({ "StartUtc": "from", "EndUtc": "to" })
        );
    }

    #[test]
    fn an_interval_covers_its_days() {
        let (start, end) = whole_days("2026-05-14T08:21:37Z", "2026-05-15T00:00:01Z");
        assert_eq!(
            (start.as_str(), end.as_str()),
            ("2026-05-14T00:00:00Z", "2026-05-15T23:59:59Z")
        );
    }

    #[test]
    fn a_missing_member_of_the_demo_s_line_is_named() {
        let error = Demo(json!({}))
            .create()
            .expect_err("nothing there")
            .to_string();
        assert!(error.contains("/magicline/customer_id"), "{error}");
    }
}
