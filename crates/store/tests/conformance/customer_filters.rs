//! Mews' list of customers: its pages equal a simple filter, and read no more rows than `store.md` 6 says.

use std::cmp::Reverse;

use heddle_domain::customer::{Customer, Profile, name_key};
use heddle_domain::id::InboxId;
use heddle_domain::{InboxScope, Timestamp};
use heddle_store::read::applications::Span;
use heddle_store::read::customer_list::{FilterCustomers, FilteredPage, Limits};
use heddle_store::write::account::CreateCustomer;
use heddle_store::{Clock, Error, Trouble};
use heddle_testkit::{On, TestStore};

use crate::dice::Dice;
use crate::tenant::{MEWS, Tenant, opened};

const CUSTOMERS: usize = 600;
const SIZE: usize = 7;
const LIMITS: Limits = Limits {
    sorted: 40,
    tested: 100,
    walked: 300,
};
/// Rows of a customer on the page: the customer, and its public id.
const SHOWN: usize = 2 * SIZE;
const FIRST: [&str; 4] = ["Anna", "Bo", "Cy", "Dee"];

/// An account with many customers, and what they are.
struct Crowd {
    test: TestStore,
    tenant: Tenant,
    customers: Vec<(Customer, String)>,
}

impl Crowd {
    async fn fill(on: On) -> Self {
        let (test, tenant) = opened(on).await;
        let mut dice = Dice::new(5);
        let mut customers = Vec::new();
        for number in 0..CUSTOMERS {
            // Some are created in the same millisecond.
            test.clock.advance(100 * dice.roll(3) as i64);
            let first = match number % 50 {
                0 => "Zoe",
                _ => FIRST[dice.roll(FIRST.len())],
            };
            let home = [Some(tenant.inboxes[0]), Some(tenant.inboxes[1]), None][dice.roll(3)];
            let command = CreateCustomer {
                caller: tenant.caller.clone(),
                public_ids: Vec::new(),
                home,
                email: Some(format!("c{number}@x.example")),
                profile: Profile {
                    first_name: Some(first.to_owned()),
                    last_name: Some(format!("Last{}", dice.roll(3))),
                    ..Profile::default()
                },
                addresses: Vec::new(),
                postal_address: None,
            };
            let made = tenant.store.write(command).await.expect("a customer");
            customers.push((made.customer, made.public_id));
        }
        customers.sort_by_key(|(customer, _)| Reverse((customer.created_at, customer.id)));
        Self {
            test,
            tenant,
            customers,
        }
    }

    fn list(&self) -> FilterCustomers {
        FilterCustomers {
            account: self.tenant.account,
            api: MEWS,
            inboxes: InboxScope::All,
            public_ids: None,
            emails: None,
            first_names: None,
            last_names: None,
            created: None,
            updated: None,
            after: None,
            size: SIZE,
            limits: LIMITS,
        }
    }

    async fn page(&self, list: &FilterCustomers) -> Result<FilteredPage, Error> {
        self.tenant.store.read(list.clone()).await
    }

    /// Walks to the end; checks each page against a simple filter, and that it read at most `budget` rows.
    async fn walk(&self, list: &FilterCustomers, budget: usize) {
        let names = |names: &Option<Vec<String>>, name: &Option<String>| {
            let key = name_key(name.as_deref());
            names
                .as_ref()
                .is_none_or(|names| names.iter().any(|name| name_key(Some(name)) == key))
        };
        let selected = self.customers.iter().filter(|(customer, public_id)| {
            let profile = &customer.profile;
            list.inboxes.reaches_home(customer.home)
                && names(&list.first_names, &profile.first_name)
                && names(&list.last_names, &profile.last_name)
                && list
                    .created
                    .is_none_or(|span| span.holds(customer.created_at))
                && list
                    .updated
                    .is_none_or(|span| span.holds(customer.updated_at))
                && list
                    .public_ids
                    .as_ref()
                    .is_none_or(|ids| ids.contains(public_id))
                && list.emails.as_ref().is_none_or(|emails| {
                    customer
                        .email
                        .as_ref()
                        .is_some_and(|email| emails.contains(email))
                })
        });
        let expected: Vec<_> = selected.cloned().collect();
        let (mut list, mut walked) = (list.clone(), Vec::new());
        loop {
            let page = self.page(&list).await.expect("a page");
            assert!(
                page.rows_read <= budget,
                "{} rows: {list:?}",
                page.rows_read
            );
            let is_end = page.customers.len() < SIZE;
            list.after = page
                .customers
                .last()
                .map(|(_, public_id)| public_id.clone());
            walked.extend(page.customers);
            if is_end {
                break;
            }
        }
        assert_eq!(walked, expected, "{list:?}");
    }

    fn some_time(&self, from: usize, to: usize) -> Span {
        let at = |place: usize| self.customers[place].0.created_at;
        Span {
            start: at(to),
            end: at(from),
        }
    }
}

async fn pages_equal_a_simple_filter_and_read_few_rows(on: On) {
    let crowd = Crowd::fill(on).await;
    let [first, second] = crowd.tenant.inboxes;
    let every_third = crowd.customers.iter().step_by(3).take(30);
    let (ids, emails): (Vec<_>, Vec<_>) = every_third
        .map(|(customer, id)| (id.clone(), customer.email.clone().expect("an address")))
        .unzip();
    let texts = |list: &[&str]| {
        Some(
            list.iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>(),
        )
    };
    let (short, long) = (crowd.some_time(40, 60), crowd.some_time(10, 200));
    // Beside the page and the customer after whom it begins. A name or a change is tried up to the limit, in vain.
    let tried = 3 * (LIMITS.sorted + 1) + 3 * 8;
    let named = 4 * ids.len();
    let walked = LIMITS.walked + 1_000;
    for inboxes in [
        InboxScope::All,
        InboxScope::only([first]),
        InboxScope::only([first, second]),
    ] {
        let list = || FilterCustomers {
            inboxes: inboxes.clone(),
            ..crowd.list()
        };
        for (list, budget) in [
            (
                FilterCustomers {
                    public_ids: Some(ids.clone()),
                    ..list()
                },
                named,
            ),
            (
                FilterCustomers {
                    emails: Some(emails.clone()),
                    ..list()
                },
                named,
            ),
            (
                FilterCustomers {
                    public_ids: Some(ids.clone()),
                    emails: Some(emails[7..].to_vec()),
                    ..list()
                },
                2 * named,
            ),
            (
                FilterCustomers {
                    public_ids: Some(ids.clone()),
                    first_names: texts(&["anna", "BO"]),
                    ..list()
                },
                named,
            ),
            (
                FilterCustomers {
                    public_ids: Some(Vec::new()),
                    ..list()
                },
                0,
            ),
            (
                FilterCustomers {
                    first_names: texts(&["Zoe", "Nobody"]),
                    ..list()
                },
                2 * LIMITS.sorted,
            ),
            (
                FilterCustomers {
                    first_names: texts(&["Zoe"]),
                    last_names: texts(&["Last1"]),
                    ..list()
                },
                tried + LIMITS.sorted,
            ),
            (
                FilterCustomers {
                    updated: Some(short),
                    ..list()
                },
                tried + LIMITS.sorted,
            ),
            (
                FilterCustomers {
                    updated: Some(short),
                    created: Some(long),
                    ..list()
                },
                tried + LIMITS.sorted,
            ),
            (
                FilterCustomers {
                    created: Some(short),
                    ..list()
                },
                walked,
            ),
            (
                FilterCustomers {
                    created: Some(long),
                    ..list()
                },
                walked,
            ),
            (
                FilterCustomers {
                    first_names: texts(&["Anna", "Cy"]),
                    ..list()
                },
                2 * walked,
            ),
            (
                FilterCustomers {
                    first_names: texts(&["Bo"]),
                    created: Some(long),
                    ..list()
                },
                2 * walked,
            ),
        ] {
            crowd.walk(&list, budget + SHOWN + 2).await;
        }
    }
}

async fn a_page_is_never_shorter_than_it_should_be(on: On) {
    let crowd = Crowd::fill(on).await;
    // The names together select too many, and few of the changed ones are left.
    let mut names: Vec<String> = FIRST.map(str::to_owned).into();
    names.push("Zoe".into());
    let list = FilterCustomers {
        first_names: Some(names),
        last_names: Some(vec![
            "Last0".into(),
            "Last1".into(),
            "Last2".into(),
            "Nobody".into(),
        ]),
        created: Some(Span {
            start: Timestamp(i64::MIN),
            end: crowd.test.clock.now(),
        }),
        updated: Some(crowd.some_time(10, 60)),
        after: Some(crowd.customers[57].1.clone()),
        ..crowd.list()
    };
    let late = crowd.page(&list).await;
    assert!(
        matches!(late, Err(Error::Trouble(Trouble::TimedOut(_)))),
        "{late:?}"
    );
    // What nobody fulfils is found out at once if an index says so.
    let nobody = FilterCustomers {
        first_names: Some(vec!["Nobody".into()]),
        ..list
    };
    assert_eq!(crowd.page(&nobody).await.expect("a page").customers, []);
}

async fn a_cursor_that_the_caller_does_not_see_gives_an_empty_page(on: On) {
    let crowd = Crowd::fill(on).await;
    let [first, second] = crowd.tenant.inboxes;
    let at_home = |home: InboxId| {
        let mut customers = crowd.customers.iter();
        let found = customers.find(|(customer, _)| customer.home == Some(home));
        found.expect("a customer").1.clone()
    };
    let after = |after: String| FilterCustomers {
        inboxes: InboxScope::only([first]),
        after: Some(after),
        ..crowd.list()
    };
    for (cursor, length) in [
        (at_home(first), SIZE),
        (at_home(second), 0),
        ("nobody".to_owned(), 0),
    ] {
        let page = crowd.page(&after(cursor.clone())).await.expect("a page");
        assert_eq!(page.customers.len(), length, "{cursor}");
    }
}

on_both!(
    pages_equal_a_simple_filter_and_read_few_rows,
    a_page_is_never_shorter_than_it_should_be,
    a_cursor_that_the_caller_does_not_see_gives_an_empty_page,
);
