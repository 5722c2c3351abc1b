//! Tests of Help Scout's list of conversations: filters, orders, pages and rows read, along every access path.

mod budgets;
mod desk;

use std::collections::BTreeMap;

use heddle_domain::id::{AgentId, ConversationId, InboxId};
use heddle_store::read::selection::{Expr, Limits};
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::folders::FolderCounts;
use heddle_testkit::On;

use desk::{Desk, SORTS, STATUSES};

async fn random_lists_equal_a_simple_filter_along_every_path(on: On) {
    let mut desk = Desk::open(on, 3).await;
    for _ in 0..150 {
        desk.add().await;
    }
    for round in 0..80 {
        let wanted = desk.expr(2);
        let sort = SORTS[round % SORTS.len()];
        let mut list = desk.list(wanted, sort, round % 2 == 0);
        let expected = desk.expected(&list);
        // Sorted in memory, or along the index of the order, or compared one by one.
        for sorted in [Limits::USUAL.sorted, 20, 0] {
            list.limits.sorted = sorted;
            for by_place in [true, false] {
                let (found, total) = desk.all(&list, by_place).await;
                assert_eq!(found, expected, "{round} {sorted} {by_place}: {list:?}");
                assert_eq!(total, expected.len() as i64, "{round} {sorted}: {list:?}");
            }
        }
    }
}

async fn changes_move_a_conversation_in_the_list_and_in_the_counts(on: On) {
    let mut desk = Desk::open(on, 7).await;
    for _ in 0..60 {
        desk.add().await;
    }
    let account = desk.tenant.account;
    let ids: Vec<ConversationId> = desk.stored.keys().copied().collect();
    for round in 0..40 {
        desk.test.clock.advance(700);
        let id = desk.dice.pick(&ids);
        let change = Change {
            status: (round % 2 == 0).then(|| desk.dice.pick(&STATUSES)),
            assignee: (round % 3 == 0)
                .then(|| (desk.dice.roll(2) == 0).then(|| desk.tenant.agents[1])),
            inbox: (round % 5 == 0).then(|| desk.dice.pick(&desk.tenant.inboxes)),
            ..Change::default()
        };
        let changed = ChangeConversation::new(desk.tenant.caller.clone(), id, change);
        let changed = desk.test.store.write(changed).await.expect("changed");
        if let Some(stored) = desk.stored.get_mut(&id) {
            stored.0 = changed.conversation;
        }
        if round % 8 == 7 {
            desk.test.store.drain_feed().await.expect("drained");
            desk.test
                .store
                .catch_up::<FolderCounts>(account)
                .await
                .expect("counted");
            let counts = places(&desk).await;
            assert_eq!(counts, expected_places(&desk), "{round}");
        }
    }
    for sort in SORTS {
        let list = desk.list(Expr::All(vec![]), sort, true);
        assert_eq!(
            desk.all(&list, true).await.0,
            desk.expected(&list),
            "{sort:?}"
        );
    }
}

/// The conversations in each inbox, phase and assignee, drafts apart.
type Places = BTreeMap<(InboxId, i64, Option<AgentId>, bool), i64>;

async fn places(desk: &Desk) -> Places {
    let mut all = Places::new();
    for inbox in &desk.tenant.inboxes {
        let read = heddle_store::read::folders::CountPlaces {
            account: desk.tenant.account,
            inbox: *inbox,
        };
        for count in desk.test.store.read(read).await.expect("counts") {
            let place = count.place;
            if count.conversations != 0 {
                let key = (place.inbox, place.phase, place.agent, place.is_draft);
                all.insert(key, count.conversations);
            }
        }
    }
    all
}

fn expected_places(desk: &Desk) -> Places {
    let mut all = Places::new();
    for (c, _) in desk.stored.values() {
        let is_draft = c.published == 0 && c.messages > 0;
        let key = (c.inbox, c.status.phase(), c.assignee, is_draft);
        *all.entry(key).or_default() += 1;
    }
    all
}

on_both!(
    random_lists_equal_a_simple_filter_along_every_path,
    changes_move_a_conversation_in_the_list_and_in_the_counts,
);
