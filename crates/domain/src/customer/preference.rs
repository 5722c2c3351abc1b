//! By which channels a customer wishes to be contacted, for each kind of message.

use serde::{Deserialize, Serialize};

use crate::code::coded;
use crate::message::Channel;

coded! {
    /// What messages to a customer are about.
    pub enum Category {
        /// The customer's contract.
        Contract = "contract",
        /// Anything that is in no other category.
        General = "general",
        /// Appointments.
        Appointment = "appointment",
        /// Newsletters.
        Newsletter = "newsletter",
        /// A loyalty program.
        LoyaltyProgram = "loyalty_program",
    }
}

/// Whether a customer wishes to get messages of a category by a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// What the messages are about.
    pub category: Category,
    /// How they are sent.
    pub channel: Channel,
    /// Whether they are sent at all.
    pub active: bool,
    /// Whether the customer may change this.
    pub customer_overridable: bool,
}

/// A change of a preference; `None` leaves a value as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreferenceChange {
    /// What the messages are about.
    pub category: Category,
    /// How they are sent.
    pub channel: Channel,
    /// Whether they are sent at all.
    pub active: Option<bool>,
    /// Whether the customer may change this.
    pub customer_overridable: Option<bool>,
}

/// The channels that each category has if nothing is stored for the customer.
const USUAL_CHANNELS: [Channel; 4] = [
    Channel::Letter,
    Channel::Email,
    Channel::TextMessage,
    Channel::Phone,
];

impl Preference {
    /// The maximum number of preferences of a customer: one for each category and channel.
    pub const MOST: usize = Category::ALL.len() * Channel::ALL.len();

    /// Returns the preference of a customer for whom nothing is stored. Advertising is off until the customer asks for it.
    #[must_use]
    pub fn default_for(category: Category, channel: Channel) -> Self {
        let is_advertising = match category {
            Category::Newsletter | Category::LoyaltyProgram => true,
            Category::Contract | Category::General | Category::Appointment => false,
        };
        Self {
            category,
            channel,
            active: !is_advertising && USUAL_CHANNELS.contains(&channel),
            customer_overridable: true,
        }
    }

    /// Returns what distinguishes the preference from the customer's others.
    #[must_use]
    pub const fn key(&self) -> (Category, Channel) {
        (self.category, self.channel)
    }

    /// Returns all preferences of a customer, by category and channel: the stored ones, and the usual ones for which nothing is
    /// stored.
    #[must_use]
    pub fn all(stored: &[Self]) -> Vec<Self> {
        let pairs = Category::ALL
            .iter()
            .flat_map(|category| Channel::ALL.iter().map(|channel| (*category, *channel)));
        let one = |key: (Category, Channel)| {
            let found = stored.iter().find(|stored| stored.key() == key).copied();
            let usual = USUAL_CHANNELS.contains(&key.1);
            found.or_else(|| usual.then(|| Self::default_for(key.0, key.1)))
        };
        pairs.filter_map(one).collect()
    }
}

impl PreferenceChange {
    /// Returns the preference after the change, if `stored` are the customer's stored preferences.
    #[must_use]
    pub fn apply(&self, stored: &[Preference]) -> Preference {
        let key = (self.category, self.channel);
        let before = stored.iter().find(|stored| stored.key() == key).copied();
        let before = before.unwrap_or_else(|| Preference::default_for(key.0, key.1));
        Preference {
            active: self.active.unwrap_or(before.active),
            customer_overridable: self
                .customer_overridable
                .unwrap_or(before.customer_overridable),
            ..before
        }
    }
}

impl From<Preference> for PreferenceChange {
    fn from(preference: Preference) -> Self {
        Self {
            category: preference.category,
            channel: preference.channel,
            active: Some(preference.active),
            customer_overridable: Some(preference.customer_overridable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_without_stored_values_has_the_usual_channels_in_every_category() {
        let all = Preference::all(&[]);
        assert_eq!(all.len(), Category::ALL.len() * USUAL_CHANNELS.len());
        assert!(all.is_sorted_by_key(Preference::key));
        let active = all.iter().filter(|one| one.active);
        assert_eq!(active.count(), 3 * USUAL_CHANNELS.len());
        assert!(all.iter().all(|one| one.customer_overridable));
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let change = |active, customer_overridable| PreferenceChange {
            category: Category::Newsletter,
            channel: Channel::Fax,
            active,
            customer_overridable,
        };
        let fax = change(Some(true), None).apply(&[]);
        assert!(fax.active && fax.customer_overridable);
        let fixed = change(None, Some(false)).apply(&[fax]);
        assert!(fixed.active && !fixed.customer_overridable);
        let all = Preference::all(&[fixed]);
        assert_eq!(all.len(), 21);
        assert!(all.contains(&fixed) && all.is_sorted_by_key(Preference::key));
        assert_eq!(PreferenceChange::from(fixed).apply(&[]), fixed);
    }
}
