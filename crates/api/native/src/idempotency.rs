//! `Idempotency-Key` and `If-Match` of a write (`rules.md` 29).
//!
//! A key belongs to credential, method and path. A repeated request gets the stored response of the first request
//! before its body is validated and its command runs. If the first request is still being handled on this node, the second waits in
//! memory, without a store connection. The store guarantees both across nodes and restarts.

use std::fmt;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use heddle_domain::AccountId;
use heddle_store::write::idempotent::{self, Key, Look, Outcome};
use heddle_store::{Entity, Error as StoreError, Trouble, Tx, Write};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::auth::Caller;
use crate::error::Error;
use crate::etag;
use crate::hash;
use heddle_api::{App, Failure, Turn};
use heddle_http::large;

/// The header with the client's idempotency key.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LONGEST_KEY: usize = 255;
/// The beginning of a stored response that holds a secret. The rest of it is sealed (encrypted).
const SEALED: &str = "sealed:";

/// A write request with its idempotency key and the version that it must find.
pub(crate) struct IdempotentWrite {
    app: App,
    key: Option<Key>,
    /// Blocks other requests with the same key until the response is sent.
    _in_flight: Option<Turn<(AccountId, [u8; 32])>>,
    has_secret: bool,
    /// The version that `If-Match` requires, for the command.
    pub(crate) expected: Option<i64>,
}

/// Why a write gets its response before its handler runs.
#[derive(Clone, Debug)]
pub(crate) enum WriteRejection {
    Refused(Error),
    /// An earlier request with the same key is complete: this is its stored response.
    Replayed(Answer),
}

impl From<Error> for WriteRejection {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl IntoResponse for WriteRejection {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(error) => error.into_response(),
            Self::Replayed(answer) => answer.into_response(),
        }
    }
}

impl fmt::Debug for IdempotentWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotentWrite")
            .field("key", &self.key)
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}

impl IdempotentWrite {
    /// Reads the headers, waits for a request with the same key, and looks for a stored response.
    ///
    /// # Errors
    /// Returns the stored response if there is one; a 400 for a bad header; a 422 if the key was used with another
    /// body.
    pub(crate) async fn begin(parts: &Parts, body: &[u8]) -> Result<Self, WriteRejection> {
        if !parts.headers.contains_key(KEY) {
            return Self::begin_hashed(parts, || Sha256::digest(body).into()).await;
        }
        let hash = large::run(body.len(), || Sha256::digest(body).into()).await;
        Self::begin_hashed(parts, move || hash).await
    }

    /// Does the same as [`Self::begin`] for a body that is not in memory as a whole. `body_hash` returns the body's
    /// SHA-256.
    ///
    /// # Errors
    /// Returns the errors of [`Self::begin`].
    pub(crate) async fn begin_hashed(
        parts: &Parts,
        body_hash: impl FnOnce() -> [u8; 32] + Send,
    ) -> Result<Self, WriteRejection> {
        let caller = Caller::of(parts)?;
        let mut write = Self {
            app: App::clone(&caller.app),
            key: None,
            _in_flight: None,
            has_secret: false,
            expected: etag::expected(&parts.headers)?,
        };
        let Some(client_key) = client_key(&parts.headers)? else {
            return Ok(write);
        };
        let credential = caller.credential().to_string();
        let method = parts.method.as_str();
        let request = hash::of_texts([&credential, method, parts.uri.path(), &client_key]);
        let key = Key {
            account: caller.account(),
            hash: request.finalize().into(),
            // With the client's key, which is not stored: the hash of a short body alone could be guessed, such as of one
            // with a password.
            body: hash::of_texts([client_key.as_str()])
                .chain_update(body_hash())
                .finalize()
                .into(),
        };
        let in_flight = &caller.app.own.in_flight;
        write._in_flight = Some(in_flight.take((key.account, key.hash)).await);
        write.key = Some(key);
        match caller.read(Look(key)).await? {
            None => Ok(write),
            Some(outcome) => Err(match write.answer(outcome) {
                Ok(answer) => WriteRejection::Replayed(answer),
                Err(error) => error.into(),
            }),
        }
    }

    /// Whether the request has an idempotency key.
    pub(crate) const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Marks the write as one whose response holds a secret, so that the stored response is sealed (encrypted).
    pub(crate) fn with_secret(mut self) -> Self {
        self.has_secret = true;
        self
    }

    /// Runs a command and returns the response. `fields` are the body's fields that name entities. If an entity is
    /// unknown, the error is a 422 if one of these fields names it, else the path names it and the error is a 404.
    pub(crate) async fn run<W: Write>(
        &self,
        command: W,
        fields: &[(Entity, &'static str)],
        answer: impl Fn(&W::Out) -> Answer + Send + Sync + 'static,
    ) -> Result<Answer, Error> {
        let answer = self.try_run(command, answer).await;
        answer.map_err(|error| Error::of_command(error, fields))?
    }

    /// Does the same as [`Self::run`] for handlers that have their own errors for what the store refuses.
    pub(crate) async fn try_run<W: Write>(
        &self,
        command: W,
        answer: impl Fn(&W::Out) -> Answer + Send + Sync + 'static,
    ) -> Result<Result<Answer, Error>, StoreError> {
        let outcome = self.app.store.write(self.command(command, answer)).await?;
        Ok(self.answer(outcome))
    }

    /// Returns a command that runs `command` and stores its answer under the idempotency key, in one transaction.
    fn command<W: Write>(
        &self,
        command: W,
        answer: impl Fn(&W::Out) -> Answer + Send + Sync + 'static,
    ) -> idempotent::Idempotent<W> {
        let sealing = self.has_secret.then(|| self.app.clone()).zip(self.key);
        let render = move |out: &W::Out| {
            let mut stored = answer(out).to_stored();
            if let Some((app, key)) = &sealing {
                let text = stored.text.as_bytes();
                let sealed = app.sealer.seal(&purpose(key), key.account, 0, text);
                let sealed = sealed.map_err(|error| Trouble::Internal(error.to_string()))?;
                stored.text = format!("{SEALED}{sealed}");
            }
            Ok(stored)
        };
        idempotent::Idempotent {
            key: self.key,
            command,
            answer: Arc::new(render),
        }
    }

    /// Returns the response for a command's outcome.
    fn answer<O>(&self, outcome: Outcome<O>) -> Result<Answer, Error> {
        let (stored, replayed) = match outcome {
            Outcome::Done(_, stored) => (stored, false),
            Outcome::Replayed(stored) => (stored, true),
            Outcome::Cleared => return Err(Error::AnswerGone),
            Outcome::OtherBody => return Err(Error::KeyReused),
        };
        let opened = self.open(stored);
        let answer = opened
            .and_then(|stored| Answer::from_stored(&stored, replayed).ok_or("malformed".into()));
        let unreadable = |why| Failure::Internal(format!("a stored answer cannot be read: {why}"));
        Ok(answer.map_err(unreadable)?)
    }

    fn open(&self, mut stored: idempotent::Answer) -> Result<idempotent::Answer, String> {
        if let (Some(sealed), Some(key)) = (stored.text.strip_prefix(SEALED), self.key) {
            let opened = self.app.sealer.open(&purpose(&key), key.account, 0, sealed);
            let text = String::from_utf8(opened.map_err(|error| error.to_string())?);
            stored.text = text.map_err(|error| error.to_string())?;
        }
        Ok(stored)
    }
}

/// Returns the purpose for which a stored answer is sealed (encrypted). It contains the idempotency key, so an answer that was
/// moved to another key cannot be opened.
fn purpose(key: &Key) -> String {
    let hash = base16ct::lower::encode_string(&key.hash);
    format!("idempotent answer {hash}")
}

fn client_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let mut all = headers.get_all(KEY).iter();
    let (Some(header), more) = (all.next(), all.next()) else {
        return Ok(None);
    };
    let text = header.as_bytes();
    let is_key = (1..=LONGEST_KEY).contains(&text.len())
        && text.iter().all(|byte| (0x20..0x7f).contains(byte))
        && more.is_none();
    if is_key {
        Ok(Some(String::from_utf8_lossy(text).into_owned()))
    } else {
        let required = "must be one text of 1 to 255 printable ASCII characters";
        Err(Error::BadHeader("Idempotency-Key", required))
    }
}

/// A command that changes nothing. It only stores the answer of a request under its idempotency key.
#[derive(Debug)]
pub(crate) struct NoChange;

impl Write for NoChange {
    type Out = ();
    const NAME: &'static str = "nothing";

    fn may_repeat(&self) -> bool {
        true
    }

    async fn apply(&self, _: &mut Tx<'_>) -> heddle_store::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                KEY,
                http::HeaderValue::from_bytes(value).expect("a header value"),
            );
        }
        headers
    }

    #[test]
    fn an_idempotency_key_is_one_printable_text() {
        assert!(matches!(client_key(&with(&[])), Ok(None)));
        assert!(matches!(client_key(&with(&[b"a b"])), Ok(Some(key)) if key == "a b"));
        assert!(client_key(&with(&[&[b'k'; 255]])).is_ok());
        for bad in [
            &[&[b'k'; 256][..]][..],
            &[b""],
            &[b"\xc3\xbc"],
            &[b"a", b"b"],
            &[b"a\tb"],
        ] {
            assert!(client_key(&with(bad)).is_err(), "{bad:?}");
        }
    }
}
