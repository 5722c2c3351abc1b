//! Tests of how a customer is reached: labels of addresses, positions that are not used again, the postal address; and of the
//! limit of an erasure.

use heddle_domain::InboxScope;
use heddle_domain::customer::{
    Address, AddressKind, CustomerDetails, CustomerRef, PostalAddress, Profile,
};
use heddle_domain::id::{CustomerId, InboxId};
use heddle_store::read::customers::{CountConversations, CustomerView, SearchCustomers};
use heddle_store::write::customers::{
    AddressChange, AddressEdit, CreateCustomer, CustomerChange, EraseCustomer, ErasureLimit,
    PostalChange, PostalPart, RegisterCustomer,
};
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;

use crate::preferences::details;
use crate::profiles::{address, email, phone, values, with_addresses};
use crate::tenant::{Tenant, call, opened};

fn labelled(kind: AddressKind, value: &str, label: &str) -> Address {
    address(kind, value).labelled(Some(label.to_owned()))
}

pub(crate) fn ulm() -> PostalAddress {
    PostalAddress {
        lines: vec!["1 Mill Lane".into(), "Second floor".into()],
        city: "Ulm".into(),
        state: "BW".into(),
        postal_code: "89073".into(),
        country: "DE".into(),
    }
}

fn with_postal(changes: Vec<PostalChange>) -> CustomerChange {
    CustomerChange {
        postal_address: changes,
        ..CustomerChange::default()
    }
}

async fn a_position_is_not_used_again(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.new_customer(None, Some("ito@example.com")).await;
    let first = tenant.view(id).await.addresses.len() as i64;
    for at in first..first + 3 {
        let add = with_addresses(vec![AddressChange::Add(phone("77"))]);
        let view = tenant.change(id, add).await.expect("a change");
        assert_eq!(
            view.addresses.last().map(|placed| placed.position),
            Some(at)
        );
        let remove = with_addresses(vec![AddressChange::Remove(at)]);
        tenant.change(id, remove).await.expect("a change");
    }
    // Nor within one change, nor after a merge.
    let both = with_addresses(vec![
        AddressChange::Add(phone("78")),
        AddressChange::Remove(first + 3),
        AddressChange::Add(phone("79")),
    ]);
    let view = tenant.change(id, both).await.expect("a change");
    assert!(
        values(&view).contains(&(first + 4, "79")),
        "{:?}",
        values(&view)
    );
    let remove = with_addresses(vec![AddressChange::Remove(first + 4)]);
    tenant.change(id, remove).await.expect("a change");
    let other = tenant.new_customer(None, Some("other@example.com")).await;
    tenant.merge(other, id).await.expect("a merge");
    let view = tenant.view(id).await;
    assert!(
        values(&view).contains(&(first + 5, "other@example.com")),
        "{:?}",
        values(&view)
    );
}

async fn labels_are_stored_and_shown_in_events(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.new_customer(None, Some("ito@example.com")).await;
    let list = vec![
        AddressChange::Add(labelled(AddressKind::Chat, "ito", "skype")),
        AddressChange::Add(labelled(AddressKind::Chat, "ito", "icq")),
        AddressChange::Add(labelled(AddressKind::Social, "ito", "github")),
    ];
    let view = tenant
        .change(id, with_addresses(list))
        .await
        .expect("a change");
    assert_eq!(view, tenant.view(id).await);
    let details = tenant.event_details("customer.updated", id.get()).await;
    assert!(
        details[0].to_string().contains(r#""label":"skype""#),
        "{}",
        details[0]
    );
    // The name in one chat service is there once.
    let again = AddressChange::Add(labelled(AddressKind::Chat, "ito", "icq"));
    let refused = tenant.change(id, with_addresses(vec![again])).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::Conflict("the address")))
    );
    let at = view.addresses.last().expect("an address").position;
    let edit = |of| AddressEdit {
        of,
        kind: None,
        value: Some("ito.m".into()),
        label: Some(None),
    };
    let elsewhere = AddressChange::Edit(at, edit(&[AddressKind::Email]));
    let refused = tenant.change(id, with_addresses(vec![elsewhere])).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Address)))
    );
    let edit = AddressChange::Edit(at, edit(&[AddressKind::Social]));
    let view = tenant
        .change(id, with_addresses(vec![edit]))
        .await
        .expect("a change");
    let last = view.addresses.last().expect("an address");
    assert_eq!(last.address, address(AddressKind::Social, "ito.m"));
    assert_eq!(view, tenant.view(id).await);
}

async fn what_a_postal_address_is_for_stays_with_the_address(on: On) {
    let (_test, tenant) = opened(on).await;
    let made = async |postal_address: Option<PostalAddress>, address_use: Option<&str>| {
        let register = RegisterCustomer {
            customer: CreateCustomer {
                postal_address,
                email: None,
                ..tenant.creation_of("")
            },
            details: Some(CustomerDetails {
                address_use: address_use.map(str::to_owned),
                ..details("1990-01-02")
            }),
            preferences: Vec::new(),
            opt_outs: None,
        };
        let made = tenant.store.write(register).await;
        made.expect("a customer").customer.id
    };
    let address_use = async |id: CustomerId| {
        let details = tenant.details_of(id).await.expect("details");
        assert_eq!(details.date_of_birth.as_deref(), Some("1990-01-02"));
        details.address_use
    };
    let billing = Some("BILLING");
    let bonn = || PostalAddress {
        city: "Bonn".into(),
        ..ulm()
    };
    let part = PostalChange::Part(PostalPart::City("Bonn".into()));
    for (change, expected) in [
        (part, billing),
        (PostalChange::Set(Some(ulm())), billing),
        (PostalChange::Set(Some(bonn())), None),
        (PostalChange::Replace(bonn()), None),
        (PostalChange::Remove, None),
        (PostalChange::Set(None), None),
    ] {
        let id = made(Some(ulm()), billing).await;
        let changed = tenant.change(id, with_postal(vec![change.clone()])).await;
        changed.expect("a change");
        assert_eq!(address_use(id).await.as_deref(), expected, "{change:?}");
        let events = tenant.event_details("customer.updated", id.get()).await;
        let is_named = events
            .iter()
            .any(|event| event["changes"]["details"].is_array());
        assert_eq!(is_named, expected.is_none(), "{change:?}");
    }
    // A merge takes it only with its address.
    for (postal_address, own, expected) in [(Some(bonn()), None, None), (None, None, billing)] {
        let from = made(Some(ulm()), billing).await;
        let into = made(postal_address, own).await;
        tenant.merge(from, into).await.expect("a merge");
        assert_eq!(address_use(into).await.as_deref(), expected);
    }
}

async fn the_postal_address_changes_with_an_event(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.new_customer(None, None).await;
    let create = || with_postal(vec![PostalChange::Create(ulm())]);
    let view = tenant.change(id, create()).await.expect("a change");
    assert_eq!(view.customer.postal_address, Some(ulm()));
    assert_eq!(view, tenant.view(id).await);
    let twice = tenant.change(id, create()).await;
    assert_eq!(
        twice,
        Err(Error::Refused(Refusal::Conflict("the postal address")))
    );
    let part = PostalChange::Part(PostalPart::City("Bonn".into()));
    let view = tenant
        .change(id, with_postal(vec![part]))
        .await
        .expect("a change");
    let details = tenant.event_details("customer.updated", id.get()).await;
    let [first, second] = &details[..] else {
        panic!("{details:?}")
    };
    assert_eq!(
        first["changes"]["postal_address"][0],
        serde_json::Value::Null
    );
    assert_eq!(second["changes"]["postal_address"][0]["city"], "Ulm");
    assert_eq!(second["changes"]["postal_address"][1]["city"], "Bonn");
    // A merge gives it to a survivor without one.
    let other = tenant.new_customer(None, None).await;
    tenant.merge(id, other).await.expect("a merge");
    assert_eq!(
        tenant.view(other).await.customer.postal_address,
        view.customer.postal_address
    );
    // An erasure removes it, from events too.
    let erase = EraseCustomer {
        caller: tenant.caller.clone(),
        id: other,
        expected: None,
        limit: None,
    };
    test.store.write(erase).await.expect("an erasure");
    let dump = heddle_store::read::dump::DumpTables;
    let rows = test.store.read(dump).await.expect("a dump");
    let left = rows
        .iter()
        .filter(|row| row.contains("Bonn") && row.starts_with("customer|"));
    assert_eq!(left.count(), 0);
}

async fn a_telephone_number_has_several_uses_and_finds_its_customer_once(on: On) {
    let (test, tenant) = opened(on).await;
    let number = |label: &str| labelled(AddressKind::Phone, "5", label);
    let create = CreateCustomer {
        caller: tenant.caller.clone(),
        public_ids: Vec::new(),
        home: None,
        email: None,
        profile: Profile {
            phone: Some("5".into()),
            ..Profile::default()
        },
        addresses: ["home", "work", "home"].map(number).to_vec(),
        postal_address: None,
    };
    let made = test.store.write(create).await.expect("a customer");
    let id = made.customer.id;
    let uses = |view: &CustomerView| -> Vec<Option<String>> {
        let labels = view
            .addresses
            .iter()
            .map(|placed| placed.address.label.clone());
        labels.collect()
    };
    let both = [Some("home".to_owned()), Some("work".to_owned())];
    assert_eq!(uses(&made), both);
    assert_eq!(tenant.view(id).await, made);
    let again = with_addresses(vec![AddressChange::Add(number("work"))]);
    let refused = tenant.change(id, again).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::Conflict("the address")))
    );
    // A number that does not say what it is for adds nothing, wherever it comes from.
    let plain = Address::parse(AddressKind::Phone, "5").expect("a number");
    let first = with_addresses(vec![AddressChange::First(
        AddressKind::Phone,
        Some(plain.clone()),
    )]);
    assert_eq!(
        uses(&tenant.change(id, first).await.expect("a change")),
        both
    );
    let other = tenant.new_customer(None, None).await;
    let add = with_addresses(vec![AddressChange::Add(plain)]);
    tenant.change(other, add).await.expect("a change");
    tenant.merge(other, id).await.expect("a merge");
    assert_eq!(uses(&tenant.view(id).await), both);
    assert_eq!(tenant.found_by_phone("5").await, [id]);
}

impl Tenant {
    async fn found_by_phone(&self, number: &str) -> Vec<CustomerId> {
        let search = SearchCustomers {
            account: self.account,
            inboxes: InboxScope::All,
            email: None,
            phone: Some(number.to_owned()),
            home: None,
            prospects: None,
            after: None,
            limit: 50,
        };
        let page = self.store.read(search).await.expect("a page");
        page.customers.iter().map(|view| view.customer.id).collect()
    }
}

async fn an_erasure_keeps_its_limit(on: On) {
    let (test, tenant) = opened(on).await;
    let [here, there] = [tenant.inboxes[0], tenant.inboxes[1]];
    let own = tenant.new_customer(None, None).await;
    let erase = |id, inboxes, conversations| EraseCustomer {
        caller: tenant.caller.clone(),
        id,
        expected: None,
        limit: Some(ErasureLimit {
            inboxes,
            conversations,
        }),
    };
    tenant.conversations_of(own, 3).await;
    let only = |inboxes: &[_]| InboxScope::only(inboxes.iter().copied());
    let forbidden = Err(Error::Refused(Refusal::Forbidden));
    let run = async |erase| test.store.write(erase).await.map(|_| ());
    assert_eq!(run(erase(own, InboxScope::All, 2)).await, forbidden);
    let elsewhere = if tenant.is_in(own, here).await {
        there
    } else {
        here
    };
    assert_eq!(run(erase(own, only(&[elsewhere]), 9)).await, forbidden);
    // A message in another customer's conversation counts, too.
    let guest = tenant.new_customer(None, None).await;
    let mut message = call("as a guest");
    message.customer = Some(CustomerRef::Id(guest));
    let create = tenant.creation(CustomerRef::Id(own), vec![message]);
    test.store.write(create).await.expect("a conversation");
    assert_eq!(run(erase(guest, only(&[elsewhere]), 9)).await, forbidden);
    assert_eq!(run(erase(guest, only(&[here, there]), 0)).await, Ok(()));
    let hidden = tenant.new_customer(Some(there), None).await;
    let unknown = Err(Error::Refused(Refusal::NotFound(Entity::Customer(0))));
    assert_eq!(run(erase(hidden, only(&[here]), 9)).await, unknown);
    assert_eq!(run(erase(own, only(&[here, there]), 4)).await, Ok(()));
}

impl Tenant {
    /// Whether the conversations of a customer are in an inbox.
    async fn is_in(&self, customer: CustomerId, inbox: InboxId) -> bool {
        let count = CountConversations {
            account: self.account,
            inboxes: InboxScope::only([inbox]),
            customers: vec![customer],
        };
        self.store.read(count).await.expect("a read")[0] > 0
    }
}

async fn an_email_address_is_found_by_its_owner_and_domain(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.new_customer(None, Some("ito@one.example")).await;
    let add = AddressChange::Add(email("ito@two.example"));
    tenant
        .change(id, with_addresses(vec![add]))
        .await
        .expect("a change");
    let dump = heddle_store::read::dump::DumpTables;
    let rows = test.store.read(dump).await.expect("a dump");
    let owners: Vec<&String> = rows
        .iter()
        .filter(|row| row.starts_with("email_owner|"))
        .collect();
    for domain in ["one.example", "two.example"] {
        let end = format!("|{domain}");
        assert!(owners.iter().any(|row| row.ends_with(&end)), "{owners:?}");
    }
}

on_both!(
    a_position_is_not_used_again,
    labels_are_stored_and_shown_in_events,
    what_a_postal_address_is_for_stays_with_the_address,
    the_postal_address_changes_with_an_event,
    a_telephone_number_has_several_uses_and_finds_its_customer_once,
    an_erasure_keeps_its_limit,
    an_email_address_is_found_by_its_owner_and_domain,
);
