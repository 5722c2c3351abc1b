//! The list of customers compared with a simple filter, on random data and queries (contract section 9.2).

use heddle_domain::InboxScope;
use heddle_domain::Timestamp;
use heddle_domain::customer::{AddressKind, name_key};
use heddle_store::read::customer_list::{Condition, Limits, ListCustomers, Order};
use heddle_store::read::customers::{CustomerView, SearchCustomers};
use serde_json::{Value, json};

use crate::Client;
use crate::harness::World;
use heddle_testkit::on_both;

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.roll(texts.len() as u64) as usize]
    }

    fn condition(&mut self, depth: u64, times: (i64, i64)) -> Condition {
        let sides = if depth == 0 { 5 } else { 8 };
        match self.roll(sides) {
            0 => Condition::FirstName(self.of(&FIRST).to_uppercase()),
            1 => Condition::LastName(self.of(&LAST).into()),
            2 => Condition::EmailDomain(self.of(&DOMAINS).into()),
            3 => Condition::Email(format!("c{}@{}", self.roll(60), self.of(&DOMAINS))),
            4 => {
                let span = (times.1 - times.0) as u64;
                let from = times.0 + self.roll(span) as i64;
                Condition::Changed(Timestamp(from), Timestamp(from + self.roll(span) as i64))
            }
            5 => Condition::Not(Box::new(self.condition(depth - 1, times))),
            6 => Condition::All(
                (0..self.roll(4))
                    .map(|_| self.condition(depth - 1, times))
                    .collect(),
            ),
            _ => Condition::Any(
                (0..self.roll(4))
                    .map(|_| self.condition(depth - 1, times))
                    .collect(),
            ),
        }
    }
}

const FIRST: [&str; 4] = ["Ada", "bo", "\u{c9}va", "Nobody"];
const LAST: [&str; 3] = ["Quill", "Marsh", "Nobody"];
const DOMAINS: [&str; 3] = ["x.example", "y.example", "z.example"];

fn accepts(condition: &Condition, view: &CustomerView) -> bool {
    let profile = &view.customer.profile;
    let emails = || {
        let emails = view.addresses.iter().map(|placed| &placed.address);
        emails
            .filter(|address| address.kind == AddressKind::Email)
            .map(|address| address.value.as_str())
    };
    match condition {
        Condition::All(parts) => parts.iter().all(|part| accepts(part, view)),
        Condition::Any(parts) => parts.iter().any(|part| accepts(part, view)),
        Condition::Not(inner) => !accepts(inner, view),
        Condition::FirstName(name) => {
            name_key(profile.first_name.as_deref()) == name.to_lowercase()
        }
        Condition::LastName(name) => name_key(profile.last_name.as_deref()) == name.to_lowercase(),
        Condition::Email(email) => emails().any(|known| known == email),
        Condition::EmailDomain(domain) => {
            emails().any(|known| known.ends_with(&format!("@{domain}")))
        }
        Condition::Changed(from, to) => (from.0..=to.0).contains(&view.customer.updated_at.0),
    }
}

fn sort(views: &mut [&CustomerView], order: Order, descending: bool) {
    let key = |view: &CustomerView| {
        let c = &view.customer;
        let (time, name) = match order {
            Order::Created => (c.created_at.0, String::new()),
            Order::Updated => (c.updated_at.0, String::new()),
            Order::FirstName => (0, name_key(c.profile.first_name.as_deref())),
            Order::LastName => (0, name_key(c.profile.last_name.as_deref())),
        };
        (time, name, c.id)
    };
    views.sort_by_key(|view| key(view));
    if descending {
        views.reverse();
    }
}

on_both! {
    async fn lists_are_those_of_a_simple_filter(world: World) {
        let client = Client::new(&world).await;
        let mut dice = Dice(7);
        let begin = world.app.now().0;
        for at in 0..60 {
            world.test.clock.advance(dice.roll(3_000) as i64);
            let emails: Vec<Value> = (0..dice.roll(3))
                .map(|n| json!({ "value": format!("c{at}@{}", DOMAINS[n as usize]) }))
                .collect();
            let body = json!({ "firstName": dice.of(&FIRST[..3]), "lastName": dice.of(&LAST[..2]), "emails": emails });
            client.new_customer(&body).await;
        }
        let times = (begin, world.app.now().0 + 1);
        let account = world.here.account.id;
        let all = SearchCustomers {
            account,
            inboxes: InboxScope::All,
            email: None,
            phone: None,
            home: None,
            prospects: None,
            after: None,
            limit: 1_000,
        };
        let all = world.store().read(all).await.expect("a read").customers;
        assert_eq!(all.len(), 62);
        for at in 0..200 {
            let condition = dice.condition(3, times);
            let order = [Order::Created, Order::Updated, Order::FirstName, Order::LastName][dice.roll(4) as usize];
            let inboxes = match dice.roll(3) {
                0 => InboxScope::only([world.here.main]),
                _ => InboxScope::All,
            };
            let home = (dice.roll(5) == 0).then_some(world.here.main);
            let descending = dice.roll(2) == 0;
            // The conditions that select more than this are tested along the order.
            let limits = Limits { sorted: [5_000, 3][at % 2], ..Limits::USUAL };
            let mut expected: Vec<&CustomerView> = all.iter().filter(|view| accepts(&condition, view)).collect();
            expected.retain(|view| inboxes.reaches_home(view.customer.home));
            expected.retain(|view| home.is_none() || view.customer.home == home);
            sort(&mut expected, order, descending);
            let expected: Vec<i64> = expected.iter().map(|view| view.customer.id.get()).collect();
            let (mut found, mut after, mut page) = (Vec::new(), None, 1);
            loop {
                let list = ListCustomers { account, inboxes: inboxes.clone(), home, condition: condition.clone(), order,
                    descending, page, after, size: 7, limits };
                let by_number = ListCustomers { after: None, ..list.clone() };
                let read = world.store().read(list).await.expect("a read");
                let same = world.store().read(by_number).await.expect("a read");
                assert_eq!(same.customers, read.customers, "{at}: {condition:?}");
                found.extend(read.customers.iter().map(|view| view.customer.id.get()));
                match read.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
                page += 1;
            }
            assert_eq!(found, expected, "{at}: {condition:?} {order:?} {descending}");
        }
    }
}
