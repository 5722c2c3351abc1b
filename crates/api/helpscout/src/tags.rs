//! Tags (contract section 10.5). They arise by use; there is no call that creates one.

use axum::extract::State;
use axum::response::Response;
use heddle_domain::Scope;
use heddle_store::read::tags::{CountedTag, TagsByName};

use crate::auth::Caller;
use crate::error::Error;
use crate::map;
use crate::page::PageRequest;
use crate::path::{Base, TagPath};
use crate::response;
use crate::wire::Page;
use crate::wire::inboxes::Tags;
use heddle_api::App;
use heddle_http::query::Query;

/// Number of tags on a page.
const PAGE_SIZE: i64 = 50;

/// `GET /v2/tags`
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::ConversationsRead)?;
    let request = PageRequest::read(&query)?;
    let read = TagsByName {
        account: caller.principal.credential.account,
        inboxes: caller.inboxes(),
        page: request.number,
        size: PAGE_SIZE,
    };
    let page = app.store.read(read).await?;
    let numbers = request.numbers(PAGE_SIZE, page.total);
    let tags = page.tags.into_iter();
    Ok(response::hal(&Page {
        embedded: Tags {
            tags: tags.map(|(tag, count)| map::tag(tag, count)).collect(),
        },
        links: request.links(&format!("{base}/v2/tags"), numbers),
        page: numbers,
    }))
}

/// `GET /v2/tags/{tagId}`
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    TagPath(id): TagPath,
) -> Result<Response, Error> {
    caller.require(Scope::ConversationsRead)?;
    let read = CountedTag {
        account: caller.principal.credential.account,
        inboxes: caller.inboxes(),
        id,
    };
    let (tag, count) = app.store.read(read).await?.ok_or(Error::NotFound)?;
    Ok(response::hal(&map::tag(tag, count)))
}
