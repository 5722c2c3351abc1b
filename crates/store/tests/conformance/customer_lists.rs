//! Help Scout's list of customers: its pages equal a simple filter, and read no more rows than `store.md` 6 says. The limits are
//! far below the usual ones, and there are so many customers that a list which reads all of them exceeds its budget several times.

use heddle_domain::customer::{Customer, Profile, name_key};
use heddle_domain::id::InboxId;
use heddle_domain::{InboxScope, Timestamp};
use heddle_store::read::customer_list::{Condition, Limits, ListCustomers, NumberedPage, Order};
use heddle_store::write::account::CreateCustomer;
use heddle_store::{Clock, Error, Trouble};
use heddle_testkit::{On, TestStore};

use crate::dice::Dice;
use crate::tenant::{Tenant, opened};

const CUSTOMERS: usize = 2_000;
const SIZE: usize = 7;
const LIMITS: Limits = Limits {
    sorted: 40,
    tested: 100,
    walked: 400,
};
const ORDERS: [Order; 4] = [
    Order::Created,
    Order::Updated,
    Order::FirstName,
    Order::LastName,
];
/// Rows of a customer on the page: the customer, its address, its public id.
const SHOWN: usize = 3 * SIZE;
const FIRST: [&str; 4] = ["Bo", "anna", "First3", "Nobody"];
const LAST: [&str; 3] = ["SMITH", "Last2", "Nobody"];
const DOMAINS: [&str; 3] = ["firm.example", "mail.example", "x.example"];

/// An account with many customers.
struct Crowd {
    test: TestStore,
    tenant: Tenant,
    /// One customer in 97 is at home in the last; a third of the others in each of the first two, or nowhere.
    inboxes: [InboxId; 3],
    dice: Dice,
    customers: Vec<Customer>,
}

impl Crowd {
    async fn fill(on: On) -> Self {
        let (test, tenant) = opened(on).await;
        let [one, two] = tenant.inboxes;
        let mut crowd = Self {
            inboxes: [one, two, tenant.new_inbox(3).await],
            test,
            tenant,
            dice: Dice::new(11),
            customers: Vec::new(),
        };
        let customer = crowd.tenant.customer;
        let first = heddle_store::read::account::GetCustomer {
            account: crowd.tenant.account,
            id: customer,
        };
        let first = crowd.test.store.read(first).await.expect("a read");
        crowd.customers.extend(first);
        for number in 1..CUSTOMERS {
            crowd.add(number).await;
        }
        crowd
    }

    /// Adds a customer. One in ten is called Anna, one in 100 Bo; one in 80 Smith. One in 70 has an address at a firm, a quarter of
    /// the others none.
    async fn add(&mut self, number: usize) {
        self.test.clock.advance(100);
        let first = match number {
            n if n.is_multiple_of(10) => "Anna".to_owned(),
            n if n % 100 == 1 => "Bo".to_owned(),
            n => format!("First{}", n % 7),
        };
        let last = match number % 80 {
            3 => "Smith".to_owned(),
            _ => format!("Last{}", self.dice.roll(5)),
        };
        let email = match number {
            n if n % 70 == 2 => Some(format!("c{n}@firm.example")),
            n if n.is_multiple_of(4) => None,
            n => Some(format!("c{n}@mail.example")),
        };
        let home = match number {
            n if n % 97 == 5 => Some(self.inboxes[2]),
            _ => [None, Some(self.inboxes[0]), Some(self.inboxes[1])][self.dice.roll(3)],
        };
        let create = CreateCustomer {
            caller: self.tenant.caller.clone(),
            public_ids: Vec::new(),
            home,
            email,
            profile: Profile {
                first_name: Some(first),
                last_name: Some(last),
                ..Profile::default()
            },
            addresses: Vec::new(),
            postal_address: None,
        };
        let made = self.test.store.write(create).await.expect("a customer");
        self.customers.push(made.customer);
    }

    fn list(&self, condition: Condition, order: Order) -> ListCustomers {
        ListCustomers {
            account: self.tenant.account,
            inboxes: InboxScope::All,
            home: None,
            condition,
            order,
            descending: true,
            page: 1,
            after: None,
            size: SIZE,
            limits: LIMITS,
        }
    }

    fn condition(&mut self, depth: usize) -> Condition {
        let ages = [3_000, 30_000, 150_000];
        match self.dice.roll(if depth == 0 { 6 } else { 9 }) {
            0 => Condition::FirstName(self.dice.pick(&FIRST).into()),
            1 => Condition::LastName(self.dice.pick(&LAST).into()),
            2 => Condition::EmailDomain(self.dice.pick(&DOMAINS).into()),
            3 => Condition::Email(format!("c{}@mail.example", self.dice.roll(CUSTOMERS))),
            4 => {
                let age = self.dice.pick(&ages);
                Condition::Changed(self.before(age), LATER)
            }
            5 => {
                let (age, span) = (self.dice.pick(&ages), self.dice.pick(&ages));
                let from = self.before(age);
                Condition::Changed(from, from.plus_ms(span))
            }
            6 => Condition::Not(Box::new(self.condition(depth - 1))),
            7 => Condition::All(vec![self.condition(depth - 1), self.condition(depth - 1)]),
            _ => Condition::Any(vec![self.condition(depth - 1), self.condition(depth - 1)]),
        }
    }

    fn before(&self, ms: i64) -> Timestamp {
        self.test.clock.now().plus_ms(-ms)
    }
}

const LATER: Timestamp = Timestamp(i64::MAX);

/// The simple filter.
impl Crowd {
    fn expected(&self, list: &ListCustomers) -> Vec<i64> {
        let found = self.customers.iter();
        let found = found.filter(|c| accepts(&list.condition, c));
        let found = found.filter(|c| list.inboxes.reaches_home(c.home));
        let found = found.filter(|c| list.home.is_none() || c.home == list.home);
        let mut found: Vec<&Customer> = found.collect();
        let key = |c: &Customer| {
            let (time, name) = match list.order {
                Order::Created => (c.created_at.0, String::new()),
                Order::Updated => (c.updated_at.0, String::new()),
                Order::FirstName => (0, name_key(c.profile.first_name.as_deref())),
                Order::LastName => (0, name_key(c.profile.last_name.as_deref())),
            };
            (time, name, c.id)
        };
        found.sort_by_cached_key(|c| key(c));
        if list.descending {
            found.reverse();
        }
        found.into_iter().map(|c| c.id.get()).collect()
    }

    fn selected(&self, condition: &Condition) -> usize {
        let all = self.customers.iter();
        all.filter(|c| accepts(condition, c)).count()
    }
}

fn accepts(condition: &Condition, customer: &Customer) -> bool {
    let email = customer.email.as_deref();
    let is =
        |name: &Option<String>, wanted: &str| name_key(name.as_deref()) == name_key(Some(wanted));
    match condition {
        Condition::All(parts) => parts.iter().all(|part| accepts(part, customer)),
        Condition::Any(parts) => parts.iter().any(|part| accepts(part, customer)),
        Condition::Not(inner) => !accepts(inner, customer),
        Condition::FirstName(name) => is(&customer.profile.first_name, name),
        Condition::LastName(name) => is(&customer.profile.last_name, name),
        Condition::Email(wanted) => email == Some(wanted),
        Condition::EmailDomain(domain) => {
            email.is_some_and(|email| email.ends_with(&format!("@{domain}")))
        }
        Condition::Changed(from, to) => (*from..=*to).contains(&customer.updated_at),
    }
}

/// Rows that a part of a list may read.
impl Crowd {
    /// The inboxes of the account, a count of each home, and what is shown.
    const fn base(&self) -> usize {
        self.inboxes.len() + 1 + self.inboxes.len() + SHOWN
    }

    /// Entries of the index of an order. By change, they are merged from a run for each home.
    const fn entries(&self, order: Order, wanted: usize) -> usize {
        match order {
            Order::Updated => 3 * wanted + 8 * (self.inboxes.len() + 1),
            _ => wanted,
        }
    }

    /// Customers that are sorted in memory: entry, facts, and a row for each domain that a condition names.
    const fn few(domains: usize) -> usize {
        LIMITS.sorted * (2 + domains)
    }

    /// Entries that are read in vain for so many conditions, because they select too many, or others select fewer; and those of
    /// the last changes.
    const fn attempts(&self, conditions: usize) -> usize {
        conditions * (LIMITS.sorted + 1) + self.entries(Order::Updated, LIMITS.sorted + 1)
    }

    /// A walk along an order until `examined` entries are read, but not beyond the limit. Its steps double. If `looked_up` is given,
    /// the facts of each customer are read, and so many rows more.
    fn walk(&self, order: Order, examined: usize, looked_up: Option<usize>) -> usize {
        let most = match looked_up {
            Some(_) => LIMITS.tested,
            None => LIMITS.walked,
        };
        let (mut step, mut read, mut rows) = (SIZE + 1, 0, 0);
        while read < examined && read < most {
            rows += self.entries(order, step) + step * looked_up.map_or(0, |more| 1 + more);
            read += step;
            step *= 2;
        }
        rows
    }

    /// Returns how many entries stand in the index of the order before the page is full.
    fn examined(&self, list: &ListCustomers) -> usize {
        let everything = ListCustomers {
            condition: Condition::none(),
            inboxes: InboxScope::All,
            home: None,
            ..list.clone()
        };
        let (all, expected) = (self.expected(&everything), self.expected(list));
        let last = expected.get(SIZE);
        let place = last.and_then(|last| all.iter().position(|id| id == last));
        place.map_or(all.len(), |place| place + 1)
    }

    /// Returns how many customers the index of a condition selects, if they are few enough to be sorted in memory.
    fn selective(&self, condition: &Condition) -> Option<usize> {
        let few = match condition {
            Condition::Not(_) | Condition::Changed(..) => None,
            Condition::All(parts) => {
                let few = parts.iter().filter_map(|part| self.selective(part));
                few.min()
            }
            Condition::Any(parts) => {
                let few: Option<Vec<usize>> = parts.iter().map(|p| self.selective(p)).collect();
                few.map(|few| few.iter().sum())
            }
            _ => Some(self.selected(condition)),
        };
        few.filter(|few| *few <= LIMITS.sorted)
    }

    fn budget(&self, list: &ListCustomers) -> usize {
        let (conditions, domains) = size(&list.condition);
        let attempts = self.base() + self.attempts(conditions);
        if self.selective(&list.condition).is_some() {
            return attempts + Self::few(domains);
        }
        let walk = self.walk(list.order, self.examined(list), Some(domains));
        attempts + walk.max(Self::few(domains))
    }

    async fn read(&self, list: &ListCustomers) -> NumberedPage {
        self.test.store.read(list.clone()).await.expect("a list")
    }

    /// Checks a page, and that it read no more rows than it may. A page that a limit ended early has a `next`.
    async fn check(&self, name: &str, list: &ListCustomers, budget: usize) {
        let found = self.read(list).await;
        let expected = self.expected(list);
        let ids = found.customers.iter();
        let ids: Vec<i64> = ids.map(|view| view.customer.id.get()).collect();
        let is_cut = ids.len() < expected.len().min(SIZE);
        assert_eq!(ids, expected[..ids.len()], "{name}: {list:?}");
        assert!(!is_cut || found.next.is_some(), "{name}: {list:?}");
        assert!(
            !is_cut || found.rows_read > LIMITS.tested,
            "{name}: {list:?}"
        );
        assert!(
            found.rows_read <= budget,
            "{name}: {} rows, at most {budget}: {list:?}",
            found.rows_read
        );
    }
}

/// Returns how many conditions there are, and how many of them are on domains.
fn size(condition: &Condition) -> (usize, usize) {
    match condition {
        Condition::EmailDomain(_) => (1, 1),
        Condition::Not(inner) => size(inner),
        Condition::All(parts) | Condition::Any(parts) => {
            let sizes = parts.iter().map(size);
            sizes.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
        }
        _ => (1, 0),
    }
}

async fn lists_of_customers_read_few_rows(on: On) {
    let mut crowd = Crowd::fill(on).await;
    orders(&crowd).await;
    homes(&crowd).await;
    single_filters(&crowd).await;
    late_pages(&crowd).await;
    combinations(&mut crowd).await;
}

/// Without conditions, a page reads its entries, and nothing of the customers that it does not show.
async fn orders(crowd: &Crowd) {
    for order in ORDERS {
        for descending in [true, false] {
            let list = ListCustomers {
                descending,
                ..crowd.list(Condition::none(), order)
            };
            let budget = crowd.base() + crowd.entries(order, SIZE + 1);
            crowd.check("an order", &list, budget).await;
            assert_eq!(crowd.read(&list).await.total, CUSTOMERS as i64);
        }
    }
}

/// An inbox with few customers, and one with many; a caller of two inboxes.
async fn homes(crowd: &Crowd) {
    let [one, two, few] = crowd.inboxes;
    for order in ORDERS {
        let attempt = crowd.attempts(0);
        let of = |home| ListCustomers {
            home: Some(home),
            ..crowd.list(Condition::none(), order)
        };
        let budget = crowd.base() + attempt + Crowd::few(0);
        crowd.check("a home of few", &of(few), budget).await;
        let limited = ListCustomers {
            inboxes: InboxScope::only([two, few]),
            ..crowd.list(Condition::none(), order)
        };
        for (name, list) in [("a home of many", of(one)), ("a caller of two", limited)] {
            let walk = crowd.walk(order, crowd.examined(&list), None);
            crowd
                .check(name, &list, crowd.base() + attempt + walk)
                .await;
            let total = crowd.read(&list).await.total;
            assert_eq!(total, crowd.expected(&list).len() as i64, "{name}");
        }
    }
}

async fn single_filters(crowd: &Crowd) {
    let first = |name: &str| Condition::FirstName(name.into());
    let last = |name: &str| Condition::LastName(name.into());
    let domain = |name: &str| Condition::EmailDomain(name.into());
    let since = |ms: i64| Condition::Changed(crowd.before(ms), LATER);
    let email = |email: &str| Condition::Email(email.into());
    for (name, condition, is_few) in [
        ("a first name of few", first("bo"), true),
        ("a first name of many", first("Anna"), false),
        ("a first name of nobody", first("Nobody"), true),
        ("a last name of few", last("smith"), true),
        ("a last name of many", last("Last2"), false),
        ("an address", email("c7@mail.example"), true),
        ("an address of nobody", email("c7@x.example"), true),
        ("a domain of few", domain("firm.example"), true),
        ("a domain of many", domain("mail.example"), false),
        ("a domain of nobody", domain("x.example"), true),
        ("few last changes", since(3_000), true),
        ("many last changes", since(100_000), false),
        ("no last change", since(-1), true),
        (
            "not a first name",
            Condition::Not(Box::new(first("anna"))),
            false,
        ),
    ] {
        for order in ORDERS {
            let list = crowd.list(condition.clone(), order);
            let budget = match is_few {
                true => crowd.base() + crowd.attempts(1) + Crowd::few(0),
                false => crowd.budget(&list),
            };
            assert!(budget < 2 * CUSTOMERS / 4, "{name}: {budget}");
            crowd.check(name, &list, budget).await;
            let total = crowd.read(&list).await.total;
            let is_exact = is_few && !(order == Order::Updated && name == "few last changes");
            assert!(
                !is_exact || total == crowd.expected(&list).len() as i64,
                "{name}: {total}"
            );
        }
    }
}

/// A late page reads the entries of the pages before it, up to a limit; one with a place does not.
async fn late_pages(crowd: &Crowd) {
    for order in ORDERS {
        let mut list = crowd.list(Condition::none(), order);
        list.page = 50;
        let before = crowd.entries(order, 50 * SIZE + 1);
        let late = crowd.read(&list).await;
        let ids: Vec<i64> = late
            .customers
            .iter()
            .map(|view| view.customer.id.get())
            .collect();
        assert_eq!(
            ids,
            crowd.expected(&list)[49 * SIZE..50 * SIZE],
            "{order:?}"
        );
        assert!(
            late.rows_read <= crowd.base() + before,
            "{order:?}: {}",
            late.rows_read
        );
        (list.page, list.after) = (51, late.next);
        let next = crowd.read(&list).await;
        let most = crowd.base() + crowd.entries(order, SIZE + 1);
        assert!(next.rows_read <= most, "{order:?}: {}", next.rows_read);
        (list.page, list.after) = (250, None);
        let refused = crowd.test.store.read(list).await;
        assert!(
            matches!(refused, Err(Error::Trouble(Trouble::TimedOut(_)))),
            "{refused:?}"
        );
    }
}

async fn combinations(crowd: &mut Crowd) {
    let mut selective = 0;
    for round in 0..50 {
        let condition = crowd.condition(2);
        let order = crowd.dice.pick(&ORDERS);
        let mut list = crowd.list(condition, order);
        list.descending = round % 2 == 0;
        list.home = crowd.dice.hits(5).then(|| crowd.inboxes[1]);
        let budget = crowd.budget(&list);
        // The entries and facts of all customers.
        assert!(budget < 2 * CUSTOMERS / 3, "{budget}: {list:?}");
        crowd.check("a combination", &list, budget).await;
        selective += usize::from(crowd.selective(&list.condition).is_some());
    }
    assert!((10..=40).contains(&selective), "{selective}");
}

on_both!(lists_of_customers_read_few_rows);
