//! Sends the bytes of a file (contract section 8), piece by piece: a large file is never in memory as a whole.

use std::io;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use heddle_api::App;
use heddle_domain::Scope;
use heddle_store::read::uploads::{Content, GetFile, StoredFile};

use crate::auth::Caller;
use crate::error::Error;
use crate::map::{self, RenderContext};
use crate::path::{AttachmentPath, Base};
use crate::response::{self, HAL};
use heddle_http::download;

/// `GET /v2/conversations/{conversationId}/attachments/{attachmentId}`, to which the link `self` of a file leads.
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    path: AttachmentPath,
    Base(base): Base,
) -> Result<Response, Error> {
    let file = find(&app, &caller, path, false).await?;
    let context = RenderContext::of(&caller, &base, app.now());
    let shown = map::stored_file(file, path.conversation, context);
    Ok(response::hal(&shown))
}

/// `GET /v2/conversations/{conversationId}/attachments/{attachmentId}/data`
pub(crate) async fn data(
    State(app): State<App>,
    caller: Caller,
    path: AttachmentPath,
) -> Result<Response, Error> {
    let file = find(&app, &caller, path, true).await?;
    let ready = |text: &'static str| stream::once(std::future::ready(Ok(text.into())));
    let encoded = encode(pieces(&app, &file).await?);
    let body = ready(r#"{"data":""#).chain(encoded).chain(ready(r#""}"#));
    Ok((HAL, Body::from_stream(body)).into_response())
}

/// `GET /v2/conversations/{conversationId}/attachments/{attachmentId}/file`
pub(crate) async fn file(
    State(app): State<App>,
    caller: Caller,
    path: AttachmentPath,
) -> Result<Response, Error> {
    let file = find(&app, &caller, path, true).await?;
    let mut response = Body::from_stream(pieces(&app, &file).await?).into_response();
    let size = u64::try_from(file.size).unwrap_or_default();
    download::set_headers(
        response.headers_mut(),
        &file.file_name,
        &file.mime_type,
        size,
    );
    Ok(response)
}

/// Finds a file that the conversation in the path holds. A link has no bytes, so it is not found with its content.
async fn find(
    app: &App,
    caller: &Caller,
    path: AttachmentPath,
    with_content: bool,
) -> Result<StoredFile, Error> {
    caller.require(Scope::MessagesRead)?;
    let read = GetFile {
        account: caller.principal.credential.account,
        inboxes: caller.inboxes(),
        credential: caller.principal.credential.id,
        id: path.attachment,
        with_content,
    };
    let found = app.store.read(read).await?;
    let is_here = |file: &StoredFile| {
        let place = file.place.map(|(conversation, _)| conversation);
        let has_content = !with_content || file.content != Content::Absent;
        place == Some(path.conversation) && has_content
    };
    found.filter(is_here).ok_or(Error::NotFound)
}

type Piece = Result<Bytes, io::Error>;

/// Returns the bytes of a file.
async fn pieces(
    app: &App,
    file: &StoredFile,
) -> Result<impl Stream<Item = Piece> + Send + use<>, Error> {
    let size = u64::try_from(file.size).unwrap_or_default();
    Ok(match &file.content {
        Content::Absent => stream::empty().boxed(),
        Content::Row(data) => stream::once(std::future::ready(Ok(data.clone().into()))).boxed(),
        Content::Object(name) => {
            let pieces = app.store.objects().read(name, 0..size).await?;
            pieces.map(|piece| piece.map_err(io::Error::other)).boxed()
        }
    })
}

/// Encodes pieces as one base64 text. Three bytes give four letters, so what is left of a piece waits for the next one.
fn encode(pieces: impl Stream<Item = Piece> + Send + Unpin) -> impl Stream<Item = Piece> + Send {
    stream::unfold(Some((pieces, BytesMut::new())), |state| async move {
        let (mut pieces, mut rest) = state?;
        match pieces.next().await {
            Some(Ok(piece)) => {
                rest.extend_from_slice(&piece);
                let whole = rest.split_to(rest.len() / 3 * 3);
                let text = BASE64_STANDARD.encode(whole);
                Some((Ok(text.into()), Some((pieces, rest))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None => Some((Ok(BASE64_STANDARD.encode(rest).into()), None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;

    use super::*;

    async fn encoded(sizes: &[usize]) -> (String, String) {
        let bytes: Vec<u8> = (0..sizes.iter().sum()).map(|at: usize| at as u8).collect();
        let mut left = bytes.as_slice();
        let mut pieces = Vec::new();
        for size in sizes {
            let (piece, more) = left.split_at(*size);
            pieces.push(Ok(Bytes::copy_from_slice(piece)));
            left = more;
        }
        let texts: Vec<Bytes> = encode(stream::iter(pieces))
            .try_collect()
            .await
            .expect("no piece fails");
        let text = String::from_utf8(texts.concat()).expect("base64");
        (text, BASE64_STANDARD.encode(bytes))
    }

    #[tokio::test]
    async fn pieces_of_any_length_make_one_text() {
        for sizes in [
            vec![],
            vec![0],
            vec![1],
            vec![1, 1, 1, 1],
            vec![3, 3],
            vec![4, 2, 7, 1, 255],
            vec![2, 8192, 5],
        ] {
            let (text, expected) = encoded(&sizes).await;
            assert_eq!(text, expected, "{sizes:?}");
        }
    }

    #[tokio::test]
    async fn a_failure_ends_the_text() {
        let pieces = vec![Ok(Bytes::from_static(b"abcd")), Err(io::Error::other("x"))];
        let sent: Vec<Piece> = encode(stream::iter(pieces)).collect().await;
        assert_eq!(sent.len(), 2);
        assert!(sent[1].is_err());
    }
}
