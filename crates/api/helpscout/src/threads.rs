//! Lists a conversation's threads, and adds threads of five kinds (contract sections 7.2 to 7.7).
//!
//! The checks run in the order 401, 404, 400, 412. A request gets only the first of these errors; a 400 names every bad
//! field.

pub(crate) mod patch;

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::response::Response;
use heddle_domain::{Conversation, ConversationId, InboxScope, Scope, Timestamp};
use heddle_store::read::conversations::{ListMessages, Position};
use heddle_store::write::{Append, AppendMessages, Guard};

use crate::auth::Caller;
use crate::context::Context;
use crate::error::Error;
use crate::input;
use crate::long::{self, LongBodies};
use crate::map::{self, RenderContext};
use crate::page::PageRequest;
use crate::path::{Base, ConversationPath};
use crate::references::References;
use crate::request::{ThreadBody, ThreadKind};
use crate::wire::{Page, Threads};
use crate::{attachments, response};
use heddle_api::App;
use heddle_http::members::{Fault, Object, Unparsed};
use heddle_http::query::Query;

/// Number of threads on a page.
const PAGE_SIZE: i64 = 50;

/// `POST /v2/conversations/{conversationId}/phones`
pub(crate) async fn phone(call: AddThread) -> Result<Response, Error> {
    call.add(ThreadKind::Phone).await
}

/// `POST /v2/conversations/{conversationId}/chats`
pub(crate) async fn chat(call: AddThread) -> Result<Response, Error> {
    call.add(ThreadKind::Chat).await
}

/// `POST /v2/conversations/{conversationId}/customer`
pub(crate) async fn customer(call: AddThread) -> Result<Response, Error> {
    call.add(ThreadKind::Customer).await
}

/// `POST /v2/conversations/{conversationId}/notes`
pub(crate) async fn note(call: AddThread) -> Result<Response, Error> {
    call.add(ThreadKind::Note).await
}

/// `POST /v2/conversations/{conversationId}/reply`
pub(crate) async fn reply(call: AddThread) -> Result<Response, Error> {
    call.add(ThreadKind::Reply).await
}

/// A call that adds a thread, after the checks of token, path and scope. Its body is not parsed yet.
pub(crate) struct AddThread {
    app: App,
    caller: Caller,
    conversation: ConversationId,
    body: Unparsed,
}

impl FromRequest<Context> for AddThread {
    type Rejection = Error;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, context).await?;
        let path = ConversationPath::from_request_parts(&mut parts, context).await?;
        caller.require(Scope::MessagesWrite)?;
        Ok(Self {
            app: App::clone(context),
            caller,
            conversation: path.0,
            body: input::read_body(Request::from_parts(parts, body)).await?,
        })
    }
}

impl AddThread {
    async fn add(mut self, kind: ThreadKind) -> Result<Response, Error> {
        let mut references = References::default();
        let (body, mut faults) = self.read(kind, &mut references).await?;
        let large = attachments::needs_objects(&body.files) || body.has_too_large_file;
        if !faults.is_empty() || references.need_look_up() || large {
            let found = self.look_up(&mut references, &mut faults).await?;
            if body.has_too_large_file {
                return Err(Error::TooLarge);
            }
            input::refuse_if_any(faults)?;
            self.check_locks(found.as_ref())?;
        }
        let id = self.write(body, &references).await?;
        Ok(response::created(id, None))
    }

    /// Reads the body. The received bytes are gone before attachments are decoded, and the parsed ones before these are
    /// stored, so that a large body is never in memory more than twice.
    async fn read(
        &mut self,
        kind: ThreadKind,
        references: &mut References,
    ) -> Result<(ThreadBody, Vec<Fault>), Error> {
        let received = std::mem::take(&mut self.body);
        let parsed = match received.parse(&ThreadBody::SHAPE).await {
            Ok(parsed) => parsed,
            Err(error) => {
                // The look-up comes first, so that the error for an unknown conversation comes before the errors for a
                // bad body.
                self.look_up(references, &mut Vec::new()).await?;
                return Err(error.into());
            }
        };
        drop(received);
        let read = |body: &Object<'_>| ThreadBody::read(body, kind, references);
        Ok(parsed.in_turn(|body| body.read_all(read)).await)
    }

    async fn look_up(
        &self,
        references: &mut References,
        faults: &mut Vec<Fault>,
    ) -> Result<Option<Conversation>, Error> {
        references
            .check(&self.app, &self.caller, Some(self.conversation), faults)
            .await
    }

    /// Checks the limits on the conversation before objects (attachment files) are written. The write checks them
    /// again.
    fn check_locks(&self, conversation: Option<&Conversation>) -> Result<(), Error> {
        let locks = self.caller.locks();
        let lock = conversation.and_then(|c| locks.refuses_addition(c, self.app.now()));
        lock.map_or(Ok(()), |lock| Err(Error::Locked(lock)))
    }

    async fn write(&self, mut body: ThreadBody, references: &References) -> Result<i64, Error> {
        let principal = &self.caller.principal;
        let owner = principal.credential.agent;
        let files = vec![std::mem::take(&mut body.files)];
        let (store, account) = (&self.app.store, principal.credential.account);
        let mut attachments = attachments::write_objects(store, account, files).await?;
        let mut message = map::new_message(&body, owner);
        message.customer = body.customer.map(|at| references.customers.reference(at));
        message.attachments = attachments.threads.pop().unwrap_or_default();
        let command = AppendMessages {
            caller: self.caller.acting(body.user.or(owner)),
            reach: InboxScope::All,
            guard: Guard {
                inboxes: self.caller.inboxes(),
                ..Guard::ALL
            },
            locks: self.caller.locks(),
            entries: vec![Append {
                conversation: self.conversation,
                message,
                wish: map::status_change(&body),
                ticket_number: None,
                ticket_link: None,
            }],
        };
        match store.write(command).await {
            Ok(appended) => Ok(appended.messages[0].id.get()),
            Err(error) => {
                attachments::discard_objects(store, &attachments.objects, &error).await;
                Err(references.write_error(error))
            }
        }
    }
}

/// `GET /v2/conversations/{conversationId}/threads`
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    ConversationPath(id): ConversationPath,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.require(Scope::MessagesRead)?;
    let asked = PageRequest::read(&query).and_then(|request| {
        let after = request.position(&query, position)?;
        Ok((request, after))
    });
    let page = ListMessages {
        account: caller.principal.credential.account,
        inboxes: caller.inboxes(),
        conversation: id,
        page: asked.as_ref().map_or(1, |(request, _)| request.number),
        size: PAGE_SIZE,
        after: asked.as_ref().map_or(None, |(_, after)| *after),
    };
    // The parameters are checked after this read, so that an unknown conversation comes before a bad parameter.
    let page = app.store.read(page).await?;
    let (request, _) = asked?;
    let next = page
        .next
        .map(|after| request.next_position(&[after.at.0.to_string(), after.id.to_string()]));
    let numbers = request.numbers(PAGE_SIZE, page.total);
    let context = RenderContext::of(&caller, &base, app.now());
    let url = format!("{}/threads/", context.conversation(id.get()));
    let bodies = LongBodies {
        account: caller.principal.credential.account,
        conversation: id,
        apart: page.apart.clone(),
        span: tracing::Span::current(),
    };
    let whole = Page {
        embedded: Threads {
            threads: map::threads(page, context),
        },
        links: request.walk_links(&url, numbers, next),
        page: numbers,
    };
    Ok(match bodies.apart.is_empty() {
        true => response::hal(&whole),
        false => long::response(whole, app, bodies),
    })
}

/// Reads the position of a thread in the list.
fn position(parts: &[&str]) -> Option<Position> {
    let [at, id] = parts else {
        return None;
    };
    Some(Position {
        at: Timestamp(at.parse().ok()?),
        id: id.parse().ok()?,
    })
}
