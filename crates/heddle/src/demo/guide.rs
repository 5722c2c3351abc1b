//! What `heddle demo` prints for people: a table of secrets and ids, and five calls that work when pasted.

use std::fmt::Write as _;

use heddle_domain::Timestamp;
use serde_json::json;

use super::summary::Summary;
use crate::command::output::{self, or_dash};

/// The length of the interval in the Mews call, in milliseconds: less than the three months that the vendor allows.
const MEWS_SPAN_MS: i64 = 80 * 86_400_000;
const DAY_MS: i64 = 86_400_000;

/// What the guide shows in addition to the summary.
pub(super) struct Extras {
    /// When the sample data was created.
    pub(super) made_at: Timestamp,
    /// Whether the data folder is removed when the server ends.
    pub(super) temporary: bool,
}

/// Returns the complete text of the guide, which fits a terminal of 80 columns except for the calls.
pub(super) fn text(summary: &Summary, extras: &Extras) -> String {
    let mut text = format!("Heddle serves sample data at {}\n\n", summary.url);
    text.push_str(&table(summary));
    text.push_str("\n\nTry it: each line can be pasted as it is.\n");
    for (title, call) in calls(summary, extras) {
        let call = call.unwrap_or_else(|| "(there is nothing to call it with)".into());
        // The error is ignored: writing to a String never fails.
        let _ = write!(text, "\n# {title}\n{call}\n");
    }
    let end = if extras.temporary {
        "Stop with Ctrl-C; the data goes with the server. `heddle demo --data DIR` keeps it."
    } else {
        "Stop with Ctrl-C; the data stays, and the next start serves it with the same ids and secrets."
    };
    format!("{text}\n{end}")
}

fn table(summary: &Summary) -> String {
    let (helpscout, mews) = (&summary.helpscout, &summary.mews);
    let (magicline, mykaarma) = (&summary.magicline, &summary.mykaarma);
    let rows = [
        ("Help Scout", "client id", helpscout.client_id.clone()),
        ("", "client secret", helpscout.client_secret.clone()),
        ("", "access token", helpscout.access_token.clone()),
        ("", "mailbox", or_dash(&helpscout.mailbox_id)),
        ("", "user", or_dash(&helpscout.user_id)),
        ("", "customer", or_dash(&helpscout.customer_id)),
        ("", "customer's e-mail", or_dash(&helpscout.customer_email)),
        ("", "conversation", or_dash(&helpscout.conversation_id)),
        (
            "",
            "closed conversation",
            or_dash(&helpscout.closed_conversation_id),
        ),
        (
            "",
            "with 98 threads",
            or_dash(&helpscout.conversation_id_98_threads),
        ),
        (
            "",
            "with 99 threads",
            or_dash(&helpscout.conversation_id_99_threads),
        ),
        (
            "",
            "merged away",
            or_dash(&helpscout.merged_conversation_id),
        ),
        ("", "merged into", or_dash(&helpscout.merged_into_id)),
        ("Magicline", "API key", magicline.api_key.clone()),
        ("", "read-only API key", magicline.read_only_api_key.clone()),
        ("", "customer", or_dash(&magicline.customer_id)),
        (
            "",
            "other studio's customer",
            or_dash(&magicline.other_studio_customer_id),
        ),
        ("Mews", "client token", mews.client_token.clone()),
        ("", "access token", mews.access_token.clone()),
        (
            "",
            "portfolio access token",
            mews.portfolio_access_token.clone(),
        ),
        ("", "enterprises", mews.enterprise_ids.join("\n")),
        ("", "other client token", mews.other_client_token.clone()),
        ("", "other access token", mews.other_access_token.clone()),
        ("myKaarma", "username", mykaarma.username.clone()),
        ("", "password", mykaarma.password.clone()),
        ("", "dealer", or_dash(&mykaarma.dealer_uuid)),
        ("", "department", or_dash(&mykaarma.department_uuid)),
        ("", "user", or_dash(&mykaarma.user_uuid)),
        ("", "default user", or_dash(&mykaarma.default_user_uuid)),
        ("", "customer", or_dash(&mykaarma.customer_uuid)),
        (
            "",
            "other department",
            or_dash(&mykaarma.other_department_uuid),
        ),
        ("Heddle", "token", summary.native.token.clone()),
    ];
    let mut text = String::new();
    for (api, name, value) in &rows {
        if !api.is_empty() {
            // The error is ignored: writing to a String never fails.
            let _ = writeln!(text, "\n{api}");
        }
        let name = format!("  {name:24}");
        let line = output::pairs([(name.as_str(), value.as_str())]);
        let _ = writeln!(text, "{line}");
    }
    text.trim().to_owned()
}

/// Returns the five calls with their titles. A call is `None` if the sample data has no record for it.
fn calls(summary: &Summary, extras: &Extras) -> [(&'static str, Option<String>); 5] {
    [
        ("Help Scout: log a phone call", helpscout_phones(summary)),
        ("Magicline: open a thread", magicline_create(summary)),
        ("Magicline: continue a thread", magicline_update(summary)),
        (
            "Mews: what the application's threads are",
            Some(mews_get_all(summary, extras)),
        ),
        (
            "myKaarma: a customer's open threads",
            mykaarma_threads(summary),
        ),
    ]
}

fn helpscout_phones(summary: &Summary) -> Option<String> {
    let conversation = summary.helpscout.conversation_id?;
    let customer = summary.helpscout.customer_id?;
    let body = json!({
        "text": "Called to say that the parcel has arrived.",
        "customer": { "id": customer },
    });
    let token = format!("authorization: Bearer {}", summary.helpscout.access_token);
    let path = format!("/v2/conversations/{conversation}/phones");
    Some(curl(summary, "POST", &path, &["-H", &token], &body))
}

fn magicline_communication(status: &str, content: &str) -> serde_json::Value {
    json!({
        "communicationThreadStatus": status,
        "subject": "Locker 12",
        "content": content,
        "communicationDirection": "INCOMING",
        "communicationChannel": "PHONE",
    })
}

fn magicline_create(summary: &Summary) -> Option<String> {
    let customer = summary.magicline.customer_id?;
    let body = magicline_communication("CREATED", "The door of locker 12 does not close.");
    let key = format!("x-api-key: {}", summary.magicline.api_key);
    let path = format!("/v1/communications/{customer}/threads");
    Some(curl(summary, "POST", &path, &["-H", &key], &body))
}

fn magicline_update(summary: &Summary) -> Option<String> {
    let (customer, thread) = (
        summary.magicline.customer_id?,
        summary.helpscout.conversation_id?,
    );
    let body = magicline_communication("ONGOING", "The mechanic comes tomorrow.");
    let key = format!("x-api-key: {}", summary.magicline.api_key);
    let path = format!("/v1/communications/{customer}/threads/{thread}");
    Some(curl(summary, "PUT", &path, &["-H", &key], &body))
}

fn mews_get_all(summary: &Summary, extras: &Extras) -> String {
    let start = extras.made_at.plus_ms(-DAY_MS);
    let body = json!({
        "ClientToken": summary.mews.client_token,
        "AccessToken": summary.mews.access_token,
        "Client": "Heddle demo 1.0",
        "CreatedUtc": { "StartUtc": utc(start), "EndUtc": utc(start.plus_ms(MEWS_SPAN_MS)) },
        "Limitation": { "Count": 10 },
    });
    curl(
        summary,
        "POST",
        "/api/connector/v1/messageThreads/getAll",
        &[],
        &body,
    )
}

fn mykaarma_threads(summary: &Summary) -> Option<String> {
    let mykaarma = &summary.mykaarma;
    let (department, customer) = (
        mykaarma.department_uuid.as_ref()?,
        mykaarma.customer_uuid.as_ref()?,
    );
    let user = format!("{}:{}", mykaarma.username, mykaarma.password);
    let path = format!("/communications/departments/{department}/customers/{customer}/threads");
    let body = json!({ "isClosed": false, "isArchived": false, "maxResults": 20 });
    Some(curl(summary, "POST", &path, &["-u", &user], &body))
}

/// Returns a `curl` command for a POSIX shell, in one line. `-i` shows status and headers, because some responses have
/// no body.
fn curl(
    summary: &Summary,
    method: &str,
    path: &str,
    more: &[&str],
    body: &serde_json::Value,
) -> String {
    let address = format!("{}{path}", summary.url);
    let body = body.to_string();
    let mut words = vec!["-sS", "-i", "-X", method, &address];
    words.extend(["-H", "content-type: application/json"]);
    words.extend(more);
    words.extend(["-d", &body]);
    let words: Vec<String> = words.into_iter().map(quoted).collect();
    format!("curl {}", words.join(" "))
}

/// Returns a word, quoted for a POSIX shell where necessary.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    if word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn utc(at: Timestamp) -> String {
    at.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_are_parsed_back_by_a_shell() {
        assert_eq!(quoted("http://a:1/b"), "http://a:1/b");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("a b"), "'a b'");
    }

    #[test]
    fn times_have_whole_seconds() {
        assert_eq!(utc(Timestamp(1_500)), "1970-01-01T00:00:01Z");
    }
}
