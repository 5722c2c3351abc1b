//! Attachments: a file is uploaded first and referred to by the message that takes it; then it is read again, whole or in
//! parts.
//!
//! A file that no message has taken belongs to the token that uploaded it: nobody else sees it, and after a day it is gone.
//! Larger ones go to their object piece by piece and are never held in memory.

mod range;
mod receive;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use heddle_domain::id::{AttachmentId, ConversationId, MessageId};
use heddle_store::Upload;
use heddle_store::read::uploads::{Content, GetFile, StoredFile};
use heddle_store::write::upload::StoreUpload;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::auth::{Holder, MessagesReader, MessagesWriter};
use crate::context::Context;
use crate::error::{Early, Error, FieldError};
use crate::etag::{self, Seen};
use crate::once::Once;
use crate::path::Id;
use crate::query::Asked;
use heddle_api::App;
use range::Range;
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
    /// What `attachment_ids` of a message refers to.
    id: i64,
    /// Null while no message has taken it.
    #[schema(required)]
    conversation_id: Option<i64>,
    #[schema(required)]
    message_id: Option<i64>,
    file_name: String,
    mime_type: String,
    /// In bytes; 0 for a link.
    size: i64,
    /// Where the file lies elsewhere; nothing is kept of it here.
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
struct Bytes;

impl PartialSchema for Bytes {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for Bytes {
    fn name() -> std::borrow::Cow<'static, str> {
        "Bytes".into()
    }
}

/// A form with one file.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it stands in the document; the form is read by hand"
)]
struct Form {
    file: Bytes,
}

/// What is said of a file beside its bytes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Said {
    /// The file's name. A form may name it itself.
    #[param(min_length = 1, max_length = 255, pattern = r"\S", nullable = false)]
    filename: Option<String>,
}

/// Upload a file for a message to come.
///
/// The body is the file, and `Content-Type` its media type; or a form (`multipart/form-data`) whose part `file` is the
/// file. A message must take it within an hour.
#[utoipa::path(post, path = "/api/v1/attachments", tag = "attachments", operation_id = "upload_attachment", params(Said),
    request_body(content((Bytes = "application/octet-stream"), (Form = "multipart/form-data"))),
    security(("token" = ["messages.write"])),
    responses((status = 201, body = File, description = "The file", headers(("Location" = String)))))]
async fn upload(
    MessagesWriter(holder): MessagesWriter,
    State(context): State<Context>,
    Asked(said): Asked<Said>,
    request: Request,
) -> Result<Answer, Early> {
    let (parts, body) = request.into_parts();
    let account = holder.account();
    let received = receive::receive(&context, account, &parts.headers, said.filename, body).await?;
    if received.size == 0 {
        let empty = FieldError::new("", "required", "the file is empty");
        return Err(Error::Invalid(vec![empty]).into());
    }
    let object = received.object().map(str::to_owned);
    let stored = store(&context, &holder, &parts, received).await;
    if let (Err(early), Some(object)) = (&stored, object)
        && settles(early)
    {
        context.store.objects().discard(&[object]).await;
    }
    stored
}

/// Whether it is certain that nothing was written: the object can go at once.
const fn settles(early: &Early) -> bool {
    !matches!(early, Early::Refused(Error::Unavailable(_)))
}

async fn store(
    context: &Context,
    holder: &Holder,
    parts: &http::request::Parts,
    received: Received,
) -> Result<Answer, Early> {
    let once = Once::begin_hashed(context, parts, || received.digest()).await?;
    let (data, object) = received.bytes.split();
    let command = StoreUpload {
        caller: holder.caller(),
        file_name: received.file_name,
        mime_type: received.mime_type,
        size: received.size,
        data,
        object,
    };
    let answer = |upload: &Upload| {
        let location = format!("/api/v1/attachments/{}", upload.id);
        Answer::created(location, &File::uploaded(upload))
    };
    Ok(once.write(command, &[], answer).await?)
}

/// Get what is known of a file.
#[utoipa::path(get, path = "/api/v1/attachments/{id}", tag = "attachments", operation_id = "get_attachment", params(Id),
    security(("token" = ["messages.read"])), responses((status = 200, body = File, description = "The file")))]
async fn show(
    MessagesReader(holder): MessagesReader,
    State(app): State<App>,
    Id(id): Id,
) -> Result<axum::Json<File>, Error> {
    let file = get(&app, &holder, id, false).await?;
    Ok(axum::Json(File::of(&file)))
}

async fn get(app: &App, holder: &Holder, id: i64, with_content: bool) -> Result<StoredFile, Error> {
    let read = GetFile {
        account: holder.account(),
        inboxes: holder.inboxes().to_vec(),
        credential: holder.credential(),
        id: AttachmentId(id),
        with_content,
    };
    app.store.read(read).await?.ok_or(Error::NotFound)
}

/// Get the bytes of a file, all or a range of them.
///
/// A link has none. Browsers are told to save the file and not to show it.
#[utoipa::path(get, path = "/api/v1/attachments/{id}/content", tag = "attachments", operation_id = "get_attachment_content",
    params(Id, ("Range" = Option<String>, Header, description = "One range of bytes: `bytes=0-499`. Several are answered with the whole file."),
        ("If-Range" = Option<String>, Header, description = "The `ETag` that the range is of; the whole file is answered if it is another")),
    security(("token" = ["messages.read"])),
    responses((status = 200, body = Bytes, content_type = "application/octet-stream", description = "The file",
            headers(("ETag" = String), ("Accept-Ranges" = String), ("Content-Disposition" = String))),
        (status = 206, body = Bytes, content_type = "application/octet-stream", description = "The range",
            headers(("ETag" = String), ("Content-Range" = String))),
        (status = 416, body = super::wire::Problem, content_type = "application/problem+json",
            description = "The range lies behind the end", headers(("Content-Range" = String)))))]
async fn content(
    MessagesReader(holder): MessagesReader,
    State(app): State<App>,
    Id(id): Id,
    seen: Seen,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let file = get(&app, &holder, id, true).await?;
    if file.content == Content::Absent {
        return Err(Error::NotFound);
    }
    // What is in a file never changes.
    if seen.knows(id) {
        return Ok(Answer::not_modified(id).into_response());
    }
    let size = u64::try_from(file.size).unwrap_or_default();
    let range = range::asked(&headers, &etag::of(id), size)?;
    let body = bytes(&app, &file.content, range.unwrap_or(Range::whole(size))).await?;
    let mut response = body.into_response();
    describe(response.headers_mut(), &file, range, size);
    if range.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

async fn bytes(app: &App, content: &Content, range: Range) -> Result<Body, Error> {
    Ok(match content {
        Content::Absent => Body::empty(),
        Content::Row(data) => {
            let (start, end) = (range.start as usize, range.end as usize);
            let part = data.get(start..end.min(data.len())).unwrap_or_default();
            Body::from(part.to_vec())
        }
        Content::Object(name) => {
            let stream = app
                .store
                .objects()
                .read(name, range.start..range.end)
                .await?;
            Body::from_stream(stream)
        }
    })
}

/// The headers of a file, with which a browser neither shows nor runs it.
fn describe(headers: &mut HeaderMap, file: &StoredFile, range: Option<Range>, size: u64) {
    let octets = "application/octet-stream".to_owned();
    let media = HeaderValue::try_from(&file.mime_type).map_or(octets, |_| file.mime_type.clone());
    let length = range.map_or(size, |range| range.end - range.start);
    let texts: [(HeaderName, String); 6] = [
        (CONTENT_TYPE, media),
        (CONTENT_LENGTH, length.to_string()),
        (ETAG, etag::of(file.id.get())),
        (CONTENT_DISPOSITION, disposition(&file.file_name)),
        (CACHE_CONTROL, "private, no-cache".to_owned()),
        (
            CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'".to_owned(),
        ),
    ];
    for (name, text) in texts {
        let value = HeaderValue::try_from(text).expect("it is visible ASCII, or was a header's");
        headers.insert(name, value);
    }
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(Range { start, end }) = range {
        let text = format!("bytes {start}-{}/{size}", end - 1);
        let value = HeaderValue::try_from(text).expect("digits are visible ASCII");
        headers.insert(CONTENT_RANGE, value);
    }
}

/// `Content-Disposition` (RFC 6266): an ASCII name for old clients, the real one for the rest (RFC 8187). Nothing of the
/// name can end the header or begin a path.
fn disposition(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_');
    let ascii: String = name
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        let text = disposition("a\"b\r\n../ü.txt");
        let (ascii, encoded) = ("a_b__..__.txt", "a%22b%0D%0A..%2F%C3%BC.txt");
        let whole = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
        assert_eq!(text, whole);
    }
}
