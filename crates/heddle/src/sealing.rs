//! Compares the server's sealing key with that of its store, and refuses to start with another key or none.
//!
//! Without the right key, a server could send no webhook. It would also seal new secrets with a key of its own, which no other
//! server can open. So the first server records the id of its key in the store, and every later one compares. If no id is
//! recorded, it is read from a sealed text of the store. On PostgreSQL the first server makes a key if it has none, because
//! other servers may join; on SQLite the key is made when it is first needed.

use heddle::config::{Config, StoreUrl};
use heddle_access::seal::{self, SealError, Sealer};
use heddle_store::write::sealing_key::{AnySealedText, RecordSealingKey, RecordedSealingKey};
use heddle_store::{Error, Store, Trouble};

use crate::command::failure::{Code, Failure};

/// Compares this server's key with the recorded one, or records it. With `accept_new`, replaces the recorded key.
///
/// # Errors
/// Fails with [`Code::SealingKey`] if the server has another key or none, or if its key cannot be read.
pub(crate) async fn check(config: &Config, store: &Store, accept_new: bool) -> Result<(), Failure> {
    let sealer = Sealer::new(config.secrets.sealing_key.clone(), &config.store.data);
    let recorded = store.read(RecordedSealingKey).await.map_err(unusable)?;
    let of_store = match &recorded {
        Some(recorded) => Some(recorded.clone()),
        None => store
            .read(AnySealedText)
            .await
            .map_err(unusable)?
            .as_deref()
            .and_then(seal::key_of),
    };
    let is_shared = matches!(config.store.database(), StoreUrl::Postgres(_));
    let may_make = accept_new || (of_store.is_none() && is_shared);
    let own_key = match may_make {
        true => sealer.key_id().map(Some),
        false => sealer.existing_key_id(),
    };
    let own_key = own_key.map_err(|error| unreadable(&error))?;
    if let Some(of_store) = of_store.filter(|_| !accept_new) {
        compare(config, &of_store, own_key.as_deref())?;
    }
    match own_key {
        Some(own_key) if accept_new || recorded.is_none() => {
            record(config, store, own_key, accept_new).await
        }
        _ => Ok(()),
    }
}

async fn record(
    config: &Config,
    store: &Store,
    own_key: String,
    replace: bool,
) -> Result<(), Failure> {
    let command = RecordSealingKey {
        key_id: own_key.clone(),
        replace,
    };
    match store.write(command).await {
        Ok(recorded) => compare(config, &recorded, Some(&own_key)),
        // It will be recorded at a later start.
        Err(Error::Trouble(Trouble::DiskFull)) => Ok(()),
        Err(error) => Err(unusable(error)),
    }
}

fn compare(config: &Config, of_store: &str, own_key: Option<&str>) -> Result<(), Failure> {
    if own_key == Some(of_store) {
        return Ok(());
    }
    let has = match own_key {
        Some(own_key) => format!("has the key {own_key}"),
        None => "has no sealing key".to_owned(),
    };
    let file = config.store.data.join("sealing.key");
    Err(Failure::new(
        Code::SealingKey,
        format!(
            "the secrets of this store are sealed with the key {of_store}, but this server {has}. Copy the sealing.key of the first server (or of the backup) to {}, or give all servers the same secrets.sealing_key. If the key is lost, start once with --new-sealing-key, and then set the secrets of all webhooks anew",
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
