//! Webhooks (contract section 8): changes of customers and employees. There is no event for threads or communications.
//!
//! The receiver knows us by the studio's webhook key in `x-api-key`.

use std::time::Duration;

use futures_util::future::BoxFuture;
use heddle_domain::Timestamp;
use heddle_domain::credential::Scope;
use heddle_domain::event::EventKind;
use heddle_domain::id::EventId;
use heddle_domain::webhook::{DisableRule, Policy, Schedule};
use heddle_store::read::feed::FeedEvent;
use heddle_store::{Error, StoredWebhook};
use http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use heddle_access::secrets::mint_key;
use heddle_webhooks::hook::{Detail, Hook, Prepared, Secrets, Terms, Unsigned, View};

const CREATED: &str = "CUSTOMER_CREATED";
const UPDATED: &str = "CUSTOMER_UPDATED";
const DELETED: &str = "CUSTOMER_DELETED";
const MOVED: &str = "CUSTOMER_HOME_STUDIO_UPDATED";
const EMPLOYEE_CREATED: &str = "EMPLOYEE_CREATED";
const EMPLOYEE_UPDATED: &str = "EMPLOYEE_UPDATED";
const NAMES: [&str; 6] = [
    CREATED,
    UPDATED,
    DELETED,
    MOVED,
    EMPLOYEE_CREATED,
    EMPLOYEE_UPDATED,
];
const TEN_MINUTES_MS: i64 = 600_000;
const LONGEST_KEY: usize = 200;

const TERMS: Terms = Terms {
    timeout: Duration::from_secs(5),
    redirects: 0,
    policy: Policy {
        schedule: Schedule::Fixed(&[TEN_MINUTES_MS, TEN_MINUTES_MS, TEN_MINUTES_MS]),
        disable: DisableRule::Never,
        gone_disables: false,
    },
    collect: Duration::ZERO,
};

/// This API's part of webhooks.
#[derive(Debug)]
pub(crate) struct Customers;

/// The vendor's words for an event, each with its content.
fn told(event: &FeedEvent) -> Vec<(&'static str, Option<Value>)> {
    match event.kind {
        EventKind::CustomerCreated => vec![(CREATED, None)],
        EventKind::CustomerErased | EventKind::CustomerMerged => vec![(DELETED, None)],
        EventKind::AgentCreated => vec![(EMPLOYEE_CREATED, None)],
        EventKind::AgentUpdated => vec![(EMPLOYEE_UPDATED, None)],
        EventKind::CustomerUpdated => {
            let mut told = vec![(UPDATED, None)];
            if let Some((source, target)) = Detail::of(event).change("home_inbox") {
                let content = json!({ "sourceStudioId": source, "targetStudioId": target });
                told.push((MOVED, Some(content)));
            }
            told
        }
        _ => Vec::new(),
    }
}

/// The same for an event however often it is told, and different for two words of one event.
fn uuid(view: View<'_>, event: EventId, name: &str) -> String {
    let hash = Sha256::digest(format!("{} {event} {name}", view.account));
    let bytes = std::array::from_fn(|at| hash[at]);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

fn request(name: &str, entity: i64, uuid: &str, at: Timestamp, content: Option<Value>) -> String {
    let mut payload = json!({ "timestamp": at.0, "type": name });
    if let Some(content) = content {
        payload["content"] = content;
    }
    json!({ "entityId": entity, "uuid": uuid, "payload": [payload] }).to_string()
}

fn headers() -> Vec<(&'static str, String)> {
    vec![("content-type", "application/json".to_owned())]
}

fn requests(view: View<'_>, event: &FeedEvent) -> Vec<Prepared> {
    let told = told(event).into_iter().filter(|(name, _)| view.wants(name));
    let at = event.id.created_at();
    let mut requests: Vec<_> = told
        .map(|(name, content)| Prepared {
            event: event.id,
            events: 1,
            name: name.to_owned(),
            headers: headers(),
            body: request(name, event.entity, &uuid(view, event.id, name), at, content),
            position: event.position - 1,
        })
        .collect();
    if let Some(last) = requests.last_mut() {
        last.position = event.position;
    }
    requests
}

/// Employees belong to the account, so a studio is told of them too.
fn covers(view: View<'_>, event: &FeedEvent) -> bool {
    view.covers(event)
        || matches!(
            event.kind,
            EventKind::AgentCreated | EventKind::AgentUpdated
        )
}

impl Hook for Customers {
    fn needs_one_inbox(&self) -> bool {
        true
    }

    fn terms(&self) -> Terms {
        TERMS
    }

    fn names(&self) -> Vec<&'static str> {
        NAMES.to_vec()
    }

    fn scopes(&self, name: &str) -> Vec<Scope> {
        match name {
            EMPLOYEE_CREATED | EMPLOYEE_UPDATED => vec![Scope::AgentsRead],
            _ => vec![Scope::CustomersRead],
        }
    }

    fn prepare<'a>(
        &'a self,
        view: View<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<Prepared>, Error>> {
        let covered = events.iter().filter(move |event| covers(view, event));
        let all = covered
            .flat_map(move |event| requests(view, event))
            .collect();
        Box::pin(async move { Ok(all) })
    }

    fn sign(
        &self,
        _: &StoredWebhook,
        secrets: &Secrets,
        _: &Unsigned<'_>,
        headers: &mut HeaderMap,
    ) {
        let key = secrets
            .first()
            .and_then(|key| HeaderValue::from_str(key).ok());
        if let Some(mut key) = key {
            key.set_sensitive(true);
            headers.insert("x-api-key", key);
        }
    }

    fn secret(&self, chosen: Option<String>) -> Result<Option<String>, String> {
        let key = chosen.unwrap_or_else(mint_key);
        let plain = key.bytes().all(|byte| byte.is_ascii_graphic());
        match plain && (1..=LONGEST_KEY).contains(&key.len()) {
            true => Ok(Some(key)),
            false => Err(format!(
                "must be 1 to {LONGEST_KEY} visible ASCII characters"
            )),
        }
    }

    fn options(&self, options: Map<String, Value>) -> Result<Map<String, Value>, (String, String)> {
        match options.keys().next() {
            None => Ok(options),
            Some(name) => Err((name.clone(), "is no option of the API magicline".to_owned())),
        }
    }

    fn ping(&self, _: &StoredWebhook, at: Timestamp) -> Prepared {
        let nil = uuid::Uuid::nil().to_string();
        Prepared {
            event: EventId(0),
            events: 0,
            name: "TEST".to_owned(),
            headers: headers(),
            body: request("TEST", 0, &nil, at, None),
            position: 0,
        }
    }
}
