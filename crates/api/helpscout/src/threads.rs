//! List a conversation's threads, and add one of the five kinds (contract sections 7.2 to 7.7).
//!
//! Refusals come in the order 401, 404, 400, 412: a request that is wrong in several ways hears of the first only, and
//! of every bad field at once.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use heddle_domain::conversation::Locks;
use heddle_domain::{Conversation, Scope};
use heddle_store::read::conversations::ListMessages;
use heddle_store::write::{Append, AppendMessages, Guard, Reach};
use http::HeaderMap;

use crate::auth::Caller;
use crate::context::Context;
use crate::error::Error;
use crate::input::{self, Faults};
use crate::map::{self, Showing};
use crate::page::Wanted;
use crate::path::{Base, ConversationPath};
use crate::references::References;
use crate::request::{ThreadBody, ThreadKind};
use crate::wire::{Page, Threads};
use crate::{answer, attachments};
use heddle_api::App;
use heddle_http::body;
use heddle_http::media::Media;
use heddle_http::query::Query;

/// Room for two of the largest attachments in base64 (contract section 5.4).
const BODY_LIMIT: usize = 25 << 20;
const PAGE_SIZE: i64 = 50;

/// `POST /v2/conversations/{conversationId}/phones`
pub(crate) async fn phone(request: Addition) -> Result<Response, Error> {
    request.add(ThreadKind::Phone).await
}

/// `POST /v2/conversations/{conversationId}/chats`
pub(crate) async fn chat(request: Addition) -> Result<Response, Error> {
    request.add(ThreadKind::Chat).await
}

/// `POST /v2/conversations/{conversationId}/customer`
pub(crate) async fn customer(request: Addition) -> Result<Response, Error> {
    request.add(ThreadKind::Customer).await
}

/// `POST /v2/conversations/{conversationId}/notes`
pub(crate) async fn note(request: Addition) -> Result<Response, Error> {
    request.add(ThreadKind::Note).await
}

/// `POST /v2/conversations/{conversationId}/reply`
pub(crate) async fn reply(request: Addition) -> Result<Response, Error> {
    request.add(ThreadKind::Reply).await
}

/// What all five calls take.
pub(crate) struct Addition {
    app: App,
    caller: Caller,
    path: ConversationPath,
    headers: HeaderMap,
    body: Body,
}

impl axum::extract::FromRequest<Context> for Addition {
    type Rejection = Error;

    async fn from_request(
        request: axum::extract::Request,
        context: &Context,
    ) -> Result<Self, Error> {
        use axum::extract::FromRequestParts;
        let (mut parts, body) = request.into_parts();
        Ok(Self {
            app: App::clone(context),
            caller: Caller::from_request_parts(&mut parts, context).await?,
            path: ConversationPath::from_request_parts(&mut parts, context).await?,
            headers: parts.headers,
            body,
        })
    }
}

impl Addition {
    async fn add(self, kind: ThreadKind) -> Result<Response, Error> {
        self.caller.must(Scope::MessagesWrite)?;
        let sent = read_body(&self.headers, self.body).await?;
        let addition = Checked {
            app: self.app,
            caller: self.caller,
            conversation: self.path.0,
        };
        addition.add(kind, &sent).await
    }
}

/// An addition whose body has arrived.
struct Checked {
    app: App,
    caller: Caller,
    conversation: heddle_domain::ConversationId,
}

impl Checked {
    async fn add(&self, kind: ThreadKind, sent: &[u8]) -> Result<Response, Error> {
        let (mut faults, mut references) = (Faults::default(), References::default());
        let body = input::object(sent, &mut faults)
            .and_then(|value| ThreadBody::read(&value, kind, &mut references, &mut faults));
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                self.look_up(&mut References::default(), &mut faults)
                    .await?;
                return Err(error);
            }
        };
        let large = attachments::needs_objects(&body.files);
        if !faults.is_empty() || references.is_doubtful() || large {
            let found = self.look_up(&mut references, &mut faults).await?;
            faults.settle()?;
            self.must_be_unlocked(found.as_ref())?;
        }
        let id = self.write(body, &references).await?;
        Ok(answer::created(id, None))
    }

    async fn look_up(
        &self,
        references: &mut References,
        faults: &mut Faults,
    ) -> Result<Option<Conversation>, Error> {
        references
            .check(&self.app, &self.caller, Some(self.conversation), faults)
            .await
    }

    /// Before objects are written; the write checks again.
    fn must_be_unlocked(&self, conversation: Option<&Conversation>) -> Result<(), Error> {
        let locks = locks(&self.caller);
        let lock = conversation.and_then(|c| locks.refuses_addition(c, self.app.now()));
        lock.map_or(Ok(()), |lock| Err(Error::Locked(lock)))
    }

    async fn write(&self, mut body: ThreadBody, references: &References) -> Result<i64, Error> {
        let principal = &self.caller.principal;
        let owner = principal.credential.agent;
        let files = vec![std::mem::take(&mut body.files)];
        let store = &self.app.store;
        let stowed = attachments::stow(store, principal.credential.account, files).await?;
        let (mut attachments, objects) = stowed.split();
        let mut message = map::new_message(&body, owner);
        message.customer = body.customer.map(|at| references.customers.reference(at));
        message.attachments = attachments.pop().unwrap_or_default();
        let command = AppendMessages {
            caller: self.caller.acting(body.user.or(owner)),
            reach: Reach::Account,
            guard: Guard {
                inboxes: self.caller.inboxes(),
                ..Guard::default()
            },
            locks: locks(&self.caller),
            entries: vec![Append {
                conversation: self.conversation,
                message,
                wish: map::wish(&body),
                ticket_number: None,
                ticket_link: None,
            }],
        };
        match store.write(command).await {
            Ok(appended) => Ok(appended.messages[0].id.get()),
            Err(error) => {
                attachments::take_back(store, objects, &error).await;
                Err(references.refusal(error))
            }
        }
    }
}

/// The account's limits, which only this API refuses by (`rules.md` 21).
pub(crate) fn locks(caller: &Caller) -> Locks {
    let settings = &caller.principal.account.settings;
    Locks {
        thread_cap: settings.thread_cap,
        after_days: settings.lock_after_days,
    }
}

/// The body; one that is there must be JSON or say nothing of itself.
pub(crate) async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, Error> {
    let bytes = body::read(body, BODY_LIMIT).await?;
    match Media::of(headers) {
        Media::Json | Media::None => Ok(bytes),
        Media::Form | Media::Multipart | Media::Other if bytes.is_empty() => Ok(bytes),
        Media::Form | Media::Multipart | Media::Other => Err(Error::MediaType),
    }
}

/// What the mappings need of a request.
pub(crate) fn context<'a>(app: &App, caller: &Caller, base: &'a str) -> Showing<'a> {
    Showing {
        base,
        integration: caller.principal.account.integration_agent,
        now: app.now(),
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
    caller.must(Scope::MessagesRead)?;
    let wanted = Wanted::read(&query);
    let page = ListMessages {
        account: caller.principal.credential.account,
        inboxes: caller.inboxes(),
        conversation: id,
        page: wanted.as_ref().map_or(1, |wanted| wanted.number),
        size: PAGE_SIZE,
    };
    // An unknown conversation comes before a bad parameter.
    let page = app.store.read(page).await?;
    let wanted = wanted?;
    let numbers = wanted.numbers(PAGE_SIZE, page.total);
    let context = context(&app, &caller, &base);
    let url = format!("{}/threads/", context.conversation(id.get()));
    Ok(answer::hal(&Page {
        embedded: Threads {
            threads: map::threads(page, context),
        },
        links: wanted.links(&url, numbers),
        page: numbers,
    }))
}
