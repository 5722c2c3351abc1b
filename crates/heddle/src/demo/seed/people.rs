//! Creates the account, its inboxes, agents and customers.

use anyhow::anyhow;
use heddle_access::provision;
use heddle_domain::ApiName;
use heddle_domain::account::{Account, AccountSettings};
use heddle_domain::customer::Profile;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_store::read::account::GetPublicId;
use heddle_store::{Error, PublicKind, Store};

use crate::demo::sample::{self, Sample, Text};

/// The records of an account, each with its key in the sample, in the sample's order.
pub(super) struct Directory {
    pub(super) account: Account,
    pub(super) inboxes: Vec<(String, InboxId)>,
    pub(super) agents: Vec<(String, AgentId)>,
    pub(super) customers: Vec<(String, CustomerId)>,
}

/// Creates the account, its inboxes, agents and customers. All ids except the account's begin at `first_id`.
pub(super) async fn make(
    store: &Store,
    sample: &Sample,
    settings: AccountSettings,
    first_id: i64,
) -> anyhow::Result<Directory> {
    let account = provision::create_account(store, &sample.account, settings).await?;
    if first_id > 1 {
        store.raise_counters(account.id, first_id).await?;
    }
    let mut directory = Directory {
        account,
        inboxes: Vec::new(),
        agents: Vec::new(),
        customers: Vec::new(),
    };
    for agent in &sample.agents {
        let name = (&*agent.first_name, &*agent.last_name);
        let made =
            provision::create_agent(store, &directory.account, name, &agent.email, Vec::new());
        directory.agents.push((agent.key.to_string(), made.await?));
    }
    for inbox in &sample.inboxes {
        let agent = directory.find_agent(inbox.default_agent.as_ref())?;
        let made =
            provision::create_inbox(store, &directory.account, &inbox.name, agent, Vec::new());
        directory.inboxes.push((inbox.key.to_string(), made.await?));
    }
    for customer in &sample.customers {
        let id = make_customer(store, &directory, customer).await?;
        directory.customers.push((customer.key.to_string(), id));
    }
    Ok(directory)
}

async fn make_customer(
    store: &Store,
    directory: &Directory,
    customer: &sample::Customer,
) -> anyhow::Result<CustomerId> {
    let home = match &customer.inbox {
        Some(key) => Some(directory.inbox(key)?),
        None => None,
    };
    let text = |text: &Option<Text>| text.as_deref().map(str::to_owned);
    let profile = Profile {
        first_name: text(&customer.first_name),
        last_name: text(&customer.last_name),
        phone: text(&customer.phone),
        organization: text(&customer.organization),
        location: text(&customer.location),
        ..Profile::default()
    };
    let email = customer.email.as_deref();
    let made =
        provision::create_customer(store, &directory.account, home, email, profile, Vec::new());
    Ok(made.await?)
}

impl Directory {
    pub(super) fn inbox(&self, key: &str) -> anyhow::Result<InboxId> {
        by_key(&self.inboxes, key).ok_or_else(|| missing("inbox", key))
    }

    pub(super) fn customer(&self, key: &str) -> anyhow::Result<CustomerId> {
        by_key(&self.customers, key).ok_or_else(|| missing("customer", key))
    }

    pub(super) fn find_agent(&self, key: Option<&Text>) -> anyhow::Result<Option<AgentId>> {
        match key {
            Some(key) => match by_key(&self.agents, key) {
                Some(agent) => Ok(Some(agent)),
                None => Err(missing("agent", key)),
            },
            None => Ok(None),
        }
    }

    /// Returns the index of the first customer who can be seen in the main inbox; `None` if there is none.
    pub(super) fn main_customer(&self, sample: &Sample) -> Option<usize> {
        let main = &*sample.inboxes[0].key;
        let mut customers = sample.customers.iter();
        customers.position(|customer| customer.inbox.as_deref().is_none_or(|home| home == main))
    }

    /// Returns the id of the first customer whose home inbox is the second inbox; `None` if there is none.
    pub(super) fn other_customer(&self, sample: &Sample) -> Option<i64> {
        let other = sample.inboxes.get(1).map(|inbox| &*inbox.key)?;
        let mut customers = sample.customers.iter();
        let at = customers.position(|customer| customer.inbox.as_deref() == Some(other))?;
        Some(self.customers[at].1.get())
    }

    /// Returns the ids that Mews' API shows for the inboxes.
    pub(super) async fn enterprise_ids(&self, store: &Store) -> anyhow::Result<Vec<String>> {
        let mut ids = Vec::new();
        for (_, inbox) in &self.inboxes {
            let id = self.public_id(store, PublicKind::Inbox, inbox.get(), heddle_mews::NAME);
            ids.push(id.await?);
        }
        Ok(ids)
    }

    /// Reads the ids that myKaarma's API shows. `main` is the index of the main customer.
    pub(super) async fn mykaarma_ids(
        &self,
        store: &Store,
        sample: &Sample,
        main: Option<usize>,
    ) -> anyhow::Result<MyKaarmaIds> {
        let name = |kind, entity| async move {
            self.public_id(store, kind, entity, heddle_mykaarma::NAME)
                .await
        };
        let default = self.find_agent(sample.inboxes[0].default_agent.as_ref())?;
        Ok(MyKaarmaIds {
            dealer: name(PublicKind::Account, self.account.id.get()).await?,
            department: name(PublicKind::Inbox, self.inboxes[0].1.get()).await?,
            user: name(PublicKind::Agent, self.agents[0].1.get()).await?,
            default_user: match default {
                Some(agent) => Some(name(PublicKind::Agent, agent.get()).await?),
                None => None,
            },
            customer: match main {
                Some(at) => Some(name(PublicKind::Customer, self.customers[at].1.get()).await?),
                None => None,
            },
            other_department: match self.inboxes.get(1) {
                Some((_, inbox)) => Some(name(PublicKind::Inbox, inbox.get()).await?),
                None => None,
            },
        })
    }

    async fn public_id(
        &self,
        store: &Store,
        kind: PublicKind,
        entity: i64,
        api: ApiName,
    ) -> Result<String, Error> {
        let account = self.account.id;
        let read = GetPublicId {
            account,
            kind,
            entity,
            api,
        };
        Ok(store.read(read).await?.unwrap_or_default())
    }
}

/// Ids of a tenant's entities, as myKaarma's API shows them.
pub(super) struct MyKaarmaIds {
    pub(super) dealer: String,
    pub(super) department: String,
    pub(super) user: String,
    pub(super) default_user: Option<String>,
    pub(super) customer: Option<String>,
    pub(super) other_department: Option<String>,
}

fn by_key<Id: Copy>(list: &[(String, Id)], key: &str) -> Option<Id> {
    list.iter()
        .find(|(known, _)| known == key)
        .map(|(_, id)| *id)
}

/// Returns the error for a key whose record was not created. It cannot occur, because the sample data was checked.
pub(super) fn missing(what: &str, key: &str) -> anyhow::Error {
    anyhow!("the sample data names the {what} {key:?}, which was not made")
}
