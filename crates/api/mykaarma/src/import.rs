//! Imports old messages (contract section 6, M7; `rules.md` 12 and 28). A message is imported once, under its `sourceUuid`: a
//! request that is repeated changes nothing, and gets the same ids.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use heddle_domain::InboxScope;
use heddle_domain::id::{CustomerId, InboxId};
use heddle_store::write::import::ImportMessage;
use heddle_store::write::send::SendMessage;
use http::StatusCode;

use crate::auth::{MessageWriter, Subscriber};
use crate::error::Error;
use crate::lookup;
use crate::map;
use crate::request::{self, ImportItem, ImportRequest, Path};
use crate::warning::NO_CALLBACK;
use crate::wire::{ImportResponse, ImportedMessage};
use heddle_api::App;
use heddle_http::request_id::RequestId;

/// `PUT /communications/department/{departmentUUID}/customer/{customerUUID}/communication/historical`
pub(crate) async fn historical(
    State(app): State<App>,
    MessageWriter(subscriber): MessageWriter,
    path: Path,
    id: RequestId,
    request: Request,
) -> Result<Response, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let request = request::read(request, &ImportRequest::SHAPE, ImportRequest::read).await?;
    let inboxes = InboxScope::only([inbox]);
    let customer = path.get("customerUUID");
    let customer = lookup::customer(&app, &subscriber, inboxes, customer).await?;
    let import = Import {
        app: &app,
        subscriber: &subscriber,
        inbox,
        customer,
        id,
    };
    let mut messages = Vec::with_capacity(request.messages.len());
    for (source, item) in request.messages {
        messages.push(import.run(source, item).await?);
    }
    Ok(import.response(messages, request.calls_back))
}

/// An import into one department for one customer.
struct Import<'a> {
    app: &'a App,
    subscriber: &'a Subscriber,
    inbox: InboxId,
    customer: CustomerId,
    id: RequestId,
}

impl Import<'_> {
    /// Imports a message. What is wrong with it is part of the answer.
    ///
    /// # Errors
    /// Fails if the server fails. What was imported before stays, and a repeated request finds it.
    async fn run(
        &self,
        source: Option<String>,
        item: Result<ImportItem, Error>,
    ) -> Result<ImportedMessage, Error> {
        let mut answer = ImportedMessage {
            source_uuid: source,
            message_uuid: None,
            errors: Vec::new(),
            warnings: Vec::new(),
        };
        let imported = match item {
            Ok(mut item) => {
                answer.warnings.append(&mut item.warnings);
                self.import(item).await
            }
            Err(fault) => Err(fault),
        };
        match imported {
            Ok(message) => answer.message_uuid = Some(message),
            Err(failure @ Error::Failure(_)) => return Err(failure),
            Err(fault) => answer.errors.push(fault.item(self.id)),
        }
        Ok(answer)
    }

    async fn import(&self, item: ImportItem) -> Result<String, Error> {
        let user = match item.user.clone() {
            None => None,
            Some(user) => Some(lookup::user(self.app, self.subscriber, "userUuid", user).await?),
        };
        let source = item.source.clone();
        let send = SendMessage {
            caller: self.subscriber.acting(user),
            inbox: self.inbox,
            customer: self.customer,
            message: item.into_message(user),
            reopens: false,
            delegate_to: None,
            recipient: None,
        };
        let message = self.app.store.write(ImportMessage { send, source }).await?;
        Ok(map::message_uuid(message, self.subscriber.guid_tag()))
    }

    /// Returns the answer. If no message was imported, the call has failed.
    fn response(&self, messages: Vec<ImportedMessage>, calls_back: bool) -> Response {
        let sources = |succeeded: bool| {
            let chosen = messages
                .iter()
                .filter(|it| it.message_uuid.is_some() == succeeded);
            chosen.filter_map(|it| it.source_uuid.clone()).collect()
        };
        let (submitted, failed) = (sources(true), sources(false));
        let has_failed = messages.iter().all(|it| it.message_uuid.is_none());
        let fault = Error::body("No message was imported; see saveMessageResponse.");
        let body = ImportResponse {
            messages,
            submitted,
            failed,
            request_uuid: self.id.uuid(),
            errors: has_failed
                .then(|| fault.item(self.id))
                .into_iter()
                .collect(),
            warnings: calls_back.then_some(NO_CALLBACK).into_iter().collect(),
        };
        let status = if has_failed {
            fault.status()
        } else {
            StatusCode::OK
        };
        (status, Json(body)).into_response()
    }
}
