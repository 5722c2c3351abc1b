//! A file on its way in: the raw body, or the part `file` of a form.

use axum::body::Body;
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use heddle_domain::AccountId;
use heddle_store::{IN_ROW_BYTES, ObjectWriter};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use multer::Multipart;
use sha2::{Digest, Sha256};

use crate::error::{Error, FieldError};
use heddle_api::App;
use heddle_http::body::{BodyFault, Pieces};

/// What a form has beside its file: boundaries and headers.
const FORM_SLACK: usize = 16 << 10;
const LONGEST_NAME: usize = 255;
const LONGEST_MEDIA_TYPE: usize = 255;
const OCTETS: &str = "application/octet-stream";

/// A file that has arrived.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) file_name: String,
    pub(crate) mime_type: String,
    pub(crate) size: i64,
    pub(crate) bytes: Kept,
    sum: [u8; 32],
}

/// Where its bytes are.
#[derive(Debug)]
pub(crate) enum Kept {
    Small(Vec<u8>),
    Object(String),
}

impl Kept {
    /// Bytes for the row, or the name of the object.
    pub(crate) fn split(self) -> (Option<Vec<u8>>, Option<String>) {
        match self {
            Self::Small(data) => (Some(data), None),
            Self::Object(name) => (None, Some(name)),
        }
    }
}

impl Received {
    pub(crate) fn object(&self) -> Option<&str> {
        match &self.bytes {
            Kept::Small(_) => None,
            Kept::Object(name) => Some(name),
        }
    }

    /// What tells this upload from another: bytes, name and media type.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let texts = [&self.file_name, &self.mime_type];
        let sum = texts.iter().fold(Sha256::new(), |sum, text| {
            sum.chain_update(text.len().to_le_bytes())
                .chain_update(text)
        });
        sum.chain_update(self.sum).finalize().into()
    }
}

/// Takes a file in; one that is refused leaves nothing behind.
pub(crate) async fn receive(
    app: &App,
    account: AccountId,
    headers: &HeaderMap,
    name: Option<String>,
    body: Body,
) -> Result<Received, Error> {
    let limit = app.largest_attachment;
    let media = headers.get(CONTENT_TYPE).map(|value| value.to_str());
    let media = match media {
        None => OCTETS,
        Some(Ok(text)) if text.len() <= LONGEST_MEDIA_TYPE => text.trim(),
        Some(_) => {
            let wanted = "must be a media type of at most 255 visible characters";
            return Err(Error::BadHeader("Content-Type", wanted));
        }
    };
    match multer::parse_boundary(media) {
        Ok(boundary) => form(app, account, boundary, name, body, limit).await,
        Err(_) => {
            let name = name.ok_or_else(|| required("filename"))?;
            let pieces = Pieces::new(body, limit).map_err(|fault| of_body(fault, limit))?;
            let bytes = pieces.into_stream().map_err(|fault| of_body(fault, limit));
            let media = if media.is_empty() { OCTETS } else { media };
            keep(app, account, (name, media.to_owned()), bytes, limit).await
        }
    }
}

fn required(field: &str) -> Error {
    Error::Invalid(vec![FieldError::new(field, "required", "is missing")])
}

const fn of_body(fault: BodyFault, limit: usize) -> Error {
    match fault {
        BodyFault::TooLarge => Error::TooLarge(limit),
        BodyFault::TimedOut => Error::RequestTimeout,
        BodyFault::Broken => Error::BrokenBody,
    }
}

async fn form(
    app: &App,
    account: AccountId,
    boundary: String,
    name: Option<String>,
    body: Body,
    limit: usize,
) -> Result<Received, Error> {
    let pieces = Pieces::new(body, limit + FORM_SLACK).map_err(|fault| of_body(fault, limit))?;
    let mut form = Multipart::new(pieces.into_stream(), boundary);
    let mut received: Option<Received> = None;
    loop {
        let field = form.next_field().await.map_err(|e| of_form(&e, limit));
        let kept = match field {
            Ok(None) => break,
            Ok(Some(field)) if field.name() == Some("file") && received.is_none() => {
                let called = field.file_name().map(str::to_owned);
                let media = field.content_type().map(|media| media.to_string());
                let bytes = field.map_err(|e| of_form(&e, limit));
                match name.clone().or(called).filter(|name| is_name(name)) {
                    None => Err(required("filename")),
                    Some(name) => {
                        let media = media.filter(|media| media.len() <= LONGEST_MEDIA_TYPE);
                        let said = (name, media.unwrap_or_else(|| OCTETS.to_owned()));
                        keep(app, account, said, bytes, limit).await
                    }
                }
            }
            Ok(Some(field)) => {
                let name = field.name().unwrap_or_default();
                let name: String = name.chars().take(100).collect();
                let detail = "is no part of this form, or stands there twice";
                Err(Error::Invalid(vec![FieldError::new(
                    &name, "unknown", detail,
                )]))
            }
            Err(error) => Err(error),
        };
        match kept {
            Ok(kept) => received = Some(kept),
            Err(error) => {
                forget(app, received).await;
                return Err(error);
            }
        }
    }
    received.ok_or_else(|| required("file"))
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME && !name.contains('\0')
}

async fn forget(app: &App, received: Option<Received>) {
    if let Some(Kept::Object(name)) = received.map(|received| received.bytes) {
        app.store.objects().discard(&[name]).await;
    }
}

fn of_form(error: &multer::Error, limit: usize) -> Error {
    let fault = match error {
        multer::Error::StreamReadFailed(fault) => fault.downcast_ref::<BodyFault>(),
        _ => None,
    };
    fault.map_or(Error::BrokenBody, |fault| of_body(*fault, limit))
}

/// Bytes that have come so far: a few in memory, more in an object.
enum Heap {
    Small(Vec<u8>),
    Large(Box<ObjectWriter>),
}

/// Keeps a file's bytes, those of a larger one as an object.
async fn keep(
    app: &App,
    account: AccountId,
    (file_name, mime_type): (String, String),
    bytes: impl Stream<Item = Result<Bytes, Error>> + Send,
    limit: usize,
) -> Result<Received, Error> {
    let mut heap = Heap::Small(Vec::new());
    let (mut sum, mut size) = (Sha256::new(), 0);
    let mut bytes = std::pin::pin!(bytes);
    loop {
        let added = match bytes.try_next().await {
            Ok(None) => break,
            Ok(Some(piece)) => {
                size += piece.len();
                sum.update(&piece);
                match size > limit {
                    true => Err(Error::TooLarge(limit)),
                    false => add(app, account, &mut heap, piece).await,
                }
            }
            Err(error) => Err(error),
        };
        if let Err(error) = added {
            if let Heap::Large(writer) = heap {
                writer.abandon().await;
            }
            return Err(error);
        }
    }
    let bytes = match heap {
        Heap::Small(data) => Kept::Small(data),
        Heap::Large(writer) => Kept::Object(writer.finish().await?.name),
    };
    Ok(Received {
        file_name,
        mime_type,
        size: i64::try_from(size).unwrap_or(i64::MAX),
        bytes,
        sum: sum.finalize().into(),
    })
}

async fn add(app: &App, account: AccountId, heap: &mut Heap, piece: Bytes) -> Result<(), Error> {
    match heap {
        Heap::Small(data) if data.len() + piece.len() <= IN_ROW_BYTES => {
            data.extend_from_slice(&piece);
        }
        Heap::Small(data) => {
            let begun = std::mem::take(data);
            let mut writer = Box::new(app.store.objects().begin(account).await?);
            let written = match writer.write(begun.into()).await {
                Ok(()) => writer.write(piece).await,
                failed => failed,
            };
            *heap = Heap::Large(writer);
            written?;
        }
        Heap::Large(writer) => writer.write(piece).await?,
    }
    Ok(())
}
