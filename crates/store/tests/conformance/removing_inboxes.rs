//! Removals of inboxes: their conversations move or are erased, nothing takes the inbox any more, and an interrupted removal
//! goes on.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use heddle_domain::conversation::StatusWish;
use heddle_domain::credential::Grant;
use heddle_domain::customer::{CustomerRef, FollowerChange};
use heddle_domain::id::{ConversationId, CredentialId, CustomerId, InboxId};
use heddle_domain::opt_out::{OptOutAddress, OptOutKind, OptOutState};
use heddle_domain::{InboxScope, TagName};
use heddle_store::erasing::WithErasures;
use heddle_store::read::account::{GetInbox, ListCredentials, ListInboxes};
use heddle_store::read::feed::ConversationCounts;
use heddle_store::read::folders::CountPlaces;
use heddle_store::read::opt_outs::GetOptOuts;
use heddle_store::removal::inboxes::{
    CUSTOMERS_TO, CountInbox, Fate, HEIR, INBOX, InboxContents, RemoveInbox,
};
use heddle_store::write::account::CreateInbox;
use heddle_store::write::change::{Change, ChangeConversation, TagChange};
use heddle_store::write::counts::Counts;
use heddle_store::write::credential::{CreateCredential, RevokeCredential, Within};
use heddle_store::write::customers::UpdateFollowers;
use heddle_store::write::folders::FolderCounts;
use heddle_store::write::opt_out::SetOptOuts;
use heddle_store::write::webhook::CreateWebhook;
use heddle_store::write::{NewAttachment, NewConversation, NewMessage};
use heddle_store::{Clock, Entity, Error, Refusal};
use heddle_testkit::{On, TestStore};
use serde_json::json;

use crate::deleting::unknown;
use crate::messages::attached;
use crate::races::{run, until_blocked};
use crate::searching::found;
use crate::tenant::{HELPSCOUT, NATIVE, Tenant, by_email, call, count, opened};
use crate::webhooks::subscription;

on_both!(
    a_removed_inbox_hands_everything_over,
    a_removed_inbox_takes_its_conversations_along,
    what_was_merged_into_another_inbox_stays,
    an_interrupted_erasure_goes_on,
    a_long_conversation_is_erased_in_parts,
    many_attachments_are_erased_in_parts,
    an_inbox_that_cannot_be_removed_is_refused,
    what_comes_late_is_handled_by_the_next_run,
    nothing_but_conversations_comes_late,
    credentials_and_webhooks_lose_the_inbox,
    a_job_of_a_customer_goes_on_without_its_conversation,
);

/// A word in every text of the inbox that is removed, and in no other text.
const TRACE: &str = "mnemosyne";

impl Tenant {
    async fn remove_inbox(&self, id: InboxId, fate: Fate) -> Result<InboxContents, Error> {
        self.store
            .remove_inbox(&self.caller, id, (fate, None))
            .await
    }

    /// Creates a conversation in an inbox.
    async fn create_in(&self, inbox: InboxId, messages: Vec<NewMessage>) -> ConversationId {
        self.create_about(TRACE, inbox, messages).await
    }

    async fn create_about(
        &self,
        subject: &str,
        inbox: InboxId,
        messages: Vec<NewMessage>,
    ) -> ConversationId {
        let customer = CustomerRef::Id(self.customer);
        let mut create = self.creation(customer, messages);
        create.conversation = NewConversation::new(inbox, format!("About {subject}"));
        let created = self.store.write(create).await;
        created.expect("a conversation").conversation.id
    }

    async fn counts(&self) -> BTreeMap<InboxId, i64> {
        self.store.drain_feed().await.expect("drained");
        let account = self.account;
        let counted = self.store.catch_up::<Counts>(account).await;
        counted.expect("counted");
        let counted = self.store.catch_up::<FolderCounts>(account).await;
        counted.expect("counted");
        let read = ConversationCounts {
            account,
            inboxes: InboxScope::All,
        };
        let mut counts = BTreeMap::new();
        for (inbox, _, number) in self.store.read(read).await.expect("counts") {
            *counts.entry(inbox).or_default() += number;
        }
        counts.retain(|_, number| *number != 0);
        counts
    }
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

/// Returns a message with a small and a large file.
async fn with_files(test: &TestStore, tenant: &Tenant) -> NewMessage {
    let put = test
        .store
        .objects()
        .put(tenant.account, TRACE.repeat(9_000).into());
    let object = NewAttachment {
        data: None,
        object: Some(put.await.expect("an object")),
        ..attached(b"")
    };
    NewMessage {
        attachments: vec![attached(TRACE.as_bytes()), object],
        ..call(&format!("{TRACE} {}", "long ".repeat(1_000)))
    }
}

/// Fills the second inbox. Returns an open conversation with files, a deleted one, and one that was merged into the open one.
async fn furnish(test: &TestStore, tenant: &Tenant) -> [ConversationId; 3] {
    let [_, second] = tenant.inboxes;
    let message = with_files(test, tenant).await;
    let open = tenant.create_in(second, vec![message]).await;
    let deleted = tenant.create_in(second, vec![call(TRACE)]).await;
    let merged = tenant.create_in(second, vec![call(TRACE)]).await;
    tenant.delete(deleted).await.expect("deleted");
    tenant.merge_conversations(merged, open).await;
    let change = Change {
        tags: TagChange::Edit {
            add: vec![TagName::nearest("loom")],
            remove: Vec::new(),
        },
        subject: Some(format!("Once more {TRACE}")),
        fields: BTreeMap::from([("model".to_owned(), Some(TRACE.to_owned()))]),
        ..Change::default()
    };
    let change = ChangeConversation::new(tenant.caller.clone(), open, change);
    tenant.store.write(change).await.expect("changed");
    let opt_out = SetOptOuts {
        caller: tenant.caller.clone(),
        inbox: second,
        addresses: vec![address("+49 30 1"), address("+49 30 2")],
        state: OptOutState::OptedOut,
    };
    tenant.store.write(opt_out).await.expect("opted out");
    let follow = UpdateFollowers {
        caller: tenant.caller.clone(),
        inboxes: InboxScope::All,
        id: tenant.customer,
        expected: None,
        changes: vec![FollowerChange {
            inbox: second,
            agent: tenant.agents[0],
            notes: Some(true),
            messages: None,
        }],
    };
    tenant.store.write(follow).await.expect("followed");
    [open, deleted, merged]
}

fn address(number: &str) -> OptOutAddress {
    OptOutAddress::new(OptOutKind::Text, number).expect("a number")
}

async fn counted(tenant: &Tenant, id: InboxId) -> InboxContents {
    let count = CountInbox {
        account: tenant.account,
        id,
    };
    let counted = tenant.store.read(count).await.expect("it reads");
    counted.expect("an inbox")
}

/// Checks that nothing shows an inbox or takes it.
async fn is_gone(tenant: &Tenant, id: InboxId) {
    let account = tenant.account;
    let found = tenant.store.read(GetInbox { account, id }).await;
    assert_eq!(found, Ok(None));
    let list = ListInboxes {
        account,
        api: NATIVE,
    };
    let listed = tenant.store.read(list).await.expect("inboxes");
    assert!(listed.iter().all(|it| it.inbox.id != id), "{listed:?}");
    let conversation = tenant.conversation().await.id;
    let change = Change {
        inbox: Some(id),
        ..Change::default()
    };
    let change = ChangeConversation::new(tenant.caller.clone(), conversation, change);
    let refused = tenant.store.write(change).await.map(drop);
    assert_eq!(refused, Err(Refusal::NotFound(Entity::Inbox).into()));
    tenant.delete(conversation).await.expect("deleted");
}

async fn a_removed_inbox_hands_everything_over(on: On) {
    let (test, tenant) = opened(on).await;
    let [first, second] = tenant.inboxes;
    let [open, deleted, merged] = furnish(&test, &tenant).await;
    let there = tenant.create(vec![call("there")]).await.conversation.id;
    let at_home = tenant.new_customer(Some(second), None).await;
    // More conversations than one command moves.
    for _ in 0..105 {
        let many = vec![call("one of many")];
        tenant.create_about("others", second, many).await;
    }
    // The other inbox knows one of the two numbers already.
    let opt_in = SetOptOuts {
        caller: tenant.caller.clone(),
        inbox: first,
        addresses: vec![address("+49 30 2")],
        state: OptOutState::OptedIn,
    };
    tenant.store.write(opt_in).await.expect("opted in");
    let before = counted(&tenant, second).await;
    let contents = before.contents;
    assert_eq!(
        [contents.conversations, contents.attachments, contents.files],
        [108, 2, 1]
    );
    assert_eq!((before.customers, before.is_removed), (1, false));
    assert_eq!(
        tenant.counts().await,
        BTreeMap::from([(first, 1), (second, 106)])
    );
    assert_eq!(found(&tenant, TRACE).await, [open.get()]);

    let removed = tenant.remove_inbox(second, Fate::Move(first)).await;
    assert_eq!(removed, Ok(before));
    is_gone(&tenant, second).await;
    let conversation = tenant.get(open).await;
    assert_eq!(conversation.inbox, first);
    assert_eq!(tenant.messages(open).await.len(), 3);
    assert_eq!(found(&tenant, TRACE).await, [open.get()], "still found");
    assert_eq!(tenant.counts().await, BTreeMap::from([(first, 107)]));
    let moved = tenant
        .event_details("conversation.updated", open.get())
        .await;
    let moved = moved.last().expect("an event");
    let inboxes = json!({"inbox": [second, first]});
    assert_eq!(
        (&moved["changes"], &moved["status"]),
        (&inboxes, &json!("new"))
    );
    tenant.restore(deleted).await.expect("restored");
    assert_eq!(tenant.get(deleted).await.inbox, first);
    let leads = tenant.find(merged).await.map(drop);
    let survivor = Refusal::MergedConversation {
        at: 0,
        survivor: open,
    };
    assert_eq!(leads, Err(survivor.into()));
    assert_eq!(tenant.get(there).await.inbox, first);
    assert_eq!(tenant.view(at_home).await.customer.home, Some(first));
    let opt_outs = GetOptOuts {
        account: tenant.account,
        inbox: first,
        addresses: vec![address("+49 30 1"), address("+49 30 2")],
    };
    let opt_outs = tenant.store.read(opt_outs).await.expect("opt-outs");
    let states: Vec<_> = opt_outs.iter().map(|it| it.map(|it| it.state)).collect();
    assert_eq!(
        states,
        [Some(OptOutState::OptedOut), Some(OptOutState::OptedIn)]
    );
    let account = tenant.account;
    for table in [
        "opt_out",
        "customer_follower",
        "custom_field",
        "inbox_profile",
    ] {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE account_id = {account} AND inbox_id = {second}"
        );
        assert_eq!(count(&test, &sql).await, 0, "{table}");
    }
    let said = tenant.event_details("inbox.removed", second.get()).await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["moved_to"], json!(first));
    assert_eq!(said[0]["contents"]["conversations"], 108);
    assert_eq!(test.store.check().await, Ok(Vec::new()));

    // Another inbox can get the public id.
    let create = CreateInbox {
        caller: tenant.caller.clone(),
        name: "Again".into(),
        default_agent: None,
        public_ids: vec![(String::new(), "inbox-2".into())],
    };
    let made = tenant.store.write(create).await.expect("an inbox");
    assert!(made.id > second);
}

async fn a_removed_inbox_takes_its_conversations_along(on: On) {
    let (test, tenant) = opened(on).await;
    let [first, second] = tenant.inboxes;
    let [open, deleted, merged] = furnish(&test, &tenant).await;
    let there = tenant.create(vec![call("there")]).await.conversation.id;
    assert_eq!(
        tenant.counts().await,
        BTreeMap::from([(first, 1), (second, 1)])
    );
    assert_eq!(objects(&test), 1);
    assert_eq!(found(&tenant, TRACE).await, [open.get()]);

    let removed = tenant.remove_inbox(second, Fate::Erase).await;
    let contents = removed.expect("it is removed").contents;
    assert_eq!((contents.conversations, contents.files), (3, 1));
    is_gone(&tenant, second).await;
    for id in [open, deleted, merged] {
        assert!(unknown(tenant.find(id).await), "{id}");
        assert!(unknown(tenant.restore(id).await), "{id}");
        assert!(unknown(tenant.append(id, call("more")).await), "{id}");
    }
    assert_eq!(objects(&test), 0);
    assert_eq!(found(&tenant, TRACE).await, [] as [i64; 0]);
    assert_eq!(tenant.counts().await, BTreeMap::from([(first, 1)]));
    let places = CountPlaces {
        account: tenant.account,
        inbox: second,
    };
    let places = tenant.store.read(places).await.expect("places");
    assert!(places.iter().all(|it| it.conversations == 0), "{places:?}");
    // No row has a text of them, and none names them, except events.
    let hex = base16ct::lower::encode_string(TRACE.as_bytes());
    let mut rows = tenant.rows().await;
    rows.retain(|row| row.contains(TRACE) || row.contains(&hex));
    assert_eq!(rows, Vec::<String>::new());
    let account = tenant.account;
    for table in [
        "message",
        "message_body",
        "attachment",
        "conversation_tag",
        "conversation_field",
        "conversation_guest",
        "conversation_place",
        "delegation",
        "moved_message",
        "erased_conversation",
    ] {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE account_id = {account} AND conversation_id IN ({open}, {deleted}, {merged})"
        );
        assert_eq!(count(&test, &sql).await, 0, "{table}");
    }
    let told = tenant
        .event_details("conversation.deleted", open.get())
        .await;
    let changes = json!({"state": ["published", "hidden"], "status": ["new", null]});
    assert_eq!(told, [json!({"changes": changes, "erased": true})]);
    let said = tenant.event_details("inbox.removed", second.get()).await;
    assert_eq!(said[0]["erased"], true);
    assert_eq!(tenant.get(there).await.inbox, first);
    assert_eq!(test.store.check().await, Ok(Vec::new()));
    let again = tenant.remove_inbox(second, Fate::Erase).await;
    assert_eq!(again.map(|it| it.contents.conversations), Ok(0));
    let said = tenant.event_details("inbox.removed", second.get()).await;
    assert_eq!(said.len(), 1, "the second run changes nothing");
}

/// A conversation that was merged belongs to the one that it was merged into.
async fn what_was_merged_into_another_inbox_stays(on: On) {
    let (test, tenant) = opened(on).await;
    let [first, second] = tenant.inboxes;
    let survivor = tenant.create_in(first, vec![call(TRACE)]).await;
    let merged = tenant.create_in(second, vec![call(TRACE)]).await;
    tenant.merge_conversations(merged, survivor).await;
    let details = async || {
        let created = tenant.event_details("conversation.created", merged.get());
        created.await
    };
    let before = details().await;
    let removed = tenant.remove_inbox(second, Fate::Erase).await;
    removed.expect("removed");
    is_gone(&tenant, second).await;
    let found = tenant.find(merged).await;
    assert!(
        matches!(
            found,
            Err(Error::Refused(Refusal::MergedConversation { .. }))
        ),
        "its id leads to the survivor"
    );
    assert_eq!(tenant.get(survivor).await.contacts, 2);
    assert_eq!(details().await, before);
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn an_interrupted_erasure_goes_on(on: On) {
    let (test, tenant) = opened(on).await;
    let [first, second] = tenant.inboxes;
    let [open, ..] = furnish(&test, &tenant).await;
    for _ in 0..230 {
        tenant.create_in(second, vec![call(TRACE)]).await;
    }
    let at_home = tenant.new_customer(Some(second), None).await;
    let remove = || {
        let (store, caller) = (tenant.store.clone(), tenant.caller.clone());
        async move {
            store
                .remove_inbox(&caller, second, (Fate::Erase, Some(first)))
                .await
        }
    };
    // Each run is stopped after some steps; the commands that have begun end.
    let mut steps = 1;
    loop {
        let mut polls = 0;
        let mut removal = Box::pin(remove());
        let done = std::future::poll_fn(|context| {
            polls += 1;
            match removal.as_mut().poll(context) {
                std::task::Poll::Pending if polls > steps => std::task::Poll::Ready(None),
                other => other.map(Some),
            }
        });
        match done.await {
            Some(done) => {
                done.expect("it ends");
                break;
            }
            None => steps += 3,
        }
    }
    assert!(steps > 4, "it was interrupted");
    is_gone(&tenant, second).await;
    assert!(unknown(tenant.find(open).await));
    assert_eq!(tenant.view(at_home).await.customer.home, Some(first));
    // What an interrupted run has left of the files goes with the sweeper.
    test.clock.advance(25 * 3_600_000);
    let swept = test.store.sweep_objects(test.clock.now()).await;
    swept.expect("swept");
    assert_eq!(objects(&test), 0);
    let account = tenant.account;
    for table in ["erased_conversation", "erasure"] {
        let sql = format!("SELECT count(*) FROM {table} WHERE account_id = {account}");
        assert_eq!(count(&test, &sql).await, 0, "{table}");
    }
    let mut rows = tenant.rows().await;
    rows.retain(|row| row.contains(TRACE));
    assert_eq!(rows, Vec::<String>::new());
    let said = tenant.event_details("inbox.removed", second.get()).await;
    assert_eq!(said.len(), 1);
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn a_long_conversation_is_erased_in_parts(on: On) {
    let (test, tenant) = opened(on).await;
    let [_, second] = tenant.inboxes;
    let id = tenant.create_in(second, vec![call(TRACE)]).await;
    for _ in 0..12 {
        let entry = || (id, call("one of many"), StatusWish::Keep);
        let append = tenant.appending((0..100).map(|_| entry()).collect());
        tenant.store.write(append).await.expect("appended");
    }
    // Only the beginning: the inbox is marked and the conversation deleted, as when the process is killed then.
    let remove = RemoveInbox {
        caller: tenant.caller.clone(),
        id: second,
        fate: Fate::Erase,
        contents: counted(&tenant, second).await.contents,
    };
    tenant.store.write(remove).await.expect("marked");
    let account = tenant.account;
    tenant
        .store
        .remove_left_over(&tenant.caller)
        .await
        .expect("handled");
    let left = format!("SELECT count(*) FROM message WHERE account_id = {account}");
    assert_eq!(count(&test, &left).await, 0);
    let unfinished = WithErasures(vec![account]);
    assert_eq!(tenant.store.read(unfinished).await, Ok(Vec::new()));
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

/// The attachments of few messages are more than one transaction may remove.
async fn many_attachments_are_erased_in_parts(on: On) {
    let (test, tenant) = opened(on).await;
    let [_, second] = tenant.inboxes;
    let with_many = || NewMessage {
        attachments: (0..1_500).map(|_| attached(b"x")).collect(),
        ..call(TRACE)
    };
    let id = tenant.create_in(second, vec![with_many()]).await;
    tenant.append(id, with_many()).await.expect("appended");
    tenant.delete(id).await.expect("deleted");
    let account = tenant.account;
    // What marks the conversation writes this; no chunk has run.
    test.tamper(&format!(
        "INSERT INTO erased_conversation (account_id, conversation_id) VALUES ({account}, {id});
        INSERT INTO erasure (account_id, stage, after_id, after_delivery_id) VALUES ({account}, 'rows', 0, 0)"
    ))
    .await;
    let left = async || {
        let sql = format!("SELECT count(*) FROM attachment WHERE account_id = {account}");
        count(&test, &sql).await
    };
    let (mut before, mut most) = (left().await, 0);
    assert_eq!(before, 3_000);
    while tenant.store.erase_chunk(account).await.expect("a chunk") {
        let after = left().await;
        most = most.max(before - after);
        before = after;
        assert_eq!(test.store.check().await, Ok(Vec::new()));
    }
    assert_eq!((before, most), (0, 1_000));
    assert!(unknown(tenant.find(id).await));
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

async fn an_inbox_that_cannot_be_removed_is_refused(on: On) {
    let (test, tenant) = opened(on).await;
    let [first, second] = tenant.inboxes;
    furnish(&test, &tenant).await;
    let home: CustomerId = tenant.new_customer(Some(second), None).await;
    let key = credential(&tenant, 1, InboxScope::only([second])).await;
    let rows = tenant.rows().await;
    let remove = async |id, fate, homes| {
        let removed = tenant
            .store
            .remove_inbox(&tenant.caller, id, (fate, homes))
            .await;
        let Err(Error::Refused(refusal)) = removed else {
            panic!("{removed:?}");
        };
        refusal
    };
    let missing = Refusal::NotFound(Entity::Inbox);
    let unknown = InboxId(999);
    for (id, fate) in [(unknown, Fate::Move(first)), (second, Fate::Move(unknown))] {
        assert_eq!(remove(id, fate, None).await, missing);
    }
    assert_eq!(remove(second, Fate::Erase, Some(unknown)).await, missing);
    for (fate, homes, wrong) in [
        (Fate::Stay, None, HEIR),
        (Fate::Move(second), Some(first), HEIR),
        (Fate::Erase, None, CUSTOMERS_TO),
        (Fate::Erase, Some(second), CUSTOMERS_TO),
        (Fate::Move(first), None, INBOX),
    ] {
        let refusal = remove(second, fate, homes).await;
        let Refusal::Invalid { field, .. } = refusal else {
            panic!("{refusal:?}");
        };
        assert_eq!(field, wrong, "{fate:?} {homes:?}");
    }
    assert_eq!(tenant.rows().await, rows, "nothing has changed");
    assert_eq!(counted(&tenant, second).await.limited.stranded().0, [key]);
    // The only inbox of the account.
    let revoke = RevokeCredential {
        caller: tenant.caller.clone(),
        id: key,
        expected: None,
        within: Within::everything(),
    };
    tenant.store.write(revoke).await.expect("revoked");
    tenant
        .remove_inbox(second, Fate::Move(first))
        .await
        .expect("removed");
    assert_eq!(tenant.view(home).await.customer.home, Some(first));
    let refusal = remove(first, Fate::Erase, None).await;
    assert!(matches!(
        refusal,
        Refusal::Invalid {
            field: CUSTOMERS_TO,
            ..
        }
    ));
    let refusal = remove(first, Fate::Move(second), None).await;
    assert_eq!(refusal, missing, "a removed inbox gets nothing");
}

async fn what_comes_late_is_handled_by_the_next_run(on: On) {
    let (_test, tenant) = opened(on).await;
    let [first, second] = tenant.inboxes;
    tenant
        .remove_inbox(second, Fate::Move(first))
        .await
        .expect("removed");
    // The handler of this request had looked up the inbox before it was removed.
    let late = tenant.create_in(second, vec![call("late")]).await;
    assert_eq!(tenant.store.remove_left_over(&tenant.caller).await, Ok(1));
    assert_eq!(tenant.get(late).await.inbox, first);
    assert_eq!(tenant.store.remove_left_over(&tenant.caller).await, Ok(0));
    // The heir is removed, too: what comes late to either goes to the new one.
    let third = tenant.new_inbox(3).await;
    tenant
        .remove_inbox(first, Fate::Move(third))
        .await
        .expect("removed");
    let late = tenant.create_in(second, vec![call("late")]).await;
    let later = tenant.create_in(first, vec![call("later")]).await;
    assert_eq!(tenant.store.remove_left_over(&tenant.caller).await, Ok(2));
    for id in [late, later] {
        assert_eq!(tenant.get(id).await.inbox, third);
    }
    // The command itself handles it as well.
    let latest = tenant.create_in(first, vec![call("latest")]).await;
    let handled = tenant
        .remove_inbox(first, Fate::Erase)
        .await
        .expect("handled");
    assert_eq!(
        (handled.is_removed, handled.contents.conversations),
        (true, 1)
    );
    assert!(unknown(tenant.find(latest).await));
}

/// Handlers had looked up the inbox before it was removed.
async fn nothing_but_conversations_comes_late(on: On) {
    let (test, tenant) = opened(on).await;
    let [first, second] = tenant.inboxes;
    tenant
        .remove_inbox(second, Fate::Move(first))
        .await
        .expect("removed");
    let before = tenant.rows().await;
    let missing = Error::from(Refusal::NotFound(Entity::Inbox));
    for customer in [
        by_email("late@example.com"),
        CustomerRef::Named("Late Comer".to_owned()),
    ] {
        let mut create = tenant.creation(customer, vec![call("late")]);
        create.conversation = NewConversation::new(second, "Late");
        let refused = tenant.store.write(create).await.map(drop);
        assert_eq!(refused, Err(missing.clone()));
    }
    let refused = tenant.store.write(opting_out(&tenant, second)).await;
    assert_eq!(refused, Err(missing));
    assert_eq!(tenant.rows().await, before, "nothing has changed");
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

fn opting_out(tenant: &Tenant, inbox: InboxId) -> SetOptOuts {
    SetOptOuts {
        caller: tenant.caller.clone(),
        inbox,
        addresses: vec![address("+49 30 3")],
        state: OptOutState::OptedOut,
    }
}

/// PostgreSQL runs commands side by side: those that name an inbox wait for its removal, and are refused then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_wait_for_the_removal_of_their_inbox() {
    let (test, tenant) = opened(On::Postgres).await;
    let [_, second] = tenant.inboxes;
    let database = test.database.as_ref().expect("a database");
    let mut create = tenant.creation(by_email("late@example.com"), vec![call("late")]);
    create.conversation = NewConversation::new(second, "Late");
    let opt_out = opting_out(&tenant, second);
    let (one, other) = (tenant.store.clone(), tenant.store.clone());
    let commands: [BoxFuture<'static, Result<(), Error>>; 2] = [
        Box::pin(async move { one.write(create).await.map(drop) }),
        Box::pin(async move { other.write(opt_out).await.map(drop) }),
    ];
    for command in commands {
        // What the transaction of a removal does that has not ended.
        let removal = database.connect().await;
        let account = tenant.account;
        let mark = format!(
            "BEGIN; SELECT 1 FROM inbox WHERE account_id = {account} AND id = {second} FOR UPDATE;
            UPDATE inbox SET removed_at = 1 WHERE account_id = {account} AND id = {second}"
        );
        run(&removal, mark).await;
        let running = tokio::spawn(command);
        until_blocked(database, 1).await;
        run(&removal, "COMMIT".to_owned()).await;
        let refused = running.await.expect("no panic");
        assert_eq!(refused, Err(Refusal::NotFound(Entity::Inbox).into()));
        let undo = format!(
            "UPDATE inbox SET removed_at = NULL WHERE account_id = {account} AND id = {second}"
        );
        run(&removal, undo).await;
    }
}

async fn credential(tenant: &Tenant, number: u8, inboxes: InboxScope) -> CredentialId {
    let create = CreateCredential {
        caller: tenant.caller.clone(),
        grant: Grant::full(HELPSCOUT, inboxes),
        public_name: format!("app {number}"),
        key_hash: [number; 32],
        secret_hash: None,
        new_application: None,
    };
    let made = tenant.store.write(create).await.expect("a credential");
    made.credential.id
}

async fn credentials_and_webhooks_lose_the_inbox(on: On) {
    let (_test, tenant) = opened(on).await;
    let [first, second] = tenant.inboxes;
    let both = InboxScope::only([first, second]);
    let limited = credential(&tenant, 1, both.clone()).await;
    let unlimited = credential(&tenant, 2, InboxScope::All).await;
    let elsewhere = credential(&tenant, 3, InboxScope::only([first])).await;
    tenant.store.drain_feed().await.expect("positions");
    let webhook = CreateWebhook {
        inboxes: both,
        ..subscription(&tenant).await
    };
    let webhook = tenant.store.write(webhook).await.expect("a webhook").id;
    let counted = counted(&tenant, second).await;
    assert_eq!(counted.limited.credentials.len(), 1);
    assert_eq!(counted.limited.webhooks.len(), 1);
    tenant
        .remove_inbox(second, Fate::Stay)
        .await
        .expect("an empty inbox is removed");
    let list = ListCredentials {
        account: tenant.account,
        after: 0,
        limit: 10,
    };
    let listed = tenant.store.read(list).await.expect("credentials");
    let scope = |id| {
        let mut all = listed.iter().map(|it| &it.credential);
        let found = all.find(|it| it.id == id);
        found.expect("a credential").inboxes.clone()
    };
    assert_eq!(scope(limited), InboxScope::only([first]));
    assert_eq!(scope(unlimited), InboxScope::All);
    assert_eq!(scope(elsewhere), InboxScope::only([first]));
    let changed = tenant.event_details("webhook.updated", webhook.get()).await;
    assert_eq!(changed.len(), 1, "{changed:?}");
}

async fn a_job_of_a_customer_goes_on_without_its_conversation(on: On) {
    let (test, tenant) = opened(on).await;
    let [_, second] = tenant.inboxes;
    let id = tenant.create_in(second, vec![call(TRACE)]).await;
    for _ in 0..6 {
        let entry = || (id, call("one of many"), StatusWish::Keep);
        let append = tenant.appending((0..100).map(|_| entry()).collect());
        tenant.store.write(append).await.expect("appended");
    }
    tenant.erase(tenant.customer).await.expect("erased");
    let (account, store) = (tenant.account, &tenant.store);
    let job = store.claim_job(account, "node").await.expect("a claim");
    let mut job = job.expect("a job");
    while job.after_message == 0 {
        job = store.step_job(account, job).await.expect("a step");
    }
    // The job has done a part of the conversation.
    tenant
        .remove_inbox(second, Fate::Erase)
        .await
        .expect("removed");
    while job.done_at.is_none() {
        job = store.step_job(account, job).await.expect("a step");
    }
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}
