//! Tests of Help Scout's list of conversations: filters, orders, pages and rows read, along every access path.

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::conversation::{Conversation, Status};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{AgentId, ConversationId, CustomerId, InboxId};
use heddle_domain::{TagName, Timestamp};
use heddle_store::Clock;
use heddle_store::read::account::GetCustomer;
use heddle_store::read::selection::{
    Condition, Expr, MOST_SORTED, Place, SelectConversations, Selection, Sort,
};
use heddle_store::write::change::{Change, ChangeConversation};
use heddle_store::write::folders::FolderCounts;
use heddle_testkit::{On, TestStore};

use crate::dice::Dice;
use crate::tenant::{Tenant, call, opened};

const SORTS: [Sort; 9] = [
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
const STATUSES: [Status; 5] = [
    Status::New,
    Status::Open,
    Status::Pending,
    Status::Closed,
    Status::Spam,
];
const TAGS: [&str; 3] = ["rare", "some", "many"];
const SIZE: usize = 7;

/// A tenant whose conversations differ in everything that the list can filter by.
struct Desk {
    test: TestStore,
    tenant: Tenant,
    customers: Vec<CustomerId>,
    /// Names and addresses of the customers.
    texts: BTreeMap<CustomerId, [String; 2]>,
    dice: Dice,
    stored: BTreeMap<ConversationId, (Conversation, BTreeSet<TagName>)>,
}

fn tag(name: &str) -> TagName {
    TagName::parse(name).expect("a tag")
}

impl Desk {
    async fn open(on: On, seed: u64) -> Self {
        let (test, tenant) = opened(on).await;
        let other = tenant.new_customer(None, None).await;
        let customers = vec![tenant.customer, other];
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

    /// Adds a conversation. One in fifty has the tag `rare`, one in six `some`, every second `many`.
    async fn add(&mut self) {
        self.test.clock.advance(self.dice.roll(3) as i64 * 500);
        let number = self.stored.len();
        let customer = self.dice.pick(&self.customers);
        let every = [50, 6, 2];
        let tags = TAGS
            .iter()
            .zip(every)
            .filter(|(_, every)| number.is_multiple_of(*every));
        let tags: BTreeSet<TagName> = tags.map(|(name, _)| tag(name)).collect();
        let now = self.test.clock.now();
        let mut create = self
            .tenant
            .creation(CustomerRef::Id(customer), vec![call("hi")]);
        let new = &mut create.conversation;
        new.inbox = self.dice.pick(&self.tenant.inboxes);
        new.status = Some(self.dice.pick(&STATUSES));
        new.assignee = (self.dice.roll(3) > 0).then(|| self.dice.pick(&self.tenant.agents));
        new.subject = format!("Subject {}", self.dice.roll(20));
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

    fn list(&self, wanted: Expr, sort: Sort, descending: bool) -> SelectConversations {
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
            most_sorted: MOST_SORTED,
        }
    }

    fn condition(&mut self) -> Condition {
        let time = |dice: &mut Dice, now: Timestamp| now.plus_ms(-(dice.roll(120) as i64) * 1_000);
        let now = self.test.clock.now();
        let (a, b) = (time(&mut self.dice, now), time(&mut self.dice, now));
        let some: Vec<ConversationId> = self.stored.keys().copied().collect();
        match self.dice.roll(11) {
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
            _ => Condition::Changed(a.min(b), Timestamp(i64::MAX)),
        }
    }

    fn expr(&mut self, depth: usize) -> Expr {
        match self.dice.roll(if depth == 0 { 1 } else { 4 }) {
            0 => Expr::Is(self.condition()),
            1 => Expr::Not(Box::new(self.expr(depth - 1))),
            2 => Expr::All(vec![self.expr(depth - 1), self.expr(depth - 1)]),
            _ => Expr::Any(vec![self.expr(depth - 1), self.expr(depth - 1)]),
        }
    }

    /// Returns the ids that a list must have, in its order, by reading all conversations.
    fn expected(&self, list: &SelectConversations) -> Vec<i64> {
        let found = self.stored.values().filter(|of| holds(&list.wanted, of));
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

    async fn read(&self, list: &SelectConversations) -> Selection {
        self.test.store.read(list.clone()).await.expect("a list")
    }

    /// Reads all pages, by place or by number.
    async fn all(&self, list: &SelectConversations, by_place: bool) -> (Vec<i64>, i64) {
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
            // A caller need not give the text back.
            let text = String::new();
            list.after = by_place.then_some(Place { text, ..next });
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

fn holds(wanted: &Expr, of: &(Conversation, BTreeSet<TagName>)) -> bool {
    match wanted {
        Expr::Is(condition) => fulfils(condition, of),
        Expr::Not(inner) => !holds(inner, of),
        Expr::All(parts) => parts.iter().all(|part| holds(part, of)),
        Expr::Any(parts) => parts.iter().any(|part| holds(part, of)),
    }
}

fn fulfils(condition: &Condition, (c, tags): &(Conversation, BTreeSet<TagName>)) -> bool {
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
        // No customer here has the address of the test.
        Condition::Email(_) => false,
        Condition::Field(..) | Condition::Subject(_) | Condition::Body(_) => {
            unreachable!("tested through the API")
        }
    }
}

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
        for most_sorted in [MOST_SORTED, 20, 0] {
            list.most_sorted = most_sorted;
            for by_place in [true, false] {
                let (found, total) = desk.all(&list, by_place).await;
                assert_eq!(
                    found, expected,
                    "{round} {most_sorted} {by_place}: {list:?}"
                );
                assert_eq!(
                    total,
                    expected.len() as i64,
                    "{round} {most_sorted}: {list:?}"
                );
            }
        }
    }
}

async fn a_list_reads_few_rows(on: On) {
    let mut desk = Desk::open(on, 5).await;
    for _ in 0..600 {
        desk.add().await;
    }
    let store = &desk.test.store;
    store.drain_feed().await.expect("drained");
    store
        .catch_up::<FolderCounts>(desk.tenant.account)
        .await
        .expect("counted");
    let runs = desk.tenant.inboxes.len() * 4;
    // Entries of a walk, and for each conversation on the page: itself, its customer, assignee, tags and two messages.
    // For each inbox, its counts by phase and assignee.
    let page = 3 * (SIZE + 1) + 8 * runs + SIZE * 8 + 16 * desk.tenant.inboxes.len();
    // Entries and facts of a filter that selects one conversation in fifty, and its tags.
    let rare = 5 * 600 / 50;
    let is = Expr::Is;
    let agent = desk.tenant.agents[0];
    let many = || is(Condition::Tag([tag("many")].into()));
    let number = *desk.stored.keys().nth(100).expect("a conversation");
    let since = desk.test.clock.now();
    let later = Timestamp(i64::MAX);
    let recent: Timestamp = {
        let mut all: Vec<Timestamp> = desk.stored.values().map(|(c, _)| c.updated_at).collect();
        all.sort_unstable();
        all[all.len() - 12]
    };
    for (name, wanted, sort, budget) in [
        ("nothing", Expr::All(vec![]), Sort::Started, page),
        ("by number", Expr::All(vec![]), Sort::Number, page),
        ("by change", Expr::All(vec![]), Sort::Changed, page),
        ("by inbox", Expr::All(vec![]), Sort::Inbox, page),
        ("by status", Expr::All(vec![]), Sort::Status, page),
        (
            "a status",
            is(Condition::Phase([3].into())),
            Sort::Started,
            page,
        ),
        (
            "an inbox",
            is(Condition::Inbox([desk.tenant.inboxes[0]].into())),
            Sort::Started,
            page,
        ),
        (
            "an assignee",
            is(Condition::Assignee(Some(agent))),
            Sort::Started,
            page,
        ),
        (
            "no assignee",
            is(Condition::Assignee(None)),
            Sort::Started,
            page,
        ),
        (
            "a tag",
            is(Condition::Tag([tag("rare")].into())),
            Sort::Started,
            page + rare,
        ),
        (
            "a tag by subject",
            is(Condition::Tag([tag("rare")].into())),
            Sort::Subject,
            page + 2 * rare,
        ),
        (
            "an unknown tag",
            is(Condition::Tag([tag("unknown")].into())),
            Sort::Started,
            2,
        ),
        (
            "a number",
            is(Condition::Number(number.get())),
            Sort::Started,
            page,
        ),
        (
            "an id",
            is(Condition::Id(number.get())),
            Sort::Started,
            page,
        ),
        ("no id", is(Condition::Id(77_777)), Sort::Started, 2),
        (
            "a change",
            is(Condition::Changed(recent, later)),
            Sort::Started,
            page + rare,
        ),
        (
            "no change",
            is(Condition::Changed(since.plus_ms(1), later)),
            Sort::Started,
            page,
        ),
        ("no draft", is(Condition::Draft), Sort::Started, 2),
        (
            "no such address",
            is(Condition::Email("a@b.example".into())),
            Sort::Started,
            2,
        ),
        (
            "a tag and a number",
            Expr::All(vec![many(), is(Condition::Number(number.get()))]),
            Sort::Started,
            page,
        ),
        (
            "a tag and an assignee",
            Expr::All(vec![
                is(Condition::Tag([tag("rare")].into())),
                is(Condition::Assignee(Some(agent))),
            ]),
            Sort::Changed,
            page + rare,
        ),
        (
            "a tag or a number",
            Expr::Any(vec![
                is(Condition::Tag([tag("rare")].into())),
                is(Condition::Number(number.get())),
            ]),
            Sort::Started,
            page + rare,
        ),
    ] {
        let mut list = desk.list(wanted, sort, true);
        list.most_sorted = 40;
        let found = desk.read(&list).await;
        assert!(
            found.rows_read <= budget,
            "{name}: {} rows, at most {budget}",
            found.rows_read
        );
        let expected = desk.expected(&list);
        let ids: Vec<i64> = found
            .conversations
            .iter()
            .map(|view| view.conversation.id.get())
            .collect();
        assert_eq!(ids, expected[..expected.len().min(SIZE)], "{name}");
        assert_eq!(found.total, expected.len() as i64, "{name}");
    }
    // A late page reads the entries of the pages before it, one with a place does not.
    let mut list = desk.list(Expr::All(vec![]), Sort::Started, true);
    list.page = 50;
    let late = desk.read(&list).await;
    assert!(
        late.rows_read <= page + 3 * 50 * SIZE,
        "{} rows",
        late.rows_read
    );
    list.after = late.next;
    let next = desk.read(&list).await;
    assert!(next.rows_read <= page, "{} rows", next.rows_read);
    // Random combinations: an attempt for each condition, then at most all entries and facts, or an estimate.
    for _ in 0..50 {
        let wanted = desk.expr(2);
        let sort = desk.dice.pick(&SORTS[..5]);
        let mut list = desk.list(wanted, sort, false);
        list.most_sorted = 40;
        let found = desk.read(&list).await;
        let attempts = 8 * (3 * (40 + 1) + 8 * runs);
        let most = attempts + page + 2 * 600 * 5;
        assert!(
            found.rows_read <= most,
            "{} rows: {list:?}",
            found.rows_read
        );
    }
}

async fn changes_move_a_conversation_in_the_list_and_in_the_counts(on: On) {
    let mut desk = Desk::open(on, 7).await;
    for _ in 0..30 {
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

type Places = BTreeMap<(InboxId, i64, Option<AgentId>), i64>;

async fn places(desk: &Desk) -> Places {
    let mut all = Places::new();
    for inbox in &desk.tenant.inboxes {
        let read = heddle_store::read::folders::CountPlaces {
            account: desk.tenant.account,
            inbox: *inbox,
        };
        for count in desk.test.store.read(read).await.expect("counts") {
            assert!(!count.place.is_draft);
            if count.conversations != 0 {
                let key = (count.place.inbox, count.place.phase, count.place.agent);
                all.insert(key, count.conversations);
            }
        }
    }
    all
}

fn expected_places(desk: &Desk) -> Places {
    let mut all = Places::new();
    for (c, _) in desk.stored.values() {
        *all.entry((c.inbox, c.status.phase(), c.assignee))
            .or_default() += 1;
    }
    all
}

on_both!(
    random_lists_equal_a_simple_filter_along_every_path,
    a_list_reads_few_rows,
    changes_move_a_conversation_in_the_list_and_in_the_counts,
);
