//! Tests of lists of conversations: filters, orders and pages, also while other commands add and change conversations.

use std::collections::{BTreeMap, BTreeSet};

use heddle_domain::EntityKind;
use heddle_domain::TagName;
use heddle_domain::conversation::{Conversation, Status};
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{ApplicationId, ConversationId};
use heddle_store::Clock;
use heddle_store::read::listing::{Filter, ListConversations, Order, Position};
use heddle_store::write::change::{Change, ChangeConversation, TagChange};
use heddle_testkit::{On, TestStore};

use crate::dice::Dice;
use crate::tenant::{Tenant, call, opened};

const ORDERS: [Order; 4] = [
    Order::Created,
    Order::Started,
    Order::Updated,
    Order::LastMessage,
];
const STATUSES: [Status; 5] = [
    Status::New,
    Status::Open,
    Status::Pending,
    Status::Closed,
    Status::Spam,
];
const TAGS: [&str; 2] = ["late", "vip"];

/// A tenant whose conversations differ in everything that a list can filter by.
struct Desk {
    test: TestStore,
    tenant: Tenant,
    customers: Vec<heddle_domain::CustomerId>,
    application: ApplicationId,
    dice: Dice,
}

impl Desk {
    async fn open(on: On, seed: u64) -> Self {
        let (test, tenant) = opened(on).await;
        let other = tenant.new_customer(None, None).await;
        let application = ApplicationId(tenant.take_id(EntityKind::Application).await);
        Self {
            customers: vec![tenant.customer, other],
            test,
            tenant,
            application,
            dice: Dice::new(seed),
        }
    }

    /// Adds a random conversation; some began long ago.
    async fn add(&mut self) -> Conversation {
        let ms = self.dice.roll(3) as i64;
        self.test.clock.advance(ms);
        let customer = self.dice.pick(&self.customers);
        let messages = (0..self.dice.roll(2)).map(|_| call("x")).collect();
        let mut create = self.tenant.creation(CustomerRef::Id(customer), messages);
        let new = &mut create.conversation;
        new.inbox = self.dice.pick(&self.tenant.inboxes);
        new.status = Some(self.dice.pick(&STATUSES));
        new.assignee = self
            .dice
            .hits(2)
            .then(|| self.dice.pick(&self.tenant.agents));
        new.application = self.dice.hits(3).then_some(self.application);
        new.tags = TAGS
            .iter()
            .filter(|_| self.dice.hits(3))
            .map(|tag| TagName::nearest(tag))
            .collect();
        let ago = self.dice.roll(100_000) as i64;
        new.started_at = self
            .dice
            .hits(4)
            .then(|| self.test.clock.now().plus_ms(-ago));
        let created = self.test.store.write(create).await;
        created.expect("it is made").conversation
    }

    /// Changes a random field of a conversation.
    async fn change(&mut self, id: ConversationId) {
        self.test.clock.advance(1);
        let store = self.test.store.clone();
        if self.dice.hits(2) {
            self.tenant.append(id, call("more")).await.expect("a call");
            return;
        }
        let change = Change {
            status: Some(self.dice.pick(&STATUSES)),
            archived: Some(self.dice.hits(2)),
            assignee: Some(
                self.dice
                    .hits(2)
                    .then(|| self.dice.pick(&self.tenant.agents)),
            ),
            tags: TagChange::Set(vec![TagName::nearest(self.dice.pick(&TAGS))]),
            ..Change::default()
        };
        let command = ChangeConversation::new(self.tenant.caller.clone(), id, change);
        store.write(command).await.expect("a change");
    }

    fn filter(&mut self, order: Order) -> Filter {
        let needs_customer = order == Order::LastMessage;
        Filter {
            customer: (needs_customer || self.dice.hits(4))
                .then(|| self.dice.pick(&self.customers)),
            assignee: self
                .dice
                .hits(5)
                .then(|| self.dice.pick(&self.tenant.agents)),
            assigned: self.dice.hits(5).then(|| self.dice.hits(2)),
            statuses: (0..self.dice.roll(3))
                .map(|_| self.dice.pick(&STATUSES))
                .collect(),
            archived: self.dice.hits(4).then(|| self.dice.hits(2)),
            tag: self
                .dice
                .hits(4)
                .then(|| TagName::nearest(self.dice.pick(&TAGS))),
            application: self.dice.hits(6).then_some(self.application),
            updated_since: self
                .dice
                .hits(4)
                .then(|| self.test.clock.now().plus_ms(-(self.dice.roll(30) as i64))),
        }
    }

    async fn page(&self, list: &ListConversations) -> (Vec<Seen>, Option<Position>) {
        let page = self.test.store.read(list.clone()).await;
        let page = page.expect("a page");
        assert!(page.conversations.len() <= list.limit);
        let seen = page.conversations.into_iter().map(|shown| {
            let tags = shown.labels.tags.into_keys().collect();
            (shown.conversation, tags)
        });
        (seen.collect(), page.next)
    }

    /// Returns every conversation with its tags, from one page without a filter.
    async fn all(&self) -> Vec<Seen> {
        let mut list = self.list(Order::Created, Filter::default());
        list.limit = 10_000;
        let (all, next) = self.page(&list).await;
        assert_eq!(next, None);
        all
    }

    fn list(&self, order: Order, filter: Filter) -> ListConversations {
        ListConversations {
            account: self.tenant.account,
            inboxes: self.tenant.inboxes.to_vec(),
            filter,
            order,
            descending: false,
            after: None,
            limit: 3,
        }
    }
}

type Seen = (Conversation, BTreeSet<String>);

/// Whether a conversation passes the filter. A second implementation, independent of the store's.
fn passes(filter: &Filter, (c, tags): &Seen) -> bool {
    let wrong = [
        filter
            .customer
            .is_some_and(|customer| customer != c.customer),
        filter.assignee.is_some() && filter.assignee != c.assignee,
        filter
            .assigned
            .is_some_and(|assigned| assigned != c.assignee.is_some()),
        !filter.statuses.is_empty() && !filter.statuses.contains(&c.status),
        filter
            .archived
            .is_some_and(|archived| archived != c.archived),
        filter
            .tag
            .as_ref()
            .is_some_and(|tag| !tags.contains(tag.as_str())),
        filter.application.is_some() && filter.application != c.application,
        filter
            .updated_since
            .is_some_and(|since| c.updated_at < since),
    ];
    !wrong.contains(&true)
}

fn place(order: Order, c: &Conversation) -> (i64, i64) {
    let at = match order {
        Order::Created => c.created_at,
        Order::Started => c.started_at,
        Order::Updated => c.updated_at,
        Order::LastMessage => c.last_message_at,
    };
    (at.0, c.id.get())
}

async fn every_list_matches_its_filter_and_order(on: On) {
    let mut desk = Desk::open(on, 1).await;
    for _ in 0..60 {
        let id = desk.add().await.id;
        if desk.dice.hits(3) {
            desk.change(id).await;
        }
    }
    let all = desk.all().await;
    assert_eq!(all.len(), 60);
    let mut found = 0;
    for round in 0..200 {
        let order = ORDERS[round % 4];
        let filter = desk.filter(order);
        let mut list = desk.list(order, filter.clone());
        list.descending = round % 8 >= 4;
        list.limit = 1 + desk.dice.roll(20);
        let mut expected: Vec<Seen> = all.iter().filter(|c| passes(&filter, c)).cloned().collect();
        expected.sort_by_key(|(c, _)| place(order, c));
        if list.descending {
            expected.reverse();
        }
        let mut walked = Vec::new();
        loop {
            let (page, next) = desk.page(&list).await;
            walked.extend(page);
            match next {
                Some(place) => list.after = Some(place),
                None => break,
            }
        }
        assert_eq!(walked, expected, "{list:?}");
        found += walked.len();
    }
    assert!(found > 500, "the filters match almost nothing");
}

async fn a_walk_returns_every_row_once_while_others_write(on: On) {
    let mut desk = Desk::open(on, 2).await;
    for _ in 0..30 {
        desk.add().await;
    }
    for round in 0..16 {
        let order = ORDERS[round % 4];
        let descending = round % 8 >= 4;
        let customer = (order == Order::LastMessage).then_some(desk.customers[0]);
        let filter = Filter {
            customer,
            ..Filter::default()
        };
        let at_start: Vec<Seen> = desk.all().await;
        let mut list = desk.list(order, filter.clone());
        list.descending = descending;
        let mut times: BTreeMap<ConversationId, usize> = BTreeMap::new();
        let (mut changed, mut added) = (BTreeSet::new(), Vec::new());
        loop {
            let (page, next) = desk.page(&list).await;
            for (c, _) in page {
                *times.entry(c.id).or_default() += 1;
            }
            let Some(next) = next else { break };
            list.after = Some(next);
            list.limit = 1 + desk.dice.roll(5);
            // Adds fewer and fewer conversations, so that a list towards newer conversations ends.
            if added.len() < 10 {
                added.push(desk.add().await);
                let id = at_start[desk.dice.roll(at_start.len())].0.id;
                desk.change(id).await;
                changed.insert(id);
            }
        }
        let still = matches!(order, Order::Created | Order::Started);
        for seen in at_start.iter().filter(|seen| passes(&filter, seen)) {
            let id = seen.0.id;
            if still || !changed.contains(&id) {
                assert_eq!(times.get(&id), Some(&1), "{order:?} {descending} {id}");
            }
        }
        if order == Order::Created {
            assert!(times.values().all(|times| *times == 1), "{descending}");
            // New conversations come after all existing ones in this order.
            let seen = added.iter().filter(|c| times.contains_key(&c.id)).count();
            assert_eq!(seen, if descending { 0 } else { added.len() });
        }
    }
}

async fn a_filter_without_an_index_returns_short_pages_to_the_end(on: On) {
    let (test, tenant) = opened(on).await;
    let mut wanted = Vec::new();
    for at in 0..2_300 {
        test.clock.advance(1);
        let mut create = tenant.creation(CustomerRef::Id(tenant.customer), Vec::new());
        create.conversation.assignee = (at % 1_000 != 0).then_some(tenant.agents[0]);
        let made = test.store.write(create).await.expect("it").conversation;
        if made.assignee.is_none() {
            wanted.push(made.id);
        }
    }
    let mut list = ListConversations {
        account: tenant.account,
        inboxes: tenant.inboxes.to_vec(),
        filter: Filter {
            assigned: Some(false),
            ..Filter::default()
        },
        order: Order::Created,
        descending: false,
        after: None,
        limit: 50,
    };
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = test.store.read(list.clone()).await.expect("a page");
        found.extend(page.conversations.iter().map(|shown| shown.conversation.id));
        pages += 1;
        match page.next {
            Some(place) => list.after = Some(place),
            None => break,
        }
    }
    assert_eq!((found, pages), (wanted, 2));
}

on_both!(
    every_list_matches_its_filter_and_order,
    a_walk_returns_every_row_once_while_others_write,
    a_filter_without_an_index_returns_short_pages_to_the_end,
);
