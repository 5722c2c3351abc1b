//! A test server with engines and webhooks.

use std::num::NonZeroU32;
use std::time::Duration;

use heddle::apis;
use heddle::config::Overrides;
use heddle_access::provision;
use heddle_domain::account::AccountSettings;
use heddle_domain::conversation::Locks;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AccountId, ConversationId, DeliveryId, InboxId, WebhookId};
use heddle_domain::message::{Author, Channel, Direction};
use heddle_domain::webhook::{DeliveryState, WebhookState};
use heddle_domain::{EntityKind, InboxScope};
use heddle_store::read::webhooks::{GetDelivery, GetWebhook, ListDeliveries};
use heddle_store::write::webhook::{CreateWebhook, UpdateWebhook, WebhookReach};
use heddle_store::write::{CreateConversation, NewConversation, NewMessage};
use heddle_store::{Attempt, Delivery, StoredWebhook};
use heddle_testkit::{On, TIMEOUT};
use heddle_webhooks::crash;
use heddle_webhooks::endpoint::{SECRET_PURPOSE, URL_PURPOSE};
use heddle_webhooks::engine::{Engine, Options};
use heddle_webhooks::hook::Hooks;
use heddle_webhooks::sender::{Sender, Settings};
use heddle_webhooks::sign;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::harness::{Tenant, World};

/// Returns the configuration of these tests: webhooks may reach the loopback, and there is a sealing key.
pub(crate) fn overrides() -> Overrides {
    Overrides::default()
        .set("webhooks.allow", Some(vec!["127.0.0.1"]))
        .set("secrets.sealing_key", Some("5e".repeat(32)))
}

pub(crate) async fn world(on: On) -> World {
    World::with(on, AccountSettings::default(), overrides()).await
}

/// Runs a test body on SQLite and PostgreSQL, each time with a new test server.
#[macro_export]
macro_rules! sending_on_both {
    ($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block) => {
        mod $name {
            use super::*;
            async fn run($world: World) $body
            #[tokio::test]
            async fn sqlite() { run($crate::webhooks::stage::world(heddle_testkit::On::Sqlite).await).await; }
            #[tokio::test]
            async fn postgres() { run($crate::webhooks::stage::world(heddle_testkit::On::Postgres).await).await; }
        }
    };
}

/// How many webhooks the engines of these tests read at once, unless a test chooses another number.
const PAGE: usize = 500;

/// A node that delivers webhooks. Dropping this value ends the node as a kill would.
pub(crate) struct RunningNode {
    /// The number of its workers.
    pub(crate) workers: watch::Receiver<usize>,
    stop: CancellationToken,
    task: AbortOnDropHandle<()>,
    /// Assigns positions to events, as every serving node does.
    _sequencer: AbortOnDropHandle<()>,
}

impl RunningNode {
    pub(crate) fn start(world: &World, holder: &str) -> Self {
        let hooks = apis::descriptions().hooks();
        Self::with(world, holder, world.app.webhooks.clone(), hooks, PAGE)
    }

    /// Starts a node that sends the requests of one webhook one at a time, in the order of the feed.
    pub(crate) fn one_at_a_time(world: &World, holder: &str) -> Self {
        let hooks = apis::descriptions().hooks();
        Self::with(world, holder, one_at_a_time(world), hooks, PAGE)
    }

    /// Starts a node with its own sender and hooks. Its engine reads `page` webhooks at once.
    pub(crate) fn with(
        world: &World,
        holder: &str,
        sender: Sender,
        hooks: Hooks,
        page: usize,
    ) -> Self {
        let stop = CancellationToken::new();
        let engine = Engine::new(
            sender,
            hooks,
            Options {
                holder: holder.to_owned(),
                grace: Duration::from_secs(10),
            },
            stop.clone(),
        )
        .with_page(page);
        let workers = engine.workers();
        let task = AbortOnDropHandle::new(tokio::spawn(engine.run()));
        let (store, ending) = (world.store().clone(), stop.clone());
        let sequencer = async move { store.sequence(ending.cancelled()).await };
        Self {
            workers,
            stop,
            task,
            _sequencer: AbortOnDropHandle::new(tokio::spawn(sequencer)),
        }
    }

    /// Waits until the node has no worker.
    pub(crate) async fn until_idle(&self) {
        let mut workers = self.workers.clone();
        let idle = tokio::time::timeout(TIMEOUT, workers.wait_for(|workers| *workers == 0)).await;
        idle.expect("the workers end").expect("the node runs");
    }

    /// Stops the node, and waits until it has ended.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(TIMEOUT, self.task).await;
        ended.expect("the engine ends").expect("it does not panic");
    }
}

/// Returns a sender that sends the requests of one webhook one at a time.
pub(crate) fn one_at_a_time(world: &World) -> Sender {
    let sender = &world.app.webhooks;
    let settings = Settings {
        max_in_flight: NonZeroU32::MIN,
        ..sender.settings.clone()
    };
    let (store, sealer) = (world.store().clone(), world.app.sealer.clone());
    Sender::new(store, sealer, sender.base_url.clone(), settings)
}

/// A webhook to create.
pub(crate) struct WebhookSpec {
    pub(crate) api: &'static str,
    pub(crate) url: String,
    pub(crate) kinds: Vec<&'static str>,
    pub(crate) inboxes: InboxScope,
    pub(crate) ordered: bool,
    pub(crate) options: &'static str,
    pub(crate) application: Option<heddle_domain::ApplicationId>,
    pub(crate) secret: String,
}

impl WebhookSpec {
    /// Returns a webhook that receives new agents at `url`. A failed delivery does not block the later ones.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            api: "native",
            url: url.to_owned(),
            kinds: vec!["agent.created"],
            inboxes: InboxScope::All,
            ordered: false,
            options: "{}",
            application: None,
            secret: sign::mint(),
        }
    }

    pub(crate) async fn make(self, world: &World) -> WebhookId {
        self.make_for(world, &world.here).await
    }

    pub(crate) async fn make_for(self, world: &World, tenant: &Tenant) -> WebhookId {
        let account = tenant.account.id;
        let id = world.store().take_id(account, EntityKind::Webhook).await;
        let id = WebhookId(id.expect("an id"));
        let seal = |purpose, text: &str| {
            let sealed = world
                .app
                .sealer
                .seal(purpose, account, id.get(), text.as_bytes());
            sealed.expect("sealed")
        };
        let command = CreateWebhook {
            caller: provision::operator_caller(&tenant.account),
            id,
            api: self.api.to_owned(),
            label: "Test".to_owned(),
            url: seal(URL_PURPOSE, &self.url),
            shown_url: "shown".to_owned(),
            kinds: self.kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            inboxes: self.inboxes,
            secret: seal(SECRET_PURPOSE, &self.secret),
            ordered: self.ordered,
            allow: String::new(),
            application: self.application,
            options: self.options.to_owned(),
            enabled: true,
        };
        // A new webhook begins at the end of the feed. On PostgreSQL this is the last position that the sequencer gave,
        // so all events get positions first.
        world.store().drain_feed().await.expect("positions");
        world.store().write(command).await.expect("a webhook");
        id
    }
}

/// Creates agents with these names, one after the other. Each causes one event.
pub(crate) async fn create_agents(world: &World, names: impl IntoIterator<Item = String>) {
    create_agents_of(world, &world.here, names).await;
}

/// Creates agents of an account.
pub(crate) async fn create_agents_of(
    world: &World,
    tenant: &Tenant,
    names: impl IntoIterator<Item = String>,
) {
    for name in names {
        let email = format!("{name}@here.example");
        let (store, account) = (world.store(), &tenant.account);
        let made = provision::create_agent(store, account, (&name, "Quill"), &email, Vec::new());
        made.await.expect("an agent");
    }
}

/// Creates a conversation of the main customer with one call, in the main inbox.
pub(crate) async fn conversation(world: &World, imported: bool) -> ConversationId {
    conversation_in(world, world.here.main, imported).await
}

/// Creates a conversation of the main customer with one call, in any inbox.
pub(crate) async fn conversation_in(
    world: &World,
    inbox: InboxId,
    imported: bool,
) -> ConversationId {
    let call = NewMessage::new(
        Channel::Phone,
        Direction::Incoming,
        Author::Customer,
        "Hello",
    );
    let command = CreateConversation {
        caller: provision::operator_caller(&world.here.account),
        reach: InboxScope::All,
        locks: Locks::NONE,
        conversation: NewConversation {
            imported,
            ..NewConversation::new(inbox, "Call")
        },
        customer: CustomerRef::Id(world.here.customer),
        messages: vec![NewMessage { imported, ..call }],
    };
    let made = world.store().write(command).await;
    made.expect("a conversation").conversation.id
}

/// Returns names in ascending order.
pub(crate) fn names(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("n{n:05}")).collect()
}

pub(crate) fn account(world: &World) -> AccountId {
    world.here.account.id
}

pub(crate) async fn webhook(world: &World, id: WebhookId) -> StoredWebhook {
    let read = GetWebhook {
        account: account(world),
        reach: WebhookReach::ALL,
        id,
    };
    let found = world.store().read(read).await.expect("a read");
    found.expect("the webhook")
}

pub(crate) async fn update(
    world: &World,
    id: WebhookId,
    change: impl FnOnce(&mut UpdateWebhook),
) -> StoredWebhook {
    let caller = provision::operator_caller(&world.here.account);
    let mut command = UpdateWebhook::new(caller, WebhookReach::ALL, id);
    change(&mut command);
    world.store().write(command).await.expect("a change")
}

/// Returns the deliveries of a webhook, oldest first.
pub(crate) async fn deliveries(world: &World, id: WebhookId) -> Vec<Delivery> {
    let read = ListDeliveries {
        account: account(world),
        reach: WebhookReach::ALL,
        id,
        before: None,
        state: None,
        limit: 10_000,
    };
    let mut found = world.store().read(read).await.expect("a read");
    found.reverse();
    found
}

pub(crate) async fn delivery(
    world: &World,
    id: WebhookId,
    delivery: DeliveryId,
) -> (Delivery, Vec<Attempt>) {
    let read = GetDelivery {
        account: account(world),
        reach: WebhookReach::ALL,
        id,
        delivery,
    };
    let found = world.store().read(read).await.expect("a read");
    found.expect("the delivery")
}

/// Waits until `so` returns true. Calls it again after each step of the workers.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut so: impl FnMut() -> F) {
    let mut steps = crash::passed();
    let look = async {
        while !so().await {
            // Steps that were passed since the last wait count too, so no step is missed.
            steps.changed().await.expect("steps are always counted");
        }
    };
    let come = tokio::time::timeout(TIMEOUT, look).await;
    assert!(come.is_ok(), "{what} did not come");
}

/// Waits until a webhook has this many deliveries, all in this state. Returns them.
pub(crate) async fn until_all(
    world: &World,
    id: WebhookId,
    count: usize,
    state: DeliveryState,
) -> Vec<Delivery> {
    until("the deliveries", || async {
        let found = deliveries(world, id).await;
        found.len() >= count && found.iter().all(|delivery| delivery.state == state)
    })
    .await;
    deliveries(world, id).await
}

pub(crate) async fn until_state(
    world: &World,
    id: WebhookId,
    state: WebhookState,
) -> StoredWebhook {
    until("the webhook's state", || async {
        webhook(world, id).await.state == state
    })
    .await;
    webhook(world, id).await
}
