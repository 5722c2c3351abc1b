//! `GET /v2/mailboxes/{mailboxId}/fields` (contract section 10.1).

use axum::extract::State;
use axum::response::Response;
use heddle_api::App;

use super::defined;
use crate::auth::Caller;
use crate::error::Error;
use crate::page::PageRequest;
use crate::path::{Base, MailboxPath};
use crate::wire::{Fields, Page};
use crate::{map, response};
use heddle_domain::Scope;
use heddle_http::query::Query;

/// Number of fields on a page.
const PAGE_SIZE: i64 = 50;

/// `GET /v2/mailboxes/{mailboxId}/fields`
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    MailboxPath(inbox): MailboxPath,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::AccountRead)?;
    if caller.principal.inbox(inbox).is_none() {
        return Err(Error::NotFound);
    }
    let request = PageRequest::read(&query)?;
    let fields = defined(&app, caller.principal.credential.account, inbox).await?;
    let numbers = request.numbers(PAGE_SIZE, fields.len() as i64);
    let skipped = usize::try_from((request.number - 1).saturating_mul(PAGE_SIZE));
    let page = fields
        .iter()
        .skip(skipped.unwrap_or(usize::MAX))
        .take(PAGE_SIZE as usize);
    let url = format!("{base}/v2/mailboxes/{inbox}/fields/");
    Ok(response::hal(&Page {
        embedded: Fields {
            fields: page.map(map::custom_field).collect(),
        },
        links: request.links(&url, numbers),
        page: numbers,
    }))
}
