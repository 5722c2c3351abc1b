//! Refuses to start a server that lacks the key with which the secrets of its store are sealed.
//!
//! A server without the key could send no webhook and would seal new secrets with a key of its own, which no other server can
//! open. So the first server records the id of its key in the store, and every later one compares. On PostgreSQL the first
//! server also makes the key, because other servers may join; on SQLite the key is made when it is first needed.

use heddle::config::{Config, StoreUrl};
use heddle_access::seal::{SealError, Sealer};
use heddle_store::write::sealing_key::{RecordSealingKey, RecordedSealingKey};
use heddle_store::{Error, Store, Trouble};

use crate::command::failure::{Code, Failure};

/// Compares this server's key with the recorded one, or records it. With `accept_new`, replaces the recorded key.
///
/// # Errors
/// Fails with [`Code::SealingKey`] if the server has another key or none, or if its key cannot be read.
pub(crate) async fn check(config: &Config, store: &Store, accept_new: bool) -> Result<(), Failure> {
    let sealer = Sealer::new(config.secrets.sealing_key.clone(), &config.store.data);
    let recorded = store.read(RecordedSealingKey).await.map_err(unusable)?;
    let is_shared = matches!(config.store.database(), StoreUrl::Postgres(_));
    let may_make = accept_new || (recorded.is_none() && is_shared);
    let here = match may_make {
        true => sealer.key_id().map(Some),
        false => sealer.existing_key_id(),
    };
    let here = here.map_err(|error| unreadable(&error))?;
    if let Some(recorded) = recorded.filter(|_| !accept_new) {
        return compare(config, &recorded, here.as_deref());
    }
    let Some(here) = here else {
        return Ok(());
    };
    let command = RecordSealingKey {
        key_id: here.clone(),
        replace: accept_new,
    };
    match store.write(command).await {
        Ok(recorded) => compare(config, &recorded, Some(&here)),
        // It will be recorded at a later start.
        Err(Error::Trouble(Trouble::DiskFull)) => Ok(()),
        Err(error) => Err(unusable(error)),
    }
}

fn compare(config: &Config, recorded: &str, here: Option<&str>) -> Result<(), Failure> {
    if here == Some(recorded) {
        return Ok(());
    }
    let has = match here {
        Some(here) => format!("has the key {here}"),
        None => "has no sealing key".to_owned(),
    };
    let file = config.store.data.join("sealing.key");
    Err(Failure::new(
        Code::SealingKey,
        format!(
            "the secrets of this store are sealed with the key {recorded}, but this server {has}. Copy the sealing.key of the first server (or of the backup) to {}, or give all servers the same secrets.sealing_key. If the key is lost, start once with --new-sealing-key, and then set the secrets of all webhooks anew",
            file.display()
        ),
    ))
}

fn unusable(error: Error) -> Failure {
    Failure::new(Code::of_store(&error), error.to_string())
}

fn unreadable(error: &SealError) -> Failure {
    let cause =
        std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
    Failure::new(Code::SealingKey, format!("{error}{cause}"))
}
