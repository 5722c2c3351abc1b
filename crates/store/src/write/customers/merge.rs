//! Merges one customer into another, the survivor (`rules.md` 15). The command marks the merged customer: after its
//! commit the old id and the old addresses lead to the survivor. A job then moves the conversations in chunks.

use heddle_domain::customer::JobKind;
use heddle_domain::customer::{
    AddressKind, Customer, MOST_MERGED_ADDRESSES, MOST_MERGED_FOLLOWERS, PlacedAddress, first_of,
};
use heddle_domain::detail::Merged;
use heddle_domain::event::EventKind;
use heddle_domain::id::CustomerId;
use heddle_domain::{EventDetail, Fact, Field, InboxScope};

use super::addresses::greatest_position;
use super::extras::{self, Extras};
use super::record::{announce, describe, describe_addresses, put_address, write};
use super::seen::{Seen, see};
use crate::error::{Entity, Refusal, Result};
use crate::read::customers::{CustomerView, follow};
use crate::rows::customer as rows;
use crate::rows::job::Job;
use crate::stmt::params;
use crate::tx::{Tx, Write};
use crate::write::caller::Caller;

/// The maximum number of followers (customers that were merged into this one earlier) that the command redirects
/// itself. The job redirects the rest.
pub(super) const FOLLOWERS: i64 = 1_000;

/// Merges a customer into another. If the target was merged itself, its survivor (the customer that remained) is used.
#[derive(Clone, Debug)]
pub struct MergeCustomers {
    /// The caller. It must have access to every inbox, because conversations in any inbox get a new customer.
    pub caller: Caller,
    /// The customer to merge; it no longer exists afterwards.
    pub from: CustomerId,
    /// The survivor: the customer that remains after the merge.
    pub into: CustomerId,
    /// The version that the customer `from` must have.
    pub expected: Option<i64>,
}

impl Write for MergeCustomers {
    /// The job that moves the conversations.
    type Out = Job;
    const NAME: &'static str = "merge_customers";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Job> {
        let account = self.caller.account;
        let from = see(tx, account, self.from, &InboxScope::All, 0).await?;
        let from = from
            .usable(tx, account, &InboxScope::All, self.expected)
            .await?;
        let into = self.survivor(tx).await?;
        let list = joined(&into.view, &from.view.addresses)?;
        // Every change of them changes the version of their customer, so the locks below hold them as they are read here.
        let extras = Extras::read(tx, account, into.view.customer.id).await?;
        let others = Extras::read(tx, account, from.view.customer.id).await?;
        let joined_extras = joined_extras((&into, &extras), (&from, &others))?;
        for email in from.emails() {
            let params = params![account, email, from.view.customer.id, into.view.customer.id];
            tx.queue(&rows::HAND_ON_EMAIL, params)?;
        }
        let mut both = [&from, &into];
        both.sort_by_key(|seen| seen.view.customer.id);
        for seen in both {
            seen.lock(tx, account).await?;
        }
        let mut ended = from.view.customer.clone();
        let mut detail = EventDetail::default();
        detail.set(Field::MergedInto, &into.view.customer.id);
        let kind = EventKind::CustomerMerged;
        let above = into.view.customer.version;
        let event = announce(tx, &self.caller, kind, (&ended, false), above, detail)?;
        ended.version = event.get();
        let params = params![
            account,
            ended.id,
            into.view.customer.id,
            tx.now(),
            ended.version
        ];
        tx.queue(&rows::MERGE, params)?;
        tx.queue(&rows::DELETE_ADDRESSES, params![account, ended.id])?;
        extras::delete(tx, account, ended.id)?;
        let extras = [&extras, &joined_extras];
        self.enrich(tx, (&from, &into), &list, extras, ended.version)?;
        self.redirect(tx, into.view.customer.id).await?;
        let job = Job::new(&self.caller.actor, JobKind::Merge, &ended, tx.now());
        let job = Job {
            into: Some(into.view.customer.id),
            ..job
        };
        job.insert(tx, account)?;
        Ok(job)
    }
}

impl MergeCustomers {
    async fn survivor(&self, tx: &mut Tx<'_>) -> Result<Seen> {
        let account = self.caller.account;
        let survivor = follow(tx, &rows::PEEK, account, self.into).await?;
        let unknown = Refusal::NotFound(Entity::Customer(1));
        let survivor = survivor.filter(|c| !c.erased).ok_or(unknown)?;
        if survivor.id == self.from {
            return Err(Refusal::invalid("into", "a customer cannot be merged into itself").into());
        }
        see(tx, account, survivor.id, &InboxScope::All, 1).await
    }

    /// Gives the survivor the other customer's addresses and followers, and the profile fields, facts and preferences that it
    /// lacks.
    fn enrich(
        &self,
        tx: &mut Tx<'_>,
        (from, into): (&Seen, &Seen),
        list: &[PlacedAddress],
        extras: [&Extras; 2],
        above: i64,
    ) -> Result<()> {
        let account = self.caller.account;
        let mut after = into.view.customer.clone();
        after.profile.fill_from(&from.view.customer.profile);
        let first = |kind| first_of(list, kind).map(str::to_owned);
        after.email = after.email.or_else(|| first(AddressKind::Email));
        after.profile.phone = after.profile.phone.or_else(|| first(AddressKind::Phone));
        let from = &from.view.customer;
        after.postal_address = after.postal_address.or_else(|| from.postal_address.clone());
        let mut detail = EventDetail::default();
        describe(&mut detail, Some(&into.view.customer), &after);
        describe_addresses(&mut detail, &into.view.addresses, list);
        let [extras_before, extras] = extras;
        Extras::describe(&mut detail, extras_before, extras);
        detail.with(Fact::Merged(Merged::Customer(self.from)));
        let kind = EventKind::CustomerUpdated;
        let event = announce(tx, &self.caller, kind, (&after, false), above, detail)?;
        let after = Customer {
            version: event.get(),
            updated_at: tx.now(),
            ..after
        };
        write(tx, account, &after)?;
        for placed in list.iter().filter(|p| !into.view.addresses.contains(p)) {
            put_address(tx, account, after.id, placed)?;
        }
        extras.write(tx, account, after.id, extras_before)
    }

    /// Redirects the customers that were merged earlier to the survivor at once, so that redirects form no chain.
    async fn redirect(&self, tx: &mut Tx<'_>, into: CustomerId) -> Result<()> {
        let account = self.caller.account;
        let params = params![account, self.from, 0_i64, FOLLOWERS];
        let followers = tx
            .fetch(&rows::FOLLOWERS, params, |row| row.int().map(CustomerId))
            .await?;
        for follower in followers {
            tx.queue(&rows::REDIRECT, params![account, follower, into])?;
        }
        Ok(())
    }
}

/// Returns the extras of the survivor. What a postal address is for comes with the address.
fn joined_extras(
    (into, extras): (&Seen, &Extras),
    (from, others): (&Seen, &Extras),
) -> Result<Extras> {
    let has_address = |seen: &Seen| seen.view.customer.postal_address.is_some();
    let mut joined = extras.merged_with(others);
    if !has_address(into) && has_address(from) {
        let theirs = others.details.as_ref();
        joined.set_address_use(theirs.and_then(|details| details.address_use.clone()));
    }
    if joined.followers.len() > MOST_MERGED_FOLLOWERS {
        let reason = format!("both together have more than {MOST_MERGED_FOLLOWERS} followers");
        return Err(Refusal::invalid("into", reason).into());
    }
    Ok(joined)
}

/// Returns the survivor's addresses followed by the other customer's, without duplicates.
fn joined(into: &CustomerView, from: &[PlacedAddress]) -> Result<Vec<PlacedAddress>> {
    let mut list = into.addresses.clone();
    let mut next = into.customer.last_position.max(greatest_position(&list)) + 1;
    for placed in from {
        let is_known = |known: &PlacedAddress| placed.address.is_said_by(&known.address);
        if !into.addresses.iter().any(is_known) {
            list.push(PlacedAddress {
                position: next,
                address: placed.address.clone(),
            });
            next += 1;
        }
    }
    if list.len() > MOST_MERGED_ADDRESSES {
        return Err(Refusal::invalid(
            "into",
            format!("both together have more than {MOST_MERGED_ADDRESSES} addresses"),
        )
        .into());
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use heddle_domain::Timestamp;
    use heddle_domain::customer::{Address, Profile};

    use super::*;

    #[test]
    fn addresses_come_together_once() {
        let placed = |position, value: &str| PlacedAddress {
            position,
            address: Address::parse(AddressKind::Phone, value).expect("one"),
        };
        let into = |last_position| CustomerView {
            customer: Customer {
                id: CustomerId(1),
                home: None,
                profile: Profile::default(),
                email: None,
                postal_address: None,
                last_position,
                created_at: Timestamp(0),
                updated_at: Timestamp(0),
                version: 0,
            },
            public_id: String::new(),
            addresses: vec![placed(2, "1"), placed(5, "2")],
        };
        let from = [placed(0, "2"), placed(1, "3")];
        for (last, expected) in [(-1, 6), (9, 10)] {
            let list = joined(&into(last), &from).expect("a list");
            let expected = [placed(2, "1"), placed(5, "2"), placed(expected, "3")];
            assert_eq!(list, expected);
        }
    }
}
