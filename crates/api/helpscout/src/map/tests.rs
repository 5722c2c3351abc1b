//! The tables of `rules.md` 9 to 11, case by case.

use heddle_domain::id::{ConversationId, CustomerId, InboxId, MessageId};
use heddle_domain::message::Recipients;

use super::people::USER;
use super::*;

const INTEGRATION: AgentId = AgentId(1);
const CONTEXT: RenderContext<'_> = RenderContext {
    base: "http://h",
    integration: INTEGRATION,
    now: Timestamp(1_772_615_700_000),
};

fn message(kind: Kind, channel: Channel, direction: Direction) -> Message {
    Message {
        conversation: ConversationId(7),
        id: MessageId(1 << 40),
        customer: CustomerId(4),
        kind,
        channel,
        direction,
        state: State::Published,
        format: Format::Plain,
        author: Author::Application,
        agent_name: Some("Mia".into()),
        subject: None,
        body: "a < b\nc".into(),
        recorded_at: Timestamp(1_772_615_700_000),
        occurred_at: Timestamp(1_772_615_700_000),
        effective_at: Timestamp(1_772_615_700_000),
        zone: None,
        imported: false,
        automated: false,
        moves_last_message: false,
        recipients: Recipients::default(),
        status_set: None,
        status_wish: None,
        assign_wish: None,
        extra: None,
        attachments: 0,
        version: 0,
    }
}

fn body(kind: ThreadKind, status: Option<&'static str>) -> ThreadBody {
    ThreadBody {
        kind,
        text: "x".into(),
        customer: None,
        user: None,
        status,
        draft: false,
        assign_to: None,
        recipients: Recipients::default(),
        imported: false,
        created_at: None,
        files: Vec::new(),
        has_too_large_file: false,
    }
}

fn opened(status: Status) -> Conversation {
    let opening = heddle_domain::conversation::Opening {
        id: ConversationId(7),
        inbox: InboxId(3),
        customer: CustomerId(4),
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
    Conversation::open(opening, CONTEXT.now, INTEGRATION)
}

#[test]
fn the_type_of_a_thread_by_kind_channel_and_direction() {
    for channel in Channel::ALL {
        for direction in Direction::ALL {
            let by_direction = match direction {
                Direction::Incoming => "customer",
                Direction::Outgoing => "message",
            };
            let expected = match channel {
                Channel::Phone => "phone",
                Channel::Chat => "chat",
                _ => by_direction,
            };
            let of = |kind| thread_type(&message(kind, *channel, *direction));
            assert_eq!(of(Kind::Message), expected, "{channel:?} {direction:?}");
            assert_eq!((of(Kind::Note), of(Kind::LineItem)), ("note", "lineitem"));
        }
    }
}

#[test]
fn each_kind_of_body_becomes_a_message_that_shows_as_that_kind() {
    for (kind, shown) in [
        (ThreadKind::Customer, "customer"),
        (ThreadKind::Phone, "phone"),
        (ThreadKind::Chat, "chat"),
        (ThreadKind::Note, "note"),
        (ThreadKind::Reply, "message"),
    ] {
        let new = new_message(&body(kind, None), Some(AgentId(5)));
        let stored = message(new.kind, new.channel, new.direction);
        assert_eq!(thread_type(&stored), shown);
        let by_customer = is_by_customer(&stored);
        assert_eq!(new.author == Author::Customer, by_customer, "{kind:?}");
        assert_eq!(new.format, Format::Html);
    }
    let nobody = new_message(&body(ThreadKind::Reply, None), None);
    assert_eq!(nobody.author, Author::Application);
}

#[test]
fn the_type_of_a_conversation() {
    let mut c = opened(Status::New);
    for (channel, shown) in [
        (None, "email"),
        (Some(Channel::Phone), "phone"),
        (Some(Channel::Chat), "chat"),
        (Some(Channel::TextMessage), "chat"),
        (Some(Channel::Letter), "email"),
    ] {
        c.first_channel = channel;
        assert_eq!(conversation_type(&c), shown);
    }
    c.kind = Some(ConversationKind::Phone);
    assert_eq!(conversation_type(&c), "phone");
}

#[test]
fn the_folder_follows_from_status_draft_and_assignee() {
    let folder = |c: &Conversation| Folder::of(c).id(c.inbox);
    let mut c = opened(Status::New);
    assert_eq!(folder(&c), 31);
    c.assignee = Some(AgentId(5));
    assert_eq!(folder(&c), 35);
    c.status = Status::Closed;
    assert_eq!(folder(&c), 36);
    c.messages = 1;
    assert_eq!(folder(&c), 34);
    c.status = Status::Spam;
    assert_eq!(folder(&c), 37);
}

#[test]
fn the_status_that_a_thread_sets() {
    for kind in [
        ThreadKind::Customer,
        ThreadKind::Phone,
        ThreadKind::Chat,
        ThreadKind::Reply,
    ] {
        assert_eq!(status_change(&body(kind, None)), StatusWish::Reopen);
    }
    assert_eq!(
        status_change(&body(ThreadKind::Note, None)),
        StatusWish::Keep
    );
    for (word, reply, note) in [
        ("active", StatusWish::Reopen, StatusWish::Reopen),
        ("open", StatusWish::Reopen, StatusWish::Reopen),
        (
            "closed",
            StatusWish::Set(Status::Closed),
            StatusWish::Set(Status::Closed),
        ),
        (
            "pending",
            StatusWish::Set(Status::Pending),
            StatusWish::Set(Status::Pending),
        ),
        (
            "spam",
            StatusWish::Set(Status::Spam),
            StatusWish::Set(Status::Spam),
        ),
        ("all", StatusWish::Keep, StatusWish::Keep),
        ("inbox_predefined", StatusWish::Reopen, StatusWish::Keep),
    ] {
        assert_eq!(
            status_change(&body(ThreadKind::Reply, Some(word))),
            reply,
            "{word}"
        );
        assert_eq!(
            status_change(&body(ThreadKind::Note, Some(word))),
            note,
            "{word}"
        );
    }
}

#[test]
fn a_draft_stores_what_publishing_will_change() {
    for (word, wish) in [
        (None, None),
        (Some("inbox_predefined"), None),
        (Some("closed"), Some(StatusWish::Set(Status::Closed))),
        (Some("spam"), Some(StatusWish::Set(Status::Spam))),
        (Some("active"), Some(StatusWish::Reopen)),
        (Some("all"), Some(StatusWish::Keep)),
        (Some("nochange"), Some(StatusWish::Keep)),
    ] {
        let mut draft = body(ThreadKind::Reply, word);
        draft.assign_to = Some(AgentId(5));
        assert_eq!(new_message(&draft, None).status_wish, None);
        draft.draft = true;
        let message = new_message(&draft, None);
        assert_eq!(
            (message.status_wish, message.assign_wish()),
            (wish, Some(AgentId(5)))
        );
    }
}

#[test]
fn plain_text_shows_as_html_and_html_as_it_was() {
    let mut m = message(Kind::Message, Channel::Letter, Direction::Incoming);
    assert_eq!(
        (html(&m).as_str(), preview(&m).as_str()),
        ("a &lt; b<br>c", "a < b c")
    );
    m.format = Format::Html;
    m.body = "<p>a  &lt;</p>".into();
    assert_eq!(
        (html(&m).as_str(), preview(&m).as_str()),
        ("<p>a  &lt;</p>", "a <")
    );
    m.body = "x".repeat(400);
    assert_eq!(preview(&m).len(), PREVIEW);
}

#[test]
fn the_integration_agent_is_shown_where_no_user_acted() {
    let outgoing = message(Kind::Message, Channel::Fax, Direction::Outgoing);
    let customer = Person {
        id: 4,
        kind: CUSTOMER,
        first: String::new(),
        last: String::new(),
        email: String::new(),
    };
    let shown = CONTEXT.author(&outgoing, customer.clone(), &[]);
    assert_eq!((shown.id, shown.kind), (INTEGRATION.get(), USER));
    let incoming = message(Kind::Message, Channel::Fax, Direction::Incoming);
    assert_eq!(
        CONTEXT.author(&incoming, customer.clone(), &[]).kind,
        CUSTOMER
    );
    let note = message(Kind::Note, Channel::Other, Direction::Incoming);
    assert_eq!(CONTEXT.author(&note, customer, &[]).kind, USER);
}

#[test]
fn the_last_action_is_a_users_or_the_customers() {
    let at = |ms: i64| CONTEXT.now.plus_ms(ms);
    let mut c = opened(Status::Open);
    assert_eq!(last_action(&c), CONTEXT.now);
    c.waiting_since = Some(at(5));
    assert_eq!(last_action(&c), CONTEXT.now, "the customer no longer waits");
    c.customer_wrote_last = true;
    assert_eq!(last_action(&c), at(5));
    c.agent_acted_at = Some(at(9));
    assert_eq!(last_action(&c), at(9));
}

#[test]
fn an_unreadable_extra_is_no_action() {
    let mut item = message(Kind::LineItem, Channel::Other, Direction::Outgoing);
    for (extra, kind) in [
        (None, "default"),
        (Some("{"), "default"),
        (
            Some(r#"{"action":"merged","originalConversation":5}"#),
            "merged",
        ),
    ] {
        item.extra = extra.map(str::to_owned);
        let shown = action(&item);
        assert_eq!(shown.kind, kind);
        assert!(shown.text.is_some());
    }
    let plain = message(Kind::Message, Channel::Other, Direction::Outgoing);
    assert!(action(&plain).text.is_none());
}
