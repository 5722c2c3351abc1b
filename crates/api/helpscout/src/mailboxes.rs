//! Inboxes ("mailboxes" on the wire) and their folders (contract section 10.1).

use axum::extract::State;
use axum::response::Response;
use heddle_domain::Scope;
use heddle_store::read::folders::CountPlaces;
use heddle_store::read::people::{AgentGroup, ListAgentPage};

use crate::auth::Caller;
use crate::error::Error;
use crate::map::{self, Folder};
use crate::page::PageRequest;
use crate::path::{Base, MailboxPath};
use crate::response;
use crate::wire::inboxes::{Folders, FoldersPage, Mailboxes};
use crate::wire::{Link, Page, SelfLink};
use heddle_api::App;
use heddle_http::query::Query;

/// Number of inboxes or folders on a page.
const PAGE_SIZE: i64 = 50;

/// `GET /v2/mailboxes`
pub(crate) async fn list(
    caller: Caller,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::AccountRead)?;
    let request = PageRequest::read(&query)?;
    let all = caller.visible_inboxes();
    let numbers = request.numbers(PAGE_SIZE, all.len() as i64);
    let tag = caller.principal.account.guid_tag;
    let mailboxes = request.slice(PAGE_SIZE, all);
    let mailboxes = mailboxes.map(|view| map::mailbox(&view.inbox, tag, &base));
    Ok(response::hal(&Page {
        embedded: Mailboxes {
            mailboxes: mailboxes.collect(),
        },
        links: request.links(&format!("{base}/v2/mailboxes"), numbers),
        page: numbers,
    }))
}

/// `GET /v2/mailboxes/{mailboxId}`
pub(crate) async fn get(
    caller: Caller,
    MailboxPath(id): MailboxPath,
    Base(base): Base,
) -> Result<Response, Error> {
    caller.require(Scope::AccountRead)?;
    let view = caller.principal.inbox(id).ok_or(Error::NotFound)?;
    let tag = caller.principal.account.guid_tag;
    Ok(response::hal(&map::mailbox(&view.inbox, tag, &base)))
}

/// `GET /v2/mailboxes/{mailboxId}/folders`
pub(crate) async fn folders(
    State(app): State<App>,
    caller: Caller,
    MailboxPath(id): MailboxPath,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::AccountRead)?;
    let view = caller.principal.inbox(id).ok_or(Error::NotFound)?;
    let request = PageRequest::read(&query)?;
    let account = caller.principal.credential.account;
    let places = CountPlaces { account, inbox: id };
    let counts = app.store.read(places).await?;
    let folders = map::Folders {
        inbox: &view.inbox,
        counts: &counts,
        me: caller.principal.credential.agent,
    };
    let skipped = request.skipped(PAGE_SIZE);
    let default = Folder::DEFAULT.len() as i64;
    let teams = ListAgentPage {
        account,
        group: AgentGroup::Teams,
        skipped: (skipped - default).max(0),
        size: PAGE_SIZE,
    };
    let teams = app.store.read(teams).await?;
    let default_folders = folders.default().skip(skipped.min(default) as usize);
    let of_teams = teams.agents.into_iter().map(|team| folders.of_team(team));
    let page = default_folders.chain(of_teams).take(PAGE_SIZE as usize);
    Ok(response::hal(&FoldersPage {
        embedded: Folders {
            folders: page.collect(),
        },
        links: SelfLink {
            this: Link::to(format!("{base}/v2/mailboxes/{id}/folders/")),
        },
        page: request.numbers(PAGE_SIZE, default + teams.total),
    }))
}
