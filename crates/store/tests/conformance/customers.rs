//! Tests of customers: every field, addresses, and how commands find or create them.

use heddle_domain::customer::{CustomerRef, Profile};
use heddle_domain::id::{CustomerId, InboxId};
use heddle_domain::{AccountId, EntityKind, InboxScope};
use heddle_store::read::account::{
    FindCustomers, GetCustomer, GetPublicId, ListAddresses, ListCustomers,
};
use heddle_store::read::references::LookUp;
use heddle_store::write::account::CreateCustomer;
use heddle_store::write::create::Created;
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;

use crate::tenant::{MEWS, MYKAARMA, Tenant, by_email, call, call_from, opened, profile};

/// Returns a profile with every field that Help Scout's customer can have (SEED-12).
fn whole_profile() -> Profile {
    let text = |text: &str| Some(text.to_owned());
    Profile {
        first_name: text("Mara"),
        last_name: text("van Okafor"),
        phone: text("+44 20 7946 0958"),
        photo_url: text("https://example.com/mara.png"),
        photo_type: text("gravatar"),
        job_title: text("Weaver"),
        background: text("Met at the fair.\nTwo lines."),
        location: text("Łódź"),
        organization: text("Loom & Sons"),
        gender: text("female"),
        age: text("30-35"),
    }
}

async fn every_field_is_written_and_read_back(on: On) {
    let (test, tenant) = opened(on).await;
    let create = CreateCustomer {
        caller: tenant.caller.clone(),
        public_ids: vec![("mykaarma".into(), "mara-at-mykaarma".into())],
        home: Some(tenant.inboxes[1]),
        email: Some(" Mara@Example.COM ".into()),
        profile: whole_profile(),
        addresses: Vec::new(),
        postal_address: None,
    };
    let made = test.store.write(create).await.expect("it");
    let id = made.customer.id;
    let customer = get(&tenant, id).await;
    assert_eq!(customer.profile, whole_profile());
    assert_eq!(customer.email.as_deref(), Some("mara@example.com"));
    assert_eq!(customer.home, Some(tenant.inboxes[1]));
    assert_eq!(customer.created_at, heddle_store::Clock::now(&*test.clock));

    let addresses = ListAddresses {
        account: tenant.account,
        customer: id,
    };
    let pair = |kind: &str, value: &str| (kind.to_owned(), value.to_owned());
    assert_eq!(
        test.store.read(addresses).await,
        Ok(vec![
            pair("email", "mara@example.com"),
            pair("phone", "+44 20 7946 0958")
        ])
    );
    for (api, shown) in [
        (MYKAARMA, "mara-at-mykaarma"),
        (MEWS, made.public_id.as_str()),
    ] {
        let read = GetPublicId {
            account: tenant.account,
            kind: EntityKind::Customer,
            entity: id.get(),
            api,
        };
        assert_eq!(test.store.read(read).await, Ok(Some(shown.to_owned())));
    }
}

async fn a_creation_by_email_stores_every_field_too(on: On) {
    let (test, tenant) = opened(on).await;
    let named = CustomerRef::Email {
        email: "mara@example.com".into(),
        profile: Box::new(whole_profile()),
    };
    let create = tenant.creation(named, vec![call("Hello")]);
    let created = test.store.write(create).await.expect("it");
    let customer = get(&tenant, created.conversation.customer).await;
    assert_eq!(customer.profile, whole_profile());
    assert_eq!(customer.home, Some(tenant.inboxes[0]), "rules.md 16");
}

async fn get(tenant: &Tenant, id: CustomerId) -> heddle_domain::Customer {
    let read = GetCustomer {
        account: tenant.account,
        id,
    };
    let found = tenant.store.read(read).await.expect("a read");
    found.expect("the customer is there")
}

/// Creates a conversation of the first customer, with messages from all.
async fn create_by(tenant: &Tenant, customers: Vec<CustomerRef>) -> Result<Created, Error> {
    let mut messages = vec![call("Hello")];
    messages.extend(customers[1..].iter().map(|c| call_from(c.clone(), "Hello")));
    let create = tenant.creation(customers[0].clone(), messages);
    tenant.store.write(create).await
}

async fn an_address_finds_its_customer_in_upper_and_lower_case(on: On) {
    let (_test, tenant) = opened(on).await;
    let home = tenant.inboxes[1];
    let known = tenant
        .new_customer(Some(home), Some("Ärger@Example.com"))
        .await;
    let other = CustomerRef::Email {
        email: "  äRGER@example.COM ".into(),
        profile: Box::new(profile("Somebody else")),
    };
    let created = create_by(&tenant, vec![other]).await.expect("it");
    assert_eq!(created.conversation.customer, known);
    let stored = get(&tenant, known).await;
    assert_eq!(stored.profile, profile("Ito"), "a match changes nothing");
    assert_eq!(stored.home, Some(home));
}

async fn one_call_may_name_an_address_twice(on: On) {
    let (_test, tenant) = opened(on).await;
    let second = call_from(by_email("a@example.com"), "From the other");
    let third = call_from(by_email("B@example.com"), "From the first");
    let messages = vec![call("Hello"), second, third];
    let create = tenant.creation(by_email("b@example.com"), messages);
    let created = tenant.store.write(create).await.expect("it");
    let id = created.conversation.id;
    let mut by: Vec<CustomerId> = tenant
        .messages(id)
        .await
        .iter()
        .map(|m| m.customer)
        .collect();
    by.reverse();
    assert_eq!(by[0], created.conversation.customer);
    assert_eq!(by[2], by[0]);
    assert_ne!(by[1], by[0]);
    assert_eq!(tenant.table("email_owner").await.len(), 2);
    // The tenant's own customer and the two new ones.
    assert_eq!(tenant.table("customer").await.len(), 3);
}

async fn a_display_name_always_creates_a_customer(on: On) {
    let (_test, tenant) = opened(on).await;
    let named = CustomerRef::Named("Mara van Okafor".into());
    let refs = vec![named.clone(), named];
    let created = create_by(&tenant, refs).await.expect("it");
    let customer = get(&tenant, created.conversation.customer).await;
    assert_eq!(customer.profile.first_name.as_deref(), Some("Mara van"));
    assert_eq!(customer.profile.last_name.as_deref(), Some("Okafor"));
    assert_eq!(customer.email, None);
    assert_eq!(tenant.table("customer").await.len(), 3);
}

async fn invalid_addresses_and_unknown_ids_are_refused_with_their_position(on: On) {
    let (_test, tenant) = opened(on).await;
    let refused = create_by(&tenant, vec![by_email("no address")]).await;
    assert!(
        matches!(
            refused,
            Err(Error::Refused(Refusal::Invalid { field: "email", .. }))
        ),
        "{refused:?}"
    );
    let refs = vec![
        CustomerRef::Id(tenant.customer),
        by_email("new@example.com"),
        CustomerRef::Id(CustomerId(999_999)),
    ];
    let refused = create_by(&tenant, refs).await;
    assert_eq!(
        refused.err(),
        Some(Error::Refused(Refusal::NotFound(Entity::Customer(2))))
    );
    assert!(tenant.table("email_owner").await.is_empty());
}

async fn a_caller_limited_to_an_inbox_sees_customers_with_that_home_or_none(on: On) {
    let (_test, tenant) = opened(on).await;
    let [here, there] = tenant.inboxes;
    let at_home = tenant.new_customer(Some(here), None).await;
    let elsewhere = tenant.new_customer(Some(there), None).await;
    for (customer, seen) in [(at_home, true), (tenant.customer, true), (elsewhere, false)] {
        let mut create = tenant.creation(CustomerRef::Id(customer), vec![call("Hello")]);
        create.reach = InboxScope::only([here]);
        let outcome = tenant.store.write(create).await;
        match outcome {
            Ok(created) if seen => assert_eq!(created.conversation.customer, customer),
            Err(error) if !seen => assert_eq!(
                error,
                Error::Refused(Refusal::NotFound(Entity::Customer(0)))
            ),
            other => panic!("{customer}: {other:?}"),
        }
    }
}

async fn a_taken_address_is_a_conflict_for_an_operator(on: On) {
    let (test, tenant) = opened(on).await;
    tenant.new_customer(None, Some("mara@example.com")).await;
    let create = CreateCustomer {
        caller: tenant.caller.clone(),
        public_ids: Vec::new(),
        home: None,
        email: Some("MARA@example.com".into()),
        profile: Profile::default(),
        addresses: Vec::new(),
        postal_address: None,
    };
    let refused = test.store.write(create.clone()).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Conflict(_)))),
        "{refused:?}"
    );
    let nowhere = CreateCustomer {
        home: Some(InboxId(999)),
        email: None,
        ..create
    };
    let refused = test.store.write(nowhere).await;
    assert_eq!(
        refused,
        Err(Error::Refused(Refusal::NotFound(Entity::Inbox)))
    );
}

async fn a_customer_gets_the_id_for_all_apis_that_the_operator_chose(on: On) {
    let (test, tenant) = opened(on).await;
    let create = CreateCustomer {
        caller: tenant.caller.clone(),
        public_ids: vec![(String::new(), "chosen".into())],
        home: None,
        email: None,
        profile: whole_profile(),
        addresses: Vec::new(),
        postal_address: None,
    };
    let made = test.store.write(create.clone()).await.expect("it");
    assert_eq!(made.public_id, "chosen");
    let shown = test.store.find_public_id(
        tenant.account,
        heddle_domain::EntityKind::Customer,
        made.customer.id.get(),
        heddle_domain::ApiName::named("mykaarma"),
    );
    assert_eq!(shown.await, Ok(Some("chosen".to_owned())));
    let again = test.store.write(create).await;
    assert!(
        matches!(again, Err(Error::Refused(Refusal::Conflict(_)))),
        "{again:?}"
    );
}

async fn customers_are_listed_by_id_and_looked_up_in_bulk(on: On) {
    let (test, tenant) = opened(on).await;
    let home = tenant.inboxes[0];
    let second = tenant
        .new_customer(Some(home), Some("second@example.com"))
        .await;
    let list = |after: i64| ListCustomers {
        account: tenant.account,
        after: CustomerId(after),
        limit: 10,
    };
    let ids = |found: Vec<heddle_domain::Customer>| found.iter().map(|c| c.id).collect::<Vec<_>>();
    let all = test.store.read(list(0)).await.expect("a list");
    assert_eq!(ids(all), [tenant.customer, second]);
    let behind = test.store.read(list(tenant.customer.get())).await;
    assert_eq!(ids(behind.expect("a list")), [second]);

    let look_up = LookUp {
        account: tenant.account,
        inboxes: InboxScope::All,
        conversation: None,
        customers: vec![CustomerId(999), second],
        emails: vec!["Second@Example.com".into(), "nobody@example.com".into()],
        agents: vec![tenant.agents[0], heddle_domain::AgentId(999)],
    };
    let found = test.store.read(look_up).await.expect("a look-up");
    assert_eq!(found.customers, [false, true]);
    assert_eq!(found.owners, [Some(second), None]);
    let known: Vec<_> = found.agents.iter().map(Option::is_some).collect();
    assert_eq!(known, [true, false]);
}

async fn customers_are_found_by_public_id_in_their_home_inbox(on: On) {
    let (test, tenant) = opened(on).await;
    let [here, there] = tenant.inboxes;
    let at_home = tenant.new_customer(Some(here), None).await;
    let elsewhere = tenant.new_customer(Some(there), None).await;
    let mut public_ids = vec!["nobody".to_owned()];
    for id in [at_home, elsewhere] {
        let read = GetPublicId {
            account: tenant.account,
            kind: EntityKind::Customer,
            entity: id.get(),
            api: MYKAARMA,
        };
        public_ids.extend(test.store.read(read).await.expect("a read"));
    }
    let find = FindCustomers {
        account: tenant.account,
        api: MYKAARMA,
        public_ids: public_ids.clone(),
        inboxes: InboxScope::only([here]),
    };
    assert_eq!(
        test.store.read(find.clone()).await,
        Ok(vec![None, Some(at_home), None])
    );
    let foreign = FindCustomers {
        account: AccountId(tenant.account.get() + 1),
        ..find
    };
    assert_eq!(test.store.read(foreign).await, Ok(vec![None; 3]));
}

on_both!(
    every_field_is_written_and_read_back,
    a_creation_by_email_stores_every_field_too,
    an_address_finds_its_customer_in_upper_and_lower_case,
    one_call_may_name_an_address_twice,
    a_display_name_always_creates_a_customer,
    invalid_addresses_and_unknown_ids_are_refused_with_their_position,
    a_caller_limited_to_an_inbox_sees_customers_with_that_home_or_none,
    a_customer_gets_the_id_for_all_apis_that_the_operator_chose,
    a_taken_address_is_a_conflict_for_an_operator,
    customers_are_listed_by_id_and_looked_up_in_bulk,
    customers_are_found_by_public_id_in_their_home_inbox,
);
