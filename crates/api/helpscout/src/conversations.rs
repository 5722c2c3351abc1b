//! Lists, creates and gets conversations (contract sections 6.2 to 6.4), and the calls that change one.

mod filters;
pub(crate) mod labels;
mod language;
mod list;
pub(crate) mod patch;

use std::collections::BTreeMap;

use axum::extract::{Request, State};
use axum::response::Response;
use heddle_domain::conversation::Lock;
use heddle_domain::id::InboxId;
use heddle_domain::{InboxScope, Scope};
use heddle_store::read::conversations::{GetConversation, ListMessages};
use heddle_store::write::create::Created;
use heddle_store::write::{CreateConversation, NewConversation};
use heddle_store::{Error as StoreError, Refusal};

use crate::auth::Caller;
use crate::error::Error;
use crate::map::{self, EMBEDDED_THREADS, RenderContext};
use crate::path::{Base, ConversationPath};
use crate::references::References;
use crate::request::{ConversationBody, MOST_THREADS, ThreadBody};
use crate::{attachments, custom_fields, fault, input, response};
use heddle_api::App;
use heddle_http::members::{Fault, Object, Problem};
use heddle_http::query::Query;

pub(crate) use filters::SORTS;
pub(crate) use language::STATUSES;
pub(crate) use list::list;

/// `POST /v2/conversations`
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Base(base): Base,
    request: Request,
) -> Result<Response, Error> {
    caller.require(Scope::ConversationsWrite)?;
    let mut references = References::default();
    let (body, mut faults) = read(request, &mut references).await?;
    let unknown = |inbox: &InboxId| caller.principal.inbox(*inbox).is_none();
    if let Some(inbox) = body.inbox.filter(unknown) {
        faults.push(fault::unknown("mailboxId", "mailbox", inbox.get()));
    }
    let fields = match body.inbox.filter(|inbox| !unknown(inbox)) {
        Some(inbox) if !body.fields.is_empty() => {
            let account = caller.principal.credential.account;
            let defined = custom_fields::defined(&app, account, inbox).await?;
            custom_fields::resolve(&body.fields, &defined, &mut faults)
        }
        _ => BTreeMap::new(),
    };
    let full = caller.locks().refuses_creation(body.thread_count);
    if body.thread_count > MOST_THREADS && !full {
        faults.push(Fault::new("threads", Problem::Count(0..=MOST_THREADS)));
    }
    let large = |thread: &ThreadBody| attachments::needs_objects(&thread.files);
    if !faults.is_empty() || full || references.need_look_up() || body.threads.iter().any(large) {
        references.check(&app, &caller, None, &mut faults).await?;
    }
    if body.threads.iter().any(|thread| thread.has_too_large_file) {
        return Err(Error::TooLarge);
    }
    input::refuse_if_any(faults)?;
    if full {
        return Err(Error::Locked(Lock::Full));
    }
    let created = write(&app, &caller, body, fields, &references).await?;
    let id = created.conversation.id.get();
    Ok(response::created(
        id,
        Some(format!("{base}/v2/conversations/{id}")),
    ))
}

/// Reads the body. The received bytes are gone before attachments are decoded, and the parsed ones before these are stored,
/// so that a large body is never in memory more than twice.
async fn read(
    request: Request,
    references: &mut References,
) -> Result<(ConversationBody, Vec<Fault>), Error> {
    let received = input::read_body(request).await?;
    let parsed = received.parse(&ConversationBody::SHAPE).await?;
    drop(received);
    let read = |body: &Object<'_>| ConversationBody::read(body, references);
    Ok(parsed.in_turn(|body| body.read_all(read)).await)
}

async fn write(
    app: &App,
    caller: &Caller,
    mut body: ConversationBody,
    fields: BTreeMap<String, String>,
    references: &References,
) -> Result<Created, Error> {
    let owner = body.user.or(caller.principal.credential.agent);
    let files = body
        .threads
        .iter_mut()
        .map(|thread| std::mem::take(&mut thread.files));
    let account = caller.principal.credential.account;
    let store = &app.store;
    let attachments = attachments::write_objects(store, account, files.collect()).await?;
    let messages = body.threads.iter().zip(attachments.threads);
    let messages = messages.map(|(thread, attachments)| {
        let mut message = map::new_message(thread, owner);
        message.customer = thread.customer.map(|at| references.customers.reference(at));
        message.attachments = attachments;
        message
    });
    let command = CreateConversation {
        caller: caller.acting(owner),
        reach: InboxScope::All,
        locks: caller.locks(),
        customer: references.customers.reference(0),
        messages: messages.collect(),
        conversation: NewConversation {
            fields,
            ..new_conversation(body)
        },
    };
    match store.write(command).await {
        Ok(created) => Ok(created),
        Err(error) => {
            attachments::discard_objects(store, &attachments.objects, &error).await;
            Err(references.write_error(error))
        }
    }
}

fn new_conversation(body: ConversationBody) -> NewConversation {
    let inbox = body.inbox;
    let inbox = inbox.expect("a body without an inbox has a fault and is not written");
    NewConversation {
        kind: Some(body.kind),
        status: Some(body.status),
        assignee: body.assign_to,
        started_at: body.created_at,
        closed_at: body.closed_at,
        tags: body.tags,
        imported: body.imported,
        ..NewConversation::new(inbox, body.subject)
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
    caller.require(Scope::ConversationsRead)?;
    let account = caller.principal.credential.account;
    let context = RenderContext::of(&caller, &base, app.now());
    let read = GetConversation {
        account,
        inboxes: caller.inboxes(),
        id,
    };
    let view = match app.store.read(read).await {
        Ok(view) => *view,
        Err(StoreError::Refused(Refusal::MergedConversation { survivor, .. })) => {
            return Ok(response::moved(context.conversation(survivor.get())));
        }
        Err(error) => return Err(error.into()),
    };
    let embeds = |value: &str| value.split(',').any(|rel| rel.trim() == "threads");
    let threads = if query.all("embed").any(embeds) {
        caller.require(Scope::MessagesRead)?;
        let page = app
            .store
            .read(ListMessages {
                account,
                inboxes: caller.inboxes(),
                conversation: id,
                page: 1,
                size: EMBEDDED_THREADS,
                after: None,
            })
            .await?;
        Some(map::threads(page.cut(), context))
    } else {
        None
    };
    Ok(response::hal(&map::conversation(view, threads, context)))
}
