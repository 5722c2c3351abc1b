//! Sends messages (M1) and writes internal notes (M2): contract section 6, `rules.md` 13 and 34. The store chooses the
//! conversation, or creates one.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_domain::message::Author;
use heddle_domain::opt_out::{OptOutAddress, OptOutKind};
use heddle_domain::{EntityKind, InboxScope};
use heddle_store::read::account::{FindByPublicIds, FindCustomers, ListAddresses};
use heddle_store::write::send::SendMessage;

use crate::auth::{MessageWriter, Subscriber};
use crate::context::NAME;
use crate::error::Error;
use crate::map;
use crate::request::{self, MessageRequest, MessageType, Path};
use crate::warning::OPTED_OUT;
use crate::wire::MessageResponse;
use heddle_api::{App, Failure};
use heddle_http::request_id::RequestId;

/// `POST /communications/department/{departmentUUID}/user/{userUUID}/customer/{customerUUID}/message`
pub(crate) async fn send(
    State(app): State<App>,
    MessageWriter(subscriber): MessageWriter,
    path: Path,
    id: RequestId,
    request: Request,
) -> Result<Response, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let request = request::read(request, &MessageRequest::SHAPE, MessageRequest::message).await?;
    let people = [
        (EntityKind::Agent, path.get("userUUID")),
        (EntityKind::Customer, path.get("customerUUID")),
    ];
    let [user, customer] = find_ids(&app, &subscriber, people).await?;
    let user = AgentId(user.ok_or_else(|| Error::unknown_user("userUUID"))?);
    let customer = CustomerId(customer.ok_or_else(Error::unknown_customer)?);
    let submission = Submission {
        app: &app,
        subscriber: &subscriber,
        inbox,
        customer,
        customer_uuid: path.get("customerUUID"),
        user: Some(user).filter(|_| request.message_type != MessageType::Incoming),
        delegate_to: delegatee(&subscriber, request.message_type, user),
    };
    match submission.send(request, id).await {
        Err(refused @ Error::OptedOut) => Ok(submission.refusal(&refused, id)),
        sent => Ok(Json(sent?).into_response()),
    }
}

/// `POST /communications/department/{departmentUUID}/customer/{customerUUID}/message`
pub(crate) async fn note(
    State(app): State<App>,
    MessageWriter(subscriber): MessageWriter,
    path: Path,
    id: RequestId,
    request: Request,
) -> Result<Json<MessageResponse>, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let request = request::read(request, &MessageRequest::SHAPE, MessageRequest::note).await?;
    let editor = request.editor.as_ref();
    let editor = editor.and_then(|editor| editor.user_uuid.clone());
    let people = [
        (EntityKind::Agent, editor.as_deref().unwrap_or_default()),
        (EntityKind::Customer, path.get("customerUUID")),
    ];
    let [user, customer] = find_ids(&app, &subscriber, people).await?;
    if editor.is_some() && user.is_none() {
        return Err(Error::unknown_user("editor.uuid"));
    }
    let submission = Submission {
        app: &app,
        subscriber: &subscriber,
        inbox,
        customer: CustomerId(customer.ok_or_else(Error::unknown_customer)?),
        customer_uuid: path.get("customerUUID"),
        user: user.map(AgentId),
        delegate_to: None,
    };
    submission.send(request, id).await.map(Json)
}

/// Returns the ids of the entities with these public ids; `None` for an unknown public id.
async fn find_ids<const N: usize>(
    app: &App,
    subscriber: &Subscriber,
    public_ids: [(EntityKind, &str); N],
) -> Result<[Option<i64>; N], Error> {
    let wanted = public_ids.map(|(kind, text)| (kind, text.to_owned()));
    let read = FindByPublicIds {
        account: subscriber.account(),
        api: NAME,
        wanted: wanted.into(),
    };
    let found = app.store.read(read).await?;
    let miscounted = |_| Failure::Internal("not as many ids as were asked for".into());
    Ok(found.try_into().map_err(miscounted)?)
}

/// Returns the user to delegate the thread to (to make its assignee). Outgoing and incoming messages delegate it to the
/// user of the path, unless that is the built-in agent or the department's default associate (the store checks the
/// latter). A draft delegates when it is published (`rules.md` 12b). Notes delegate nothing.
fn delegatee(subscriber: &Subscriber, message_type: MessageType, user: AgentId) -> Option<AgentId> {
    match message_type {
        MessageType::Outgoing | MessageType::Incoming | MessageType::Draft => {
            Some(user).filter(|user| *user != subscriber.integration_agent())
        }
        MessageType::Note => None,
    }
}

/// The sender, the customer and the department of a message to send. Its text is in the request's body.
struct Submission<'a> {
    app: &'a App,
    subscriber: &'a Subscriber,
    inbox: InboxId,
    customer: CustomerId,
    /// The customer's public id, from the path.
    customer_uuid: &'a str,
    /// The user who wrote the message.
    user: Option<AgentId>,
    delegate_to: Option<AgentId>,
}

impl Submission<'_> {
    async fn send(&self, request: MessageRequest, id: RequestId) -> Result<MessageResponse, Error> {
        if let Some(value) = &request.value {
            self.check_value(value).await?;
        }
        let recipient = self.recipient(&request).await?;
        let author = match (request.message_type, self.user) {
            (MessageType::Incoming, _) => Author::Customer,
            (_, Some(user)) => Author::Agent(user),
            (_, None) => Author::Application,
        };
        let meta_data = request.meta_data.clone();
        let warnings = request.warnings.clone();
        let command = SendMessage {
            caller: self.subscriber.acting(self.user),
            inbox: self.inbox,
            customer: self.customer,
            reopens: request.reopens(),
            message: request.into_message(author),
            delegate_to: self.delegate_to,
            recipient,
        };
        let sent = self.app.store.write(command).await?;
        Ok(MessageResponse {
            message_uuid: map::message_uuid(sent.message.id, self.subscriber.guid_tag()),
            status: "SUCCESS",
            request_uuid: id.uuid(),
            customer_uuid: self.customer_uuid(sent.customer).await?,
            meta_data,
            errors: Vec::new(),
            warnings,
        })
    }

    /// Checks that the phone number or e-mail address belongs to the customer. Before that, checks that the department
    /// may see the customer, so that the error reveals nothing about addresses of another department's customer.
    async fn check_value(&self, value: &str) -> Result<(), Error> {
        let read = FindCustomers {
            account: self.subscriber.account(),
            api: NAME,
            public_ids: vec![self.customer_uuid.to_owned()],
            inboxes: InboxScope::only([self.inbox]),
        };
        let found = self.app.store.read(read).await?;
        if !matches!(found.as_slice(), [Some(_)]) {
            return Err(Error::unknown_customer());
        }
        if map::is_known_value(value, &self.addresses().await?) {
            Ok(())
        } else {
            let name = "messageSendingAttributes.communicationValueOfCustomer";
            Err(Error::body(format!(
                "{name} is no phone number or e-mail address of the customer."
            )))
        }
    }

    async fn addresses(&self) -> Result<Vec<(String, String)>, Error> {
        let read = ListAddresses {
            account: self.subscriber.account(),
            customer: self.customer,
        };
        Ok(self.app.store.read(read).await?)
    }

    /// Returns the address to which the message is sent: the one that the request names, otherwise the customer's first one;
    /// `None` if the message is sent nowhere.
    async fn recipient(&self, request: &MessageRequest) -> Result<Option<OptOutAddress>, Error> {
        let Some(kind) = request.opt_out_kind() else {
            return Ok(None);
        };
        if let Some(value) = &request.value {
            return Ok(OptOutAddress::new(kind, value));
        }
        let word = match kind {
            OptOutKind::Text => "phone",
            OptOutKind::Email => "email",
        };
        let addresses = self.addresses().await?;
        let first = addresses.iter().find(|(kind, _)| kind == word);
        Ok(first.and_then(|(_, value)| OptOutAddress::new(kind, value)))
    }

    /// Returns the answer to a message whose recipient has opted out: an error, and the same as a warning, for clients that
    /// look at `status` and `warnings` only.
    fn refusal(&self, refused: &Error, id: RequestId) -> Response {
        let body = MessageResponse {
            message_uuid: String::new(),
            status: "FAILURE",
            request_uuid: id.uuid(),
            customer_uuid: self.customer_uuid.to_owned(),
            meta_data: serde_json::Map::new(),
            errors: vec![refused.item(id)],
            warnings: vec![OPTED_OUT],
        };
        (refused.status(), Json(body)).into_response()
    }

    /// Returns the public id of the customer that got the message: the id in the path, or, if that customer was merged,
    /// the id of the survivor (the customer that remains).
    async fn customer_uuid(&self, customer: CustomerId) -> Result<String, Error> {
        if customer == self.customer {
            return Ok(self.customer_uuid.to_owned());
        }
        let (account, kind) = (self.subscriber.account(), EntityKind::Customer);
        let store = &self.app.store;
        let found = store.find_public_id(account, kind, customer.get(), NAME);
        let missing = || Failure::Internal("a customer without a public id".into());
        Ok(found.await?.ok_or_else(missing)?)
    }
}
