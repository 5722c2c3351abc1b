//! Maps customers to the vendor's objects (contract sections 9.1 and 9.4).

use std::collections::BTreeMap;

use heddle_domain::customer::{Customer, PlacedAddress, PostalAddress};
use heddle_domain::id::CustomerId;
use heddle_store::read::customers::CustomerView;

use crate::customers::PHOTO_TYPES;
use crate::customers::entry;
use crate::customers::kind::{Chats, Emails, EntryKind, Kind, Phones, SocialProfiles, Websites};
use crate::time::utc;
use crate::wire::{
    CustomerAddress, CustomerEntries, CustomerEntry, CustomerLinks, CustomerResource, Link,
    SelfLink, Unpaged,
};

/// Returns the customer object.
pub(crate) fn customer(view: &CustomerView, conversations: i64, base: &str) -> CustomerResource {
    let CustomerView {
        customer: c,
        addresses,
        public_id: _,
    } = view;
    let of_kind = |kind| shown(c.id, addresses, kind);
    let [emails, phones, chats, social_profiles, websites] = ENTRIES.map(of_kind);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let profile = &c.profile;
    CustomerResource {
        id: c.id.get(),
        first_name: text(&profile.first_name),
        last_name: text(&profile.last_name),
        gender: capitalised(profile.gender.as_deref().unwrap_or("unknown")),
        job_title: text(&profile.job_title),
        location: text(&profile.location),
        organization: text(&profile.organization),
        photo_type: photo_type(profile.photo_type.as_deref()).to_owned(),
        photo_url: text(&profile.photo_url),
        age: text(&profile.age),
        background: text(&profile.background),
        conversation_count: conversations,
        created_at: utc(c.created_at),
        updated_at: utc(c.updated_at),
        embedded: CustomerEntries {
            emails,
            phones,
            chats,
            websites,
            social_profiles,
            properties: [],
            address: postal_address(c, base),
        },
        links: links(c.id, base),
    }
}

/// The kinds of entries, in the order in which [`customer`] takes them.
const ENTRIES: [&EntryKind; 5] = [
    Emails::KIND,
    Phones::KIND,
    Chats::KIND,
    SocialProfiles::KIND,
    Websites::KIND,
];

fn links(id: CustomerId, base: &str) -> CustomerLinks {
    let this = format!("{base}/v2/customers/{id}");
    let below = |rel: &str| Link::to(format!("{this}/{rel}/"));
    CustomerLinks {
        address: below("address"),
        chats: below("chats"),
        emails: below("emails"),
        phones: below("phones"),
        social_profiles: below("social-profiles"),
        websites: below("websites"),
        this: Link::to(this),
    }
}

fn shown(id: CustomerId, addresses: &[PlacedAddress], kind: &EntryKind) -> Vec<CustomerEntry> {
    let of_kind = addresses
        .iter()
        .filter(|placed| kind.stored.contains(&placed.address.kind));
    let entry = |placed: &PlacedAddress| CustomerEntry {
        id: entry::id(id, placed.position),
        value: placed.address.value.clone(),
        kind: kind.type_of(&placed.address),
    };
    of_kind.map(entry).collect()
}

/// Returns the list of a customer's entries of one kind.
pub(crate) fn entries(view: &CustomerView, kind: &EntryKind, base: &str) -> Unpaged<CustomerEntry> {
    let id = view.customer.id;
    let entries = shown(id, &view.addresses, kind);
    Unpaged {
        embedded: BTreeMap::from([(kind.rel, entries)]),
        links: SelfLink {
            this: Link::to(format!("{base}/v2/customers/{id}/{}/", kind.rel)),
        },
    }
}

/// Returns the postal address of a customer.
pub(crate) fn postal_address(customer: &Customer, base: &str) -> Option<CustomerAddress> {
    let PostalAddress {
        lines,
        city,
        state,
        postal_code,
        country,
    } = customer.postal_address.clone()?;
    Some(CustomerAddress {
        city,
        state,
        postal_code,
        country,
        lines,
        links: SelfLink {
            this: Link::to(format!("{base}/v2/customers/{}/address/", customer.id)),
        },
    })
}

/// Returns the stored type of photo if it is a word of this API; the native API stores any word.
fn photo_type(stored: Option<&str>) -> &str {
    let known = stored.filter(|word| PHOTO_TYPES.contains(word));
    known.unwrap_or("unknown")
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
