//! x
use crate::{sqlite_of, sqlite_plan};
use heddle_store::diagnostics::statements;
use heddle_testkit::{On, TestStore};
#[tokio::test(flavor = "multi_thread")]
async fn show() {
    let store = TestStore::open(On::Sqlite).await;
    let c = sqlite_of(&store);
    for s in statements() {
        println!("{}: {}", s.name, sqlite_plan(&c, s.sqlite).join(" ; "));
    }
}
