//! Creates the account, its inboxes, agents and customers.

use heddle_access::provision;
use heddle_domain::EntityKind;
use heddle_domain::account::{Account, AccountSettings};
use heddle_domain::customer::Profile;
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_store::{Error, Store};

use crate::demo::identity::SampleIds;
use crate::demo::sample::{self, Sample, Text};
use crate::demo::summary;

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
    ids: SampleIds<'_>,
    first_id: i64,
) -> Result<Directory, Error> {
    let account =
        provision::create_account_with_ids(store, &sample.account, settings, ids.account());
    let account = account.await?;
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
        let public_ids = ids.for_all_apis("agent", &agent.key);
        let made =
            provision::create_agent(store, &directory.account, name, &agent.email, public_ids);
        directory.agents.push((agent.key.to_string(), made.await?));
    }
    for inbox in &sample.inboxes {
        let agent = directory.agent(inbox.default_agent.as_deref());
        let public_ids = ids.for_all_apis("inbox", &inbox.key);
        let made =
            provision::create_inbox(store, &directory.account, &inbox.name, agent, public_ids);
        directory.inboxes.push((inbox.key.to_string(), made.await?));
    }
    for customer in &sample.customers {
        let id = make_customer(store, &directory, customer, ids).await?;
        directory.customers.push((customer.key.to_string(), id));
    }
    Ok(directory)
}

async fn make_customer(
    store: &Store,
    directory: &Directory,
    customer: &sample::Customer,
    ids: SampleIds<'_>,
) -> Result<CustomerId, Error> {
    let home = customer.inbox.as_deref().map(|key| directory.inbox(key));
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
    let public_ids = ids.for_all_apis("customer", &customer.key);
    let made =
        provision::create_customer(store, &directory.account, home, email, profile, public_ids);
    made.await
}

impl Directory {
    pub(super) fn inbox(&self, key: &str) -> InboxId {
        by_key(&self.inboxes, key)
    }

    pub(super) fn customer(&self, key: &str) -> CustomerId {
        by_key(&self.customers, key)
    }

    pub(super) fn agent(&self, key: Option<&str>) -> Option<AgentId> {
        key.map(|key| by_key(&self.agents, key))
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
    pub(super) async fn enterprise_ids(&self, store: &Store) -> Result<Vec<String>, Error> {
        let (account, api) = (self.account.id, heddle_mews::NAME);
        let mut ids = Vec::new();
        for (_, inbox) in &self.inboxes {
            let id = store.find_public_id(account, EntityKind::Inbox, inbox.get(), api);
            ids.push(id.await?.unwrap_or_default());
        }
        Ok(ids)
    }

    /// Writes the ids that myKaarma's API shows into the summary. `main` is the index of the main customer.
    pub(super) async fn fill_in_mykaarma_ids(
        &self,
        store: &Store,
        sample: &Sample,
        main: Option<usize>,
        ids: &mut summary::MyKaarma,
    ) -> Result<(), Error> {
        let account = self.account.id;
        let id = async |kind, entity: Option<i64>| match entity {
            None => Ok(None),
            Some(entity) => {
                let api = heddle_mykaarma::NAME;
                store.find_public_id(account, kind, entity, api).await
            }
        };
        let inbox = |at: usize| self.inboxes.get(at).map(|(_, inbox)| inbox.get());
        let default = self.agent(sample.inboxes[0].default_agent.as_deref());
        let customer = main.map(|at| self.customers[at].1.get());
        ids.dealer_uuid = id(EntityKind::Account, Some(account.get())).await?;
        ids.department_uuid = id(EntityKind::Inbox, inbox(0)).await?;
        ids.user_uuid = id(EntityKind::Agent, Some(self.agents[0].1.get())).await?;
        ids.default_user_uuid = id(EntityKind::Agent, default.map(AgentId::get)).await?;
        ids.customer_uuid = id(EntityKind::Customer, customer).await?;
        ids.other_department_uuid = id(EntityKind::Inbox, inbox(1)).await?;
        Ok(())
    }
}

fn by_key<Id: Copy>(list: &[(String, Id)], key: &str) -> Id {
    let found = list.iter().find(|(known, _)| known == key);
    found.expect("a sample refers to its own records only").1
}
