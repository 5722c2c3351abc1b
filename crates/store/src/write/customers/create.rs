//! Creates a customer explicitly: for the command line, the native API, and the vendor APIs that create customers. Other
//! customers are created while a message is stored (`named`).

use heddle_domain::EntityKind;
use heddle_domain::customer::{
    Address, AddressKind, CustomerDetails, MOST_ADDRESSES, PostalAddress, PreferenceChange,
    Profile, normalise_email,
};
use heddle_domain::id::InboxId;

use super::addresses::{claim, first_email, must_be_free};
use super::extras::{Extras, NO_EXTRAS};
use super::record::{Making, insert, next_id, shown_first};
use crate::error::{Refusal, Result};
use crate::read::customers::CustomerView;
use crate::tx::{Tx, Write};
use crate::write::caller::Caller;
use crate::write::must::must_be_inboxes;
use crate::write::opt_out::SetOptOuts;
use crate::write::public_id::{ApiPublicId, put_public_id};

/// Creates a customer; no other customer may own its e-mail addresses.
#[derive(Clone, Debug)]
pub struct CreateCustomer {
    /// Who runs the command, and in which account.
    pub caller: Caller,
    /// Public ids of the customer, each for one API; one with an empty API is for all APIs. Without it, a random UUID is.
    pub public_ids: Vec<ApiPublicId>,
    /// Home inbox: the only inbox that shows the customer; `None` means that every inbox does.
    pub home: Option<InboxId>,
    /// First e-mail address.
    pub email: Option<String>,
    /// The profile. Its phone number becomes the first phone address.
    pub profile: Profile,
    /// Further addresses. If `email` or the profile's phone number is missing, the first address of that kind takes its
    /// place.
    pub addresses: Vec<Address>,
    /// Where the person lives, or the firm is.
    pub postal_address: Option<PostalAddress>,
}

impl Write for CreateCustomer {
    type Out = CustomerView;
    const NAME: &'static str = "create_customer";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<CustomerView> {
        let addresses = self.check(tx).await?;
        self.make(tx, &addresses, &NO_EXTRAS).await
    }
}

/// Creates a customer with preferences, further facts, and addresses that must not be written to.
#[derive(Clone, Debug)]
pub struct RegisterCustomer {
    /// The customer.
    pub customer: CreateCustomer,
    /// Further facts; `None` if there are none.
    pub details: Option<CustomerDetails>,
    /// The preferences that differ from the usual ones, or that the customer expressed.
    pub preferences: Vec<PreferenceChange>,
    /// The opt-outs to record; `None` if there are none.
    pub opt_outs: Option<SetOptOuts>,
}

impl Write for RegisterCustomer {
    type Out = CustomerView;
    const NAME: &'static str = "register_customer";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<CustomerView> {
        let addresses = self.customer.check(tx).await?;
        if let Some(opt_outs) = &self.opt_outs {
            opt_outs.apply(tx).await?;
        }
        let extras = Extras {
            details: self.details.clone(),
            ..Extras::default()
        };
        let extras = extras.with_preferences(&self.preferences);
        self.customer.make(tx, &addresses, &extras).await
    }
}

impl CreateCustomer {
    /// Checks everything before anything is written. Returns the addresses.
    async fn check(&self, tx: &mut Tx<'_>) -> Result<Vec<Address>> {
        let account = self.caller.account;
        if let Some(home) = self.home {
            must_be_inboxes(tx, account, [home]).await?;
        }
        let addresses = self.addresses()?;
        must_be_free(tx, account, &emails(&addresses), None).await?;
        Ok(addresses)
    }

    async fn make(
        &self,
        tx: &mut Tx<'_>,
        addresses: &[Address],
        extras: &Extras,
    ) -> Result<CustomerView> {
        let account = self.caller.account;
        let id = next_id(tx, account)?;
        for email in emails(addresses) {
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
            addresses,
            profile: &profile,
            postal_address: self.postal_address.as_ref(),
            imported: false,
            public_ids: &self.public_ids,
            extras,
        };
        let made = insert(tx, &self.caller, &making)?;
        for (api, text) in &self.public_ids {
            put_public_id(tx, account, EntityKind::Customer, id.get(), api, text).await?;
        }
        Ok(made)
    }

    /// Returns all addresses without duplicates; the first e-mail address and phone number come first.
    fn addresses(&self) -> Result<Vec<Address>> {
        let email = match &self.email {
            Some(email) => Some(
                normalise_email(email)
                    .ok_or_else(|| Refusal::invalid("email", "not an e-mail address"))?,
            ),
            None => None,
        };
        let mut all = shown_first(email.as_deref(), &self.profile);
        for shown in &mut all {
            // The list says what the address is for.
            let listed = self
                .addresses
                .iter()
                .find(|listed| shown.is_said_by(listed));
            shown.label = listed.and_then(|listed| listed.label.clone());
        }
        for address in &self.addresses {
            match all.iter_mut().find(|known| known.is_same_as(address)) {
                Some(known) if known.label.is_none() => known.label.clone_from(&address.label),
                Some(_) => {}
                None => all.push(address.clone()),
            }
        }
        if all.len() > MOST_ADDRESSES {
            return Err(
                Refusal::invalid("addresses", format!("more than {MOST_ADDRESSES}")).into(),
            );
        }
        Ok(all)
    }
}

/// Returns the e-mail addresses in lock order.
fn emails(addresses: &[Address]) -> Vec<&str> {
    let mut emails: Vec<&str> = addresses.iter().filter_map(first_email).collect();
    emails.sort_unstable();
    emails
}
