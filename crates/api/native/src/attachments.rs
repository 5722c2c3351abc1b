//! Attachments. A client uploads a file, and a later message refers to the file by id. Files can be read in whole or in
//! part.
//!
//! Until a message uses a file, only the token that uploaded it sees it; after a day it is deleted. Large files are
//! streamed to an object (a file on disk) and are never in memory as a whole.

mod form;
mod range;
mod receive;

use std::ops::Range;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use heddle_domain::id::{AttachmentId, ConversationId, MessageId};
use heddle_http::download;
use heddle_store::Upload;
use heddle_store::read::uploads::{Content, GetFile, StoredFile};
use heddle_store::write::upload::StoreUpload;
use http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::auth::{Caller, MessagesReader, MessagesWriter};
use crate::context::Context;
use crate::error::Error;
use crate::etag::{self, IfNoneMatch};
use crate::idempotency::{IdempotentWrite, WriteRejection};
use crate::path::Id;
use crate::problem::Problem;
use crate::query::QueryParams;
use receive::Received;

pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(upload))
        .routes(routes!(show))
        .routes(routes!(content))
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
struct File {
    /// The id for `attachment_ids` of a message.
    id: i64,
    /// Null until a message takes the file.
    #[schema(required)]
    conversation_id: Option<i64>,
    #[schema(required)]
    message_id: Option<i64>,
    file_name: String,
    mime_type: String,
    /// In bytes; 0 for a link.
    size: i64,
    /// The URL of a file that is stored elsewhere.
    #[schema(required)]
    link: Option<String>,
}

impl File {
    fn of(file: &StoredFile) -> Self {
        let StoredFile {
            id,
            place,
            file_name,
            mime_type,
            size,
            link,
            content: _,
        } = file;
        Self {
            id: id.get(),
            conversation_id: place.map(|(conversation, _)| ConversationId::get(conversation)),
            message_id: place.map(|(_, message)| MessageId::get(message)),
            file_name: file_name.clone(),
            mime_type: mime_type.clone(),
            size: *size,
            link: link.clone(),
        }
    }

    fn uploaded(upload: &Upload) -> Self {
        Self {
            id: upload.id.get(),
            conversation_id: None,
            message_id: None,
            file_name: upload.file_name.clone(),
            mime_type: upload.mime_type.clone(),
            size: upload.size,
            link: None,
        }
    }
}

/// The bytes of a file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only for the document")]
struct Bytes(Vec<u8>);

/// A form with one file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only for the document: `receive` reads the form")]
struct Form {
    file: Bytes,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UploadParams {
    /// The file's name. A form may name the file itself.
    #[param(min_length = 1, max_length = 255, pattern = r"\S", nullable = false)]
    filename: Option<String>,
}

/// Upload a file for a later message.
///
/// The body is the file and `Content-Type` its media type (at most 127 characters), or the body is a form
/// (`multipart/form-data`) whose part `file` is the file. A message must take the file within an hour. An empty file is refused with 422, and one that is larger
/// than the server's limit (25 MiB by default) with 413.
#[utoipa::path(post, path = "/api/v1/attachments", tag = "attachments", operation_id = "upload_attachment", params(UploadParams),
    request_body(content((Bytes = "application/octet-stream"), (Form = "multipart/form-data"))),
    security(("token" = ["messages.write"])),
    responses((status = 201, body = File, description = "The file", headers(("Location" = String)))))]
async fn upload(
    MessagesWriter(caller): MessagesWriter,
    QueryParams(params): QueryParams<UploadParams>,
    request: Request,
) -> Result<Answer, WriteRejection> {
    let (parts, body) = request.into_parts();
    let received = receive::receive(&caller, &parts.headers, params.filename, body).await?;
    if received.size == 0 {
        return Err(Error::invalid("", "required", "the file is empty").into());
    }
    store(&caller, &parts, received).await
}

/// Stores the file. If that certainly failed, deletes the uploaded object (a file on disk), because no row can refer to
/// it. In doubt it stays; the sweeper deletes objects that no row refers to.
async fn store(
    caller: &Caller,
    parts: &http::request::Parts,
    received: Received,
) -> Result<Answer, WriteRejection> {
    let object = received.object.clone();
    let write = match IdempotentWrite::begin_hashed(parts, || received.digest()).await {
        Ok(write) => write,
        Err(rejection) => {
            receive::discard(caller, object).await;
            return Err(rejection);
        }
    };
    let command = StoreUpload {
        caller: caller.for_store(),
        file_name: received.file_name,
        mime_type: received.mime_type,
        size: received.size,
        data: received.data,
        object: received.object,
    };
    let answer = |upload: &Upload| {
        let location = format!("/api/v1/attachments/{}", upload.id);
        Answer::created(location, &File::uploaded(upload))
    };
    match write.try_run(command, answer).await {
        Ok(answer) => Ok(answer?),
        Err(error) => {
            if !error.may_have_written() {
                receive::discard(caller, object).await;
            }
            Err(Error::from(error).into())
        }
    }
}

/// Get the description of a file.
#[utoipa::path(get, path = "/api/v1/attachments/{id}", tag = "attachments", operation_id = "get_attachment", params(Id),
    security(("token" = ["messages.read"])), responses((status = 200, body = File, description = "The file")))]
async fn show(
    MessagesReader(caller): MessagesReader,
    Id(id): Id,
) -> Result<axum::Json<File>, Error> {
    let file = get(&caller, id, false).await?;
    Ok(axum::Json(File::of(&file)))
}

async fn get(caller: &Caller, id: i64, with_content: bool) -> Result<StoredFile, Error> {
    let read = GetFile {
        account: caller.account(),
        inboxes: caller.inboxes().clone(),
        credential: caller.credential(),
        id: AttachmentId(id),
        with_content,
    };
    caller.read(read).await?.ok_or(Error::NotFound)
}

/// Get the bytes of a file, or a range of them.
///
/// A link has no bytes. The headers make browsers save the file and not show it.
#[utoipa::path(get, path = "/api/v1/attachments/{id}/content", tag = "attachments", operation_id = "get_attachment_content",
    params(Id, ("Range" = Option<String>, Header, description = "One range of bytes: `bytes=0-499`. A request for several ranges gets the whole file."),
        ("If-Range" = Option<String>, Header, description = "The `ETag` of the file that the range belongs to. If it differs, the answer is the whole file.")),
    security(("token" = ["messages.read"])),
    responses((status = 200, body = Bytes, content_type = "*/*", description = "The file, in its own media type",
            headers(("ETag" = String), ("Accept-Ranges" = String), ("Content-Disposition" = String))),
        (status = 206, body = Bytes, content_type = "*/*", description = "The range",
            headers(("ETag" = String), ("Content-Range" = String))),
        (status = 416, body = Problem,
            description = "The range starts after the end of the file", headers(("Content-Range" = String)))))]
async fn content(
    MessagesReader(caller): MessagesReader,
    Id(id): Id,
    if_none_match: IfNoneMatch,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let file = get(&caller, id, true).await?;
    if file.content == Content::Absent {
        return Err(Error::NotFound);
    }
    // The bytes of a file never change, so the file's id serves as its version.
    if if_none_match.matches(id) {
        return Ok(Answer::not_modified(id).into_response());
    }
    let size = u64::try_from(file.size).unwrap_or_default();
    let range = range::requested(&headers, &etag::of(id), size)?;
    let body = bytes(&caller, &file.content, range.clone().unwrap_or(0..size)).await?;
    let mut response = body.into_response();
    if range.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    set_headers(response.headers_mut(), &file, range, size);
    Ok(response)
}

async fn bytes(caller: &Caller, content: &Content, range: Range<u64>) -> Result<Body, Error> {
    Ok(match content {
        Content::Absent => Body::empty(),
        Content::Row(data) => {
            let (start, end) = (range.start as usize, range.end as usize);
            let part = data.get(start..end.min(data.len())).unwrap_or_default();
            Body::from(part.to_vec())
        }
        Content::Object(name) => {
            Body::from_stream(caller.app.store.objects().read(name, range).await?)
        }
    })
}

/// Sets the headers of a download.
fn set_headers(headers: &mut HeaderMap, file: &StoredFile, range: Option<Range<u64>>, size: u64) {
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    download::set_headers(headers, &file.file_name, &file.mime_type, length);
    let tag = HeaderValue::try_from(etag::of(file.id.get())).expect("it is visible ASCII");
    headers.insert(ETAG, tag);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(Range { start, end }) = range {
        let text = format!("bytes {start}-{}/{size}", end - 1);
        let value = HeaderValue::try_from(text).expect("digits are visible ASCII");
        headers.insert(CONTENT_RANGE, value);
    }
}
