//! Receives an uploaded file: the raw body, or the part `file` of a form.

use axum::body::Body;
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use heddle_domain::limits::LONGEST_FILE_NAME;
use heddle_store::{IN_ROW_BYTES, ObjectWriter};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use multer::Multipart;
use sha2::{Digest, Sha256};

use crate::auth::Caller;
use crate::error::Error;
use crate::hash;
use heddle_http::body::Chunks;
use heddle_http::media::{TYPE_RULE, is_type};

use super::form::{FormBytes, FormFault, Progress};

/// The maximum number of bytes that a form may have beside its file: boundaries and headers.
const FORM_SLACK: usize = 16 << 10;
/// The maximum number of bytes of a `Content-Type`. That of a form has a boundary.
const LONGEST_HEADER: usize = 255;
const OCTETS: &str = "application/octet-stream";

/// A file that has arrived.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) file_name: String,
    pub(crate) mime_type: String,
    pub(crate) size: i64,
    /// The bytes of the file, if it is small.
    pub(crate) data: Option<Vec<u8>>,
    /// The name of the object (file on disk) that holds the bytes, if the file is large.
    pub(crate) object: Option<String>,
    hash: [u8; 32],
}

impl Received {
    /// Returns a hash of bytes, name and media type.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let names = hash::of_texts([&*self.file_name, &*self.mime_type]);
        names.chain_update(self.hash).finalize().into()
    }
}

/// Receives a file. If the file is refused, no object (file on disk) is left behind.
pub(crate) async fn receive(
    caller: &Caller,
    headers: &HeaderMap,
    name: Option<String>,
    body: Body,
) -> Result<Received, Error> {
    let limit = caller.app.largest_attachment;
    let media = headers.get(CONTENT_TYPE).map(|value| value.to_str());
    let media = match media {
        None => OCTETS,
        Some(Ok(text)) if text.len() <= LONGEST_HEADER => text.trim(),
        Some(_) => return Err(Error::BadHeader("Content-Type", TYPE_RULE)),
    };
    match multer::parse_boundary(media) {
        Ok(boundary) => form(caller, boundary, name, body, limit).await,
        Err(_) => {
            let name = name.ok_or_else(|| required("filename"))?;
            let chunks = Chunks::new(body, limit).map_err(|fault| Error::of_body(fault, limit))?;
            let bytes = chunks.into_stream();
            let bytes = bytes.map_err(|fault| Error::of_body(fault, limit));
            let media = if media.is_empty() { OCTETS } else { media };
            if !is_type(media) {
                return Err(Error::BadHeader("Content-Type", TYPE_RULE));
            }
            store(caller, (name, media.to_owned()), bytes, limit).await
        }
    }
}

fn required(field: &str) -> Error {
    Error::invalid(field, "required", "is missing")
}

async fn form(
    caller: &Caller,
    boundary: String,
    name: Option<String>,
    body: Body,
    limit: usize,
) -> Result<Received, Error> {
    let chunks =
        Chunks::new(body, limit + FORM_SLACK).map_err(|fault| Error::of_body(fault, limit))?;
    let progress = Progress::new();
    let bytes = FormBytes::new(chunks.into_stream(), &progress);
    let mut form = Multipart::new(bytes, boundary);
    let mut received: Option<Received> = None;
    loop {
        let field = form.next_field().await.map_err(|e| form_error(&e, limit));
        let stored = match field {
            Ok(None) => break,
            Ok(Some(field)) if field.name() == Some("file") && received.is_none() => {
                let file_name = field.file_name().map(str::to_owned);
                let media = field.headers().get(CONTENT_TYPE);
                let media = media.map(|media| media.to_str().unwrap_or_default().to_owned());
                let bytes = field.map_err(|e| form_error(&e, limit));
                progress.content_begins();
                match described(name.clone().or(file_name), media) {
                    Err(error) => Err(error),
                    Ok(names) => store(caller, names, bytes, limit).await,
                }
            }
            Ok(Some(field)) => {
                let name = field.name().unwrap_or_default();
                let name: String = name.chars().take(100).collect();
                let detail = "is no part of this form, or stands there twice";
                Err(Error::invalid(&name, "unknown", detail))
            }
            Err(error) => Err(error),
        };
        match stored {
            Ok(stored) => {
                progress.content_ends();
                received = Some(stored);
            }
            Err(error) => {
                let object = received.and_then(|received| received.object);
                discard(caller, object).await;
                return Err(error);
            }
        }
    }
    received.ok_or_else(|| required("file"))
}

/// Returns name and media type of a file in a form.
fn described(name: Option<String>, media: Option<String>) -> Result<(String, String), Error> {
    let is_name = |name: &String| !name.trim().is_empty() && !name.contains('\0');
    let name = name.filter(is_name).ok_or_else(|| required("filename"))?;
    if name.chars().count() > LONGEST_FILE_NAME {
        let detail = format!("must have 1 to {LONGEST_FILE_NAME} characters");
        return Err(Error::invalid("filename", "length", detail));
    }
    let media = media.unwrap_or_else(|| OCTETS.to_owned());
    match is_type(&media) {
        true => Ok((name, media)),
        false => Err(Error::BadForm(
            "has a file whose media type is none, or is longer than 127 characters",
        )),
    }
}

/// Deletes an object (a file on disk) that no row refers to.
pub(super) async fn discard(caller: &Caller, object: Option<String>) {
    if let Some(object) = object {
        caller.app.store.objects().discard_unnamed(&[object]).await;
    }
}

fn form_error(error: &multer::Error, limit: usize) -> Error {
    let fault = match error {
        multer::Error::StreamReadFailed(fault) => fault.downcast_ref::<FormFault>(),
        multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteHeaders
        | multer::Error::IncompleteStream => return Error::BrokenBody,
        _ => None,
    };
    match fault {
        Some(FormFault::Body(fault)) => Error::of_body(*fault, limit),
        Some(FormFault::LongHead) => {
            Error::BadForm("has more than 16 KiB before the content of a part")
        }
        None => Error::BadForm("has a part whose header cannot be read"),
    }
}

/// The bytes received so far. If they exceed [`IN_ROW_BYTES`], they move from memory to an object (a file on disk).
enum Buffer {
    InMemory(Vec<u8>),
    Object(Box<ObjectWriter>),
}

/// Keeps the bytes of a small file in memory, and writes those of a large file to an object (a file on disk).
async fn store(
    caller: &Caller,
    (file_name, mime_type): (String, String),
    bytes: impl Stream<Item = Result<Bytes, Error>> + Send,
    limit: usize,
) -> Result<Received, Error> {
    let mut buffer = Buffer::InMemory(Vec::new());
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
                    false => add(caller, &mut buffer, piece).await,
                }
            }
            Err(error) => Err(error),
        };
        if let Err(error) = added {
            if let Buffer::Object(writer) = buffer {
                writer.abandon().await;
            }
            return Err(error);
        }
    }
    let (data, object) = match buffer {
        Buffer::InMemory(data) => (Some(data), None),
        Buffer::Object(writer) => (None, Some(writer.finish().await?.name)),
    };
    Ok(Received {
        file_name,
        mime_type,
        size: i64::try_from(size).unwrap_or(i64::MAX),
        data,
        object,
        hash: sum.finalize().into(),
    })
}

async fn add(caller: &Caller, buffer: &mut Buffer, piece: Bytes) -> Result<(), Error> {
    match buffer {
        Buffer::InMemory(data) if data.len() + piece.len() <= IN_ROW_BYTES => {
            data.extend_from_slice(&piece);
        }
        Buffer::InMemory(data) => {
            let begun = std::mem::take(data);
            let mut writer = Box::new(caller.app.store.objects().begin(caller.account()).await?);
            let written = match writer.write(begun.into()).await {
                Ok(()) => writer.write(piece).await,
                failed => failed,
            };
            *buffer = Buffer::Object(writer);
            written?;
        }
        Buffer::Object(writer) => writer.write(piece).await?,
    }
    Ok(())
}
