//! No lost updates: clients read, then write with the version that they read, in random turns.

use futures_util::stream::{self, StreamExt};
use heddle_domain::InboxScope;
use heddle_domain::id::ConversationId;
use heddle_store::read::contents::{LabelledConversation, ShowConversation};
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::{Error, Refusal};
use heddle_testkit::On;

use crate::dice::Dice;
use crate::tenant::{Tenant, opened};

const FIELD: &str = "count";

async fn show(tenant: &Tenant, id: ConversationId) -> LabelledConversation {
    let read = ShowConversation {
        account: tenant.account,
        inboxes: InboxScope::All,
        id,
    };
    tenant.store.read(read).await.expect("a conversation")
}

fn count(shown: &LabelledConversation) -> u64 {
    let text = shown.labels.fields.get(FIELD);
    text.map_or(0, |text| text.parse().expect("a number"))
}

/// Increases the counter that the client read, if the version is still the same.
async fn count_up(
    tenant: &Tenant,
    seen: &LabelledConversation,
) -> Result<LabelledConversation, Error> {
    let next = (count(seen) + 1).to_string();
    let change = Change {
        fields: [(FIELD.to_owned(), Some(next))].into(),
        ..Change::default()
    };
    let mut command = ChangeConversation::new(tenant.caller.clone(), seen.conversation.id, change);
    command.item.expected = Some(seen.conversation.last_event_id);
    tenant.store.write(command).await
}

/// Lets two or three clients, each with one change, take turns at random. Returns how often a version was out of
/// date.
async fn interleave(tenant: &Tenant, id: ConversationId, dice: &mut Dice) -> u64 {
    let before = count(&show(tenant, id).await);
    let mut clients: Vec<Option<LabelledConversation>> = vec![None; 2 + dice.roll(2)];
    let added = clients.len() as u64;
    let mut late = 0;
    while !clients.is_empty() {
        let at = dice.roll(clients.len());
        let Some(seen) = clients[at].take() else {
            clients[at] = Some(show(tenant, id).await);
            continue;
        };
        match count_up(tenant, &seen).await {
            Ok(_) => drop(clients.remove(at)),
            Err(Error::Refused(Refusal::Stale)) => {
                late += 1;
                let now = show(tenant, id).await;
                assert_ne!(
                    now.conversation.last_event_id,
                    seen.conversation.last_event_id
                );
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(count(&show(tenant, id).await), before + added);
    late
}

async fn no_update_is_lost(on: On, interleavings: usize) {
    const AT_ONCE: usize = 50;
    let (test, tenant) = opened(on).await;
    let tenant = &tenant;
    let workers = stream::iter(0..AT_ONCE).map(|worker| async move {
        let id = tenant.conversation().await.id;
        let mut dice = Dice::new(worker as u64);
        let mut late = 0;
        for _ in 0..interleavings / AT_ONCE {
            late += interleave(tenant, id, &mut dice).await;
        }
        late
    });
    let late: Vec<u64> = workers.buffer_unordered(AT_ONCE).collect().await;
    assert!(
        late.iter().all(|late| *late > 0),
        "no version was ever out of date"
    );
    assert_eq!(test.store.check().await, Ok(Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_update_is_lost_on_sqlite() {
    no_update_is_lost(On::Sqlite, 10_000).await;
}

/// Runs fewer rounds, because every command is a transaction with its own flush.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_update_is_lost_on_postgres() {
    no_update_is_lost(On::Postgres, 1_000).await;
}
