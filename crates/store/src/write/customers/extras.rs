//! Preferences, followers and further facts of a customer, as commands on customers write them.

use heddle_domain::customer::{
    CustomerDetails, Follower, FollowerChange, Preference, PreferenceChange,
};
use heddle_domain::id::{AccountId, CustomerId};
use heddle_domain::{EventDetail, Field};

use crate::error::Result;
use crate::rows::follower as follower_rows;
use crate::rows::preference as rows;
use crate::stmt::params;
use crate::tx::Tx;

/// What a customer has in tables of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Further facts; `None` if none were ever given.
    pub details: Option<CustomerDetails>,
    /// The stored preferences.
    pub preferences: Vec<Preference>,
    /// The followers, sorted by [`Follower::key`].
    pub followers: Vec<Follower>,
}

/// No extras: those of most customers.
pub(super) static NO_EXTRAS: Extras = Extras {
    details: None,
    preferences: Vec::new(),
    followers: Vec::new(),
};

impl Extras {
    /// Reads the extras of a customer.
    pub(super) async fn read(
        tx: &mut Tx<'_>,
        account: AccountId,
        customer: CustomerId,
    ) -> Result<Self> {
        let key = params![account, customer];
        let (mut details, preferences) = tx
            .fetch_pair(
                (&rows::DETAILS, key, rows::details),
                (&rows::OF_CUSTOMER, key, rows::preference),
            )
            .await?;
        let followers = tx.fetch(&follower_rows::OF_CUSTOMER, key, follower_rows::follower);
        Ok(Self {
            followers: followers.await?,
            details: details.pop(),
            preferences,
        })
    }

    /// Returns the extras after changes of preferences. Of two changes of one preference, the last one counts.
    pub(super) fn with_preferences(mut self, changes: &[PreferenceChange]) -> Self {
        for change in changes {
            let after = change.apply(&self.preferences);
            self.preferences
                .retain(|stored| stored.key() != after.key());
            self.preferences.push(after);
        }
        self.preferences.sort_unstable_by_key(Preference::key);
        self
    }

    /// Returns the extras of the survivor of a merge: its own, filled with those of the other customer.
    pub(super) fn merged_with(&self, other: &Self) -> Self {
        let known: Vec<_> = self.preferences.iter().map(Preference::key).collect();
        let lacking = other.preferences.iter().copied();
        let lacking = lacking.filter(|one| !known.contains(&one.key()));
        let mut preferences: Vec<_> = self.preferences.iter().copied().chain(lacking).collect();
        preferences.sort_unstable_by_key(Preference::key);
        let details = match (&self.details, &other.details) {
            (None, None) => None,
            (mine, theirs) => {
                let mut details = mine.clone().unwrap_or_default();
                details.fill_from(&theirs.clone().unwrap_or_default());
                Some(details)
            }
        };
        let mut followers = self.followers.clone();
        for other in &other.followers {
            let following = |flag: bool| flag.then_some(true);
            FollowerChange {
                inbox: other.inbox,
                agent: other.agent,
                notes: following(other.notes),
                messages: following(other.messages),
            }
            .apply(&mut followers);
        }
        Self {
            details,
            preferences,
            followers,
        }
    }

    /// Sets what the postal address is for.
    pub(super) fn set_address_use(&mut self, address_use: Option<String>) {
        if let Some(details) = &mut self.details {
            details.address_use = address_use;
        }
    }

    /// Adds what differs between two states of a customer's extras.
    pub(super) fn describe(detail: &mut EventDetail, before: &Self, after: &Self) {
        detail.change(Field::details, &before.details, &after.details);
        let changed = |these: &Self, others: &Self| -> Vec<Preference> {
            let these = these.preferences.iter().copied();
            these
                .filter(|one| !others.preferences.contains(one))
                .collect()
        };
        let (was, is) = (changed(before, after), changed(after, before));
        detail.change(Field::Preferences, &was, &is);
        let (was, is) = (lacking(before, after), lacking(after, before));
        detail.change(Field::Followers, &was, &is);
    }

    /// Writes what differs from `before`. No preference ever disappears; followers do.
    pub(super) fn write(
        &self,
        tx: &mut Tx<'_>,
        account: AccountId,
        customer: CustomerId,
        before: &Self,
    ) -> Result<()> {
        let changed = self.preferences.iter();
        for one in changed.filter(|one| !before.preferences.contains(one)) {
            let (category, channel) = (one.category.as_str(), one.channel.as_str());
            let (active, overridable) = (one.active, one.customer_overridable);
            let params = params![account, customer, category, channel, active, overridable];
            tx.queue(&rows::PUT, params)?;
        }
        self.write_followers(tx, account, customer, before)?;
        if let Some(details) = self
            .details
            .as_ref()
            .filter(|_| self.details != before.details)
        {
            let text = serde_json::to_string(details).expect("details are plain data");
            let params = params![
                account,
                customer,
                details.prospect,
                &details.date_of_birth,
                &text,
            ];
            tx.queue(&rows::PUT_DETAILS, params)?;
        }
        Ok(())
    }

    fn write_followers(
        &self,
        tx: &mut Tx<'_>,
        account: AccountId,
        customer: CustomerId,
        before: &Self,
    ) -> Result<()> {
        for one in lacking(self, before) {
            let params = params![
                account,
                customer,
                one.inbox,
                one.agent,
                one.notes,
                one.messages
            ];
            tx.queue(&follower_rows::PUT, params)?;
        }
        let keys: Vec<_> = self.followers.iter().map(Follower::key).collect();
        let gone = before.followers.iter();
        for one in gone.filter(|one| !keys.contains(&one.key())) {
            let params = params![account, customer, one.inbox, one.agent];
            tx.queue(&follower_rows::REMOVE, params)?;
        }
        Ok(())
    }
}

/// Returns the followers of `these` that `others` lack, or have with other values.
fn lacking(these: &Extras, others: &Extras) -> Vec<Follower> {
    let these = these.followers.iter().copied();
    these
        .filter(|one| !others.followers.contains(one))
        .collect()
}

/// Deletes the extras of a customer that is merged or erased.
pub(super) fn delete(tx: &mut Tx<'_>, account: AccountId, customer: CustomerId) -> Result<()> {
    tx.queue(&rows::DELETE, params![account, customer])?;
    tx.queue(&follower_rows::DELETE, params![account, customer])?;
    tx.queue(&rows::DELETE_DETAILS, params![account, customer])
}

#[cfg(test)]
mod tests {
    use heddle_domain::Channel;
    use heddle_domain::customer::Category;

    use super::*;

    fn fax(active: Option<bool>, customer_overridable: Option<bool>) -> PreferenceChange {
        PreferenceChange {
            category: Category::General,
            channel: Channel::Fax,
            active,
            customer_overridable,
        }
    }

    #[test]
    fn the_last_change_of_a_preference_counts() {
        let changes = [fax(Some(true), Some(false)), fax(Some(false), None)];
        let extras = Extras::default().with_preferences(&changes);
        let [one] = extras.preferences[..] else {
            panic!("{extras:?}");
        };
        assert!(!one.active && !one.customer_overridable);
    }

    #[test]
    fn a_survivor_keeps_its_own_preferences() {
        let mine = Extras::default().with_preferences(&[fax(Some(false), None)]);
        let other = PreferenceChange {
            category: Category::Contract,
            ..fax(Some(true), None)
        };
        let theirs = Extras::default().with_preferences(&[fax(Some(true), None), other]);
        let merged = mine.merged_with(&theirs);
        let active: Vec<_> = merged.preferences.iter().map(|one| one.active).collect();
        assert_eq!(active, [true, false]);
        let mut detail = EventDetail::default();
        Extras::describe(&mut detail, &mine, &merged);
        let added = vec![other.apply(&[])];
        assert_eq!(
            detail.changes,
            [Field::Preferences([Some(Vec::new()), Some(added)])]
        );
    }
}
