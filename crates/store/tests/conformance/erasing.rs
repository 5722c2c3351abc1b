//! Tests of erasing customers: none of their data remains, and the rest of their conversations stays consistent.

use heddle_domain::InboxScope;
use heddle_domain::conversation::StatusWish;
use heddle_domain::customer::{CustomerRef, ProfileField};
use heddle_domain::id::{ConversationId, CustomerId};
use heddle_domain::message::{Author, Channel, Direction, Kind, Recipients};
use heddle_store::detail::to_text;
use heddle_store::jobs::{Job, Stage, WithJobs};
use heddle_store::read::account::{FindCustomers, GetCustomer, ListAddresses, ListCustomers};
use heddle_store::read::feed::{FeedEvent, ReadFeed, ReaderPosition};
use heddle_store::read::references::LookUp;
use heddle_store::write::customers::{AddressChange, CustomerChange, EraseCustomer};
use heddle_store::write::delivery::SentDelivery;
use heddle_store::write::idempotent::{Answer, Idempotent, Key, Look, Outcome};
use heddle_store::write::{NewAttachment, NewMessage};
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::{On, TestStore};

use crate::deleting::unknown;
use crate::messages::attached;
use crate::profiles::{phone, with_addresses};
use crate::tenant::{MYKAARMA, Tenant, by_email, call, call_from, opened};
use crate::webhooks;

const NODE: &str = "node";
/// A word that is in every text about the erased customer, and in no other text.
const TRACE: &str = "mnemosyne";

impl Tenant {
    pub(crate) async fn erase(&self, id: CustomerId) -> Result<Job, Error> {
        let erase = EraseCustomer {
            caller: self.caller.clone(),
            id,
            expected: None,
            limit: None,
        };
        self.store.write(erase).await
    }

    /// Returns the rows that contain the word.
    async fn traces(&self) -> Vec<String> {
        let mut rows = self.rows().await;
        let hex = base16ct::lower::encode_string(TRACE.as_bytes());
        rows.retain(|row| row.to_lowercase().contains(TRACE) || row.contains(&hex));
        rows
    }
}

fn traced(what: &str) -> String {
    format!("{what} {TRACE}")
}

/// Creates a customer with the word in every field.
async fn known_customer(tenant: &Tenant) -> CustomerId {
    let email = format!("{TRACE}@example.com");
    let id = tenant.new_customer(None, Some(&email)).await;
    let all = ProfileField::ALL.iter();
    let change = CustomerChange {
        profile: all
            .map(|field| (*field, Some(traced(field.as_str()))))
            .collect(),
        addresses: vec![AddressChange::Add(phone(TRACE))],
        ..CustomerChange::default()
    };
    tenant.change(id, change).await.expect("it is known");
    id
}

/// Returns a message with the word in every field.
async fn with_personal_data(test: &TestStore, tenant: &Tenant, body: &str) -> NewMessage {
    let file = attached(TRACE.as_bytes());
    let put = test
        .store
        .objects()
        .put(tenant.account, TRACE.repeat(9_000).into());
    let object = NewAttachment {
        data: None,
        object: Some(put.await.expect("an object")),
        file_name: traced("photo"),
        ..attached(b"")
    };
    NewMessage {
        subject: Some(traced("subject")),
        recipients: Recipients {
            cc: vec![format!("{TRACE}@elsewhere.example")],
            bcc: Vec::new(),
        },
        extra: Some(serde_json::json!({ "sent": TRACE }).to_string()),
        attachments: vec![file, object],
        ..call(body)
    }
}

/// Creates a customer with conversations that contain the word, one of them another customer's, in which it is a
/// guest. Returns the customer, its conversations and the other one.
async fn told_of(
    test: &TestStore,
    tenant: &Tenant,
) -> (CustomerId, Vec<ConversationId>, ConversationId) {
    let customer = known_customer(tenant).await;
    let mut own = Vec::new();
    for at in 0..3 {
        let long = traced("long").repeat(at * 700);
        let messages = vec![
            with_personal_data(test, tenant, &traced("hello")).await,
            NewMessage {
                author: Author::Agent(tenant.agents[0]),
                direction: Direction::Outgoing,
                ..with_personal_data(test, tenant, &long).await
            },
            NewMessage {
                kind: Kind::Note,
                ..NewMessage::new(
                    Channel::Other,
                    Direction::Outgoing,
                    Author::Agent(tenant.agents[0]),
                    traced("note"),
                )
            },
        ];
        let mut create = tenant.creation(CustomerRef::Id(customer), messages);
        create.conversation.subject = traced("subject");
        create.conversation.ticket_number = Some(traced("number"));
        create.conversation.ticket_link = Some(format!("https://example.com/{TRACE}"));
        create.conversation.original_sender = Some(traced("sender"));
        let created = tenant.store.write(create).await;
        own.push(created.expect("it").conversation.id);
    }
    let other = tenant.conversation().await.id;
    let said = with_personal_data(test, tenant, &traced("guest")).await;
    let said = NewMessage {
        subject: None,
        customer: Some(CustomerRef::Id(customer)),
        ..said
    };
    let append = tenant.appending(vec![(other, said, StatusWish::Keep)]);
    tenant.store.write(append).await.expect("it");
    (customer, own, other)
}

/// Returns the parts of another customer's conversation that an erasure keeps.
fn shell(c: &heddle_domain::Conversation) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        (c.id, c.number, c.inbox, c.customer, c.status, c.archived),
        (
            c.created_at,
            c.started_at,
            c.last_message_at,
            c.waiting_since,
        ),
        (c.messages, c.published, c.contacts, c.last_message_id),
    )
}

async fn no_data_of_the_customer_remains(on: On) {
    let (test, tenant) = opened(on).await;
    let (customer, own, other) = told_of(&test, &tenant).await;
    let before = shell(&tenant.get(other).await);
    let untouched = tenant.messages(other).await.pop().expect("a message");
    // The word occurs in the customer with its addresses, owner row and events, in three conversations of three
    // messages, and in one more message.
    assert!(tenant.traces().await.len() > 30);
    assert_eq!(objects(&test), 7);

    tenant.erase(customer).await.expect("it is marked");
    assert_eq!(
        tenant.found(customer).await.err(),
        Some(Error::Refused(Refusal::ErasedCustomer))
    );
    let left = tenant.traces().await;
    let marked = ["customer|", "customer_address|", "email_owner|"];
    let left = left
        .iter()
        .find(|row| marked.iter().any(|table| row.starts_with(table)));
    assert_eq!(
        left, None,
        "the command itself removes addresses and profile"
    );

    tenant
        .store
        .run_jobs(tenant.account, NODE)
        .await
        .expect("it runs");
    assert_eq!(tenant.traces().await, Vec::<String>::new());
    assert_eq!(objects(&test), 0);
    assert_eq!(test.store.check().await, Ok(Vec::new()));
    assert_eq!(shell(&tenant.get(other).await), before);
    let kept = tenant.messages(other).await.pop();
    assert_eq!(kept, Some(untouched), "messages of others stay");
    let details = tenant
        .event_details("conversation.updated", own[0].get())
        .await;
    let job = tenant.jobs_of(customer).await.remove(0);
    assert_eq!(
        details,
        [serde_json::json!({"erased": true, "job": job.id})]
    );
    assert_eq!((job.conversations, job.stage), (4, Stage::Done));
}

/// Returns the number of objects (attachment files on disk).
fn objects(test: &TestStore) -> usize {
    let folders = std::fs::read_dir(test.objects_folder()).expect("a folder");
    let files = folders.map(|folder| {
        let folder = folder.expect("an entry").path();
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    });
    files.sum()
}

/// Returns the kinds and details of the events of a conversation, without those of messages.
async fn told(tenant: &Tenant, id: ConversationId) -> Vec<(String, serde_json::Value)> {
    tenant.store.drain_feed().await.expect("positions");
    let read = ReadFeed {
        account: tenant.account,
        after: 0,
        limit: 5_000,
    };
    let events = tenant.store.read(read).await.expect("the feed").events;
    let of_it = events
        .into_iter()
        .filter(|event| event.conversation == Some(id));
    let told = of_it.map(|event| {
        (
            event.kind.as_str().to_owned(),
            event.detail.into_json().into(),
        )
    });
    told.filter(|(kind, _)| kind.starts_with("conversation."))
        .collect()
}

async fn the_conversations_of_an_erased_customer_are_deleted_at_once(on: On) {
    let (test, tenant) = opened(on).await;
    let (customer, own, other) = told_of(&test, &tenant).await;
    tenant.delete(own[0]).await.expect("deleted before");
    let merged = tenant.conversations_of(customer, 1).await[0];
    tenant.merge_conversations(merged, own[1]).await;
    assert_eq!(tenant.listed().await, (vec![own[1], own[2], other], 3));
    let job = tenant.erase(customer).await.expect("it is marked");
    for has_run in [false, true] {
        assert_eq!(tenant.listed().await, (vec![other], 1));
        for id in own.iter().chain([&merged]) {
            assert!(unknown(tenant.find(*id).await));
            assert!(unknown(tenant.append(*id, call("more")).await));
            assert!(unknown(tenant.delete(*id).await));
            assert!(unknown(tenant.restore(*id).await));
        }
        let (kind, detail) = told(&tenant, own[2]).await.remove(1);
        assert_eq!(kind, "conversation.deleted");
        let changes =
            serde_json::json!({"state": ["published", "hidden"], "status": ["open", null]});
        assert_eq!(
            detail,
            serde_json::json!({"changes": changes, "erased": true, "job": job.id})
        );
        assert_eq!(test.store.check().await, Ok(Vec::new()), "{has_run}");
        let run = tenant.store.run_jobs(tenant.account, NODE);
        run.await.expect("it runs");
    }
    let kinds: Vec<_> = told(&tenant, own[2])
        .await
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(
        kinds,
        [
            "conversation.created",
            "conversation.deleted",
            "conversation.updated"
        ]
    );
}

async fn the_job_deletes_the_conversations_of_a_customer_with_many(on: On) {
    let (test, tenant) = opened(on).await;
    let customer = tenant.new_customer(None, None).await;
    let own = tenant.conversations_of(customer, 101).await;
    let kept = tenant.conversation().await.id;
    tenant.erase(customer).await.expect("it is marked");
    tenant
        .store
        .run_jobs(tenant.account, NODE)
        .await
        .expect("it runs");
    assert_eq!(tenant.listed().await, (vec![kept], 1));
    for id in [own[0], own[100]] {
        assert!(unknown(tenant.find(id).await) && unknown(tenant.restore(id).await));
        let kinds = told(&tenant, id).await.into_iter().map(|(kind, _)| kind);
        assert_eq!(
            kinds.filter(|kind| kind == "conversation.deleted").count(),
            1
        );
    }
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn an_erased_customer_is_not_found_in_any_api(on: On) {
    let (test, tenant) = opened(on).await;
    let email = format!("{TRACE}@example.com");
    let customer = tenant.new_customer(None, Some(&email)).await;
    let before = tenant.new_customer(None, None).await;
    tenant.merge(before, customer).await.expect("it");
    let public_id = tenant.view(customer).await.public_id;
    let id = tenant.conversations_of(customer, 1).await[0];
    tenant.erase(customer).await.expect("it");
    for gone in [customer, before] {
        assert_eq!(
            tenant.found(gone).await.err(),
            Some(Error::Refused(Refusal::ErasedCustomer))
        );
        assert_eq!(
            tenant.erase(gone).await,
            Err(Error::Refused(Refusal::ErasedCustomer))
        );
        let merged = tenant.merge(gone, tenant.customer).await;
        assert_eq!(merged, Err(Error::Refused(Refusal::ErasedCustomer)));
        let merged = tenant.merge(tenant.customer, gone).await;
        assert_eq!(
            merged,
            Err(Error::Refused(Refusal::NotFound(Entity::Customer(1))))
        );
        let added = with_addresses(vec![AddressChange::Add(phone("1"))]);
        let changed = tenant.change(gone, added).await;
        assert_eq!(changed.err(), Some(Error::Refused(Refusal::ErasedCustomer)));
        let create = tenant.creation(CustomerRef::Id(gone), vec![call("Hello")]);
        let created = tenant.store.write(create).await;
        assert_eq!(
            created.err(),
            Some(Error::Refused(Refusal::NotFound(Entity::Customer(0))))
        );
        let account = tenant.account;
        let found = tenant.store.read(GetCustomer { account, id: gone });
        assert_eq!(found.await, Ok(None));
        let addresses = ListAddresses {
            account,
            customer: gone,
        };
        assert_eq!(tenant.store.read(addresses).await, Ok(Vec::new()));
    }
    let more = call_from(CustomerRef::Id(customer), "more");
    let append = tenant.appending(vec![(id, more, StatusWish::Keep)]);
    let appended = tenant.store.write(append).await;
    assert_eq!(
        appended.err(),
        Some(Error::Refused(Refusal::NotFound(Entity::Conversation(0))))
    );
    let look_up = LookUp {
        account: tenant.account,
        inboxes: InboxScope::All,
        conversation: None,
        customers: vec![customer],
        emails: vec![email.clone()],
        agents: Vec::new(),
    };
    let found = test.store.read(look_up).await.expect("a look-up");
    assert_eq!((found.customers, found.owners), (vec![false], vec![None]));
    let find = FindCustomers {
        account: tenant.account,
        api: MYKAARMA,
        public_ids: vec![public_id],
        inboxes: InboxScope::only(tenant.inboxes),
    };
    assert_eq!(test.store.read(find).await, Ok(vec![None]));
    let list = ListCustomers {
        account: tenant.account,
        after: CustomerId(0),
        limit: 10,
    };
    assert_eq!(test.store.read(list).await.expect("a list").len(), 1);
    // Nobody owns the address any more, so a message from it creates a new customer.
    let create = tenant.creation(by_email(&email), vec![call("Hello")]);
    let created = tenant.store.write(create).await.expect("it");
    assert!(created.conversation.customer > before);
}

async fn an_erasure_continues_where_it_stopped(on: On) {
    let (test, mut tenant) = opened(on).await;
    let (customer, _, _) = told_of(&test, &tenant).await;
    tenant.erase(customer).await.expect("it");
    let mut steps = 0;
    while !tenant
        .store
        .read(WithJobs(vec![tenant.account]))
        .await
        .expect("a read")
        .is_empty()
    {
        let claimed = tenant.store.claim_job(tenant.account, NODE).await;
        let job = claimed.expect("a claim").expect("a job");
        tenant
            .store
            .step_job(tenant.account, job)
            .await
            .expect("a step");
        tenant = tenant.reopened(&test).await;
        steps += 1;
    }
    assert!(steps >= 7, "{steps}");
    assert_eq!(tenant.traces().await, Vec::<String>::new());
    assert_eq!(tenant.store.check().await, Ok(Vec::new()));
}

async fn conversations_that_a_merge_has_not_moved_are_erased_too(on: On) {
    let (test, tenant) = opened(on).await;
    let (customer, own, _) = told_of(&test, &tenant).await;
    let survivor = tenant.new_customer(None, None).await;
    tenant.merge(customer, survivor).await.expect("it");
    tenant.erase(survivor).await.expect("it");
    // Both jobs are pending now; the merge was requested first, so it runs first.
    tenant
        .store
        .run_jobs(tenant.account, NODE)
        .await
        .expect("they run");
    for id in own {
        assert!(unknown(tenant.find(id).await) && unknown(tenant.restore(id).await));
    }
    assert_eq!(tenant.traces().await, Vec::<String>::new());
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn bodies_sent_to_webhooks_are_emptied(on: On) {
    let (test, tenant) = opened(on).await;
    let webhook = webhooks::subscribe(&tenant).await.id;
    let (customer, _, other) = told_of(&test, &tenant).await;
    webhooks::claim(&tenant, webhook, NODE)
        .await
        .expect("a lease");
    tenant.store.drain_feed().await.expect("positions");
    let read = ReadFeed {
        account: tenant.account,
        after: 0,
        limit: 1_000,
    };
    let events = tenant.store.read(read).await.expect("the feed").events;
    let outcomes = events.iter().enumerate().map(|(at, event)| {
        // Every second delivery is still pending.
        let status = if at % 2 == 0 { Some(200) } else { None };
        let mut outcome = webhooks::first(&tenant, event.id.get(), status);
        outcome.attempt.answer = Some(TRACE.into());
        if let SentDelivery::First(delivery) = &mut outcome.sent {
            delivery.body = to_text(&event.detail.known()).unwrap_or_default();
        }
        outcome
    });
    let position = tenant.store.read(ReaderPosition {
        account: tenant.account,
        reader: format!("webhook:{webhook}"),
    });
    let from = position.await.expect("a position");
    let outcomes: Vec<_> = outcomes.collect();
    webhooks::settle(&tenant, webhook, NODE, (from, from), outcomes).await;
    let about = |event: &FeedEvent| {
        let customers = event.kind.as_str().starts_with("customer.");
        customers && event.entity == customer.get() || event.conversation.is_some()
    };
    let left = events.iter().filter(|event| !about(event)).count();
    tenant.erase(customer).await.expect("it");
    tenant
        .store
        .run_jobs(tenant.account, NODE)
        .await
        .expect("it runs");
    let deliveries = tenant.table("delivery").await;
    // Deliveries about the other customer's conversation stay if they are older than the first message of the guest
    // (the erased customer) in it.
    let others = events.iter().filter(|e| e.conversation == Some(other));
    let others = others.filter(|e| e.kind.as_str() == "conversation.created");
    assert_eq!(deliveries.len(), left + others.count(), "{deliveries:?}");
    let attempts = tenant.table("delivery_attempt").await;
    assert_eq!(attempts.len(), deliveries.len());
}

async fn stored_answers_are_removed_at_once_and_their_keys_stay(on: On) {
    let (test, tenant) = opened(on).await;
    let customer = tenant.new_customer(None, None).await;
    let other = tenant.new_customer(None, None).await;
    let once = |number: u8, customer, text: &str| Idempotent {
        key: Some(Key {
            account: tenant.account,
            hash: [number; 32],
            body: [8; 32],
        }),
        command: tenant.changing(
            customer,
            with_addresses(vec![AddressChange::Add(phone(&format!("{text}{number}")))]),
        ),
        answer: {
            let text = text.to_owned();
            std::sync::Arc::new(move |_| {
                let text = text.clone();
                Ok(Answer { status: 200, text })
            })
        },
    };
    for (number, customer) in [(7, customer), (9, other)] {
        tenant
            .store
            .write(once(number, customer, TRACE))
            .await
            .expect("an answer");
    }
    test.clock.advance(1_000);
    tenant.erase(customer).await.expect("it");
    let stored = tenant.table("idempotency_key").await;
    assert!(!stored.join("").contains(TRACE), "gone before the job runs");
    test.clock.advance(1_000);
    let late = once(11, other, TRACE);
    tenant.store.write(late).await.expect("an answer");
    tenant
        .store
        .run_jobs(tenant.account, NODE)
        .await
        .expect("it runs");
    let stored = tenant.table("idempotency_key").await;
    assert_eq!(stored.len(), 3);
    assert!(!stored.join("").contains(TRACE), "{stored:?}");
    let addresses = tenant.table("customer_address").await;
    for (number, customer) in [(7, customer), (9, other), (11, other)] {
        let again = once(number, customer, TRACE);
        let look = Look(again.key.expect("a key"));
        assert_eq!(test.store.read(look).await, Ok(Some(Outcome::Cleared)));
        let again = tenant.store.write(again).await;
        assert!(matches!(again, Ok(Outcome::Cleared)), "{again:?}");
    }
    assert_eq!(tenant.table("customer_address").await, addresses);
    let fresh = tenant.store.write(once(12, other, "a new one")).await;
    assert!(matches!(fresh, Ok(Outcome::Done(..))), "{fresh:?}");
}

async fn a_long_conversation_is_emptied_in_slices(on: On) {
    let (_test, tenant) = opened(on).await;
    let customer = tenant.new_customer(None, None).await;
    let id = tenant.conversations_of(customer, 1).await[0];
    for _ in 0..11 {
        let some: Vec<_> = (0..100)
            .map(|_| (id, call(&traced("more")), StatusWish::Keep))
            .collect();
        let append = tenant.appending(some);
        tenant.store.write(append).await.expect("it");
    }
    tenant.erase(customer).await.expect("it");
    tenant
        .store
        .run_jobs(tenant.account, NODE)
        .await
        .expect("it runs");
    assert_eq!(tenant.traces().await, Vec::<String>::new());
    assert!(unknown(tenant.find(id).await));
    let messages = tenant.table("message").await;
    assert_eq!(messages.len(), 1_101);
    let job = tenant.jobs_of(customer).await.remove(0);
    assert_eq!(job.conversations, 1);
}

async fn other_customers_keep_all_data(on: On) {
    let (test, tenant) = opened(on).await;
    let customer = tenant.new_customer(None, None).await;
    tenant.conversations_of(customer, 2).await;
    let neighbour = Tenant::in_store(&test.store).await;
    let (other, _, _) = told_of(&test, &tenant).await;
    told_of(&test, &neighbour).await;
    let of = |tenant: &Tenant| {
        let tenant = tenant.clone();
        async move { (tenant.rows().await, tenant.view(other).await) }
    };
    let theirs = neighbour.rows().await;
    let (_, view) = of(&tenant).await;
    let traces = tenant.traces().await;
    tenant.erase(customer).await.expect("it");
    tenant
        .store
        .run_jobs(tenant.account, NODE)
        .await
        .expect("it runs");
    assert_eq!(neighbour.rows().await, theirs);
    assert_eq!(of(&tenant).await.1, view);
    assert_eq!(tenant.traces().await, traces);
}

on_both!(
    no_data_of_the_customer_remains,
    the_conversations_of_an_erased_customer_are_deleted_at_once,
    the_job_deletes_the_conversations_of_a_customer_with_many,
    an_erased_customer_is_not_found_in_any_api,
    an_erasure_continues_where_it_stopped,
    conversations_that_a_merge_has_not_moved_are_erased_too,
    bodies_sent_to_webhooks_are_emptied,
    stored_answers_are_removed_at_once_and_their_keys_stay,
    a_long_conversation_is_emptied_in_slices,
    other_customers_keep_all_data,
);
