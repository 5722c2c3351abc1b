//! Webhooks (contract sections 11.2 and 11.3): the bare resource as its GET shows it, the event's name in a header, signed
//! with HMAC-SHA1.
//!
//! The resource is read when the request is made, so it may be newer than the event; sent again, the body stays. Names of
//! events that Heddle never has (ratings, beacon, organisations) can be asked for, as the vendor's clients do, and are
//! never told: `docs/compatibility.md`.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::future::BoxFuture;
use heddle_domain::Timestamp;
use heddle_domain::credential::Scope;
use heddle_domain::event::EventKind;
use heddle_domain::id::{ConversationId, CustomerId, EventId, MessageId};
use heddle_domain::message::{Direction, Kind, Message, State};
use heddle_domain::webhook::{DisableRule, Policy, Schedule};
use heddle_store::read::account::GetAccount;
use heddle_store::read::conversations::{Found, GetConversation, GetMessage, ListMessages};
use heddle_store::read::customers::{FindCustomer, FoundCustomer};
use heddle_store::read::feed::FeedEvent;
use heddle_store::{Entity, Error, StoredWebhook};
use http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};

use crate::map::{self, Showing};
use heddle_access::secrets::mint_key;
use heddle_webhooks::hook::{
    Detail, Hook, OptionField, OptionKind, Prepared, Secrets, Terms, Unsigned, View,
};
use heddle_webhooks::sign;

const EVENT_HEADER: &str = "x-helpscout-event";
const SIGNATURE_HEADER: &str = "x-helpscout-signature";
const PING: &str = "helpscout.test";
const NOTIFICATION: &str = "notification";
const PAYLOAD_VERSION: &str = "payload_version";
/// The longest secret, in characters.
const LONGEST_SECRET: usize = 40;
/// As many threads as the GET embeds.
const THREADS: i64 = 100;
const SECOND_MS: i64 = 1_000;

/// Every name that the vendor lists.
const NAMES: [&str; 21] = [
    "convo.assigned",
    "convo.created",
    "convo.deleted",
    "convo.merged",
    "convo.moved",
    "convo.status",
    "convo.tags",
    "convo.custom-fields",
    "convo.customer.reply.created",
    "convo.agent.reply.created",
    "convo.note.created",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "satisfaction.ratings",
    "beacon.chat.created",
    "beacon.chat.customer.replied",
    "tag.created",
    "tag.updated",
    "tag.deleted",
    "message.survey.response.received",
];

const TERMS: Terms = Terms {
    timeout: Duration::from_secs(10),
    redirects: 0,
    policy: Policy {
        schedule: Schedule::Growing {
            first_ms: 30 * SECOND_MS,
            factor: 2,
            most_ms: 3_600 * SECOND_MS,
            retries: 10,
        },
        disable: DisableRule::DiscardedInARow(10),
        gone_disables: true,
    },
    collect: Duration::ZERO,
};

/// This API's part of webhooks.
#[derive(Debug)]
pub(crate) struct Resources;

/// What an event is about.
enum Subject {
    Conversation(ConversationId),
    Customer(CustomerId),
    /// It is there no more.
    Deleted(i64),
}

/// The vendor's names for a change of a conversation, in the vendor's order: a thread's own event comes first.
fn changes(detail: &Detail) -> Vec<&'static str> {
    let names = [
        ("status", "convo.status"),
        ("assignee", "convo.assigned"),
        ("inbox", "convo.moved"),
        ("tags", "convo.tags"),
        ("custom_fields", "convo.custom-fields"),
    ];
    let changed = names
        .into_iter()
        .filter(|(field, _)| detail.change(field).is_some());
    changed.map(|(_, name)| name).collect()
}

/// The vendor's name for a new thread; drafts and line items have none.
fn thread_event(message: &Message) -> Option<&'static str> {
    match (message.kind, message.state, message.direction) {
        (Kind::LineItem, ..) | (_, State::Draft | State::Hidden, _) => None,
        (Kind::Note, ..) => Some("convo.note.created"),
        (Kind::Message, _, Direction::Incoming) => Some("convo.customer.reply.created"),
        (Kind::Message, _, Direction::Outgoing) => Some("convo.agent.reply.created"),
    }
}

async fn of_message(view: View<'_>, event: &FeedEvent) -> Result<Option<&'static str>, Error> {
    let Some(conversation) = event.conversation else {
        return Ok(None);
    };
    let read = GetMessage {
        account: view.account,
        conversation,
        id: MessageId(event.entity),
    };
    let message = view.store.read(read).await?;
    Ok(message.as_ref().and_then(thread_event))
}

/// What an event is about, and the vendor's names for it.
async fn told(
    view: View<'_>,
    event: &FeedEvent,
) -> Result<Option<(Subject, Vec<&'static str>)>, Error> {
    use EventKind as E;
    let detail = Detail::of(event);
    let conversation = event.conversation.map(Subject::Conversation);
    let customer = CustomerId(event.entity);
    let found = match event.kind {
        E::ConversationCreated => (conversation, vec!["convo.created"]),
        E::ConversationUpdated => (conversation, changes(&detail)),
        E::ConversationMerged => (conversation, vec!["convo.merged"]),
        E::MessageAdded => {
            let mut names: Vec<_> = of_message(view, event).await?.into_iter().collect();
            names.extend(changes(&detail));
            (conversation, names)
        }
        E::MessageUpdated if detail.publishes() => {
            let mut names: Vec<_> = of_message(view, event).await?.into_iter().collect();
            names.extend(changes(&detail));
            (conversation, names)
        }
        E::CustomerCreated => (Some(Subject::Customer(customer)), vec!["customer.created"]),
        E::CustomerUpdated => (Some(Subject::Customer(customer)), vec!["customer.updated"]),
        E::CustomerErased | E::CustomerMerged => (
            Some(Subject::Deleted(event.entity)),
            vec!["customer.deleted"],
        ),
        _ => return Ok(None),
    };
    let (Some(subject), mut names) = found else {
        return Ok(None);
    };
    names.retain(|name| view.wants(name));
    Ok((!names.is_empty()).then_some((subject, names)))
}

/// The resource as its GET shows it; `None` if it is there no more.
async fn body(view: View<'_>, subject: &Subject) -> Result<Option<String>, Error> {
    let base = view.base_url.of_server();
    let short = view.option(NOTIFICATION) == Some(Value::Bool(true));
    if short {
        let path = match subject {
            Subject::Conversation(id) => format!("conversations/{id}"),
            Subject::Customer(id) => format!("customers/{id}"),
            Subject::Deleted(id) => return Ok(Some(json!({ "id": id }).to_string())),
        };
        let href = format!("{base}/v2/{path}");
        return Ok(Some(
            json!({ "_links": { "self": { "href": href } } }).to_string(),
        ));
    }
    match subject {
        Subject::Conversation(id) => conversation(view, *id, &base).await,
        Subject::Customer(id) => customer(view, *id, &base).await,
        Subject::Deleted(id) => Ok(Some(json!({ "id": id }).to_string())),
    }
}

async fn conversation(
    view: View<'_>,
    id: ConversationId,
    base: &str,
) -> Result<Option<String>, Error> {
    let (store, account) = (view.store, view.account);
    let integration = store.read(GetAccount(account)).await?;
    let context = Showing {
        base,
        integration: integration
            .ok_or(Error::NotFound(Entity::Account))?
            .integration_agent,
        now: view.store.clock().now(),
    };
    let find = |id| GetConversation {
        account,
        inboxes: Vec::new(),
        id,
    };
    let found = match store.read(find(id)).await {
        Ok(Found::Merged(survivor)) => store.read(find(survivor)).await,
        found => found,
    };
    let shown = match found {
        Ok(Found::Here(shown)) => *shown,
        Ok(Found::Merged(_)) | Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let page = ListMessages {
        account,
        inboxes: Vec::new(),
        conversation: shown.conversation.id,
        page: 1,
        size: THREADS,
    };
    let threads = map::threads(store.read(page).await?, context);
    let shown = map::conversation(shown, Some(threads), context);
    Ok(Some(
        serde_json::to_string(&shown).expect("a resource is plain data"),
    ))
}

async fn customer(view: View<'_>, id: CustomerId, base: &str) -> Result<Option<String>, Error> {
    let read = FindCustomer {
        account: view.account,
        inboxes: Vec::new(),
        id,
    };
    match view.store.read(read).await {
        Ok(FoundCustomer::Here(found)) => {
            let shown = map::customer(&found, base);
            Ok(Some(
                serde_json::to_string(&shown).expect("a resource is plain data"),
            ))
        }
        Ok(FoundCustomer::Merged(_) | FoundCustomer::Erased) | Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn headers(name: &str) -> Vec<(&'static str, String)> {
    vec![
        ("content-type", "application/json".to_owned()),
        (EVENT_HEADER, name.to_owned()),
    ]
}

/// The requests for one event: one for each of the vendor's names, all with the same body.
async fn requests(view: View<'_>, event: &FeedEvent) -> Result<Vec<Prepared>, Error> {
    let Some((subject, names)) = told(view, event).await? else {
        return Ok(Vec::new());
    };
    let Some(body) = body(view, &subject).await? else {
        return Ok(Vec::new());
    };
    let request = |name: &&str| Prepared {
        event: event.id,
        events: 1,
        name: (*name).to_owned(),
        headers: headers(name),
        body: body.clone(),
        position: event.position - 1,
    };
    let mut requests: Vec<_> = names.iter().map(request).collect();
    if let Some(last) = requests.last_mut() {
        last.position = event.position;
    }
    Ok(requests)
}

/// Events about customers are not limited by `mailboxIds`.
fn covers(view: View<'_>, event: &FeedEvent) -> bool {
    view.covers(event) || event.kind.as_str().starts_with("customer.")
}

impl Hook for Resources {
    fn option_fields(&self) -> &'static [OptionField] {
        &[
            OptionField {
                name: NOTIFICATION,
                doc: "Help Scout: tell only which resource changed, by its URI.",
                kind: OptionKind::Flag,
            },
            OptionField {
                name: PAYLOAD_VERSION,
                doc: "Help Scout: the version of the body, `V2` or `V3`.",
                kind: OptionKind::Text(20),
            },
        ]
    }

    fn terms(&self) -> Terms {
        TERMS
    }

    fn names(&self) -> Vec<&'static str> {
        NAMES.to_vec()
    }

    fn scopes(&self, name: &str) -> Vec<Scope> {
        match name.split('.').next() {
            Some("customer") => vec![Scope::CustomersRead],
            _ => vec![Scope::ConversationsRead, Scope::MessagesRead],
        }
    }

    fn prepare<'a>(
        &'a self,
        view: View<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<Prepared>, Error>> {
        Box::pin(async move {
            let mut all = Vec::new();
            for event in events.iter().filter(|event| covers(view, event)) {
                all.extend(requests(view, event).await?);
            }
            Ok(all)
        })
    }

    fn sign(
        &self,
        _: &StoredWebhook,
        secrets: &Secrets,
        request: &Unsigned<'_>,
        headers: &mut HeaderMap,
    ) {
        let secret = secrets.first().map_or("", String::as_str);
        let signature = BASE64_STANDARD.encode(sign::sha1(secret.as_bytes(), request.body));
        let value = HeaderValue::try_from(signature).expect("base64 is visible ASCII");
        headers.insert(SIGNATURE_HEADER, value);
    }

    fn secret(&self, chosen: Option<String>) -> Result<Option<String>, String> {
        let mint = || mint_key().chars().take(LONGEST_SECRET).collect();
        let secret = chosen.unwrap_or_else(mint);
        match (1..=LONGEST_SECRET).contains(&secret.chars().count()) {
            true => Ok(Some(secret)),
            false => Err(format!("must be 1 to {LONGEST_SECRET} characters")),
        }
    }

    fn options(&self, options: Map<String, Value>) -> Result<Map<String, Value>, (String, String)> {
        for (name, value) in &options {
            let wanted = match (name.as_str(), value) {
                (NOTIFICATION, Value::Bool(_)) => continue,
                (NOTIFICATION, _) => "must be true or false",
                (PAYLOAD_VERSION, Value::String(version)) if version == "V2" => continue,
                (PAYLOAD_VERSION, _) => "must be V2",
                _ => "is no option of the API helpscout",
            };
            return Err((name.clone(), wanted.to_owned()));
        }
        Ok(options)
    }

    fn ping(&self, webhook: &StoredWebhook, _: Timestamp) -> Prepared {
        Prepared {
            event: EventId(0),
            events: 0,
            name: PING.to_owned(),
            headers: headers(PING),
            body: json!({ "id": webhook.id.get() }).to_string(),
            position: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_vector_is_signed_so() {
        let signed = BASE64_STANDARD.encode(sign::sha1(b"wren", br#"{"id":7001}"#));
        assert_eq!(signed, "cb2BOVqa0KW68Bq5DN6Ns/bZUzY=");
    }
}
