//! The log of statements on SQLite, at the level `trace`, and their plans. It is a program of its own, because it captures what
//! the whole process logs.

use heddle_domain::AccountId;
use heddle_store::Engine;
use heddle_store::diagnostics::{sqlite_plan, statements};
use heddle_store::read::account::ListAccounts;
use heddle_testkit::captured_log::Log;
use heddle_testkit::{On, TestStore};

#[tokio::test]
async fn each_statement_has_a_line_with_its_rows_and_steps() {
    let log = Log::of_process();
    let store = TestStore::open(On::Sqlite).await;
    let before = log.lines().len();
    let list = ListAccounts {
        after: AccountId(0),
        limit: 10,
    };
    for _ in 0..2 {
        let accounts = store.store.read(list.clone()).await.expect("accounts");
        assert!(accounts.is_empty());
    }
    let lines = log.lines().split_off(before);
    let known = statements();
    let runs = lines.iter().filter_map(|line| {
        let fields = &line["fields"];
        let sql = fields["sql"].as_str()?;
        let statement = known.iter().find(|one| one.sqlite == sql)?;
        let of_accounts = statement.name.starts_with("account::");
        let numbers = ["rows", "steps"].map(|name| fields[name].as_u64());
        of_accounts.then_some((line["level"].clone(), numbers))
    });
    let runs: Vec<_> = runs.collect();
    let [first, second] = runs.as_slice() else {
        panic!("two lines are wanted: {lines:?}");
    };
    assert_eq!(first.0, "TRACE");
    let (rows, steps) = (first.1[0], first.1[1]);
    assert_eq!(rows, Some(0));
    assert!(steps.is_some_and(|steps| steps > 0), "{first:?}");
    // Each line counts its own run only.
    assert_eq!(first, second);
    check_plans(&store);
}

/// Part of the only test, because another would write into the same log.
fn check_plans(store: &TestStore) {
    let Engine::Sqlite(options) = &store.options.engine else {
        panic!("a store on SQLite is wanted");
    };
    let all = statements();
    let get = all.iter().find(|one| one.name == "conversation::GET");
    let get = get.expect("a statement");
    let steps = sqlite_plan(&options.path, get.sqlite).expect("a plan");
    assert!(
        steps.iter().any(|step| step.starts_with("SEARCH ")),
        "{steps:?}"
    );
    assert!(sqlite_plan(&options.path, "SELECT 1 FROM nothing").is_err());
}
