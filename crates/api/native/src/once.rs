//! `Idempotency-Key` and `If-Match` of a write (`rules.md` 29).
//!
//! A key belongs to credential, method and path. A request whose answer is kept gets it again before anything else is
//! looked at; one that comes while its twin is under way waits for it in memory, holding no connection. The store makes
//! sure of both across nodes and restarts.

use std::fmt;
use std::sync::Arc;

use heddle_store::write::idempotent::{self, Key, Look, Outcome};
use heddle_store::{Entity, Error as StoreError, Write};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::auth::Holder;
use crate::context::Context;
use crate::error::{Early, Error};
use crate::etag;
use crate::in_flight::Turn;
use heddle_api::App;

/// The header of a client's key.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LONGEST_KEY: usize = 255;
/// What a kept answer that holds a secret is sealed for, and how it begins.
const SEALED: &str = "sealed:";

/// What makes a write happen once, and only to the version that its caller has seen.
pub(crate) struct Once {
    app: App,
    key: Option<Key>,
    /// Held until the answer is out.
    _turn: Option<Turn>,
    secret: bool,
    /// The version that the change must find, for the command.
    pub(crate) expected: Option<i64>,
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once")
            .field("key", &self.key)
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}

impl Once {
    /// Reads the headers, waits for a twin of the request, and looks whether it was answered before.
    ///
    /// # Errors
    /// The answer that was given before; 400 for a bad header; 422 for a key that came with another body.
    pub(crate) async fn begin(
        context: &Context,
        parts: &Parts,
        body: &[u8],
    ) -> Result<Self, Early> {
        Self::begin_hashed(context, parts, || Sha256::digest(body).into()).await
    }

    /// The same for a body that was never held as a whole: its SHA-256 tells it from others.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub(crate) async fn begin_hashed(
        context: &Context,
        parts: &Parts,
        body: impl FnOnce() -> [u8; 32] + Send,
    ) -> Result<Self, Early> {
        let holder = Holder::of(parts)?;
        let expected = etag::expected(&parts.headers)?;
        let mut once = Self {
            app: App::clone(context),
            key: None,
            _turn: None,
            secret: false,
            expected,
        };
        let Some(text) = client_key(&parts.headers)? else {
            return Ok(once);
        };
        let parts_of_key = [
            holder.credential().to_string(),
            parts.method.to_string(),
            parts.uri.path().to_owned(),
            text,
        ];
        let key = Key {
            account: holder.account(),
            hash: hash(&parts_of_key),
            body: body(),
        };
        let in_flight = &context.own.in_flight;
        once._turn = Some(in_flight.turn((key.account, key.hash)).await);
        once.key = Some(key);
        match context.store.read(Look(key)).await.map_err(Error::from)? {
            None => Ok(once),
            Some(outcome) => Err(match once.settle(outcome) {
                Ok(answer) => Early::Replayed(answer),
                Err(error) => error.into(),
            }),
        }
    }

    /// The same for a write whose answer holds a secret: it is kept sealed.
    pub(crate) fn with_secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Carries a command out and answers it. `fields` names the body's fields behind the entities that may turn out to be
    /// unknown; any other is the path's (404).
    pub(crate) async fn write<W: Write>(
        &self,
        command: W,
        fields: &[(Entity, &'static str)],
        answer: impl Fn(&W::Out) -> Answer + Send + Sync + 'static,
    ) -> Result<Answer, Error> {
        let outcome = self.app.store.write(self.command(command, answer)).await;
        self.settle(outcome.map_err(|error| Error::of_command(error, fields))?)
    }

    /// The command with its key and answer, for store functions that run commands themselves; what they give goes to
    /// [`Self::settle`].
    pub(crate) fn command<W: Write>(
        &self,
        command: W,
        answer: impl Fn(&W::Out) -> Answer + Send + Sync + 'static,
    ) -> idempotent::Once<W> {
        let sealing = self.secret.then(|| self.app.clone()).zip(self.key);
        let render = move |out: &W::Out| {
            let mut kept = answer(out).to_kept();
            if let Some((app, key)) = &sealing {
                let sealed =
                    app.sealer
                        .seal(purpose(key).as_str(), key.account, 0, kept.text.as_bytes());
                let sealed = sealed.map_err(|error| StoreError::Internal(error.to_string()))?;
                kept.text = format!("{SEALED}{sealed}");
            }
            Ok(kept)
        };
        idempotent::Once {
            key: self.key,
            command,
            answer: Arc::new(render),
        }
    }

    /// The answer to what became of the command.
    pub(crate) fn settle<O>(&self, outcome: Outcome<O>) -> Result<Answer, Error> {
        let (kept, replayed) = match outcome {
            Outcome::Done(_, kept) => (kept, false),
            Outcome::Replayed(kept) => (kept, true),
            Outcome::OtherBody => return Err(Error::KeyReused),
        };
        self.open(&kept)
            .and_then(|kept| Answer::from_kept(&kept, replayed).ok_or("it is no answer".into()))
            .map_err(|why| Error::Internal(format!("a kept answer cannot be read: {why}")))
    }

    fn open(&self, kept: &idempotent::Answer) -> Result<idempotent::Answer, String> {
        let (Some(sealed), Some(key)) = (kept.text.strip_prefix(SEALED), self.key) else {
            return Ok(kept.clone());
        };
        let opened = self
            .app
            .sealer
            .open(purpose(&key).as_str(), key.account, 0, sealed);
        let text = String::from_utf8(opened.map_err(|error| error.to_string())?);
        Ok(idempotent::Answer {
            status: kept.status,
            text: text.map_err(|error| error.to_string())?,
        })
    }
}

/// What a kept answer is sealed for: it can be opened under its own key only.
fn purpose(key: &Key) -> String {
    let hash: String = key.hash.iter().map(|byte| format!("{byte:02x}")).collect();
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
        let wanted = "must be one text of 1 to 255 printable ASCII characters";
        Err(Error::BadHeader("Idempotency-Key", wanted))
    }
}

fn hash(parts: &[String]) -> [u8; 32] {
    let sum = parts.iter().fold(Sha256::new(), |sum, part| {
        sum.chain_update(part.len().to_le_bytes())
            .chain_update(part)
    });
    sum.finalize().into()
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
    fn a_key_is_one_printable_text() {
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

    #[test]
    fn neighbours_do_not_flow_together() {
        let texts = |all: [&str; 2]| all.map(str::to_owned);
        assert_ne!(hash(&texts(["ab", "c"])), hash(&texts(["a", "bc"])));
    }
}
