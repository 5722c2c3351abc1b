//! Tests of changes of customers and their addresses, and lists of customers.

use heddle_domain::customer::{Address, AddressKind, PlacedAddress, ProfileField};
use heddle_domain::id::{CustomerId, InboxId};
use heddle_domain::{AccountId, InboxScope};
use heddle_store::detail::to_text;
use heddle_store::read::customers::{CustomerView, CustomersById, FindCustomer, SearchCustomers};
use heddle_store::read::feed::ReadFeed;
use heddle_store::write::account::CreateCustomer;
use heddle_store::write::customers::{AddressChange, CustomerChange, UpdateCustomer};
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;

use crate::tenant::{Tenant, opened, profile};

pub(crate) fn address(kind: AddressKind, value: &str) -> Address {
    Address::parse(kind, value).expect("an address")
}

pub(crate) fn email(value: &str) -> Address {
    address(AddressKind::Email, value)
}

pub(crate) fn phone(value: &str) -> Address {
    address(AddressKind::Phone, value)
}

pub(crate) fn with_addresses(list: Vec<AddressChange>) -> CustomerChange {
    CustomerChange {
        addresses: list,
        ..CustomerChange::default()
    }
}

impl Tenant {
    pub(crate) fn changing(&self, id: CustomerId, change: CustomerChange) -> UpdateCustomer {
        UpdateCustomer {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            id,
            expected: None,
            change,
        }
    }

    pub(crate) async fn change(
        &self,
        id: CustomerId,
        change: CustomerChange,
    ) -> Result<CustomerView, Error> {
        self.store.write(self.changing(id, change)).await
    }

    pub(crate) async fn found(&self, id: CustomerId) -> Result<Box<CustomerView>, Error> {
        let find = FindCustomer {
            account: self.account,
            inboxes: InboxScope::All,
            id,
        };
        self.store.read(find).await
    }

    pub(crate) async fn view(&self, id: CustomerId) -> CustomerView {
        match self.found(id).await {
            Ok(view) => *view,
            other => panic!("customer {id}: {other:?}"),
        }
    }

    /// Returns the details of all events of one kind about an entity, oldest first.
    pub(crate) async fn event_details(&self, kind: &str, entity: i64) -> Vec<serde_json::Value> {
        self.store.drain_feed().await.expect("positions");
        let read = ReadFeed {
            account: self.account,
            after: 0,
            limit: 10_000,
        };
        let page = self.store.read(read).await.expect("the feed");
        let about = page.events.into_iter();
        let about = about.filter(|e| e.kind.as_str() == kind && e.entity == entity);
        about
            .map(|e| match to_text(&e.detail.known()) {
                Some(text) => serde_json::from_str(&text).expect("JSON"),
                None => serde_json::Value::Null,
            })
            .collect()
    }

    fn search(&self) -> SearchCustomers {
        SearchCustomers {
            account: self.account,
            inboxes: InboxScope::All,
            email: None,
            phone: None,
            home: None,
            prospects: None,
            after: None,
            limit: 50,
        }
    }

    /// Returns all results of a search, page by page.
    async fn search_all(&self, mut search: SearchCustomers) -> Vec<CustomerId> {
        let mut found = Vec::new();
        loop {
            let page = self.store.read(search.clone()).await.expect("a page");
            found.extend(page.customers.iter().map(|view| view.customer.id));
            match page.next {
                next @ Some(_) => search.after = next,
                None => return found,
            }
        }
    }
}

pub(crate) fn values(view: &CustomerView) -> Vec<(i64, &str)> {
    let placed = view.addresses.iter();
    placed
        .map(|p| (p.position, p.address.value.as_str()))
        .collect()
}

async fn a_change_of_fields_writes_each_into_the_event(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.new_customer(None, Some("ito@example.com")).await;
    let before = tenant.view(id).await;
    test.clock.advance(1_000);
    let change = CustomerChange {
        home: Some(Some(tenant.inboxes[0])),
        profile: vec![
            (ProfileField::FirstName, None),
            (ProfileField::JobTitle, Some("Weaver".into())),
        ],
        addresses: Vec::new(),
        postal_address: Vec::new(),
    };
    let after = tenant.change(id, change.clone()).await.expect("a change");
    assert_eq!(after, tenant.view(id).await, "the result is what is stored");
    assert_eq!(after.customer.profile.first_name, None);
    assert_eq!(after.customer.home, Some(tenant.inboxes[0]));
    assert!(after.customer.version > before.customer.version);
    assert_eq!(
        after.customer.updated_at.0,
        before.customer.updated_at.0 + 1_000
    );
    let details = tenant.event_details("customer.updated", id.get()).await;
    let inbox = tenant.inboxes[0].get();
    assert_eq!(
        details,
        [serde_json::json!({"changes": {
            "home_inbox": [null, inbox],
            "first_name": ["Ito", null],
            "job_title": [null, "Weaver"],
        }})]
    );
    // The same change again changes nothing and writes no event.
    let again = tenant.change(id, change).await.expect("no change");
    assert_eq!(again, after);
    assert_eq!(
        tenant
            .event_details("customer.updated", id.get())
            .await
            .len(),
        1
    );
}

async fn a_change_needs_the_expected_version(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.new_customer(None, None).await;
    let version = tenant.view(id).await.customer.version;
    let named = |name: &str| CustomerChange {
        profile: vec![(ProfileField::LastName, Some(name.into()))],
        ..CustomerChange::default()
    };
    let mut first = tenant.changing(id, named("Okafor"));
    first.expected = Some(version);
    let mut second = tenant.changing(id, named("Ito"));
    second.expected = Some(version);
    let changed = tenant.store.write(first).await.expect("a change");
    let rows = tenant.rows().await;
    assert_eq!(
        tenant.store.write(second).await,
        Err(Error::Refused(Refusal::Stale))
    );
    assert_eq!(tenant.rows().await, rows);
    assert_eq!(tenant.view(id).await, changed);
}

async fn addresses_keep_their_positions_and_their_owners(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.new_customer(None, Some("a@example.com")).await;
    let list = vec![
        AddressChange::Add(phone("1")),
        AddressChange::Add(email("B@example.com")),
        AddressChange::Add(address(AddressKind::Website, "https://example.com")),
    ];
    let view = tenant.change(id, with_addresses(list)).await.expect("it");
    let all = [
        (0, "a@example.com"),
        (1, "1"),
        (2, "b@example.com"),
        (3, "https://example.com"),
    ];
    assert_eq!(values(&view), all);
    assert_eq!(view.customer.profile.phone.as_deref(), Some("1"));
    let removed = with_addresses(vec![AddressChange::Remove(0)]);
    let view = tenant.change(id, removed).await.expect("it");
    assert_eq!(values(&view), all[1..]);
    assert_eq!(view.customer.email.as_deref(), Some("b@example.com"));
    assert_eq!(view, tenant.view(id).await);
    let owners = tenant.table("email_owner").await;
    assert_eq!(owners.len(), 1, "{owners:?}");
    // The address is free again, so another customer may have it.
    let other = tenant.new_customer(None, Some("a@example.com")).await;
    let back = with_addresses(vec![AddressChange::Add(email("a@example.com"))]);
    let rows = tenant.rows().await;
    let refused = tenant.change(id, back).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Conflict(_)))),
        "{refused:?}"
    );
    assert_eq!(tenant.rows().await, rows);
    let away = with_addresses(vec![AddressChange::First(AddressKind::Email, None)]);
    let view = tenant.change(other, away).await.expect("it");
    assert_eq!(values(&view), []);
    assert_eq!(view.customer.email, None);
    let missing = with_addresses(vec![AddressChange::Remove(9)]);
    let missing = tenant.change(id, missing).await;
    assert_eq!(
        missing,
        Err(Error::Refused(Refusal::NotFound(Entity::Address)))
    );
}

async fn an_address_moves_within_a_list(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.new_customer(None, Some("a@example.com")).await;
    let list = vec![email("b@example.com"), phone("7"), email("a@example.com")];
    let swap = with_addresses(vec![AddressChange::Replace(PlacedAddress::numbered(list))]);
    let view = tenant.change(id, swap).await.expect("it");
    let order = [(0, "b@example.com"), (1, "7"), (2, "a@example.com")];
    assert_eq!(values(&view), order);
    assert_eq!(view.customer.email.as_deref(), Some("b@example.com"));
    assert_eq!(view, tenant.view(id).await);
    assert_eq!(tenant.table("email_owner").await.len(), 2);
}

async fn a_customer_is_made_with_many_addresses(on: On) {
    let (test, tenant) = opened(on).await;
    let create = CreateCustomer {
        caller: tenant.caller.clone(),
        public_ids: Vec::new(),
        home: None,
        email: None,
        profile: profile("Mara"),
        addresses: vec![phone("2"), email("z@example.com"), email("y@example.com")],
        postal_address: None,
    };
    let made = test.store.write(create.clone()).await.expect("it");
    assert_eq!(made, tenant.view(made.customer.id).await);
    assert_eq!(made.customer.email.as_deref(), Some("z@example.com"));
    assert_eq!(made.customer.profile.phone.as_deref(), Some("2"));
    let details = tenant
        .event_details("customer.created", made.customer.id.get())
        .await;
    assert_eq!(
        details,
        [serde_json::json!({"changes": {
            "addresses": [null, [
                {"kind": "phone", "value": "2", "position": 0},
                {"kind": "email", "value": "z@example.com", "position": 1},
                {"kind": "email", "value": "y@example.com", "position": 2},
            ]],
            "email": [null, "z@example.com"],
            "first_name": [null, "Mara"],
            "phone": [null, "2"],
        }})]
    );
    let twin = CreateCustomer {
        addresses: vec![email("y@example.com")],
        ..create
    };
    let refused = test.store.write(twin).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::Conflict(_)))),
        "{refused:?}"
    );
}

async fn a_caller_limited_to_inboxes_changes_only_customers_at_home_there(on: On) {
    let (_test, tenant) = opened(on).await;
    let [here, there] = tenant.inboxes;
    let at_home = tenant.new_customer(Some(here), None).await;
    let elsewhere = tenant.new_customer(Some(there), None).await;
    let change = |home| CustomerChange {
        home: Some(home),
        ..CustomerChange::default()
    };
    let bound = |id, home, inboxes| UpdateCustomer {
        inboxes,
        ..tenant.changing(id, change(home))
    };
    let unknown = Err(Error::Refused(Refusal::NotFound(Entity::Customer(0))));
    let write = |command| tenant.store.write(command);
    assert_eq!(
        write(bound(elsewhere, None, InboxScope::only([here]))).await,
        unknown
    );
    let foreign = write(bound(at_home, Some(there), InboxScope::only([here]))).await;
    assert_eq!(
        foreign,
        Err(Error::Refused(Refusal::NotFound(Entity::Inbox)))
    );
    for (id, home) in [(at_home, None), (tenant.customer, Some(here))] {
        let refused = write(bound(id, home, InboxScope::only([here]))).await;
        let wrong = matches!(
            refused,
            Err(Error::Refused(Refusal::Invalid {
                field: "home_inbox_id",
                ..
            }))
        );
        assert!(wrong, "{id} to {home:?}: {refused:?}");
    }
    let moved = write(bound(at_home, Some(there), InboxScope::only([here, there]))).await;
    assert_eq!(moved.expect("it").customer.home, Some(there));
    for id in [at_home, tenant.customer] {
        let refused = write(bound(id, Some(here), InboxScope::only([]))).await;
        assert_eq!(
            refused,
            Err(Error::Refused(Refusal::NotFound(Entity::Customer(0))))
        );
    }
    let nowhere = write(bound(at_home, Some(InboxId(999)), InboxScope::All)).await;
    assert_eq!(
        nowhere,
        Err(Error::Refused(Refusal::NotFound(Entity::Inbox)))
    );
}

async fn concurrent_changes_are_all_kept(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.new_customer(None, None).await;
    let changes = (0..24).map(|at| {
        let added = with_addresses(vec![AddressChange::Add(phone(&at.to_string()))]);
        tenant.change(id, added)
    });
    let outcomes = futures_util::future::join_all(changes).await;
    // On PostgreSQL a command that lost too many races may have been refused; then it wrote nothing.
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(done >= 8, "{outcomes:?}");
    assert_eq!(tenant.view(id).await.addresses.len(), done);
}

async fn customers_are_listed_by_creation_and_filtered(on: On) {
    let (test, tenant) = opened(on).await;
    let [here, there] = tenant.inboxes;
    let mut made = vec![tenant.customer];
    for at in 0..7 {
        test.clock.advance(1);
        let home = [None, Some(here), Some(there)][at % 3];
        let email = format!("p{at}@example.com");
        made.push(tenant.new_customer(home, Some(&email)).await);
    }
    let number = with_addresses(vec![AddressChange::Add(phone("+44 1"))]);
    for id in [made[2], made[5]] {
        tenant.change(id, number.clone()).await.expect("a number");
    }
    for limit in [1, 3, 50] {
        let search = SearchCustomers {
            limit,
            ..tenant.search()
        };
        assert_eq!(tenant.search_all(search.clone()).await, made);
        let bound = SearchCustomers {
            inboxes: InboxScope::only([here]),
            ..search.clone()
        };
        let seen = [made[0], made[1], made[2], made[4], made[5], made[7]];
        assert_eq!(tenant.search_all(bound.clone()).await, seen);
        let home = SearchCustomers {
            home: Some(there),
            ..search.clone()
        };
        assert_eq!(tenant.search_all(home).await, [made[3], made[6]]);
        let foreign = SearchCustomers {
            home: Some(there),
            ..bound
        };
        assert_eq!(tenant.search_all(foreign).await, []);
        let by_phone = SearchCustomers {
            phone: Some(" +44 1 ".into()),
            ..search.clone()
        };
        assert_eq!(tenant.search_all(by_phone).await, [made[2], made[5]]);
        let by_email = |email: &str, phone: Option<&str>| SearchCustomers {
            email: Some(email.into()),
            phone: phone.map(str::to_owned),
            ..search.clone()
        };
        let found = tenant.search_all(by_email("P1@example.com", None)).await;
        assert_eq!(found, [made[2]]);
        let both = tenant.search_all(by_email("p1@example.com", Some("+44 1")));
        assert_eq!(both.await, [made[2]]);
        for nobody in [
            by_email("no address", None),
            by_email("p0@example.com", Some("1")),
        ] {
            assert_eq!(tenant.search_all(nobody).await, []);
        }
    }
    let foreign = SearchCustomers {
        account: AccountId(tenant.account.get() + 1),
        ..tenant.search()
    };
    assert_eq!(tenant.search_all(foreign).await, []);
    let some = CustomersById {
        account: tenant.account,
        inboxes: InboxScope::only([here]),
        ids: vec![made[3], made[1], CustomerId(999)],
    };
    let some = test.store.read(some).await.expect("some");
    assert_eq!(some.keys().copied().collect::<Vec<_>>(), [made[1]]);
}

async fn a_filter_that_excludes_thousands_still_ends(on: On) {
    let (test, tenant) = opened(on).await;
    let [here, there] = tenant.inboxes;
    for _ in 0..1_100 {
        tenant.new_customer(Some(there), None).await;
    }
    test.clock.advance(1);
    let last = tenant.new_customer(Some(here), None).await;
    let search = SearchCustomers {
        home: Some(here),
        ..tenant.search()
    };
    let first = test.store.read(search.clone()).await.expect("a page");
    assert!(first.customers.is_empty() && first.next.is_some());
    assert_eq!(tenant.search_all(search).await, [last]);
}

on_both!(
    a_change_of_fields_writes_each_into_the_event,
    a_change_needs_the_expected_version,
    addresses_keep_their_positions_and_their_owners,
    an_address_moves_within_a_list,
    a_customer_is_made_with_many_addresses,
    a_caller_limited_to_inboxes_changes_only_customers_at_home_there,
    concurrent_changes_are_all_kept,
    customers_are_listed_by_creation_and_filtered,
    a_filter_that_excludes_thousands_still_ends,
);
