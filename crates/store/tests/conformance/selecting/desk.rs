//! A tenant whose conversations differ in everything that Help Scout's list can filter and sort by, and a simple filter that says
//! what a list must have.

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::conversation::{Conversation, Status};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{ConversationId, CustomerId};
use heddle_domain::message::{Author, Direction, State};
use heddle_domain::{TagName, Timestamp};
use heddle_store::Clock;
use heddle_store::read::account::GetCustomer;
use heddle_store::read::selection::{
    Condition, Expr, Limits, SelectConversations, Selection, Sort,
};
use heddle_store::write::NewMessage;
use heddle_testkit::{On, TestStore};

use crate::dice::Dice;
use crate::tenant::{Tenant, call, opened};

pub(super) const SORTS: [Sort; 9] = [
    Sort::Started,
    Sort::Changed,
    Sort::Number,
    Sort::Inbox,
    Sort::Status,
    Sort::Waiting,
    Sort::Subject,
    Sort::CustomerName,
    Sort::CustomerEmail,
];
pub(super) const STATUSES: [Status; 5] = [
    Status::New,
    Status::Open,
    Status::Pending,
    Status::Closed,
    Status::Spam,
];
/// The e-mail address of a customer who has few conversations.
pub(super) const EMAIL: &str = "rare@example.com";
/// The name of a custom field.
pub(super) const FIELD: &str = "Model";
/// The value of the custom field in the few conversations with the tag `rare`.
pub(super) const RARE: &str = "K-200";
/// The end of the subject of each conversation whose custom field is [`RARE`].
const RARE_ENDING: &str = " bobbin";
const TAGS: [&str; 3] = ["rare", "some", "many"];
pub(super) const SIZE: usize = 7;

/// A store with one account. Its conversations have different inboxes, statuses, assignees, tags and fields, so that each
/// filter of the list selects some of them and leaves out others.
pub(super) struct Desk {
    pub(super) test: TestStore,
    pub(super) tenant: Tenant,
    /// The customers; the last has one conversation in 130, and the e-mail address [`EMAIL`].
    pub(super) customers: [CustomerId; 3],
    /// Names and addresses of the customers.
    texts: BTreeMap<CustomerId, [String; 2]>,
    pub(super) dice: Dice,
    pub(super) stored: BTreeMap<ConversationId, (Conversation, BTreeSet<TagName>)>,
}

/// Whether the conversation that is created as this one has what few have.
const fn is_rare(number: usize) -> bool {
    number % 100 == 7
}

pub(super) fn tag(name: &str) -> TagName {
    TagName::parse(name).expect("a tag")
}

impl Desk {
    pub(super) async fn open(on: On, seed: u64) -> Self {
        let (test, tenant) = opened(on).await;
        let other = tenant.new_customer(None, None).await;
        let rare = tenant.new_customer(None, Some(EMAIL)).await;
        let customers = [tenant.customer, other, rare];
        let mut texts = BTreeMap::new();
        for id in &customers {
            let read = GetCustomer {
                account: tenant.account,
                id: *id,
            };
            let found = test
                .store
                .read(read)
                .await
                .expect("a read")
                .expect("a customer");
            let [first, last] =
                [found.profile.first_name, found.profile.last_name].map(Option::unwrap_or_default);
            let name = format!("{first} {last}").trim().to_lowercase();
            texts.insert(*id, [name, found.email.unwrap_or_default().to_lowercase()]);
        }
        Self {
            customers,
            texts,
            test,
            tenant,
            dice: Dice::new(seed),
            stored: BTreeMap::new(),
        }
    }

    /// Adds a conversation. One in 100 has the tag `rare`, one in six `some`, every second `many`. One in 80 is a draft. One in
    /// 100 has a value of the custom field, the word "bobbin" in its subject, and the word "heddle" in its message.
    pub(super) async fn add(&mut self) {
        self.test.clock.advance(self.dice.roll(3) as i64 * 500);
        let number = self.stored.len();
        let customer = match number % 130 {
            11 => self.customers[2],
            _ => self.dice.pick(&self.customers[..2]),
        };
        let every = [100, 6, 2];
        let tags = TAGS
            .iter()
            .zip(every)
            .filter(|(_, every)| number.is_multiple_of(*every));
        let tags: BTreeSet<TagName> = tags.map(|(name, _)| tag(name)).collect();
        let now = self.test.clock.now();
        let message = self.message(number);
        let mut create = self
            .tenant
            .creation(CustomerRef::Id(customer), vec![message]);
        let new = &mut create.conversation;
        new.inbox = self.dice.pick(&self.tenant.inboxes);
        new.status = Some(self.dice.pick(&STATUSES));
        new.assignee = (self.dice.roll(3) > 0).then(|| self.dice.pick(&self.tenant.agents));
        new.subject = format!("Subject {}", self.dice.roll(20));
        if is_rare(number) {
            new.subject += RARE_ENDING;
            new.fields = [(FIELD.to_owned(), RARE.to_owned())].into();
        }
        new.tags = tags.iter().cloned().collect();
        if self.dice.roll(4) == 0 {
            new.started_at = Some(now.plus_ms(-(self.dice.roll(100) as i64) * 1_000));
        }
        let made = self
            .test
            .store
            .write(create)
            .await
            .expect("it")
            .conversation;
        self.stored.insert(made.id, (made, tags));
    }

    fn message(&self, number: usize) -> NewMessage {
        let mut message = call(if is_rare(number) {
            "A new heddle"
        } else {
            "Hi"
        });
        if number % 80 == 40 {
            message.direction = Direction::Outgoing;
            message.author = Author::Agent(self.tenant.agents[0]);
            message.state = State::Draft;
        }
        message
    }

    pub(super) fn list(&self, wanted: Expr, sort: Sort, descending: bool) -> SelectConversations {
        SelectConversations {
            account: self.tenant.account,
            inboxes: self.tenant.inboxes.iter().copied().collect(),
            wanted,
            sort,
            descending,
            page: 1,
            size: SIZE,
            after: None,
            has_index: false,
            limits: Limits::USUAL,
        }
    }

    fn condition(&mut self) -> Condition {
        let time = |dice: &mut Dice, now: Timestamp| now.plus_ms(-(dice.roll(120) as i64) * 1_000);
        let now = self.test.clock.now();
        let (a, b) = (time(&mut self.dice, now), time(&mut self.dice, now));
        let some: Vec<ConversationId> = self.stored.keys().copied().collect();
        match self.dice.roll(13) {
            0 => Condition::Inbox([self.dice.pick(&self.tenant.inboxes)].into()),
            1 => Condition::Phase([self.dice.pick(&STATUSES).phase()].into()),
            2 => Condition::Phase([0, 1].into()),
            3 => Condition::Assignee(Some(self.dice.pick(&self.tenant.agents))),
            4 => Condition::Assignee(None),
            5 => Condition::Tag([tag(self.dice.pick(&TAGS))].into()),
            6 => Condition::Tag([tag("rare"), tag("unknown")].into()),
            7 => Condition::Number(self.dice.pick(&some).get()),
            8 => Condition::Customer([self.dice.pick(&self.customers)].into()),
            9 => Condition::Started(a.min(b), a.max(b)),
            10 => Condition::Draft,
            11 => Condition::Email(EMAIL.into()),
            _ => Condition::Changed(a.min(b), Timestamp(i64::MAX)),
        }
    }

    pub(super) fn expr(&mut self, depth: usize) -> Expr {
        match self.dice.roll(if depth == 0 { 1 } else { 4 }) {
            0 => Expr::Is(self.condition()),
            1 => Expr::Not(Box::new(self.expr(depth - 1))),
            2 => Expr::All(vec![self.expr(depth - 1), self.expr(depth - 1)]),
            _ => Expr::Any(vec![self.expr(depth - 1), self.expr(depth - 1)]),
        }
    }

    /// Returns the ids that a list must have, in its order, by reading all conversations.
    pub(super) fn expected(&self, list: &SelectConversations) -> Vec<i64> {
        let found = self.stored.values();
        let found = found.filter(|of| self.holds(&list.wanted, of));
        let mut found: Vec<_> = found.map(|(c, _)| c).collect();
        found.sort_by(|a, b| {
            let key = |c: &Conversation| (self.key(list.sort, list.descending, c), c.id);
            match list.descending {
                true => key(b).cmp(&key(a)),
                false => key(a).cmp(&key(b)),
            }
        });
        found.into_iter().map(|c| c.id.get()).collect()
    }

    pub(super) async fn read(&self, list: &SelectConversations) -> Selection {
        self.test.store.read(list.clone()).await.expect("a list")
    }

    /// Reads all pages, by place or by number.
    pub(super) async fn all(&self, list: &SelectConversations, by_place: bool) -> (Vec<i64>, i64) {
        let mut list = list.clone();
        let (mut ids, mut total) = (Vec::new(), 0);
        loop {
            let page = self.read(&list).await;
            if list.page == 1 {
                total = page.total;
            }
            ids.extend(
                page.conversations
                    .iter()
                    .map(|view| view.conversation.id.get()),
            );
            let Some(next) = page.next else {
                return (ids, total);
            };
            list.page += 1;
            list.after = by_place.then_some(next);
        }
    }
}

impl Desk {
    /// Returns the sort key of a conversation.
    fn key(&self, sort: Sort, descending: bool, c: &Conversation) -> (i64, i64, String) {
        let by = |rank: i64, at: i64| (rank, at, String::new());
        match sort {
            Sort::Started => by(0, c.started_at.0),
            Sort::Changed => by(0, c.updated_at.0),
            Sort::Number => by(0, c.number),
            Sort::Inbox => by(c.inbox.get(), c.number),
            Sort::Status => by([0, 2, 1, 3][c.status.phase() as usize], c.number),
            Sort::Waiting => {
                let waits = c.waiting_since.is_some();
                by(
                    i64::from(waits == descending),
                    c.waiting_since.map_or(0, |at| at.0),
                )
            }
            Sort::Subject => (0, 0, c.subject.to_lowercase()),
            Sort::CustomerName => (0, 0, self.texts[&c.customer][0].clone()),
            Sort::CustomerEmail => (0, 0, self.texts[&c.customer][1].clone()),
        }
    }
}

impl Desk {
    pub(super) fn holds(&self, wanted: &Expr, of: &(Conversation, BTreeSet<TagName>)) -> bool {
        match wanted {
            Expr::Is(condition) => self.fulfils(condition, of),
            Expr::Not(inner) => !self.holds(inner, of),
            Expr::All(parts) => parts.iter().all(|part| self.holds(part, of)),
            Expr::Any(parts) => parts.iter().any(|part| self.holds(part, of)),
        }
    }

    fn fulfils(
        &self,
        condition: &Condition,
        (c, tags): &(Conversation, BTreeSet<TagName>),
    ) -> bool {
        match condition {
            Condition::Inbox(inboxes) => inboxes.contains(&c.inbox),
            Condition::Phase(phases) => phases.contains(&c.status.phase()),
            Condition::Assignee(agent) => c.assignee == *agent,
            Condition::Tag(names) => !names.is_disjoint(tags),
            Condition::Number(number) => c.number == *number,
            Condition::Id(id) => c.id.get() == *id,
            Condition::Customer(customers) => customers.contains(&c.customer),
            Condition::Started(from, to) => (*from..=*to).contains(&c.started_at),
            Condition::Changed(from, to) => (*from..=*to).contains(&c.updated_at),
            Condition::Draft => c.published == 0 && c.messages > 0,
            Condition::Email(email) => self.texts[&c.customer][1] == *email,
            Condition::Field(inbox, ..) => c.inbox == *inbox && c.subject.ends_with(RARE_ENDING),
            Condition::Subject(_) | Condition::Body(_) => c.subject.ends_with(RARE_ENDING),
        }
    }
}
