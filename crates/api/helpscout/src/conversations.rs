//! Create and get a conversation (contract sections 6.3 and 6.4).

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use heddle_domain::Scope;
use heddle_domain::conversation::Lock;
use heddle_domain::id::InboxId;
use heddle_store::read::conversations::{Found, GetConversation, ListMessages};
use heddle_store::write::create::Created;
use heddle_store::write::{CreateConversation, Draft, Reach};
use http::HeaderMap;

use crate::auth::Caller;
use crate::error::{Error, Reason};
use crate::input::{self, Faults};
use crate::path::{Base, ConversationPath};
use crate::references::References;
use crate::request::{ConversationBody, MOST_THREADS};
use crate::threads::{context, locks, read_body};
use crate::{answer, attachments, map};
use heddle_api::App;
use heddle_http::query::Query;

/// `embed=threads` shows so many of the newest; the thread list has them all.
const EMBEDDED_THREADS: i64 = 100;

/// `POST /v2/conversations`
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    caller.must(Scope::ConversationsWrite)?;
    let sent = read_body(&headers, body).await?;
    let (mut faults, mut references) = (Faults::default(), References::default());
    let value = input::object(&sent, &mut faults)?;
    let body = ConversationBody::read(&value, &mut references, &mut faults)?;
    let unknown = |inbox: &InboxId| caller.principal.inbox(*inbox).is_none();
    if let Some(inbox) = body.inbox.filter(unknown) {
        faults.unknown("mailboxId", "mailbox", inbox.get());
    }
    let full = locks(&caller).refuses_creation(body.sent);
    if body.sent > MOST_THREADS && !full {
        let message = format!("must have at most {MOST_THREADS} entries");
        faults.add("threads", Reason::Size, &message);
    }
    let large = |thread: &super::request::ThreadBody| attachments::needs_objects(&thread.files);
    if !faults.is_empty() || full || references.is_doubtful() || body.threads.iter().any(large) {
        references.check(&app, &caller, None, &mut faults).await?;
    }
    faults.settle()?;
    if full {
        return Err(Error::Locked(Lock::Full));
    }
    let created = write(&app, &caller, body, &references).await?;
    let id = created.conversation.id.get();
    Ok(answer::created(
        id,
        Some(format!("{base}/v2/conversations/{id}")),
    ))
}

async fn write(
    app: &App,
    caller: &Caller,
    mut body: ConversationBody,
    references: &References,
) -> Result<Created, Error> {
    let owner = body.user.or(caller.principal.credential.agent);
    let files = body
        .threads
        .iter_mut()
        .map(|thread| std::mem::take(&mut thread.files));
    let account = caller.principal.credential.account;
    let stowed = attachments::stow(&app.store, account, files.collect()).await?;
    let (attachments, objects) = stowed.split();
    let messages = body.threads.iter().zip(attachments);
    let messages = messages.map(|(thread, attachments)| {
        let mut message = map::new_message(thread, owner);
        message.customer = thread.customer.map(|at| references.customers.reference(at));
        message.attachments = attachments;
        message
    });
    let command = CreateConversation {
        caller: caller.acting(owner),
        reach: Reach::Account,
        locks: locks(caller),
        customer: references.customers.reference(0),
        messages: messages.collect(),
        draft: draft(body),
    };
    match app.store.write(command).await {
        Ok(created) => Ok(created),
        Err(error) => {
            attachments::take_back(&app.store, objects, &error).await;
            Err(references.refusal(error))
        }
    }
}

fn draft(body: ConversationBody) -> Draft {
    Draft {
        inbox: body
            .inbox
            .expect("a body without an inbox has a fault and is not written"),
        application: None,
        subject: body.subject,
        kind: Some(body.kind),
        status: Some(body.status),
        assignee: body.assign_to,
        ticket_number: None,
        ticket_link: None,
        original_sender: None,
        started_at: body.created_at,
        closed_at: body.closed_at,
        tags: body.tags,
        fields: Default::default(),
        imported: body.imported,
    }
}

/// `GET /v2/conversations/{conversationId}`
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    ConversationPath(id): ConversationPath,
    Base(base): Base,
    query: Query,
) -> Result<Response, Error> {
    caller.must(Scope::ConversationsRead)?;
    let account = caller.principal.credential.account;
    let context = context(&app, &caller, &base);
    let read = GetConversation {
        account,
        inboxes: caller.inboxes(),
        id,
    };
    let view = match app.store.read(read).await? {
        Found::Here(view) => *view,
        Found::Merged(survivor) => {
            return Ok(answer::moved(context.conversation(survivor.get())));
        }
    };
    let embeds = |value: &str| value.split(',').any(|rel| rel.trim() == "threads");
    let threads = if query.all("embed").any(embeds) {
        caller.must(Scope::MessagesRead)?;
        let page = app
            .store
            .read(ListMessages {
                account,
                inboxes: caller.inboxes(),
                conversation: id,
                page: 1,
                size: EMBEDDED_THREADS,
            })
            .await?;
        Some(map::threads(page, context))
    } else {
        None
    };
    Ok(answer::hal(&map::conversation(view, threads, context)))
}
