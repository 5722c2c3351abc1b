//! The node's worker for what follows merges and erasures of customers (`heddle_store::jobs`).
//!
//! It looks at all accounts when it starts and every minute, for jobs that another node left behind; a request that makes
//! a job wakes it at once. Jobs that cannot go on now are tried again at the next look.

use std::io;
use std::time::Duration;

use heddle_domain::AccountId;
use heddle_store::jobs::WithJobs;
use heddle_store::read::account::ListAccounts;
use heddle_store::{Error, Store};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use heddle_api::App;

/// How often all accounts are looked at. A node that dies holds its jobs for half of that.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How many accounts one read looks at.
const ACCOUNTS_AT_ONCE: i64 = 200;

/// Works until told to end; a chunk that was begun is finished.
///
/// # Errors
/// None: what fails is logged and tried again.
pub async fn work(app: App, ending: CancellationToken) -> io::Result<()> {
    let holder = Uuid::new_v4().to_string();
    while !ending.is_cancelled() {
        if let Err(error) = look(&app.store, &holder, &ending).await {
            tracing::warn!(%error, "cannot look for jobs; trying again in a minute");
        }
        let pause = tokio::time::sleep(LOOK_EVERY);
        tokio::pin!(pause);
        loop {
            let accounts = tokio::select! {
                () = ending.cancelled() => return Ok(()),
                () = &mut pause => break,
                accounts = app.customer_jobs.woken() => accounts,
            };
            for account in accounts {
                run(&app.store, account, &holder, &ending).await;
            }
        }
    }
    Ok(())
}

/// Does what is open in any account.
async fn look(store: &Store, holder: &str, ending: &CancellationToken) -> Result<(), Error> {
    let mut after = AccountId(0);
    loop {
        let list = ListAccounts {
            after,
            limit: ACCOUNTS_AT_ONCE,
        };
        let accounts = store.read(list).await?;
        let Some(last) = accounts.last() else {
            return Ok(());
        };
        after = last.id;
        let ids = accounts.iter().map(|account| account.id).collect();
        for account in store.read(WithJobs(ids)).await? {
            run(store, account, holder, ending).await;
        }
    }
}

/// Does an account's jobs, one after the other.
async fn run(store: &Store, account: AccountId, holder: &str, ending: &CancellationToken) {
    match jobs(store, account, holder, ending).await {
        // Another node took the job over: it will do the rest.
        Ok(()) | Err(Error::Stale) => {}
        Err(error) => {
            tracing::warn!(%account, %error, "a job of a customer cannot go on; trying again in a minute");
        }
    }
}

async fn jobs(
    store: &Store,
    account: AccountId,
    holder: &str,
    ending: &CancellationToken,
) -> Result<(), Error> {
    while let Some(mut job) = store.claim_job(account, holder).await? {
        while job.done_at.is_none() {
            if ending.is_cancelled() {
                return Ok(());
            }
            job = store.step_job(account, job).await?;
        }
        tracing::info!(
            %account,
            customer = %job.customer,
            kind = job.kind.as_str(),
            conversations = job.conversations,
            "finished a job of a customer"
        );
    }
    Ok(())
}
