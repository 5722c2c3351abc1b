//! Encryption of the secrets that Heddle itself must send or sign with (`store.md` 8).
//!
//! The cipher is ChaCha20-Poly1305. A sealed text can only be opened for the same purpose, account and row. The key has 32 bytes:
//! it comes from the configuration, or from `sealing.key` in the data folder, which is created at first use. All nodes on one store
//! need the same key. A sealed text contains the id of its key, so that a wrong key can be distinguished from a damaged text.
//! Deliberately missing: changing the key, after which no text could be opened.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base16ct::lower::encode_string as hex;
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce};
use heddle_domain::AccountId;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::sealing_key::SealingKey;

const VERSION: u8 = 1;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 12;
const FILE: &str = "sealing.key";

/// Why a text cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file with the sealing key cannot be read or created.
    #[error("cannot use the sealing key {}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The file contains no key.
    #[error("{} holds no sealing key: 64 hexadecimal digits", path.display())]
    NotAKey { path: PathBuf },
    /// The text was sealed with another key.
    #[error(
        "sealed with the key {sealed}, but this node has {here}: give all nodes the same secrets.sealing_key"
    )]
    OtherKey { sealed: String, here: String },
    /// The text is not a sealed text, was changed, or was sealed for another purpose, account or row.
    #[error("not a sealed text of this purpose, account and row")]
    Damaged,
    /// The system provides no random numbers.
    #[error("no random numbers: {0}")]
    Random(getrandom::Error),
}

/// Seals and opens texts with the node's key.
#[derive(Debug)]
pub struct Sealer {
    source: Source,
    loaded: Mutex<Option<Loaded>>,
}

#[derive(Debug)]
enum Source {
    Given(SealingKey),
    File(PathBuf),
}

#[derive(Clone)]
struct Loaded {
    cipher: ChaCha20Poly1305,
    id: [u8; KEY_ID_BYTES],
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Loaded").field(&hex(&self.id)).finish()
    }
}

impl Sealer {
    /// Creates a sealer that uses `key` or, without one, the key in the folder `data`. The key's file is read or
    /// created at first use.
    #[must_use]
    pub fn new(key: Option<SealingKey>, data: &Path) -> Self {
        let source = match key {
            Some(key) => Source::Given(key),
            None => Source::File(data.join(FILE)),
        };
        Self {
            source,
            loaded: Mutex::default(),
        }
    }

    /// Seals `bytes` for a purpose, an account and one of its rows.
    ///
    /// # Errors
    /// Fails if the key cannot be read or created.
    pub fn seal(
        &self,
        purpose: &str,
        account: AccountId,
        row: i64,
        bytes: &[u8],
    ) -> Result<String, SealError> {
        let Loaded { cipher, id } = self.load()?;
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(SealError::Random)?;
        let mut sealed = vec![VERSION];
        sealed.extend_from_slice(&id);
        sealed.extend_from_slice(&nonce);
        let payload = Payload {
            msg: bytes,
            aad: &associated_data(purpose, account, row),
        };
        let secret = cipher.encrypt(Nonce::from_slice(&nonce), payload);
        sealed.extend(secret.map_err(|_| SealError::Damaged)?);
        Ok(BASE64_STANDARD_NO_PAD.encode(sealed))
    }

    /// Opens a text that was sealed for the same purpose, account and row.
    ///
    /// # Errors
    /// Fails if the key cannot be read or is another one, or if the text was sealed for something else.
    pub fn open(
        &self,
        purpose: &str,
        account: AccountId,
        row: i64,
        sealed: &str,
    ) -> Result<Vec<u8>, SealError> {
        let Loaded { cipher, id } = self.load()?;
        let bytes = BASE64_STANDARD_NO_PAD.decode(sealed);
        let bytes = bytes.map_err(|_| SealError::Damaged)?;
        let (head, secret) = bytes
            .split_at_checked(1 + KEY_ID_BYTES + NONCE_BYTES)
            .filter(|(head, _)| head[0] == VERSION)
            .ok_or(SealError::Damaged)?;
        let (key, nonce) = head[1..].split_at(KEY_ID_BYTES);
        if key != id {
            return Err(SealError::OtherKey {
                sealed: hex(key),
                here: hex(&id),
            });
        }
        let payload = Payload {
            msg: secret,
            aad: &associated_data(purpose, account, row),
        };
        let decrypted = cipher.decrypt(Nonce::from_slice(nonce), payload);
        decrypted.map_err(|_| SealError::Damaged)
    }

    /// Returns the id of the key, which shows nothing of the key. Creates the key if there is none.
    ///
    /// # Errors
    /// Fails if the key cannot be read or created.
    pub fn key_id(&self) -> Result<String, SealError> {
        Ok(hex(&self.load()?.id))
    }

    /// Returns the id of the key; `None` if there is no key yet.
    ///
    /// # Errors
    /// Fails if the key cannot be read.
    pub fn existing_key_id(&self) -> Result<Option<String>, SealError> {
        match &self.source {
            Source::File(path) if !path.exists() => Ok(None),
            _ => self.key_id().map(Some),
        }
    }

    fn load(&self) -> Result<Loaded, SealError> {
        let mut loaded = self.loaded.lock();
        if let Some(loaded) = &*loaded {
            return Ok(loaded.clone());
        }
        let key = match &self.source {
            Source::Given(key) => key.clone(),
            Source::File(path) => load_or_create(path)?,
        };
        let digest = Sha256::new()
            .chain_update("heddle sealing key:")
            .chain_update(key.expose())
            .finalize();
        let fresh = Loaded {
            cipher: ChaCha20Poly1305::new(Key::from_slice(key.expose())),
            id: std::array::from_fn(|at| digest[at]),
        };
        Ok(loaded.insert(fresh).clone())
    }
}

/// Returns the id of the key with which a text was sealed; `None` if it is not a sealed text.
#[must_use]
pub fn key_of(sealed: &str) -> Option<String> {
    let bytes = BASE64_STANDARD_NO_PAD.decode(sealed).ok()?;
    let (version, rest) = bytes.split_first()?;
    let key = rest.get(..KEY_ID_BYTES)?;
    (*version == VERSION).then(|| hex(key))
}

/// Returns the bytes of purpose, account and row, to which a sealed text is bound. The numbers come last and have a
/// fixed length, so that different inputs give different bytes.
fn associated_data(purpose: &str, account: AccountId, row: i64) -> Vec<u8> {
    let mut associated_data = purpose.as_bytes().to_vec();
    associated_data.extend_from_slice(&account.get().to_be_bytes());
    associated_data.extend_from_slice(&row.to_be_bytes());
    associated_data
}

fn load_or_create(path: &Path) -> Result<SealingKey, SealError> {
    let failed = |source| SealError::File {
        path: path.to_owned(),
        source,
    };
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(path)?;
            fs::read_to_string(path).map_err(failed)?
        }
        found => found.map_err(failed)?,
    };
    SealingKey::try_from(text).map_err(|_| SealError::NotAKey {
        path: path.to_owned(),
    })
}

/// Creates the file with a key, completely or not at all. If another process was faster, that process's key is used.
fn create(path: &Path) -> Result<(), SealError> {
    let failed = |source| SealError::File {
        path: path.to_owned(),
        source,
    };
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(SealError::Random)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    // Only its owner can read a temporary file, and the file keeps this mode.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    writeln!(file, "{}", hex(&key)).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    // A link fails if the name is taken. The temporary name goes with `file`.
    match fs::hard_link(file.path(), path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(failed(error)),
    }
    drop(file);
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)?;
    tracing::info!(path = %path.display(), "made the key that secrets are sealed with; keep it with your backups");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const HERE: AccountId = AccountId(7);

    fn given(digit: &str) -> Sealer {
        Sealer {
            source: Source::Given(SealingKey::try_from(digit.repeat(64)).expect("a key")),
            loaded: Mutex::default(),
        }
    }

    fn in_folder(folder: &Path) -> Sealer {
        Sealer {
            source: Source::File(folder.join(FILE)),
            loaded: Mutex::default(),
        }
    }

    #[test]
    fn a_sealed_text_opens_only_for_its_purpose_account_and_row() {
        let sealer = given("a");
        let sealed = sealer.seal("webhook", HERE, 3, b"secret").expect("sealed");
        assert!(!sealed.contains("secret"));
        assert_ne!(
            sealed,
            sealer.seal("webhook", HERE, 3, b"secret").expect("sealed")
        );
        assert_eq!(
            sealer.open("webhook", HERE, 3, &sealed).expect("decrypted"),
            b"secret"
        );
        for (purpose, account, row) in [
            ("answer", HERE, 3),
            ("webhook", AccountId(8), 3),
            ("webhook", HERE, 4),
        ] {
            let refused = sealer.open(purpose, account, row, &sealed);
            assert!(matches!(refused, Err(SealError::Damaged)));
        }
        for damaged in [
            "",
            "AA",
            "!!",
            &sealed[..sealed.len() - 2],
            &sealed.replace('A', "B"),
        ] {
            if damaged != sealed {
                assert!(sealer.open("webhook", HERE, 3, damaged).is_err());
            }
        }
    }

    #[test]
    fn a_text_sealed_with_another_key_is_reported() {
        let sealed = given("a")
            .seal("webhook", HERE, 3, b"secret")
            .expect("sealed");
        let refused = given("b")
            .open("webhook", HERE, 3, &sealed)
            .expect_err("refused");
        assert!(matches!(refused, SealError::OtherKey { .. }));
        assert!(refused.to_string().contains("secrets.sealing_key"));
    }

    #[test]
    fn the_key_is_created_once_and_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let sealed = in_folder(folder.path())
            .seal("webhook", HERE, 3, b"secret")
            .expect("sealed");
        let file = folder.path().join(FILE);
        let mode = fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let decrypted = in_folder(folder.path()).open("webhook", HERE, 3, &sealed);
        assert_eq!(decrypted.expect("decrypted"), b"secret");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
        fs::write(&file, "no key").expect("written");
        let refused = in_folder(folder.path()).seal("webhook", HERE, 3, b"secret");
        assert!(matches!(refused, Err(SealError::NotAKey { .. })));
    }

    #[test]
    fn a_missing_folder_is_reported() {
        let refused = in_folder(Path::new("/nonexistent")).seal("webhook", HERE, 3, b"");
        assert!(matches!(refused, Err(SealError::File { .. })));
    }
}
