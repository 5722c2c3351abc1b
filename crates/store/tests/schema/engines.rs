//! The same commands have the same effect on SQLite and PostgreSQL: results, refusals and rows.
//!
//! Both stores use clocks that advance equally, and assign the same small ids. Time-ordered ids contain the node's
//! slot, which differs, so they are compared by millisecond and rank. Public ids of customers are random and not
//! compared.

mod commands;

use std::collections::BTreeMap;

use heddle_domain::id::TimeId;
use heddle_domain::{AccountId, AccountSettings, AgentId, InboxId};
use heddle_store::read::dump::DumpAccount;
use heddle_store::write::Caller;
use heddle_store::write::account::{
    CreateAccount, CreateAgent, CreateCustomer, CreateInbox, operator,
};
use heddle_store::{Abort, COUNTED, Clock, Error, Refusal, Store, Tx, Write};
use heddle_testkit::{On, TestStore};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use commands::{Case, Command};

const CASES: u32 = 32;

/// Creates an account with two inboxes, two agents beside the built-in one, and two customers: one with the first
/// inbox as home, one without a home.
async fn provision(store: &Store) -> Result<Caller, Error> {
    let create = CreateAccount {
        name: "account".to_owned(),
        guid_tag: 7,
        public_ids: ["account".to_owned(), "agent-1".to_owned()],
        settings: AccountSettings::default(),
    };
    let account = store.write(create).await?;
    let caller = operator(account.id, account.integration_agent);
    assert_eq!(
        store.write(Stock(account.id)).await,
        Err(Error::Refused(Refusal::Stale))
    );
    for number in [2, 3] {
        let agent = CreateAgent {
            caller: caller.clone(),
            first_name: "Agent".to_owned(),
            last_name: number.to_string(),
            email: String::new(),
            public_ids: vec![(String::new(), format!("agent-{number}"))],
        };
        store.write(agent).await?;
    }
    for number in [1, 2] {
        let inbox = CreateInbox {
            caller: caller.clone(),
            name: format!("inbox {number}"),
            default_agent: (number == 1).then_some(AgentId(2)),
            public_ids: vec![(String::new(), format!("inbox-{number}"))],
        };
        store.write(inbox).await?;
    }
    for number in [1, 2] {
        let customer = CreateCustomer {
            caller: caller.clone(),
            public_ids: Vec::new(),
            home: (number == 1).then_some(InboxId(1)),
            email: Some(format!("person{number}@example.com")),
            profile: heddle_domain::Profile::default(),
            addresses: Vec::new(),
            postal_address: None,
        };
        store.write(customer).await?;
    }
    Ok(caller)
}

/// A command that takes many ids of every kind, then fails. After that the PostgreSQL node has them reserved, so that
/// no command runs twice for lack of ids: the time-ordered ids of the second run would have another rank.
struct Stock(AccountId);

impl Write for Stock {
    type Out = ();
    const NAME: &'static str = "stock";

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Abort> {
        for kind in COUNTED {
            for _ in 0..400 {
                tx.next_small_id(self.0, kind)?;
            }
        }
        Err(Refusal::Stale.into())
    }
}

/// Removes the UUIDs from a text.
fn without_uuids(text: &str) -> String {
    let is_uuid = |word: &str| {
        let parts: Vec<usize> = word.split('-').map(str::len).collect();
        let is_hex = |c: char| c == '-' || c.is_ascii_hexdigit();
        parts == [8, 4, 4, 4, 12] && word.chars().all(is_hex)
    };
    let of_word = |c: char| c != '-' && !c.is_ascii_alphanumeric();
    let words = text.split_inclusive(of_word).map(|word| {
        let bare = word.trim_end_matches(of_word);
        if is_uuid(bare) {
            word.replace(bare, "uuid")
        } else {
            word.to_owned()
        }
    });
    words.collect()
}

/// Splits a text into runs of digits and the text between them.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits);
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        parts.push(part);
        rest = after;
    }
    parts
}

/// Parses a time-ordered id: in this period it has 15 digits, a timestamp has 13, a small id few.
fn time_id(part: &str) -> Option<TimeId> {
    let id = TimeId(part.parse().ok()?);
    (part.len() == 15).then_some(id)
}

/// Replaces each time-ordered id in a command's result by its millisecond.
fn without_slots(answer: &str) -> String {
    let plain = |part: &str| {
        time_id(part).map_or_else(|| part.to_owned(), |id| format!("@{}", id.created_at().0))
    };
    parts(answer).into_iter().map(plain).collect()
}

/// Returns an account's rows, sorted, with rank and millisecond in place of each time-ordered id.
async fn rows_of(store: &Store, account: AccountId) -> Result<Vec<String>, Error> {
    let mut rows = store.read(DumpAccount(account)).await?;
    rows.iter_mut().for_each(|row| *row = without_uuids(row));
    let mut ids = BTreeMap::new();
    for part in rows.iter().flat_map(|row| parts(row)) {
        ids.extend(time_id(part).map(|id| (id, 0)));
    }
    for (rank, of) in ids.values_mut().enumerate() {
        *of = rank;
    }
    let plain = |part: &str| match time_id(part) {
        Some(id) => format!("#{}@{}", ids[&id], id.created_at().0),
        None => part.to_owned(),
    };
    let mut rows: Vec<String> = rows
        .iter()
        .map(|row| parts(row).into_iter().map(plain).collect())
        .collect();
    rows.sort_unstable();
    Ok(rows)
}

/// Runs a case; returns the result of each command.
async fn answers(store: &TestStore, caller: &Caller, case: &Case) -> Vec<Result<String, Error>> {
    let mut answers = Vec::new();
    for (wait, command) in &case.commands {
        store.clock.advance(*wait);
        let now = store.clock.now();
        let answer = command.run(&store.store, caller.clone(), now).await;
        answers.push(answer.map(|text| without_slots(&text)));
    }
    answers
}

/// Runs a case on both stores, each in a new account, and compares the results and rows.
async fn compare(
    stores: &[TestStore; 2],
    case: &Case,
) -> Result<Vec<Result<String, Error>>, TestCaseError> {
    // After a case that ended early the two clocks differ, so they are set to the same time.
    let times = stores.each_ref().map(|store| store.clock.now().0);
    stores[0].clock.advance((times[1] - times[0]).max(0));
    stores[1].clock.advance((times[0] - times[1]).max(0));
    let failed = |error: Error| TestCaseError::fail(error.to_string());
    let mut seen = Vec::new();
    for store in stores {
        let caller = provision(&store.store).await.map_err(failed)?;
        let answers = answers(store, &caller, case).await;
        let rows = rows_of(&store.store, caller.account)
            .await
            .map_err(failed)?;
        seen.push((answers, rows));
    }
    let (postgres, sqlite) = (seen.remove(1), seen.remove(0));
    for (at, (one, other)) in sqlite.0.iter().zip(&postgres.0).enumerate() {
        if one != other {
            let what = format!("command {at}\nSQLite:     {one:?}\nPostgreSQL: {other:?}");
            return Err(TestCaseError::fail(what));
        }
    }
    let only = |these: &[String], those: &[String]| {
        let rows = these.iter().filter(|row| !those.contains(row));
        rows.cloned().collect::<Vec<_>>().join("\n")
    };
    if sqlite.1 != postgres.1 {
        let (one, other) = (only(&sqlite.1, &postgres.1), only(&postgres.1, &sqlite.1));
        let what = format!("rows differ\nSQLite:\n{one}\nPostgreSQL:\n{other}");
        return Err(TestCaseError::fail(what));
    }
    Ok(sqlite.0)
}

/// How often each kind of command succeeded and was refused. The test fails if one of the two never happened.
#[derive(Debug, Default)]
struct Tally(BTreeMap<&'static str, [u32; 2]>);

impl Tally {
    fn count(&mut self, case: &Case, answers: &[Result<String, Error>]) {
        for ((_, command), answer) in case.commands.iter().zip(answers) {
            let counts = self.0.entry(Command::name(command)).or_default();
            counts[usize::from(answer.is_err())] += 1;
        }
    }

    fn assert_both_happened(&self) {
        assert_eq!(self.0.len(), 8, "{self:?}");
        for (name, [done, refused]) in &self.0 {
            // An assignment skips conversations that do not qualify; it does not refuse them.
            let refuses = *name != "assign";
            assert!(*done > 0 && (*refused > 0) == refuses, "{name}: {self:?}");
        }
    }
}

#[test]
fn the_same_commands_have_the_same_effect_on_both_engines() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let stores = runtime.block_on(async {
        [
            TestStore::open(On::Sqlite).await,
            TestStore::open(On::Postgres).await,
        ]
    });
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tally = std::cell::RefCell::new(Tally::default());
    let outcome = runner.run(&commands::case(), |case| {
        let answers = runtime.block_on(compare(&stores, &case))?;
        tally.borrow_mut().count(&case, &answers);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    tally.borrow().assert_both_happened();
    for store in &stores {
        let damage = runtime
            .block_on(store.store.check())
            .expect("it is checked");
        assert!(damage.is_empty(), "{damage:?}");
    }
}

#[test]
fn time_ordered_ids_are_recognised_among_numbers() {
    let id = TimeId::compose(37_000_000_000, 9, 3).0;
    assert_eq!(
        without_slots(&format!("a 12 {id}, 1772615700000 -9223372036854775808")),
        "a 12 @1772689600000, 1772615700000 -9223372036854775808"
    );
}

#[test]
fn uuids_are_recognised_among_texts() {
    let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    assert_eq!(
        without_uuids(&format!("public_id|1|customer|{id}|{id}-x 12-34")),
        format!("public_id|1|customer|uuid|{id}-x 12-34")
    );
}
