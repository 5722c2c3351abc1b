//! The general webhook (contract sections 12.1 to 12.3): `MessageAdded` for the messages of one application's threads.
//!
//! The receiver learns ids and fetches the rest. There is no signature: the operator puts a secret into the URL's query.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::future::BoxFuture;
use heddle_domain::credential::Scope;
use heddle_domain::event::EventKind;
use heddle_domain::id::{EventId, InboxId, MessageId};
use heddle_domain::message::{Kind, Message, State};
use heddle_domain::webhook::{DisableRule, Policy, Schedule};
use heddle_domain::{Guid, Timestamp};
use heddle_store::read::account::{GetAccount, GetPublicId};
use heddle_store::read::feed::FeedEvent;
use heddle_store::read::told::{ToldMessages, Wanted};
use heddle_store::{Error, PublicKind, StoredWebhook};
use http::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::context::NAME;
use crate::map::Guids;
use heddle_webhooks::hook::{
    Detail, Hook, OptionField, OptionKind, Prepared, Secrets, Terms, Unsigned, View,
};

const MESSAGE_ADDED: &str = "MessageAdded";
const INTEGRATION: &str = "integration_id";
/// Events in one request at most.
const MOST_EVENTS: usize = 200;
const MINUTE_MS: i64 = 60_000;

const TERMS: Terms = Terms {
    timeout: Duration::from_secs(5),
    redirects: 5,
    policy: Policy {
        schedule: Schedule::Fixed(&[
            2 * MINUTE_MS,
            5 * MINUTE_MS,
            15 * MINUTE_MS,
            60 * MINUTE_MS,
            240 * MINUTE_MS,
        ]),
        disable: DisableRule::Never,
        gone_disables: false,
    },
    collect: Duration::from_secs(1),
};

/// This API's part of webhooks.
#[derive(Debug)]
pub(crate) struct General;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    enterprise_id: &'a str,
    integration_id: &'a str,
    events: Vec<Event>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    discriminator: &'static str,
    value: Named,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    id: String,
}

/// A message that is told.
struct Added {
    event: EventId,
    inbox: InboxId,
    message: MessageId,
}

/// What an event may tell of; a draft that is published becomes visible only then. Messages that were split off were told
/// before.
fn wanted(event: &FeedEvent) -> Option<Wanted> {
    let detail = Detail::of(event);
    let message = Some(MessageId(event.entity));
    let message = match event.kind {
        EventKind::ConversationCreated if !detail.tells("split_from") => None,
        EventKind::MessageAdded => message,
        EventKind::MessageUpdated if detail.publishes() => message,
        _ => return None,
    };
    Some(Wanted {
        event: event.id,
        conversation: event.conversation?,
        message,
    })
}

/// What the application sees of its threads.
fn is_shown(message: &Message) -> bool {
    message.kind == Kind::Message && message.state == State::Published && !message.imported
}

async fn added(view: View<'_>, events: &[FeedEvent]) -> Result<Vec<Added>, Error> {
    let found: Vec<(&FeedEvent, Wanted)> = events
        .iter()
        .filter(|event| view.covers(event))
        .filter_map(|event| Some((event, wanted(event)?)))
        .collect();
    let read = ToldMessages {
        account: view.account,
        wanted: found.iter().map(|(_, wanted)| *wanted).collect(),
    };
    let told = view.store.read(read).await?;
    let mut added = Vec::new();
    // A message that follows its thread at once is told by both their events.
    let mut seen = HashSet::new();
    for ((event, _), told) in found.into_iter().zip(told) {
        let Some(told) =
            told.filter(|told| told.conversation.application == view.webhook.application)
        else {
            continue;
        };
        let shown = told.messages.iter().filter(|message| is_shown(message));
        let fresh: Vec<_> = shown.filter(|message| seen.insert(message.id)).collect();
        added.extend(fresh.into_iter().map(|message| Added {
            event: event.id,
            inbox: told.conversation.inbox,
            message: message.id,
        }));
    }
    Ok(added)
}

/// One request for each enterprise, oldest event first; only the last one moves the position, because they interleave.
async fn requests(view: View<'_>, events: &[FeedEvent]) -> Result<Vec<Prepared>, Error> {
    let added = added(view, events).await?;
    let Some(first) = events.first() else {
        return Ok(Vec::new());
    };
    let account = view.store.read(GetAccount(view.account)).await?;
    let guids = Guids::of_account(&account.ok_or(Error::NotFound(heddle_store::Entity::Account))?);
    let integration = view.option(INTEGRATION);
    let integration = integration
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut by_inbox: Vec<(InboxId, Vec<Added>)> = Vec::new();
    let mut places = HashMap::new();
    for one in added {
        let at = *places.entry(one.inbox).or_insert_with(|| {
            by_inbox.push((one.inbox, Vec::new()));
            by_inbox.len() - 1
        });
        by_inbox[at].1.push(one);
    }
    let mut requests = Vec::new();
    for (inbox, all) in by_inbox {
        let read = GetPublicId {
            account: view.account,
            kind: PublicKind::Inbox,
            entity: inbox.get(),
            api: NAME,
        };
        let enterprise = view.store.read(read).await?.unwrap_or_default();
        for some in all.chunks(MOST_EVENTS) {
            requests.push(request(
                &enterprise,
                integration,
                guids,
                some,
                first.position - 1,
            ));
        }
    }
    if let Some(last) = requests.last_mut() {
        last.position = events.last().map_or(last.position, |event| event.position);
    }
    Ok(requests)
}

fn request(
    enterprise: &str,
    integration: &str,
    guids: Guids,
    added: &[Added],
    position: i64,
) -> Prepared {
    let event = |one: &Added| Event {
        discriminator: MESSAGE_ADDED,
        value: Named {
            id: guids.message(one.message),
        },
    };
    let body = Body {
        enterprise_id: enterprise,
        integration_id: integration,
        events: added.iter().map(event).collect(),
    };
    Prepared {
        event: added.first().map_or(EventId(0), |one| one.event),
        events: added.len() as i64,
        name: MESSAGE_ADDED.to_owned(),
        headers: vec![("content-type", "application/json".to_owned())],
        body: serde_json::to_string(&body).expect("ids are plain data"),
        position,
    }
}

impl Hook for General {
    fn option_fields(&self) -> &'static [OptionField] {
        &[OptionField {
            name: INTEGRATION,
            doc: "Mews, where it is needed: the integration's GUID.",
            kind: OptionKind::Text(36),
        }]
    }

    fn terms(&self) -> Terms {
        TERMS
    }

    fn names(&self) -> Vec<&'static str> {
        vec![MESSAGE_ADDED]
    }

    fn scopes(&self, _: &str) -> Vec<Scope> {
        vec![Scope::MessagesRead]
    }

    fn needs_application(&self) -> bool {
        true
    }

    fn prepare<'a>(
        &'a self,
        view: View<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<Prepared>, Error>> {
        Box::pin(requests(view, events))
    }

    fn sign(&self, _: &StoredWebhook, _: &Secrets, _: &Unsigned<'_>, _: &mut HeaderMap) {}

    fn secret(&self, chosen: Option<String>) -> Result<Option<String>, String> {
        match chosen {
            None => Ok(None),
            Some(_) => Err("stands in the URL's query for the API mews".to_owned()),
        }
    }

    fn options(&self, options: Map<String, Value>) -> Result<Map<String, Value>, (String, String)> {
        if let Some(name) = options.keys().find(|name| *name != INTEGRATION) {
            return Err((name.clone(), "is no option of the API mews".to_owned()));
        }
        let given = options.get(INTEGRATION).and_then(Value::as_str);
        match given.and_then(Guid::parse) {
            Some(_) => Ok(options),
            None => Err((
                INTEGRATION.to_owned(),
                "must be the integration's GUID".to_owned(),
            )),
        }
    }

    fn ping(&self, webhook: &StoredWebhook, _: Timestamp) -> Prepared {
        let options: Value = serde_json::from_str(&webhook.options).unwrap_or_default();
        let integration = options[INTEGRATION].as_str().unwrap_or_default();
        let nobody = "00000000-0000-0000-0000-000000000000";
        let body = Body {
            enterprise_id: nobody,
            integration_id: integration,
            events: Vec::new(),
        };
        Prepared {
            event: EventId(0),
            events: 0,
            name: "test".to_owned(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: serde_json::to_string(&body).expect("ids are plain data"),
            position: 0,
        }
    }
}
