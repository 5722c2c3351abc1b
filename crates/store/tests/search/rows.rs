//! All rows of an account that a search depends on, read by ordinary reads.

use std::collections::HashMap;

use heddle_domain::message::{Attachment, Message};
use heddle_domain::{
    Agent, AgentId, ApiName, Conversation, Customer, CustomerId, Inbox, InboxId, InboxScope,
};
use heddle_store::read::account::{ListAgents, ListInboxes};
use heddle_store::read::contents::{MessageOrder, WalkMessages};
use heddle_store::read::customers::{CustomerView, CustomersById, FindCustomer};
use heddle_store::read::listing::{Filter, ListConversations, Order};
use heddle_store::read::tags::ListTags;
use heddle_store::{Error, Refusal};

use crate::world::World;

/// A conversation with all that belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    pub(crate) conversation: Conversation,
    pub(crate) tags: Vec<String>,
    pub(crate) messages: Vec<(Message, Vec<Attachment>)>,
}

/// All that an account has.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) talks: Vec<Talk>,
    /// All customers, the merged and the erased ones included.
    pub(crate) customers: HashMap<CustomerId, CustomerView>,
    /// Which customer an id stands for; nothing for erased ones.
    survivors: HashMap<CustomerId, CustomerId>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) inboxes: Vec<Inbox>,
    pub(crate) tags: Vec<String>,
}

impl Rows {
    pub(crate) async fn read(world: &World) -> Self {
        let account = world.account();
        let list = ListAgents {
            account,
            after: AgentId(0),
            limit: 1_000,
        };
        let agents = world.store.read(list).await.expect("agents");
        let list = ListInboxes {
            account,
            api: ApiName::named("native"),
        };
        let inboxes = world.store.read(list).await.expect("inboxes");
        let inboxes: Vec<Inbox> = inboxes.into_iter().map(|view| view.inbox).collect();
        let ids = (1..1_000).map(CustomerId).collect();
        let all = CustomersById {
            account,
            inboxes: InboxScope::All,
            ids,
        };
        let customers = world.store.read(all).await.expect("customers");
        let survivors = survivors(world, customers.keys().copied()).await;
        let list = ListTags {
            account,
            inboxes: InboxScope::All,
            after: heddle_domain::TagId(0),
            limit: 1_000,
        };
        let tags = world.store.read(list).await.expect("tags").tags;
        let tags = tags.into_iter().map(|tag| tag.name).collect();
        let ids = inboxes.iter().map(|inbox| inbox.id).collect();
        let talks = Self::talks(world, ids).await;
        Self {
            talks,
            customers,
            survivors,
            agents,
            inboxes,
            tags,
        }
    }

    async fn talks(world: &World, inboxes: Vec<InboxId>) -> Vec<Talk> {
        let list = ListConversations {
            account: world.account(),
            inboxes,
            filter: Filter::default(),
            order: Order::Created,
            descending: false,
            after: None,
            limit: 1_000,
        };
        let page = world.store.read(list).await.expect("conversations");
        assert!(page.next.is_none(), "one page has all");
        let mut talks = Vec::new();
        for labelled in page.conversations {
            let walk = WalkMessages {
                account: world.account(),
                inboxes: InboxScope::All,
                conversation: labelled.conversation.id,
                order: MessageOrder::Created,
                descending: false,
                after: None,
                limit: 1_000,
            };
            let walk = world.store.read(walk).await.expect("messages");
            assert!(walk.next.is_none(), "one page has all");
            talks.push(Talk {
                conversation: labelled.conversation,
                tags: labelled.labels.tags.into_keys().collect(),
                messages: walk.messages,
            });
        }
        talks
    }

    pub(crate) fn agent(&self, id: AgentId) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.id == id)
    }

    /// Returns the customer that an id stands for: of merged ones, the survivor.
    pub(crate) fn survivor(&self, id: CustomerId) -> Option<CustomerId> {
        self.survivors.get(&id).copied()
    }

    pub(crate) fn inbox(&self, id: InboxId) -> Option<&Inbox> {
        self.inboxes.iter().find(|inbox| inbox.id == id)
    }
}

/// Returns which customers some ids stand for.
async fn survivors(
    world: &World,
    ids: impl Iterator<Item = CustomerId>,
) -> HashMap<CustomerId, CustomerId> {
    let mut survivors = HashMap::new();
    for id in ids {
        let find = FindCustomer {
            account: world.account(),
            inboxes: InboxScope::All,
            id,
        };
        match world.store.read(find).await {
            Ok(_) => survivors.insert(id, id),
            Err(Error::Refused(Refusal::MergedCustomer(into))) => survivors.insert(id, into),
            Err(Error::Refused(Refusal::ErasedCustomer)) => None,
            Err(error) => panic!("customer {id}: {error:?}"),
        };
    }
    survivors
}

/// Returns the texts by which a customer is found, each once.
pub(crate) fn texts_of(view: &CustomerView) -> Vec<String> {
    let Customer { profile, email, .. } = &view.customer;
    let names = [&profile.first_name, &profile.last_name];
    let name: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
    let more = [&profile.organization, &profile.phone, email];
    let addresses = view
        .addresses
        .iter()
        .map(|placed| placed.address.value.clone());
    let postal = view.customer.postal_address.iter().map(|postal| {
        let parts = [&postal.postal_code, &postal.city, &postal.state];
        let parts = postal.lines.iter().chain(parts).map(String::as_str);
        parts.collect::<Vec<_>>().join(" ")
    });
    let mut texts = vec![name.join(" ")];
    let more = more.into_iter().flatten().cloned();
    for text in more.chain(addresses).chain(postal) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}
