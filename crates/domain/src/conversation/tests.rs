//! Tests of `rules.md` 11, 12, 19 and 21, case by case.

use super::*;
use crate::id::TimeId;
use crate::message::effective_at;

const AGENT: AgentId = AgentId(9);
const DAY: i64 = 86_400_000;

fn at(ms: i64) -> Timestamp {
    Timestamp(TimeId::EPOCH_MS + ms)
}

fn conversation(status: Status) -> Conversation {
    let opening = Opening {
        id: ConversationId(1),
        inbox: InboxId(1),
        customer: CustomerId(1),
        application: None,
        subject: "Kettle".into(),
        kind: None,
        status,
        assignee: None,
        ticket_number: None,
        ticket_link: None,
        original_sender: None,
        started_at: None,
        closed_at: None,
    };
    Conversation::open(opening, at(1_000), AGENT)
}

fn contact(ms: i64, direction: Direction) -> MessageFacts {
    MessageFacts {
        id: MessageId(TimeId::compose(ms, 0, 0).0),
        recorded_at: at(ms),
        effective_at: at(ms),
        kind: Kind::Message,
        channel: Channel::Phone,
        direction,
        state: State::Published,
        imported: false,
        automated: false,
        moves_last_message: false,
        by_agent: (direction == Direction::Outgoing).then_some(AGENT),
    }
}

fn take(conversation: &mut Conversation, message: &MessageFacts, wish: StatusWish) {
    conversation.record(message);
    conversation.apply_wish(wish, message, message.id.created_at(), AGENT);
}

#[test]
fn a_live_contact_reopens_and_clears_who_closed_it() {
    let mut c = conversation(Status::Closed);
    assert_eq!((c.closed_at, c.closed_by), (Some(at(1_000)), Some(AGENT)));
    take(
        &mut c,
        &contact(2_000, Direction::Incoming),
        StatusWish::Reopen,
    );
    assert_eq!(
        (c.status, c.closed_at, c.closed_by),
        (Status::Open, None, None)
    );
    assert!(c.is_waiting());
}

#[test]
fn reopening_leaves_new_and_open_alone() {
    for (before, after) in [
        (Status::New, Status::New),
        (Status::Open, Status::Open),
        (Status::Pending, Status::Open),
        (Status::Closed, Status::Open),
        (Status::Spam, Status::Open),
    ] {
        let mut c = conversation(before);
        take(
            &mut c,
            &contact(2_000, Direction::Incoming),
            StatusWish::Reopen,
        );
        assert_eq!(c.status, after);
    }
}

#[test]
fn an_imported_message_never_changes_the_status() {
    for wish in [StatusWish::Reopen, StatusWish::Set(Status::Open)] {
        let mut c = conversation(Status::Closed);
        take(
            &mut c,
            &MessageFacts {
                imported: true,
                ..contact(2_000, Direction::Incoming)
            },
            wish,
        );
        assert_eq!(c.status, Status::Closed);
        assert!(!c.customer_wrote_last);
        assert_eq!(c.last_message_at, at(2_000));
    }
}

#[test]
fn an_agents_answer_turns_new_into_open_unless_a_status_is_named() {
    let mut c = conversation(Status::New);
    take(
        &mut c,
        &contact(2_000, Direction::Outgoing),
        StatusWish::Reopen,
    );
    assert_eq!(c.status, Status::Open);
    let mut c = conversation(Status::New);
    take(
        &mut c,
        &contact(2_000, Direction::Outgoing),
        StatusWish::Stage(Status::New),
    );
    assert_eq!(c.status, Status::New);
}

#[test]
fn the_closed_stage_does_not_change_spam() {
    assert_eq!(
        StatusWish::Stage(Status::Closed).apply(Status::Spam),
        Status::Spam
    );
    assert_eq!(
        StatusWish::Stage(Status::Open).apply(Status::Spam),
        Status::Open
    );
    assert_eq!(
        StatusWish::Set(Status::Closed).apply(Status::Spam),
        Status::Closed
    );
}

#[test]
fn waiting_depends_on_the_last_live_contact_only() {
    let mut c = conversation(Status::Open);
    take(
        &mut c,
        &contact(5_000, Direction::Incoming),
        StatusWish::Keep,
    );
    assert_eq!((c.is_waiting(), c.waiting_since), (true, Some(at(5_000))));
    // Neither an agent's reply with an earlier time nor an automated reply ends the waiting.
    let earlier = MessageFacts {
        effective_at: at(4_000),
        ..contact(6_000, Direction::Outgoing)
    };
    take(&mut c, &earlier, StatusWish::Keep);
    let machine = MessageFacts {
        automated: true,
        ..contact(7_000, Direction::Outgoing)
    };
    take(&mut c, &machine, StatusWish::Keep);
    assert!(c.is_waiting());
    take(
        &mut c,
        &contact(8_000, Direction::Incoming),
        StatusWish::Keep,
    );
    assert_eq!(c.waiting_since, Some(at(5_000)));
    take(
        &mut c,
        &contact(9_000, Direction::Outgoing),
        StatusWish::Keep,
    );
    assert_eq!((c.is_waiting(), c.waiting_since), (false, Some(at(5_000))));
}

#[test]
fn a_live_contact_takes_effect_when_it_is_recorded_at_the_latest() {
    for (occurred, imported, effective) in [
        (1_000, false, 1_000),
        (9_000, false, 5_000),
        (9_000, true, 9_000),
    ] {
        let found = effective_at(at(occurred), at(5_000), imported);
        assert_eq!(found, at(effective), "{occurred} {imported}");
    }
}

#[test]
fn drafts_and_notes_change_neither_waiting_nor_the_last_message() {
    let mut c = conversation(Status::Closed);
    take(
        &mut c,
        &MessageFacts {
            state: State::Draft,
            ..contact(2_000, Direction::Outgoing)
        },
        StatusWish::Reopen,
    );
    assert_eq!(
        (c.status, c.messages, c.published, c.last_message_at),
        (Status::Closed, 1, 0, at(1_000))
    );
    take(
        &mut c,
        &MessageFacts {
            kind: Kind::Note,
            ..contact(3_000, Direction::Outgoing)
        },
        StatusWish::Keep,
    );
    assert_eq!(
        (c.messages, c.published, c.contacts, c.last_message_at),
        (2, 1, 0, at(1_000))
    );
    let note = MessageFacts {
        kind: Kind::Note,
        moves_last_message: true,
        ..contact(4_000, Direction::Outgoing)
    };
    take(&mut c, &note, StatusWish::Keep);
    assert_eq!(c.last_message_at, at(4_000));
}

#[test]
fn the_first_contact_sets_the_time_of_the_last_message() {
    let mut c = conversation(Status::New);
    take(
        &mut c,
        &MessageFacts {
            effective_at: at(-DAY),
            ..contact(2_000, Direction::Incoming)
        },
        StatusWish::Keep,
    );
    assert_eq!((c.last_message_at, c.updated_at), (at(-DAY), at(2_000)));
}

#[test]
fn adding_stops_one_below_the_cap_and_creating_at_the_cap() {
    let locks = Locks {
        thread_cap: 100,
        after_days: 0,
    };
    let mut c = conversation(Status::Open);
    c.messages = 98;
    assert_eq!(locks.refuses_addition(&c, at(0)), None);
    c.messages = 99;
    assert_eq!(locks.refuses_addition(&c, at(0)), Some(Lock::Full));
    assert_eq!(Locks::NONE.refuses_addition(&c, at(0)), None);
    assert!(
        !locks.refuses_creation(100)
            && locks.refuses_creation(101)
            && !Locks::NONE.refuses_creation(101)
    );
}

#[test]
fn the_age_limit_counts_from_the_newest_message() {
    let locks = Locks {
        thread_cap: 0,
        after_days: 2,
    };
    let mut c = conversation(Status::Open);
    c.record(&contact(DAY, Direction::Incoming));
    assert_eq!(locks.refuses_addition(&c, at(3 * DAY)), None);
    assert_eq!(locks.refuses_addition(&c, at(3 * DAY + 1)), Some(Lock::Old));
}

#[test]
fn the_age_limit_counts_from_the_clock_if_ids_are_ahead_of_it() {
    let locks = Locks {
        thread_cap: 0,
        after_days: 2,
    };
    let mut c = conversation(Status::Open);
    let message = MessageFacts {
        recorded_at: at(DAY),
        ..contact(400 * DAY, Direction::Incoming)
    };
    c.record(&message);
    assert_eq!(c.last_activity(), at(DAY));
    assert_eq!(locks.refuses_addition(&c, at(3 * DAY)), None);
    assert_eq!(locks.refuses_addition(&c, at(3 * DAY + 1)), Some(Lock::Old));
}

#[test]
fn assigning_the_same_agent_is_no_delegation() {
    let mut c = conversation(Status::Open);
    assert!(c.assign(Some(AGENT), at(2_000)));
    assert!(!c.assign(Some(AGENT), at(3_000)));
    assert_eq!(c.delegated_at, Some(at(2_000)));
}

mod recounting {
    use proptest::prelude::*;

    use super::*;

    fn message() -> impl Strategy<Value = MessageFacts> {
        let kind =
            prop_oneof![4 => Just(Kind::Message), 1 => Just(Kind::Note), 1 => Just(Kind::LineItem)];
        let state = prop_oneof![4 => Just(State::Published), 1 => Just(State::Draft), 1 => Just(State::Hidden)];
        let whose = (
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
        );
        (kind, state, whose, 0_i64..50).prop_map(|(kind, state, whose, ms)| {
            let (incoming, by_agent, imported, automated, moves) = whose;
            MessageFacts {
                kind,
                state,
                direction: if incoming {
                    Direction::Incoming
                } else {
                    Direction::Outgoing
                },
                imported,
                automated,
                moves_last_message: moves,
                by_agent: by_agent.then_some(AGENT),
                ..contact(ms, Direction::Incoming)
            }
        })
    }

    /// Generates messages in the order of their ids, each recorded after its contact took place.
    fn messages() -> impl Strategy<Value = Vec<MessageFacts>> {
        proptest::collection::vec(message(), 0..20).prop_map(|messages| {
            let numbered = messages.into_iter().zip(2_000..);
            let id = |ms| MessageId(TimeId::compose(ms, 0, 0).0);
            numbered
                .map(|(message, ms)| MessageFacts {
                    id: id(ms),
                    recorded_at: at(ms),
                    ..message
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn recounting_equals_recording_one_by_one(messages in messages()) {
            let mut step_by_step = conversation(Status::Open);
            for message in &messages {
                step_by_step.record(message);
            }
            let mut again = step_by_step.clone();
            again.recount(&messages);
            prop_assert_eq!(&again, &step_by_step);
        }

        #[test]
        fn after_a_split_each_part_counts_its_own_messages(messages in messages(), cut in any::<u32>()) {
            let mut whole = conversation(Status::Open);
            whole.recount(&messages);
            let (kept, moved): (Vec<_>, Vec<_>) =
                messages.iter().enumerate().partition(|(at, _)| cut >> at & 1 == 0);
            let count = |part: Vec<(usize, &MessageFacts)>| {
                let part: Vec<MessageFacts> = part.into_iter().map(|(_, message)| *message).collect();
                let mut counted = whole.clone();
                counted.recount(&part);
                let mut fresh = conversation(Status::Open);
                for message in &part {
                    fresh.record(message);
                }
                fresh.updated_at = whole.updated_at;
                assert_eq!(counted, fresh);
                (counted.messages, counted.published, counted.contacts)
            };
            let (a, b) = (count(kept), count(moved));
            prop_assert_eq!((a.0 + b.0, a.1 + b.1, a.2 + b.2), (whole.messages, whole.published, whole.contacts));
        }
    }

    #[test]
    fn a_draft_takes_effect_only_when_it_is_published() {
        let mut c = conversation(Status::Open);
        c.record(&contact(2_000, Direction::Incoming));
        let draft = MessageFacts {
            state: State::Draft,
            ..contact(3_000, Direction::Outgoing)
        };
        c.record(&draft);
        assert_eq!((c.messages, c.published, c.is_waiting()), (2, 1, true));
        c.take_effect(&MessageFacts {
            state: State::Published,
            ..draft
        });
        assert_eq!((c.messages, c.published, c.is_waiting()), (2, 2, false));
    }
}
