//! The worker for jobs that follow merges and erasures of customers (`heddle_store::jobs`). It also completes erasures of
//! conversations that were interrupted (`heddle_store::erasing`).
//!
//! A request that creates a job wakes the worker at once. At the start and a minute later, a minute after a failure, and every
//! minute if there are other nodes, the worker looks for jobs in all accounts: a node that died may have left some behind.

use std::time::Duration;

use heddle_domain::AccountId;
use heddle_store::erasing::WithErasures;
use heddle_store::jobs::WithJobs;
use heddle_store::{Error, Refusal, Store};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use heddle_api::App;

/// The pause between two looks at all accounts. The jobs of a node that dies stay claimed for half of that time.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How many accounts one read checks for jobs.
const PAGE: usize = 200;

/// Runs jobs until `ending` is cancelled, and finishes the step that it has begun. Failures are logged, and the job is tried
/// again.
pub async fn work(app: App, ending: CancellationToken) {
    let holder = Uuid::new_v4().to_string();
    // A job of the process before this one may still be claimed.
    let mut is_first = true;
    while !ending.is_cancelled() {
        let all_done = run_all(&app.store, &holder, &ending).await;
        let all_done = all_done.unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot look for jobs; trying again in a minute");
            false
        });
        let mut must_look = app.store.has_other_nodes() || !all_done || is_first;
        is_first = false;
        let pause = tokio::time::sleep(LOOK_EVERY);
        tokio::pin!(pause);
        loop {
            let accounts = tokio::select! {
                () = ending.cancelled() => return,
                () = &mut pause, if must_look => break,
                accounts = app.customer_jobs.woken() => accounts,
            };
            for account in accounts {
                if !run(&app.store, account, &holder, &ending).await && !must_look {
                    must_look = true;
                    pause.as_mut().reset(Instant::now() + LOOK_EVERY);
                }
            }
        }
    }
}

/// Runs the jobs of all accounts. Returns whether none failed.
async fn run_all(store: &Store, holder: &str, ending: &CancellationToken) -> Result<bool, Error> {
    let Some(accounts) = ending.run_until_cancelled(store.account_ids()).await else {
        return Ok(true);
    };
    let mut all_done = true;
    for accounts in accounts?.chunks(PAGE) {
        let look = store.read(WithJobs(accounts.to_vec()));
        let Some(found) = ending.run_until_cancelled(look).await else {
            return Ok(true);
        };
        for account in found? {
            all_done &= run(store, account, holder, ending).await;
        }
        let look = store.read(WithErasures(accounts.to_vec()));
        let Some(found) = ending.run_until_cancelled(look).await else {
            return Ok(true);
        };
        for account in found? {
            all_done &= erase(store, account, ending).await;
        }
    }
    Ok(all_done)
}

/// Runs the jobs of an account one after the other, and logs a failure. Returns whether none failed.
async fn run(store: &Store, account: AccountId, holder: &str, ending: &CancellationToken) -> bool {
    match run_jobs(store, account, holder, ending).await {
        // Another node has taken over the job and does the rest.
        Ok(()) | Err(Error::Refused(Refusal::Stale)) => true,
        Err(error) => {
            tracing::warn!(%account, %error, "a job of a customer cannot go on; trying again in a minute");
            false
        }
    }
}

/// Completes the erasure of conversations of an account, and logs a failure. Returns whether it did not fail.
async fn erase(store: &Store, account: AccountId, ending: &CancellationToken) -> bool {
    while !ending.is_cancelled() {
        match store.erase_chunk(account).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::info!(%account, "completed an interrupted erasure of conversations");
                break;
            }
            Err(error) => {
                tracing::warn!(%account, %error, "an erasure of conversations cannot go on; trying again in a minute");
                return false;
            }
        }
    }
    true
}

async fn run_jobs(
    store: &Store,
    account: AccountId,
    holder: &str,
    ending: &CancellationToken,
) -> Result<(), Error> {
    while !ending.is_cancelled() {
        let Some(mut job) = store.claim_job(account, holder).await? else {
            break;
        };
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

#[cfg(test)]
mod tests {
    use heddle_access::provision;
    use heddle_domain::account::AccountSettings;
    use heddle_domain::customer::Profile;
    use heddle_store::jobs::ListJobs;
    use heddle_store::write::customers::EraseCustomer;
    use heddle_testkit::{On, TestStore};

    use super::*;

    #[tokio::test]
    async fn no_job_is_begun_after_the_stop() {
        for on in On::BOTH {
            let test = TestStore::open(on).await;
            let store = &test.store;
            let account = provision::create_account(store, "Here", AccountSettings::default());
            let account = account.await.expect("an account");
            let profile = Profile::default();
            let customer =
                provision::create_customer(store, &account, None, None, profile, Vec::new());
            let id = customer.await.expect("a customer");
            let erase = EraseCustomer {
                caller: provision::operator_caller(&account),
                id,
                expected: None,
                limit: None,
            };
            store.write(erase).await.expect("a job");
            let ending = CancellationToken::new();
            ending.cancel();
            run(store, account.id, "here", &ending).await;
            run_all(store, "here", &ending).await.expect("a look");
            let jobs = ListJobs {
                account: account.id,
                customer: id,
            };
            let jobs = store.read(jobs).await.expect("a read");
            assert_eq!((jobs.len(), &jobs[0].holder), (1, &None), "{on:?}");
        }
    }
}
