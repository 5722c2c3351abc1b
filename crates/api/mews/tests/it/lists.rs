//! Tests of the store's lists that this API uses. A list chooses its query by its budget of rows; each query must
//! return the rows that a scan of all rows finds.

use std::cmp::Reverse;

use heddle_access::provision;
use heddle_domain::conversation::Conversation;
use heddle_domain::credential::Grant;
use heddle_domain::id::{InboxId, MessageId};
use heddle_domain::message::{Kind, State};
use heddle_domain::{ConversationId, InboxScope, Status, Timestamp};
use heddle_store::Read;
use heddle_store::read::applications::{
    GetApplicationThread, ListApplicationThreads, ListThreadMessages, Position, Span,
};
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_testkit::ManualClock;

use super::*;
use heddle_testkit::on_both;

/// Conversations of one application in two inboxes, with messages and changes of every kind.
struct Scene {
    application: ApplicationId,
    /// The conversations as stored, including merged ones.
    threads: Vec<Conversation>,
    /// The messages of the conversations that the application sees.
    visible: Vec<(ConversationId, MessageId)>,
}

async fn read<R: Read>(world: &World, read: R) -> R::Out {
    world.store().read(read).await.expect("a read")
}

/// Returns the time `ms` milliseconds after the start of the world's clock.
fn at(ms: i64) -> Timestamp {
    ManualClock::START.plus_ms(ms)
}

async fn scene(world: &World) -> Scene {
    let here = &world.here;
    let application = application(world, &here.mews_token).await;
    let grant = Grant {
        application: Some(application),
        ..Grant::full(heddle_mews::NAME, InboxScope::only([here.second]))
    };
    let access = heddle_mews::mint_token();
    provision::create_key(world.store(), &here.account, grant, &access)
        .await
        .expect("a key");
    let annex = Tokens {
        client: &here.mews_client,
        access: &access,
    };
    let mut ids = Vec::new();
    for step in 0..24 {
        // Three conversations are created in each of these milliseconds, then the clock moves by 3 ms.
        world.test.clock.advance(if step % 3 == 0 { 3 } else { 0 });
        let tokens = if step % 2 == 0 { plain(here) } else { annex };
        ids.push(conversation(&add_thread(world, tokens, "Scene").await));
        add_thread(world, other(here), "Not theirs").await;
    }
    let mut visible = write_messages(world, &ids).await;
    for id in [ids[3], ids[4]] {
        close(world, id).await;
    }
    for (from, into) in [(ids[6], ids[7]), (ids[9], ids[2])] {
        crate::threads::merge(world, from, into).await;
        for (conversation, _) in &mut visible {
            *conversation = if *conversation == from {
                into
            } else {
                *conversation
            };
        }
    }
    let mut threads = Vec::new();
    for id in ids {
        threads.push(
            read(world, get(world, application, id))
                .await
                .expect("a thread"),
        );
    }
    Scene {
        application,
        threads,
        visible,
    }
}

fn get(world: &World, application: ApplicationId, id: ConversationId) -> GetApplicationThread {
    GetApplicationThread {
        account: world.here.account.id,
        application,
        inboxes: InboxScope::only([world.here.main, world.here.second]),
        id,
    }
}

/// Adds messages, notes and line items to the conversations; returns those that the application sees.
async fn write_messages(world: &World, ids: &[ConversationId]) -> Vec<(ConversationId, MessageId)> {
    let agent = Author::Agent(world.here.agent);
    let message = || NewMessage::new(Channel::Chat, Direction::Outgoing, agent, "text");
    let sorts = [
        (true, message()),
        (
            false,
            NewMessage {
                kind: Kind::Note,
                ..message()
            },
        ),
        (
            true,
            NewMessage {
                format: heddle_domain::Format::Html,
                ..message()
            },
        ),
        (
            false,
            NewMessage {
                kind: Kind::LineItem,
                ..message()
            },
        ),
        (
            true,
            NewMessage {
                imported: true,
                ..message()
            },
        ),
        (
            false,
            NewMessage {
                state: State::Draft,
                ..message()
            },
        ),
        (
            false,
            NewMessage {
                state: State::Hidden,
                ..message()
            },
        ),
    ];
    let mut visible = Vec::new();
    for step in 0..120 {
        world.test.clock.advance(if step % 5 == 0 { 2 } else { 0 });
        let conversation = ids[(step * step) % 11];
        let (is_shown, message) = sorts[step % sorts.len()].clone();
        let stored = append(world, &world.here, conversation, message).await;
        if is_shown {
            visible.push((conversation, stored.messages[0].id));
        }
    }
    visible
}

async fn close(world: &World, conversation: ConversationId) {
    world.test.clock.advance(1);
    let command = ChangeConversation::new(
        provision::operator_caller(&world.here.account),
        conversation,
        Change {
            status: Some(Status::Closed),
            ..Change::default()
        },
    );
    world.store().write(command).await.expect("closed");
}

fn holds(span: Option<Span>, at: Timestamp) -> bool {
    span.is_none_or(|span| span.start <= at && at < span.end)
}

/// Reads a list of threads page by page.
async fn walk_threads(world: &World, mut list: ListApplicationThreads) -> Vec<ConversationId> {
    let mut walked = Vec::new();
    loop {
        let page = read(world, list.clone()).await;
        assert!(page.len() <= list.limit);
        let Some(last) = page.last() else {
            return walked;
        };
        list.before = Position::of(last);
        walked.extend(page.iter().map(|c| c.id));
    }
}

on_both! {
    async fn threads_match_a_scan_of_all_rows(world: World) {
        let scene = scene(&world).await;
        let (main, second) = (world.here.main, world.here.second);
        let span = |start, end| Some(Span { start: at(start), end: at(end) });
        let newest = scene.threads.iter().map(|c| c.updated_at.0).max().expect("some");
        let late = Some(Span { start: Timestamp(newest - 3), end: Timestamp(newest + 1) });
        let named: Vec<Position> = scene.threads.iter().step_by(2).map(Position::of).collect();
        let mut cases = 0;
        for inboxes in [vec![main], vec![second], vec![main, second], Vec::new()] {
            for created in [None, span(3, 12), span(6, 7), span(0, 1), span(9, 5_000)] {
                for updated in [None, span(0, 5_000), late, span(0, 10)] {
                    for only in [None, Some(named.clone())] {
                        for (limit, budget) in [(1, 0), (3, 2), (3, ListApplicationThreads::BUDGET), (1_000, 0), (1_000, 1_000)] {
                            let list = ListApplicationThreads {
                                account: world.here.account.id,
                                application: scene.application,
                                inboxes: inboxes.clone(),
                                only: only.clone(),
                                created,
                                updated,
                                before: Position::NEWEST,
                                limit,
                                budget,
                            };
                            let expected = expected_threads(&scene.threads, &list);
                            assert_eq!(walk_threads(&world, list.clone()).await, expected, "{list:?}");
                            cases += expected.len();
                        }
                    }
                }
            }
        }
        assert!(cases > 1_000, "the cases find something: {cases}");
    }
}

fn expected_threads(all: &[Conversation], list: &ListApplicationThreads) -> Vec<ConversationId> {
    let mut expected: Vec<&Conversation> = all
        .iter()
        .filter(|c| c.merged_into.is_none() && list.inboxes.contains(&c.inbox))
        .filter(|c| holds(list.created, c.created_at) && holds(list.updated, c.updated_at))
        .filter(|c| {
            // The id of a merged conversation that the caller may see finds its survivor.
            let is_named = |only: &Vec<Position>| {
                let ended = all.iter().filter(|other| {
                    other.merged_into == Some(c.id) && list.inboxes.contains(&other.inbox)
                });
                let mut names = ended.chain([*c]).map(Position::of);
                names.any(|name| only.contains(&name))
            };
            list.only.as_ref().is_none_or(is_named)
        })
        .collect();
    expected.sort_by_key(|c| Reverse((c.created_at, c.id)));
    expected.iter().map(|c| c.id).collect()
}

on_both! {
    async fn a_guid_with_a_wrong_instant_finds_nothing(world: World) {
        let scene = scene(&world).await;
        let right = Position::of(&scene.threads[0]);
        let wrong = Position { at: right.at.plus_ms(1), ..right };
        for (only, found) in [
            (vec![right], 1),
            (vec![wrong], 0),
            (vec![right, wrong], 1),
            (vec![wrong, right, right], 1),
            (Vec::new(), 0),
        ] {
            let list = ListApplicationThreads {
                account: world.here.account.id,
                application: scene.application,
                inboxes: vec![world.here.main],
                only: Some(only.clone()),
                created: None,
                updated: None,
                before: Position::NEWEST,
                limit: 10,
                budget: ListApplicationThreads::BUDGET,
            };
            assert_eq!(read(&world, list).await.len(), found, "{only:?}");
        }
    }
}

/// Reads a list of messages page by page.
async fn walk_messages(
    world: &World,
    mut list: ListThreadMessages,
) -> Vec<(ConversationId, MessageId)> {
    let mut walked = Vec::new();
    loop {
        let page = read(world, list.clone()).await;
        assert!(page.len() <= list.limit);
        let Some(last) = page.last() else {
            return walked;
        };
        list.before = last.message.id;
        walked.extend(page.iter().map(|m| (m.message.conversation, m.message.id)));
    }
}

on_both! {
    async fn messages_match_a_scan_of_all_rows(world: World) {
        let scene = scene(&world).await;
        let all: Vec<Position> = scene.threads.iter().map(Position::of).collect();
        let (main, second) = (world.here.main, world.here.second);
        let span = |start, end| Some(Span { start: at(start), end: at(end) });
        let mut cases = 0;
        for conversations in [all.clone(), all[..1].to_vec(), all[1..8].to_vec(), all[12..].to_vec(), Vec::new()] {
            for inboxes in [vec![main, second], vec![main]] {
                for created in [None, span(0, 40), span(30, 31), span(0, 24)] {
                    for (limit, budget) in [(1, 0), (7, 0), (7, ListThreadMessages::BUDGET), (1_000, 0), (1_000, 200)] {
                        let list = ListThreadMessages {
                            account: world.here.account.id,
                            application: scene.application,
                            inboxes: inboxes.clone(),
                            conversations: conversations.clone(),
                            created,
                            before: MessageId(i64::MAX),
                            limit,
                            budget,
                        };
                        let expected = expected_messages(&scene, &list);
                        assert_eq!(walk_messages(&world, list.clone()).await, expected, "{list:?}");
                        cases += expected.len();
                    }
                }
            }
        }
        assert!(cases > 1_000, "the cases find something: {cases}");
    }
}

fn expected_messages(scene: &Scene, list: &ListThreadMessages) -> Vec<(ConversationId, MessageId)> {
    let reaches = |inbox: InboxId| list.inboxes.contains(&inbox);
    let visible: Vec<ConversationId> = scene
        .threads
        .iter()
        .filter(|c| c.merged_into.is_none() && reaches(c.inbox))
        .filter(|c| list.conversations.contains(&Position::of(c)))
        .map(|c| c.id)
        .collect();
    let mut expected: Vec<(ConversationId, MessageId)> = scene
        .visible
        .iter()
        .filter(|(conversation, _)| visible.contains(conversation))
        .filter(|(_, id)| holds(list.created, id.created_at()))
        .copied()
        .collect();
    expected.sort_by_key(|(_, id)| Reverse(*id));
    expected
}

on_both! {
    async fn another_application_finds_nothing_even_by_id(world: World) {
        let scene = scene(&world).await;
        let stranger = application(&world, &world.here.mews_other_token).await;
        let list = ListThreadMessages {
            account: world.here.account.id,
            application: stranger,
            inboxes: vec![world.here.main, world.here.second],
            conversations: scene.threads.iter().map(Position::of).collect(),
            created: None,
            before: MessageId(i64::MAX),
            limit: 1_000,
            budget: ListThreadMessages::BUDGET,
        };
        assert!(read(&world, list.clone()).await.is_empty());
        let foreign = ListThreadMessages { account: world.foreign.account.id, application: scene.application, ..list };
        assert!(read(&world, foreign).await.is_empty());
        for thread in &scene.threads {
            assert!(read(&world, get(&world, stranger, thread.id)).await.is_none());
        }
    }
}
