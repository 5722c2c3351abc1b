//! Making a customer on purpose: the command line and the native API. APIs make theirs on the way.

use heddle_domain::customer::{Address, AddressKind, Profile, normalise_email};
use heddle_domain::id::InboxId;

use super::addresses::{claim, first_email, must_be_free};
use super::record::{Making, insert, next_id, shown_first};
use super::seen::must_be_inbox;
use crate::error::{Refusal, Result};
use crate::read::customers::CustomerView;
use crate::rows::account::PublicKind;
use crate::tx::{Tx, Write};
use crate::write::caller::Caller;
use crate::write::public_id::{ApiPublicId, put_public_id};

/// Makes a customer; its e-mail addresses must be free.
#[derive(Clone, Debug)]
pub struct CreateCustomer {
    /// On whose behalf.
    pub caller: Caller,
    /// Public ids for single APIs.
    pub public_ids: Vec<ApiPublicId>,
    /// Its home inbox.
    pub home: Option<InboxId>,
    /// The e-mail address that is shown first.
    pub email: Option<String>,
    /// Everything else known; the phone number is the one that is shown first.
    pub profile: Profile,
    /// Further addresses. The first of a kind is shown if none was given beside them.
    pub addresses: Vec<Address>,
}

impl Write for CreateCustomer {
    type Out = CustomerView;
    const NAME: &'static str = "create_customer";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<CustomerView> {
        let account = self.caller.account;
        if let Some(home) = self.home {
            must_be_inbox(tx, account, home).await?;
        }
        let addresses = self.addresses()?;
        let mut emails: Vec<&str> = addresses.iter().filter_map(first_email).collect();
        emails.sort_unstable();
        must_be_free(tx, account, &emails, None).await?;
        let id = next_id(tx, account)?;
        for email in emails {
            claim(tx, account, email, id).await?;
        }
        let phone = addresses.iter().find(|a| a.kind == AddressKind::Phone);
        let profile = Profile {
            phone: phone.map(|address| address.value.clone()),
            ..self.profile.clone()
        };
        let making = Making {
            id,
            home: self.home,
            addresses: &addresses,
            profile: &profile,
            imported: false,
        };
        let made = insert(tx, &self.caller, &making)?;
        for (api, text) in &self.public_ids {
            put_public_id(tx, account, PublicKind::Customer, id.get(), api, text).await?;
        }
        Ok(made)
    }
}

impl CreateCustomer {
    /// All addresses, each once, those that are shown first at their head.
    fn addresses(&self) -> Result<Vec<Address>> {
        let email = match &self.email {
            Some(email) => Some(normalise_email(email).ok_or_else(|| Refusal::Invalid {
                field: "email",
                reason: "not an e-mail address".into(),
            })?),
            None => None,
        };
        let mut all = shown_first(email.as_deref(), &self.profile);
        for address in &self.addresses {
            if !all.contains(address) {
                all.push(address.clone());
            }
        }
        Ok(all)
    }
}
