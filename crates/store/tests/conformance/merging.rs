//! Tests of merging customers: the command, the job that moves conversations, and commands that run between them.

use std::collections::BTreeSet;

use heddle_domain::conversation::StatusWish;
use heddle_domain::customer::{CustomerRef, Profile};
use heddle_domain::id::{ConversationId, CustomerId};
use heddle_store::jobs::{Job, ListJobs, WithJobs};
use heddle_store::read::account::{GetCustomer, ListCustomers};
use heddle_store::write::NewMessage;
use heddle_store::write::customers::{AddressChange, CustomerChange, MergeCustomers};
use heddle_store::{Entity, Error, Refusal, Store};
use heddle_testkit::{On, TestStore};

use crate::profiles::{email, phone, values, with_addresses};
use crate::tenant::{Tenant, by_email, call, call_from, opened};

impl Tenant {
    pub(crate) async fn merge(&self, from: CustomerId, into: CustomerId) -> Result<Job, Error> {
        let merge = MergeCustomers {
            caller: self.caller.clone(),
            from,
            into,
            expected: None,
        };
        self.store.write(merge).await
    }

    /// Creates this many conversations of a customer, each with one call.
    pub(crate) async fn conversations_of(
        &self,
        customer: CustomerId,
        count: usize,
    ) -> Vec<ConversationId> {
        let mut made = Vec::new();
        for at in 0..count {
            let body = call(&format!("call {at}"));
            let create = self.creation(CustomerRef::Id(customer), vec![body]);
            let created = self.store.write(create).await;
            made.push(created.expect("a conversation").conversation.id);
        }
        made
    }

    pub(crate) async fn jobs_of(&self, customer: CustomerId) -> Vec<Job> {
        let account = self.account;
        let list = ListJobs { account, customer };
        self.store.read(list).await.expect("jobs")
    }

    /// Returns the customers of a conversation and of its messages.
    async fn people_in(&self, id: ConversationId) -> BTreeSet<CustomerId> {
        let messages = self.messages(id).await;
        let people = messages.iter().map(|message| message.customer);
        people.chain([self.get(id).await.customer]).collect()
    }

    /// Returns the same tenant after its store was closed and opened again.
    pub(crate) async fn reopened(self, test: &TestStore) -> Self {
        self.store.close().await.expect("it closes");
        let store = Store::open(&test.options, test.clock.clone() as _).await;
        Self {
            store: store.expect("it opens"),
            ..self
        }
    }
}

const NODE: &str = "node";

async fn the_command_moves_addresses_and_fills_the_profile(on: On) {
    let (test, tenant) = opened(on).await;
    let from = tenant.new_customer(None, Some("from@example.com")).await;
    let into = tenant.new_customer(None, Some("into@example.com")).await;
    let known = |name: &str, title: Option<&str>| CustomerChange {
        profile: vec![
            (
                heddle_domain::customer::ProfileField::FirstName,
                Some(name.into()),
            ),
            (
                heddle_domain::customer::ProfileField::JobTitle,
                title.map(str::to_owned),
            ),
        ],
        addresses: vec![AddressChange::Add(phone(name))],
        ..CustomerChange::default()
    };
    tenant
        .change(from, known("Mara", Some("Weaver")))
        .await
        .expect("it");
    let before = tenant.change(into, known("Ito", None)).await.expect("it");
    test.clock.advance(1_000);
    let job = tenant.merge(from, into).await.expect("it is merged");
    assert_eq!((job.customer, job.into), (from, Some(into)));
    assert_eq!(tenant.jobs_of(from).await, [job]);

    assert_eq!(
        tenant.found(from).await.err(),
        Some(Error::Refused(Refusal::MergedCustomer(into)))
    );
    let view = tenant.view(into).await;
    let profile = Profile {
        first_name: Some("Ito".into()),
        job_title: Some("Weaver".into()),
        phone: Some("Ito".into()),
        ..Profile::default()
    };
    assert_eq!(view.customer.profile, profile);
    assert_eq!(view.customer.email.as_deref(), Some("into@example.com"));
    let all = [
        (0, "into@example.com"),
        (1, "Ito"),
        (2, "from@example.com"),
        (3, "Mara"),
    ];
    assert_eq!(values(&view), all);
    assert!(view.customer.version > before.customer.version);
    let details = tenant.event_details("customer.merged", from.get()).await;
    let changes = serde_json::json!({"changes": {"merged_into": [null, into.get()]}});
    assert_eq!(details, [changes]);
    let details = tenant.event_details("customer.updated", into.get()).await;
    assert_eq!(details[1]["merged"], from.get());
    assert_eq!(
        details[1]["changes"]["job_title"],
        serde_json::json!([null, "Weaver"])
    );

    let create = tenant.creation(by_email("FROM@example.com"), vec![call("Hello")]);
    let created = tenant.store.write(create).await.expect("it");
    assert_eq!(created.conversation.customer, into, "the address leads on");
    let create = tenant.creation(CustomerRef::Id(from), vec![call("Hello")]);
    let created = tenant.store.write(create).await.expect("it");
    assert_eq!(created.conversation.customer, into, "the id leads on");
}

async fn a_merged_customer_cannot_be_changed_or_merged_again(on: On) {
    let (_test, tenant) = opened(on).await;
    let from = tenant.new_customer(None, None).await;
    let into = tenant.new_customer(None, None).await;
    tenant.merge(from, into).await.expect("it");
    let rows = tenant.rows().await;
    let merged = Err(Error::Refused(Refusal::MergedCustomer(into)));
    assert_eq!(tenant.merge(from, tenant.customer).await, merged);
    let added = with_addresses(vec![AddressChange::Add(phone("1"))]);
    let refused = tenant.change(from, added).await;
    assert_eq!(
        refused.err(),
        Some(Error::Refused(Refusal::MergedCustomer(into)))
    );
    for (a, b, error) in [
        (
            CustomerId(999),
            into,
            Error::Refused(Refusal::NotFound(Entity::Customer(0))),
        ),
        (
            into,
            CustomerId(999),
            Error::Refused(Refusal::NotFound(Entity::Customer(1))),
        ),
    ] {
        assert_eq!(tenant.merge(a, b).await, Err(error));
    }
    for (a, b) in [(into, into), (into, from)] {
        let refused = tenant.merge(a, b).await;
        let ring = matches!(
            refused,
            Err(Error::Refused(Refusal::Invalid { field: "into", .. }))
        );
        assert!(ring, "{a} into {b}: {refused:?}");
    }
    let stale = MergeCustomers {
        caller: tenant.caller.clone(),
        from: into,
        into: tenant.customer,
        expected: Some(1),
    };
    assert_eq!(
        tenant.store.write(stale).await,
        Err(Error::Refused(Refusal::Stale))
    );
    assert_eq!(tenant.rows().await, rows);
}

async fn merge_chains_of_any_length_redirect_to_the_last_survivor(on: On) {
    let (_test, tenant) = opened(on).await;
    let first = tenant.new_customer(None, Some("first@example.com")).await;
    let mut last = first;
    let mut all = vec![first];
    for _ in 0..70 {
        let next = tenant.new_customer(None, None).await;
        // Names the first id, which now stands for the survivor (the customer that remains).
        let ended = match tenant.merge(first, next).await {
            Err(Error::Refused(Refusal::MergedCustomer(survivor))) => survivor,
            Ok(job) => job.customer,
            other => panic!("{other:?}"),
        };
        if ended != first {
            tenant.merge(ended, next).await.expect("it");
        }
        last = next;
        all.push(next);
    }
    for id in &all[..all.len() - 1] {
        assert_eq!(
            tenant.found(*id).await.err(),
            Some(Error::Refused(Refusal::MergedCustomer(last)))
        );
    }
    let account = tenant.account;
    let found = tenant.store.read(GetCustomer { account, id: first });
    assert_eq!(found.await.expect("a read").map(|c| c.id), Some(last));
    let create = tenant.creation(
        CustomerRef::Id(first),
        vec![
            call("Hello"),
            call_from(by_email("first@example.com"), "too"),
        ],
    );
    let created = tenant.store.write(create).await.expect("it");
    assert_eq!(created.conversation.customer, last);
    // Merges into a customer that was merged itself: its survivor is used.
    let late = tenant.new_customer(None, None).await;
    let job = tenant.merge(late, all[3]).await.expect("it");
    assert_eq!(job.into, Some(last));
    let list = ListCustomers {
        account,
        after: CustomerId(0),
        limit: 100,
    };
    let ids: Vec<_> = tenant.store.read(list).await.expect("a list");
    let ids: Vec<_> = ids.iter().map(|c| c.id).collect();
    assert_eq!(ids, [tenant.customer, last]);
}

async fn conversations_and_messages_follow_in_chunks(on: On) {
    let (test, tenant) = opened(on).await;
    let from = tenant.new_customer(None, Some("from@example.com")).await;
    let into = tenant.new_customer(None, None).await;
    let theirs = tenant.conversations_of(from, 130).await;
    let others = tenant.conversations_of(tenant.customer, 2).await;
    // The customer is a guest in a conversation of another customer, and the survivor is a guest in one of the merged
    // customer's conversations.
    for (conversation, guest) in [(others[0], from), (theirs[0], into)] {
        let message = call_from(CustomerRef::Id(guest), "guest");
        let append = tenant.appending(vec![(conversation, message, StatusWish::Keep)]);
        tenant.store.write(append).await.expect("it");
    }
    test.clock.advance(5_000);
    tenant.merge(from, into).await.expect("it");
    let open = tenant.store.read(WithJobs(vec![tenant.account])).await;
    assert_eq!(open, Ok(vec![tenant.account]));
    tenant
        .store
        .run_jobs(tenant.account, NODE)
        .await
        .expect("it runs");
    let open = tenant.store.read(WithJobs(vec![tenant.account])).await;
    assert_eq!(open, Ok(Vec::new()));

    for id in &theirs {
        assert_eq!(tenant.people_in(*id).await, BTreeSet::from([into]), "{id}");
        let details = tenant.event_changes(*id).await;
        assert_eq!(
            details,
            [serde_json::json!({"customer": [from.get(), into.get()]})]
        );
    }
    let in_others = tenant.people_in(others[0]).await;
    assert_eq!(in_others, BTreeSet::from([tenant.customer, into]));
    let guests = tenant.table("conversation_guest").await;
    let guest = format!("conversation_guest|{}|{into}|{}", tenant.account, others[0]);
    assert_eq!(guests, [guest]);
    assert_eq!(
        tenant.get(theirs[0]).await.updated_at,
        heddle_store::Clock::now(&*test.clock)
    );
    let jobs = tenant.jobs_of(from).await;
    assert!(jobs[0].done_at.is_some());
    assert_eq!(jobs[0].conversations, 131);
    assert_eq!(tenant.store.check().await, Ok(Vec::new()));
}

impl Tenant {
    /// Returns the changes in the `conversation.updated` events of a conversation.
    async fn event_changes(&self, id: ConversationId) -> Vec<serde_json::Value> {
        let mut details = self.event_details("conversation.updated", id.get()).await;
        details
            .iter_mut()
            .map(|detail| detail["changes"].take())
            .collect()
    }
}

async fn a_long_conversation_moves_in_slices(on: On) {
    let (_test, tenant) = opened(on).await;
    let from = tenant.new_customer(None, None).await;
    let into = tenant.new_customer(None, None).await;
    let [id] = tenant.conversations_of(from, 1).await[..] else {
        panic!("one conversation");
    };
    for _ in 0..11 {
        let some: Vec<(_, NewMessage, _)> = (0..100)
            .map(|_| (id, call("more"), StatusWish::Keep))
            .collect();
        let append = tenant.appending(some);
        tenant.store.write(append).await.expect("it");
    }
    tenant.merge(from, into).await.expect("it");
    let mut job = claimed(&tenant).await;
    let mut slices = 0;
    while job.done_at.is_none() {
        slices += u32::from(job.after_message > 0);
        let people = tenant.get(id).await.customer;
        assert_eq!(people, if job.conversations == 0 { from } else { into });
        // A message that is added before the job has moved the conversation moves too.
        let said = tenant.append(id, call("meanwhile")).await;
        said.expect("it");
        job = tenant
            .store
            .step_job(tenant.account, job)
            .await
            .expect("a step");
    }
    assert_eq!(slices, 2);
    assert_eq!(tenant.people_in(id).await, BTreeSet::from([into]));
}

async fn claimed(tenant: &Tenant) -> Job {
    let claimed = tenant.store.claim_job(tenant.account, NODE).await;
    claimed.expect("a claim").expect("a job")
}

async fn a_job_continues_where_it_stopped(on: On) {
    let (test, mut tenant) = opened(on).await;
    let from = tenant.new_customer(None, None).await;
    let into = tenant.new_customer(None, None).await;
    let theirs = tenant.conversations_of(from, 130).await;
    tenant.merge(from, into).await.expect("it");
    let mut steps = 0;
    // Each step runs in a newly opened store.
    while !tenant
        .store
        .read(WithJobs(vec![tenant.account]))
        .await
        .expect("a read")
        .is_empty()
    {
        let job = claimed(&tenant).await;
        tenant
            .store
            .step_job(tenant.account, job)
            .await
            .expect("a step");
        tenant = tenant.reopened(&test).await;
        steps += 1;
        // Halfway, the two customers' lists together hold every conversation once.
        let mut moved = 0;
        for id in &theirs {
            moved += u32::from(tenant.get(*id).await.customer == into);
        }
        assert!(steps < 2 || moved > 0);
    }
    assert_eq!(steps, 5, "followers, two chunks, the end of them, guests");
    for id in &theirs {
        assert_eq!(tenant.people_in(*id).await, BTreeSet::from([into]));
        assert_eq!(
            tenant
                .event_details("conversation.updated", id.get())
                .await
                .len(),
            1
        );
    }
}

async fn one_node_works_on_a_job_at_a_time(on: On) {
    let (test, tenant) = opened(on).await;
    let from = tenant.new_customer(None, None).await;
    tenant.conversations_of(from, 3).await;
    tenant.merge(from, tenant.customer).await.expect("it");
    let first = claimed(&tenant).await;
    let other = tenant.store.claim_job(tenant.account, "other").await;
    assert_eq!(other, Ok(None));
    test.clock.advance(31_000);
    let taken = tenant.store.claim_job(tenant.account, "other").await;
    let taken = taken.expect("a claim").expect("it was let go");
    // The first node continues, but its lease is lost, so it must change nothing.
    let rows = tenant.rows().await;
    let late = tenant.store.step_job(tenant.account, first).await;
    assert_eq!(late.err(), Some(Error::Refused(Refusal::Stale)));
    assert_eq!(tenant.rows().await, rows);
    tenant
        .store
        .step_job(tenant.account, taken)
        .await
        .expect("it goes on");
}

async fn commands_that_run_meanwhile_leave_nothing_unmoved(on: On) {
    let (_test, tenant) = opened(on).await;
    let from = tenant.new_customer(None, Some("from@example.com")).await;
    let into = tenant.new_customer(None, None).await;
    tenant.conversations_of(from, 20).await;
    let creating = async {
        for at in 0..60 {
            let who = match at % 2 {
                0 => CustomerRef::Id(from),
                _ => by_email("from@example.com"),
            };
            let create = tenant.creation(who, vec![call("meanwhile")]);
            let created = tenant.store.write(create).await;
            let id = created.expect("a conversation").conversation.id;
            tenant.append(id, call("more")).await.expect("more");
        }
    };
    let merging = async {
        tenant.merge(from, into).await.expect("it");
        let [one, two] = ["one", "two"].map(|node| tenant.store.run_jobs(tenant.account, node));
        let (one, two) = futures_util::join!(one, two);
        for outcome in [one, two] {
            assert!(
                matches!(outcome, Ok(()) | Err(Error::Refused(Refusal::Stale))),
                "{outcome:?}"
            );
        }
    };
    futures_util::join!(creating, merging);
    let conversations = tenant.table("conversation").await;
    assert_eq!(conversations.len(), 80);
    for row in conversations.iter().chain(&tenant.table("message").await) {
        let columns: Vec<&str> = row.split('|').collect();
        let at = if columns[0] == "conversation" { 5 } else { 4 };
        assert_eq!(columns[at], into.to_string(), "{row}");
    }
}

/// Magicline names the customer in the path. With both the old and the new customer id, a conversation that has not
/// been moved yet must be found.
async fn a_conversation_not_yet_moved_belongs_to_the_survivor(on: On) {
    let (_test, tenant) = opened(on).await;
    let from = tenant.new_customer(None, Some("from@example.com")).await;
    let into = tenant.new_customer(None, None).await;
    let id = tenant.conversations_of(from, 1).await[0];
    tenant.merge(from, into).await.expect("it");
    for (customer, reaches) in [(from, true), (into, true), (tenant.customer, false)] {
        let mut append = tenant.appending(vec![(id, call("more"), StatusWish::Keep)]);
        append.guard.customer = Some(customer);
        let outcome = tenant.store.write(append).await;
        assert_eq!(outcome.is_ok(), reaches, "{customer}: {outcome:?}");
    }
    let added = with_addresses(vec![AddressChange::Remove(0)]);
    tenant
        .change(into, added)
        .await
        .expect("the address is the survivor's");
    let again = with_addresses(vec![AddressChange::Add(email("from@example.com"))]);
    tenant
        .change(tenant.customer, again)
        .await
        .expect("it is free");
}

on_both!(
    the_command_moves_addresses_and_fills_the_profile,
    a_merged_customer_cannot_be_changed_or_merged_again,
    merge_chains_of_any_length_redirect_to_the_last_survivor,
    conversations_and_messages_follow_in_chunks,
    a_long_conversation_moves_in_slices,
    a_job_continues_where_it_stopped,
    one_node_works_on_a_job_at_a_time,
    commands_that_run_meanwhile_leave_nothing_unmoved,
    a_conversation_not_yet_moved_belongs_to_the_survivor,
);
