//! Tests that a refused command writes nothing, in this account or any other. Only counters of ids and
//! the reservations of nodes may grow. Each command then succeeds under a [`Watch`], which checks that the audit shows what
//! changed.

mod accounts;
mod conversations;
mod people;
mod webhooks;

use std::any::type_name;
use std::collections::BTreeSet;
use std::sync::Mutex;

use heddle_domain::InboxScope;
use heddle_domain::conversation::{Status, StatusWish};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::ConversationId;
use heddle_store::write::account::UpdateAccount;
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::delegate::AssignConversations;
use heddle_store::write::merge::MergeConversations;
use heddle_store::{Error, Refusal, Result, Trouble, Tx, Write};
use heddle_testkit::{On, TestStore};

use crate::audited::Watch;
use crate::repeating::{dump, sources};
use crate::tenant::{Tenant, by_email, call, opened};

const SPOILED: Error = Error::Refused(Refusal::Conflict("the test"));

/// A command that runs another command, then refuses.
struct Spoiled<W>(W);

impl<W: Write> Write for Spoiled<W> {
    type Out = W::Out;
    const NAME: &'static str = W::NAME;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<W::Out> {
        self.0.apply(tx).await?;
        // A statement with a result, so that PostgreSQL sends the queued writes too.
        let flush = UpdateAccount {
            caller: None,
            expected: None,
            id: heddle_domain::AccountId(999_999),
            name: None,
            settings: Vec::new(),
        };
        let _ = flush.apply(tx).await;
        Err(Refusal::Conflict("the test").into())
    }
}

/// Commands without a case here, each with the reason.
const WITHOUT_CASE: [(&str, &str); 37] = [
    ("ClaimJob", "only the store runs it; it is never refused"),
    (
        "RunChunk",
        "only the store runs it; merging.rs checks its only refusal, of a job that another node has taken",
    ),
    (
        "ForgetEvents",
        "only the store runs it; it is never refused",
    ),
    ("TrustTime", "only the server runs it; it is never refused"),
    (
        "RecordSealingKey",
        "only the server runs it; it is never refused",
    ),
    (
        "MendTimes",
        "only `heddle doctor` runs it; it is never refused",
    ),
    (
        "MendConversations",
        "only `heddle doctor` runs it; it is never refused",
    ),
    (
        "MendCounts",
        "only `heddle doctor` runs it; it is never refused",
    ),
    (
        "LowerReservations",
        "only `heddle doctor` runs it; it is never refused",
    ),
    (
        "StoreIndexBatch",
        "only the store runs it; it is never refused",
    ),
    ("RecordNode", "only the server runs it; it is never refused"),
    ("ForgetNode", "only the server runs it; it is never refused"),
    ("TouchSlot", "only the store runs it; it is never refused"),
    ("Sweep", "only the store runs it; it is never refused"),
    (
        "SweepUploads",
        "only the store runs it; it is never refused",
    ),
    (
        "MarkConversations",
        "only the store runs it; it is never refused",
    ),
    (
        "RunErasure",
        "only the store runs it; it is refused only if another process has done the chunk",
    ),
    (
        "MoveUnlisted",
        "only the store runs it; it is never refused",
    ),
    ("MoveOptOuts", "only the store runs it; it is never refused"),
    (
        "DropFollowers",
        "only the store runs it; it is never refused",
    ),
    ("DropSources", "only the store runs it; it is never refused"),
    ("DropFields", "only the store runs it; it is never refused"),
    (
        "ClearAnswers",
        "only the store runs it; it is never refused",
    ),
    (
        "ClaimRetention",
        "only the server runs it; it is never refused",
    ),
    (
        "RecordRetention",
        "only the store runs it; it is never refused",
    ),
    ("TakeId", "writes only counters, which may grow"),
    ("RaiseCounters", "writes only counters, which may grow"),
    ("NoChange", "writes nothing"),
    (
        "BeginImport",
        "only `heddle import` runs it, alone; moving.rs checks what it refuses",
    ),
    (
        "ImportRows",
        "only `heddle import` runs it, alone; moving.rs checks what it leaves",
    ),
    (
        "SettleAccount",
        "only `heddle import` runs it, alone; it is never refused",
    ),
    (
        "FinishImport",
        "only `heddle import` runs it, alone, after everything was checked",
    ),
    (
        "EndImport",
        "only `heddle import` runs it, alone; it is never refused",
    ),
    (
        "BeginRemoval",
        "only `heddle account remove` runs it, alone; removal.rs checks what it refuses",
    ),
    (
        "RemoveRows",
        "only `heddle account remove` and an import that is given up run it, alone; it is never refused",
    ),
    (
        "EndRemoval",
        "only `heddle account remove` runs it, alone; it is never refused",
    ),
    ("Traced", "it runs another command"),
];

/// Tables that a refused command may change: counters of ids, and the reservations of nodes.
const MAY_GROW: [&str; 2] = ["counter ", "node_slot "];

/// A store with one tenant, and the names of the commands that were checked.
struct Stage<'a> {
    test: &'a TestStore,
    tenant: &'a Tenant,
    /// A conversation to which other commands add messages meanwhile.
    busy: ConversationId,
    checked: Mutex<BTreeSet<String>>,
}

impl Stage<'_> {
    /// Returns every row of every table that a refused command must not change.
    async fn rows(&self) -> BTreeSet<String> {
        let mut rows = dump(self.test).await;
        rows.retain(|row| !MAY_GROW.iter().any(|table| row.starts_with(table)));
        rows
    }

    /// Runs the failing command among others that succeed; then the real command, to prove that it does write something.
    async fn leaves_nothing<W: Write + Clone>(&self, command: W) -> W::Out {
        self.leave_nothing(|| command.clone()).await
    }

    /// Does the same with a command that cannot be cloned.
    async fn leave_nothing<W: Write>(&self, command: impl Fn() -> W) -> W::Out {
        let (store, name) = (&self.tenant.store, type_name::<W>());
        let before = self.rows().await;
        let refused = store.write(Spoiled(command())).await;
        assert_eq!(refused.err(), Some(SPOILED), "{name}");
        assert_eq!(self.rows().await, before, "{name}");
        let (refused, a, b) = tokio::join!(
            store.write(Spoiled(command())),
            self.tenant.append(self.busy, call("a neighbour")),
            self.tenant.append(self.busy, call("another")),
        );
        assert_eq!(refused.err(), Some(SPOILED), "{name}");
        assert!(a.is_ok() && b.is_ok(), "{name}: {a:?} {b:?}");
        let before = self.rows().await;
        let watch = Watch::begin(self.test).await;
        let done = store.write(command()).await;
        let out = done.unwrap_or_else(|error| panic!("{name}: {error}"));
        watch.end(self.test, name).await;
        assert_ne!(self.rows().await, before, "{name}");
        let generic = name.split('<').next().unwrap_or(name);
        let short = generic.rsplit("::").next().unwrap_or(generic);
        let mut checked = self.checked.lock().expect("no case panics");
        checked.insert(short.to_owned());
        out
    }
}

async fn every_refused_command_writes_nothing(on: On) {
    let (test, tenant) = opened(on).await;
    let _other = Tenant::in_store(&tenant.store).await;
    let ids = [
        tenant.conversation().await.id,
        tenant.conversation().await.id,
        tenant.conversation().await.id,
    ];
    let stage = Stage {
        test: &test,
        tenant: &tenant,
        busy: ids[2],
        checked: Mutex::default(),
    };

    let (customer, credential) = accounts::create(&stage).await;
    conversations::create(&stage, &ids, customer).await;
    conversations::rewrite(&stage, &ids).await;
    conversations::amend(&stage, ids[0]).await;
    conversations::define_fields(&stage).await;
    conversations::merge(&stage, ids[1], ids[0]).await;
    accounts::change_access(&stage, credential).await;
    people::change_customers(&stage, customer).await;
    webhooks::send(&stage).await;

    let mut known = stage.checked.into_inner().expect("no case panics");
    known.extend(WITHOUT_CASE.iter().map(|(name, _)| (*name).to_owned()));
    assert_eq!(known, commands(), "commands with a case, and all commands");
}

/// Returns the names of all commands in the source files of all crates.
fn commands() -> BTreeSet<String> {
    let implementations = |source: &String| -> Vec<String> {
        let headers = source.split("\nimpl").skip(1);
        let headers = headers
            .filter_map(|rest| rest.split_once('{'))
            .map(|(header, _)| header);
        headers.filter_map(command_of).collect()
    };
    sources().iter().flat_map(implementations).collect()
}

/// Returns the command that the header of an implementation, without `impl`, implements `Write` for.
fn command_of(header: &str) -> Option<String> {
    let (generics, rest) = header.split_once(" Write for ")?;
    if !generics.is_empty() && !generics.ends_with('>') {
        return None;
    }
    let end = rest.find(|c: char| !c.is_alphanumeric())?;
    Some(rest[..end].to_owned())
}

async fn entities_of_another_account_are_not_found_and_not_changed(on: On) {
    let (test, tenant) = opened(on).await;
    test.store
        .raise_counters(tenant.account, 1_000_000)
        .await
        .expect("counters");
    let theirs = tenant.conversation().await;
    let their_customer = tenant.new_customer(None, Some("theirs@example.com")).await;
    let stranger = Tenant::in_store(&test.store).await;
    let own = stranger.conversation().await.id;
    let before = tenant.rows().await;

    let missing = Some(Error::Refused(Refusal::NotFound(
        heddle_store::Entity::Conversation(0),
    )));
    assert_eq!(stranger.find(theirs.id).await.err(), missing);
    assert_eq!(
        stranger.append(theirs.id, call("hello")).await.err(),
        missing
    );
    let change = ChangeConversation::new(
        stranger.caller.clone(),
        theirs.id,
        Change {
            status: Some(Status::Closed),
            ..Change::default()
        },
    );
    assert_eq!(test.store.write(change).await.err(), missing);
    let merge = MergeConversations {
        caller: stranger.caller.clone(),
        from: theirs.id,
        into: own,
        inboxes: InboxScope::All,
        status: None,
        expected: None,
    };
    assert_eq!(test.store.write(merge).await.err(), missing);
    let assign = AssignConversations {
        caller: stranger.caller.clone(),
        conversations: vec![theirs.id],
        only_from: None,
        to: stranger.agents[0],
        origin: None,
    };
    assert_eq!(test.store.write(assign).await, Ok(0));
    let create = stranger.creation(CustomerRef::Id(their_customer), Vec::new());
    let refused = test.store.write(create).await.err();
    assert_eq!(
        refused,
        Some(Error::Refused(Refusal::NotFound(
            heddle_store::Entity::Customer(0)
        )))
    );
    // In this account the same address belongs to another customer.
    let create = stranger.creation(by_email("theirs@example.com"), vec![call("Hello")]);
    let created = test.store.write(create).await.expect("it");
    assert_ne!(created.conversation.customer, their_customer);
    assert_eq!(tenant.rows().await, before);
}

/// A command that panics after it has written.
struct Panicking<W>(W);

impl<W: Write> Write for Panicking<W> {
    type Out = W::Out;
    const NAME: &'static str = "panicking";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<W::Out> {
        self.0.apply(tx).await?;
        panic!("a command panics on purpose")
    }
}

async fn a_command_that_panics_writes_nothing_and_the_store_continues(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let before = tenant.rows().await;
    for _ in 0..20 {
        let append = tenant.appending(vec![(id, call("lost"), StatusWish::Keep)]);
        let failed = tenant.store.write(Panicking(append)).await;
        assert!(
            matches!(failed, Err(Error::Trouble(Trouble::Internal(_)))),
            "{failed:?}"
        );
    }
    assert_eq!(tenant.rows().await, before);
    for _ in 0..20 {
        tenant.append(id, call("kept")).await.expect("it");
    }
    assert_eq!(tenant.get(id).await.messages, 21);
}

/// A command that awaits something other than its transaction, which is not allowed.
struct Waiting;

impl Write for Waiting {
    type Out = ();
    const NAME: &'static str = "waiting";

    async fn apply(&self, _tx: &mut Tx<'_>) -> Result<()> {
        tokio::task::yield_now().await;
        Ok(())
    }
}

async fn a_command_that_awaits_something_else_fails_on_sqlite_only(on: On) {
    let (_test, tenant) = opened(on).await;
    let waited = tenant.store.write(Waiting).await;
    match on {
        On::Sqlite => assert!(
            matches!(waited, Err(Error::Trouble(Trouble::Internal(_)))),
            "{waited:?}"
        ),
        On::Postgres => assert_eq!(waited, Ok(())),
    }
}

on_both!(
    every_refused_command_writes_nothing,
    entities_of_another_account_are_not_found_and_not_changed,
    a_command_that_panics_writes_nothing_and_the_store_continues,
    a_command_that_awaits_something_else_fails_on_sqlite_only,
);
