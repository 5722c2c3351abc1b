//! Tests of the contact preferences of customers, and of further facts about customers.

use heddle_domain::customer::{Category, CustomerDetails, Preference, PreferenceChange, Profile};
use heddle_domain::id::CustomerId;
use heddle_domain::{AccountId, Channel, InboxScope};
use heddle_store::read::customer_details::DetailsOfCustomers;
use heddle_store::read::customer_match::MatchCustomers;
use heddle_store::read::preferences::{FindPreferences, PreferencesView};
use heddle_store::write::account::CreateCustomer;
use heddle_store::write::customers::{MergeCustomers, RegisterCustomer, UpdatePreferences};
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;
use serde_json::json;

use crate::tenant::{Tenant, opened};

/// A change of the channel fax for general messages.
pub(crate) fn fax(active: Option<bool>, customer_overridable: Option<bool>) -> PreferenceChange {
    PreferenceChange {
        category: Category::General,
        channel: Channel::Fax,
        active,
        customer_overridable,
    }
}

pub(crate) fn details(date_of_birth: &str) -> CustomerDetails {
    CustomerDetails {
        prospect: true,
        date_of_birth: Some(date_of_birth.to_owned()),
        language: Some("de".into()),
        ..CustomerDetails::default()
    }
}

impl Tenant {
    pub(crate) fn creation_of(&self, email: &str) -> CreateCustomer {
        CreateCustomer {
            caller: self.caller.clone(),
            public_ids: Vec::new(),
            home: Some(self.inboxes[0]),
            email: Some(email.to_owned()),
            profile: Profile {
                first_name: Some("Mina".into()),
                last_name: Some("Roth".into()),
                ..Profile::default()
            },
            addresses: Vec::new(),
            postal_address: None,
        }
    }

    async fn registered(&self, email: &str, details: CustomerDetails) -> CustomerId {
        let register = RegisterCustomer {
            customer: self.creation_of(email),
            details: Some(details),
            preferences: vec![fax(Some(true), None)],
            opt_outs: None,
        };
        let made = self.store.write(register).await;
        made.expect("the customer is made").customer.id
    }

    async fn prefer(
        &self,
        id: CustomerId,
        changes: Vec<PreferenceChange>,
    ) -> Result<PreferencesView, Error> {
        let update = UpdatePreferences {
            caller: self.caller.clone(),
            inboxes: InboxScope::All,
            id,
            expected: None,
            changes,
        };
        self.store.write(update).await
    }

    async fn preferences(&self, id: CustomerId) -> Result<PreferencesView, Error> {
        let find = FindPreferences {
            account: self.account,
            inboxes: InboxScope::All,
            id,
        };
        self.store.read(find).await
    }

    pub(crate) async fn details_of(&self, id: CustomerId) -> Option<CustomerDetails> {
        let read = DetailsOfCustomers {
            account: self.account,
            ids: vec![CustomerId(999_999), id],
        };
        let mut found = self.store.read(read).await.expect("details");
        assert!(found.len() <= 1);
        found.remove(&id)
    }

    fn matching(&self) -> MatchCustomers {
        MatchCustomers {
            account: self.account,
            inboxes: InboxScope::All,
            first_name: None,
            last_name: None,
            email: None,
            date_of_birth: None,
            limit: 10,
        }
    }

    async fn matched(&self, find: MatchCustomers) -> Vec<CustomerId> {
        let found = self.store.read(find).await.expect("customers");
        found.iter().map(|view| view.customer.id).collect()
    }
}

async fn a_change_is_stored_and_writes_an_event(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant.new_customer(None, None).await;
    let before = tenant.preferences(id).await.expect("preferences");
    assert_eq!(before.preferences, Preference::all(&[]));
    test.clock.advance(1_000);
    let after = tenant
        .prefer(id, vec![fax(Some(true), None)])
        .await
        .expect("a change");
    let stored = fax(Some(true), None).apply(&[]);
    assert_eq!(after.preferences, Preference::all(&[stored]));
    assert_eq!(tenant.preferences(id).await, Ok(after.clone()));
    assert!(after.version > before.version);
    assert_eq!(tenant.view(id).await.customer.version, after.version);
    let value = json!({"category": "general", "channel": "fax", "active": true, "customer_overridable": true});
    let events = tenant.event_details("customer.updated", id.get()).await;
    assert_eq!(events, [json!({"changes": {"preferences": [[], [value]]}})]);
    // The same change again changes nothing and writes no event.
    let again = tenant.prefer(id, vec![fax(Some(true), Some(true))]).await;
    assert_eq!(again, Ok(after));
    let events = tenant.event_details("customer.updated", id.get()).await;
    assert_eq!(events.len(), 1);
}

async fn a_change_needs_the_expected_version_and_a_customer_that_the_caller_sees(on: On) {
    let (_test, tenant) = opened(on).await;
    let [here, there] = tenant.inboxes;
    let id = tenant.new_customer(Some(here), None).await;
    let mut update = UpdatePreferences {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::only([there]),
        id,
        expected: None,
        changes: vec![fax(Some(true), None)],
    };
    let unknown = Err(Error::Refused(Refusal::NotFound(Entity::Customer(0))));
    let rows = tenant.rows().await;
    assert_eq!(tenant.store.write(update.clone()).await, unknown);
    update.inboxes = InboxScope::only([here]);
    update.expected = Some(1);
    assert_eq!(
        tenant.store.write(update).await,
        Err(Error::Refused(Refusal::Stale))
    );
    assert_eq!(tenant.rows().await, rows);
    for (account, inboxes) in [
        (tenant.account, InboxScope::only([there])),
        (AccountId(tenant.account.get() + 1), InboxScope::All),
    ] {
        let find = FindPreferences {
            account,
            inboxes,
            id,
        };
        assert_eq!(tenant.store.read(find).await, unknown);
    }
}

async fn concurrent_changes_are_all_kept(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.new_customer(None, None).await;
    let changes = Category::ALL.iter().map(|category| {
        let change = PreferenceChange {
            category: *category,
            ..fax(Some(true), None)
        };
        tenant.prefer(id, vec![change])
    });
    for outcome in futures_util::future::join_all(changes).await {
        outcome.expect("a change");
    }
    let all = tenant
        .preferences(id)
        .await
        .expect("preferences")
        .preferences;
    let faxes = all
        .iter()
        .filter(|one| one.channel == Channel::Fax && one.active);
    assert_eq!(faxes.count(), Category::ALL.len());
}

async fn a_customer_is_made_with_facts_and_preferences_in_one_event(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant
        .registered("mina@example.com", details("1990-01-02"))
        .await;
    assert_eq!(tenant.details_of(id).await, Some(details("1990-01-02")));
    let all = tenant
        .preferences(id)
        .await
        .expect("preferences")
        .preferences;
    assert!(all.contains(&fax(Some(true), None).apply(&[])));
    let events = tenant.event_details("customer.created", id.get()).await;
    let facts = json!({"prospect": true, "date_of_birth": "1990-01-02", "language": "de"});
    assert_eq!(events[0]["changes"]["details"], json!([null, facts]));
    assert_eq!(events[0]["changes"]["preferences"][1][0]["channel"], "fax");
    assert!(
        tenant
            .event_details("customer.updated", id.get())
            .await
            .is_empty()
    );
}

async fn a_merge_keeps_the_survivors_and_fills_what_it_lacks(on: On) {
    let (_test, tenant) = opened(on).await;
    let from = tenant
        .registered("from@example.com", details("1990-01-02"))
        .await;
    let into = tenant.registered(
        "into@example.com",
        CustomerDetails {
            date_of_birth: None,
            language: Some("en".into()),
            ..details("")
        },
    );
    let into = into.await;
    let letter = PreferenceChange {
        channel: Channel::Letter,
        ..fax(Some(false), None)
    };
    tenant.prefer(from, vec![letter]).await.expect("a change");
    tenant
        .prefer(into, vec![fax(Some(false), None)])
        .await
        .expect("a change");
    let merge = MergeCustomers {
        caller: tenant.caller.clone(),
        from,
        into,
        expected: None,
    };
    tenant.store.write(merge).await.expect("a merge");
    let stored = [letter.apply(&[]), fax(Some(false), None).apply(&[])];
    let all = tenant.preferences(into).await.expect("preferences");
    assert_eq!(all.preferences, Preference::all(&stored));
    let expected = CustomerDetails {
        language: Some("en".into()),
        ..details("1990-01-02")
    };
    assert_eq!(tenant.details_of(into).await, Some(expected));
    let merged = Err(Error::Refused(Refusal::MergedCustomer(into)));
    assert_eq!(tenant.preferences(from).await, merged);
    assert_eq!(tenant.prefer(from, vec![letter]).await, merged);
    assert_eq!(tenant.details_of(from).await, None);
    let left = tenant.table("customer_preference").await;
    assert!(
        left.iter()
            .all(|row| row.starts_with(&format!("customer_preference|{}|{into}|", tenant.account))),
        "{left:?}"
    );
    let born = MatchCustomers {
        date_of_birth: Some("1990-01-02".into()),
        ..tenant.matching()
    };
    assert_eq!(tenant.matched(born).await, [into]);
}

async fn an_erasure_removes_preferences_and_facts(on: On) {
    let (test, tenant) = opened(on).await;
    let id = tenant
        .registered("mina@example.com", details("1990-01-02"))
        .await;
    let other = tenant
        .registered("other@example.com", details("1990-01-02"))
        .await;
    tenant.erase(id).await.expect("it is marked");
    let ran = test.store.run_jobs(tenant.account, "node").await;
    ran.expect("it runs");
    let erased = Err(Error::Refused(Refusal::ErasedCustomer));
    assert_eq!(tenant.preferences(id).await, erased);
    assert_eq!(tenant.details_of(id).await, None);
    for table in ["customer_preference", "customer_detail"] {
        assert_eq!(
            tenant.table(table).await.len(),
            1,
            "{table}: only the other customer's row"
        );
    }
    let born = MatchCustomers {
        date_of_birth: Some("1990-01-02".into()),
        ..tenant.matching()
    };
    assert_eq!(tenant.matched(born).await, [other]);
    let events = tenant.event_details("customer.created", id.get()).await;
    assert!(!events[0].to_string().contains("1990"), "{events:?}");
}

async fn customers_are_matched_by_all_that_is_given(on: On) {
    let (_test, tenant) = opened(on).await;
    let mina = tenant
        .registered("mina@example.com", details("1990-01-02"))
        .await;
    let twin = tenant
        .registered("twin@example.com", details("1990-01-03"))
        .await;
    let text = |text: &str| Some(text.to_owned());
    let find = tenant.matching();
    for (find, expected) in [
        (find.clone(), vec![]),
        (
            MatchCustomers {
                first_name: text("MI"),
                ..find.clone()
            },
            vec![mina, twin],
        ),
        (
            MatchCustomers {
                last_name: text("ro"),
                ..find.clone()
            },
            vec![mina, twin],
        ),
        (
            MatchCustomers {
                last_name: text("oth"),
                ..find.clone()
            },
            vec![],
        ),
        (
            MatchCustomers {
                last_name: text("ro"),
                limit: 1,
                ..find.clone()
            },
            vec![mina],
        ),
        (
            MatchCustomers {
                first_name: text("mi"),
                date_of_birth: text("1990-01-03"),
                ..find.clone()
            },
            vec![twin],
        ),
        (
            MatchCustomers {
                email: text("Mina@example.com"),
                ..find.clone()
            },
            vec![mina],
        ),
        (
            MatchCustomers {
                email: text("mina@example.com"),
                first_name: text("x"),
                ..find.clone()
            },
            vec![],
        ),
        (
            MatchCustomers {
                email: text("none"),
                ..find.clone()
            },
            vec![],
        ),
        (
            MatchCustomers {
                first_name: text("mi"),
                inboxes: InboxScope::only([tenant.inboxes[1]]),
                ..find.clone()
            },
            vec![],
        ),
        (
            MatchCustomers {
                first_name: text("mi"),
                account: AccountId(tenant.account.get() + 1),
                ..find
            },
            vec![],
        ),
    ] {
        assert_eq!(tenant.matched(find.clone()).await, expected, "{find:?}");
    }
}

on_both!(
    a_change_is_stored_and_writes_an_event,
    a_change_needs_the_expected_version_and_a_customer_that_the_caller_sees,
    concurrent_changes_are_all_kept,
    a_customer_is_made_with_facts_and_preferences_in_one_event,
    a_merge_keeps_the_survivors_and_fills_what_it_lacks,
    an_erasure_removes_preferences_and_facts,
    customers_are_matched_by_all_that_is_given,
);
