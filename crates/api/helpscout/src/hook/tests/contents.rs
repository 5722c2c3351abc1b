//! What the requests of a webhook contain.

use heddle_domain::TagName;
use heddle_domain::customer::normalise_email;
use heddle_domain::id::AccountId;
use serde_json::json;

use super::*;

#[test]
fn requests_are_tried_as_the_contract_says() {
    assert_eq!(DELIVERY.timeout, Duration::from_millis(10_000));
    let Schedule::Growing {
        first_ms,
        factor,
        most_ms,
        retries,
    } = DELIVERY.policy.schedule
    else {
        panic!("another schedule");
    };
    assert_eq!(
        (first_ms, factor, most_ms, retries),
        (30_000, 2, 3_600_000, 10)
    );
    assert_eq!((DELIVERY.redirects, DELIVERY.together), (0, 1));
    let policy = DELIVERY.policy;
    assert!(policy.gone_disables);
    assert!(matches!(
        DELIVERY.policy.disable,
        DisableRule::DiscardedInARow(10)
    ));
}

struct Place {
    test: TestStore,
    account: Account,
    main: InboxId,
    second: InboxId,
}

impl Place {
    async fn new(on: On) -> Self {
        let test = TestStore::open(on).await;
        let store = &test.store;
        let account = provision::create_account(store, "Here", AccountSettings::default());
        let account = account.await.expect("an account");
        let inbox = async |name: &str| {
            let made = provision::create_inbox(store, &account, name, None, Vec::new());
            made.await.expect("an inbox")
        };
        let (main, second) = (inbox("Main").await, inbox("Second").await);
        Self {
            test,
            account,
            main,
            second,
        }
    }

    /// Creates a conversation with a tag in the main inbox, whose customer is new.
    async fn conversation(&self) -> ConversationId {
        let email = normalise_email("new@x.example").expect("an address");
        let command = CreateConversation {
            caller: provision::operator_caller(&self.account),
            reach: InboxScope::All,
            locks: Locks::NONE,
            conversation: NewConversation {
                tags: vec![TagName::parse("Late Fee").expect("a tag")],
                ..NewConversation::new(self.main, "Call")
            },
            customer: CustomerRef::Email {
                email,
                profile: Box::default(),
            },
            messages: vec![call("first")],
        };
        let created = self.test.store.write(command).await;
        created.expect("a conversation").conversation.id
    }

    /// Returns the names and bodies that a webhook with these events, inboxes and options sends.
    async fn sent(
        &self,
        kinds: &[&str],
        inboxes: InboxScope,
        options: &str,
    ) -> Vec<(&'static str, Value)> {
        let store = &self.test.store;
        let webhook = StoredWebhook {
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            inboxes,
            options: options.to_owned(),
            ..webhook(store, &self.account).await
        };
        store.drain_feed().await.expect("positions");
        let feed = ReadFeed {
            account: self.account.id,
            after: 0,
            limit: 100,
        };
        let events = store.read(feed).await.expect("a read").events;
        let base_url = BaseUrl::new(None, "127.0.0.1:8080".parse().expect("an address"));
        let account: AccountId = self.account.id;
        let context = HookContext {
            store,
            base_url: &base_url,
            account,
            webhook: &webhook,
        };
        let prepared = Webhooks.prepare(context, &events).await.expect("requests");
        let read = |request: UnsignedRequest| {
            let Content { name, body, .. } = request.content;
            (name, serde_json::from_str(&body).expect("JSON"))
        };
        prepared.into_iter().map(read).collect()
    }
}

const CREATED: [&str; 3] = ["convo.created", "customer.created", "tag.created"];

#[tokio::test]
async fn a_notification_has_only_the_link_of_the_resource() {
    for on in On::BOTH {
        let place = Place::new(on).await;
        let id = place.conversation().await;
        let whole = place.sent(&CREATED, InboxScope::All, "{}").await;
        let options = r#"{"notification":true}"#;
        let links = place.sent(&CREATED, InboxScope::All, options).await;
        let names =
            |sent: &[(&'static str, Value)]| sent.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(&whole), names(&links), "{on:?}");
        assert_eq!(links.len(), CREATED.len(), "{on:?}");
        for ((name, whole), (_, link)) in whole.iter().zip(&links) {
            let (list, of) = match *name {
                "convo.created" => ("conversations", id.get()),
                "customer.created" => ("customers", whole["id"].as_i64().expect("an id")),
                _ => ("tags", whole["id"].as_i64().expect("an id")),
            };
            let href = format!("http://127.0.0.1:8080/v2/{list}/{of}");
            assert_eq!(
                link,
                &json!({ "_links": { "self": { "href": href } } }),
                "{on:?}"
            );
            assert!(
                whole.as_object().is_some_and(|members| members.len() > 5),
                "{whole}"
            );
        }
    }
}

#[tokio::test]
async fn a_deletion_is_its_id_also_for_a_notification() {
    for on in On::BOTH {
        let place = Place::new(on).await;
        let id = place.conversation().await;
        let delete = DeleteConversation {
            caller: provision::operator_caller(&place.account),
            inboxes: InboxScope::All,
            conversation: id,
            expected: None,
        };
        place.test.store.write(delete).await.expect("deleted");
        let options = r#"{"notification":true}"#;
        let sent = place
            .sent(&["convo.deleted"], InboxScope::All, options)
            .await;
        assert_eq!(
            sent,
            [("convo.deleted", json!({ "id": id.get() }))],
            "{on:?}"
        );
    }
}

#[tokio::test]
async fn a_new_tag_is_sent_whole() {
    for on in On::BOTH {
        let place = Place::new(on).await;
        place.conversation().await;
        let sent = place.sent(&["tag.created"], InboxScope::All, "{}").await;
        let [(name, tag)] = &sent[..] else {
            panic!("{on:?}: {sent:?}");
        };
        assert_eq!(*name, "tag.created");
        let at = tag["createdAt"].clone();
        assert!(at.as_str().is_some_and(|at| at.ends_with('Z')), "{tag}");
        let expected = json!({
            "id": tag["id"].as_i64().expect("an id"), "name": "late fee", "slug": "late-fee", "color": "#A5B2BD",
            "createdAt": at, "updatedAt": at, "ticketCount": 1,
        });
        assert_eq!(tag, &expected, "{on:?}");
    }
}

/// The contract's `mailboxIds` limits events about conversations only.
#[tokio::test]
async fn a_customer_made_by_a_thread_is_sent_whatever_the_mailbox() {
    for on in On::BOTH {
        let place = Place::new(on).await;
        place.conversation().await;
        let second = InboxScope::only([place.second]);
        let sent = place.sent(&CREATED, second, "{}").await;
        let names: Vec<_> = sent.iter().map(|(name, _)| *name).collect();
        assert!(names.contains(&"customer.created"), "{on:?}: {names:?}");
        assert!(!names.contains(&"convo.created"), "{on:?}: {names:?}");
    }
}

#[tokio::test]
async fn a_ping_has_the_name_of_the_contract() {
    let place = Place::new(On::Sqlite).await;
    let webhook = webhook(&place.test.store, &place.account).await;
    let ping = Webhooks.ping(&webhook, Timestamp(0));
    assert_eq!(ping.name, "helpscout.test");
    let header = ("x-helpscout-event".to_owned(), "helpscout.test".to_owned());
    let headers: Vec<_> = ping
        .headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .collect();
    assert!(headers.contains(&header), "{headers:?}");
    assert_eq!(ping.body, format!("{{\"id\":{}}}", webhook.id));
}
