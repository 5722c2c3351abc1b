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
use heddle_store::read::webhooks::ListDeliveries;
use heddle_store::write::webhook::WebhookReach;
use heddle_store::{Entity, Error, Refusal, StoredWebhook, Trouble};
use heddle_testkit::TIMEOUT;
use heddle_webhooks::hook::{
    Content, DeliveryOptions, Hook, HookContext, Hooks, Secrets, SignatureInput, UnsignedRequest,
};
use http::HeaderMap;
use tokio::sync::{Semaphore, watch};

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
    /// The reads take too long.
    TimedOut,
}

/// The webhooks of the API "native", but with other bodies, for new agents only.
#[derive(Debug)]
pub(crate) struct TestHook {
    /// How many events the API takes at once.
    together: usize,
    fate: fn(&FeedEvent) -> Fate,
    /// How many requests were made.
    pub(crate) prepared: AtomicUsize,
    /// Whether the deliveries are counted when an event is prepared.
    is_counting: bool,
    /// The most requests that were made and not recorded when an event was prepared.
    pub(crate) most_unrecorded: AtomicUsize,
    /// How many preparations of new agents have begun.
    begun: watch::Sender<usize>,
    /// Each preparation of a new agent waits for one of these, and uses it up.
    pub(crate) permits: Semaphore,
}

impl TestHook {
    pub(crate) fn new(together: usize, fate: fn(&FeedEvent) -> Fate) -> &'static Self {
        Self::create(together, fate, false)
    }

    /// Returns a hook that prepares this many new agents, and the next ones when the test adds permits.
    pub(crate) fn held_after(agents: usize) -> &'static Self {
        let hook = Self::create(1, |_| Fate::Body(0), false);
        hook.permits.forget_permits(Semaphore::MAX_PERMITS - agents);
        hook
    }

    /// Returns a hook that counts how many prepared requests are not recorded yet.
    pub(crate) fn counting(fate: fn(&FeedEvent) -> Fate) -> &'static Self {
        Self::create(1, fate, true)
    }

    fn create(together: usize, fate: fn(&FeedEvent) -> Fate, is_counting: bool) -> &'static Self {
        Box::leak(Box::new(Self {
            together,
            fate,
            prepared: AtomicUsize::new(0),
            is_counting,
            most_unrecorded: AtomicUsize::new(0),
            begun: watch::Sender::new(0),
            permits: Semaphore::new(Semaphore::MAX_PERMITS),
        }))
    }

    /// Waits until the preparation of this many new agents has begun.
    pub(crate) async fn until_begun(&self, agents: usize) {
        let mut begun = self.begun.subscribe();
        let come = tokio::time::timeout(TIMEOUT, begun.wait_for(|begun| *begun >= agents)).await;
        assert!(come.is_ok(), "the preparation did not begin");
    }

    async fn count(&self, context: HookContext<'_>) -> Result<(), Error> {
        let read = ListDeliveries {
            account: context.account,
            reach: WebhookReach::ALL,
            id: context.webhook.id,
            before: None,
            state: None,
            limit: 10_000,
        };
        let recorded = context.store.read(read).await?.len();
        let unrecorded = self.prepared.load(Ordering::SeqCst) - recorded;
        self.most_unrecorded.fetch_max(unrecorded, Ordering::SeqCst);
        Ok(())
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
            Fate::TimedOut => return Err(Trouble::TimedOut("on purpose").into()),
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
        context: HookContext<'a>,
        events: &'a [FeedEvent],
    ) -> BoxFuture<'a, Result<Vec<UnsignedRequest>, Error>> {
        assert!(events.len() <= self.together, "{} events", events.len());
        let mut wanted: Vec<_> = events.iter().collect();
        wanted.retain(|event| event.kind == EventKind::AgentCreated);
        Box::pin(async move {
            self.begun.send_modify(|begun| *begun += wanted.len());
            let permits = u32::try_from(wanted.len()).expect("few events");
            let permits = self.permits.acquire_many(permits).await;
            permits.expect("open").forget();
            if self.is_counting {
                self.count(context).await?;
            }
            let requests: Result<Vec<_>, Error> = wanted
                .into_iter()
                .map(|event| self.request(event))
                .collect();
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
