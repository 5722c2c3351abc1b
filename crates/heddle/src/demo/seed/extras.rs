//! What comes after people and conversations, so that the ids and times of these never depend on it: teams, custom fields,
//! further addresses of customers, and webhooks.

use anyhow::Context;
use heddle_access::provision;
use heddle_access::seal::Sealer;
use heddle_domain::customer::{Address, PostalAddress};
use heddle_domain::id::{AccountId, CustomerId, WebhookId};
use heddle_domain::{EntityKind, InboxScope};
use heddle_store::Store;
use heddle_store::write::custom_field::DefineField;
use heddle_store::write::customers::{AddressChange, CustomerChange, PostalChange, UpdateCustomer};
use heddle_store::write::team::CreateTeam;
use heddle_store::write::webhook::CreateWebhook;
use heddle_webhooks::endpoint::{SECRET_PURPOSE, URL_PURPOSE};

use super::people::Directory;
use crate::demo::identity::{Identity, SampleIds};
use crate::demo::sample::{self, Sample};

/// Creates the records of one account.
pub(super) struct Extras<'a> {
    pub(super) store: &'a Store,
    pub(super) sample: &'a Sample,
    pub(super) directory: &'a Directory,
    pub(super) identity: Identity,
    /// Seals the URLs and secrets of webhooks with the key of the demo's folder.
    pub(super) sealer: &'a Sealer,
}

impl Extras<'_> {
    pub(super) async fn make(&self) -> anyhow::Result<()> {
        let ids = self.identity.of_account(&self.sample.account);
        for team in &self.sample.teams {
            self.make_team(team, ids).await?;
        }
        for field in &self.sample.fields {
            self.define_field(field).await?;
        }
        for (customer, (_, id)) in self.sample.customers.iter().zip(&self.directory.customers) {
            self.complete_customer(customer, *id).await?;
        }
        for webhook in &self.sample.webhooks {
            self.make_webhook(webhook).await?;
        }
        Ok(())
    }

    async fn make_team(&self, team: &sample::Team, ids: SampleIds<'_>) -> anyhow::Result<()> {
        let members = team.members.iter();
        let members = members.filter_map(|key| self.directory.agent(Some(key)));
        let command = CreateTeam {
            caller: provision::operator_caller(&self.directory.account),
            name: team.name.to_string(),
            members: members.collect(),
            public_ids: ids.for_all_apis("team", &team.key),
        };
        self.store.write(command).await?;
        Ok(())
    }

    async fn define_field(&self, field: &sample::Field) -> anyhow::Result<()> {
        let command = DefineField {
            caller: provision::operator_caller(&self.directory.account),
            inbox: self.directory.inbox(&field.inbox),
            name: field.name.to_string(),
            kind: field.kind.0,
            order: None,
            required: false,
            options: field
                .options
                .iter()
                .map(|label| label.to_string())
                .collect(),
        };
        let defined = self.store.write(command).await;
        defined.with_context(|| format!("the field {:?}", &*field.name))?;
        Ok(())
    }

    /// Adds the addresses that a customer is not created with.
    async fn complete_customer(
        &self,
        customer: &sample::Customer,
        id: CustomerId,
    ) -> anyhow::Result<()> {
        let addresses = customer.addresses.iter().filter_map(parsed);
        let change = CustomerChange {
            addresses: addresses.map(AddressChange::Add).collect(),
            postal_address: customer.postal_address.iter().map(postal).collect(),
            ..CustomerChange::default()
        };
        if change.addresses.is_empty() && change.postal_address.is_empty() {
            return Ok(());
        }
        let command = UpdateCustomer {
            caller: provision::operator_caller(&self.directory.account),
            inboxes: InboxScope::All,
            id,
            expected: None,
            change,
        };
        let changed = self.store.write(command).await;
        changed.with_context(|| format!("the customer {:?}", &*customer.key))?;
        Ok(())
    }

    async fn make_webhook(&self, webhook: &sample::Webhook) -> anyhow::Result<()> {
        let account = self.directory.account.id;
        let taken = self.store.take_id(account, EntityKind::Webhook);
        let id = WebhookId(taken.await?);
        let secret = webhook.api.secret(self.identity, &webhook.label);
        let seal = |purpose, text: &str| self.seal(purpose, account, id, text);
        let command = CreateWebhook {
            caller: provision::operator_caller(&self.directory.account),
            id,
            api: webhook.api.name().as_str().to_owned(),
            label: webhook.label.to_string(),
            url: seal(URL_PURPOSE, &webhook.url)?,
            shown_url: webhook.url.to_string(),
            kinds: webhook.events.iter().map(|name| name.to_string()).collect(),
            inboxes: InboxScope::All,
            secret: seal(SECRET_PURPOSE, &secret)?,
            ordered: false,
            allow: String::new(),
            application: None,
            options: "{}".to_owned(),
            enabled: false,
        };
        self.store.write(command).await?;
        Ok(())
    }

    fn seal(
        &self,
        purpose: &str,
        account: AccountId,
        id: WebhookId,
        text: &str,
    ) -> anyhow::Result<String> {
        let sealed = self
            .sealer
            .seal(purpose, account, id.get(), text.as_bytes());
        sealed.context("a webhook of the sample data cannot be sealed")
    }
}

fn parsed(address: &sample::CustomerAddress) -> Option<Address> {
    let parsed = Address::parse(address.kind.0, &address.value)?;
    let label = address.label.as_deref().map(str::to_owned);
    Some(Address { label, ..parsed })
}

fn postal(address: &sample::Postal) -> PostalChange {
    PostalChange::Create(PostalAddress {
        lines: address.lines.iter().map(|line| line.to_string()).collect(),
        city: address.city.to_string(),
        state: address.state.to_string(),
        postal_code: address.postal_code.to_string(),
        country: address.country.to_string(),
    })
}
