//! The webhooks of an API that exists only in these tests: its bodies are as long as a test needs, and some events have
//! none.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use heddle_domain::credential::Scope;
use heddle_domain::event::EventKind;
use heddle_domain::webhook::{DisableRule, Policy, Schedule};
use heddle_domain::{ApiName, Timestamp};
use heddle_store::read::feed::FeedEvent;
use heddle_store::{Entity, Error, Refusal, StoredWebhook, Trouble};
use heddle_webhooks::hook::{
    Content, DeliveryOptions, Hook, HookContext, Hooks, Secrets, SignatureInput, UnsignedRequest,
};
use http::HeaderMap;

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// A body of this many bytes, beside the id of the event's entity.
    Body(usize),
    /// The event is about something that cannot be read.
    Refused,
    /// The API has a bug.
    Panic,
    /// The store cannot be reached.
    Unreachable,
}

/// The webhooks of the API "native", but with other bodies, for new agents only.
#[derive(Debug)]
pub(crate) struct TestHook {
    /// How many events the API takes at once.
    together: usize,
    fate: fn(&FeedEvent) -> Fate,
    /// How many requests were made.
    pub(crate) prepared: AtomicUsize,
}

impl TestHook {
    pub(crate) fn new(together: usize, fate: fn(&FeedEvent) -> Fate) -> &'static Self {
        Box::leak(Box::new(Self {
            together,
            fate,
            prepared: AtomicUsize::new(0),
        }))
    }

    pub(crate) fn hooks(&'static self) -> Hooks {
        let hook: &'static dyn Hook = self;
        [(ApiName::named("native"), hook)].into_iter().collect()
    }

    fn request(&self, event: &FeedEvent) -> Result<Vec<UnsignedRequest>, Error> {
        let length = match (self.fate)(event) {
            Fate::Body(length) => length,
            Fate::Refused => return Err(Refusal::NotFound(Entity::Message).into()),
            Fate::Panic => panic!("an API with a bug"),
            Fate::Unreachable => return Err(Trouble::Unreachable.into()),
        };
        self.prepared.fetch_add(1, Ordering::SeqCst);
        let content = Content {
            name: "agent.created",
            headers: Vec::new(),
            body: format!(
                r#"{{"id":{},"text":"{}"}}"#,
                event.entity,
                "x".repeat(length)
            ),
        };
        Ok(UnsignedRequest::of_event(event, vec![content]))
    }
}

impl Hook for TestHook {
    fn delivery_options(&self) -> DeliveryOptions {
        DeliveryOptions {
            timeout: Duration::from_secs(15),
            redirects: 0,
            policy: Policy {
                schedule: Schedule::Fixed(&[1_000]),
                disable: DisableRule::Never,
                gone_disables: true,
            },
            collect: Duration::ZERO,
            together: self.together,
        }
    }

    fn event_names(&self) -> Vec<&'static str> {
        vec!["agent.created"]
    }

    fn scopes(&self, _: &str) -> Vec<Scope> {
        Vec::new()
    }

    fn prepare<'a>(
        &'a self,
        _: HookContext<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<UnsignedRequest>, Error>> {
        assert!(events.len() <= self.together, "{} events", events.len());
        let wanted = events
            .iter()
            .filter(|event| event.kind == EventKind::AgentCreated);
        Box::pin(async move {
            let requests: Result<Vec<_>, Error> = wanted.map(|event| self.request(event)).collect();
            Ok(requests?.concat())
        })
    }

    fn sign(&self, _: &StoredWebhook, _: &Secrets, _: &SignatureInput<'_>, _: &mut HeaderMap) {}

    fn secret(&self, _: Option<String>) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn ping(&self, _: &StoredWebhook, _: Timestamp) -> Content {
        Content {
            name: "test",
            headers: Vec::new(),
            body: "{}".to_owned(),
        }
    }
}
