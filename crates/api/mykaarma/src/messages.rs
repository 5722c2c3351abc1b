//! Send a message (M1) and write an internal note (M2): contract section 6, `rules.md` 13 and 34. Heddle picks the
//! conversation, or makes one.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use heddle_domain::MessageId;
use heddle_domain::guid::{Guid, GuidKind, GuidParts};
use heddle_domain::id::{AgentId, CustomerId, InboxId};
use heddle_domain::message::Author;
use heddle_store::PublicKind;
use heddle_store::read::account::{FindByPublicIds, FindCustomers, GetPublicId, ListAddresses};
use heddle_store::write::send::SendMessage;
use http::HeaderMap;

use crate::auth::{MessageWriter, Subscriber};
use crate::context::NAME;
use crate::error::Error;
use crate::map::{self, MessageRequest, Sort};
use crate::request::{self, Members};
use crate::wire::MessageAnswer;
use heddle_api::App;
use heddle_http::path::{BadPath, Params};
use heddle_http::request_id::RequestId;

/// `POST /communications/department/{departmentUUID}/user/{userUUID}/customer/{customerUUID}/message`
pub(crate) async fn send(
    State(app): State<App>,
    MessageWriter(subscriber): MessageWriter,
    path: Result<Params, BadPath>,
    id: RequestId,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<MessageAnswer>, Error> {
    let path = request::path(path)?;
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let body = request::object(&headers, body).await?;
    let request = MessageRequest::message(&Members::of(&body))?;
    let people = [
        (PublicKind::Agent, path.get("userUUID")),
        (PublicKind::Customer, path.get("customerUUID")),
    ];
    let [user, customer] = find(&app, &subscriber, people).await?;
    let user = AgentId(user.ok_or_else(|| Error::unknown_user("userUUID"))?);
    let customer = CustomerId(customer.ok_or_else(Error::unknown_customer)?);
    let delivery = Delivery {
        app: &app,
        subscriber: &subscriber,
        inbox,
        customer,
        customer_uuid: path.get("customerUUID"),
        user: Some(user).filter(|_| request.sort != Sort::Incoming),
        delegate_to: delegatee(&subscriber, request.sort, user),
    };
    delivery.make(request, id).await.map(Json)
}

/// `POST /communications/department/{departmentUUID}/customer/{customerUUID}/message`
pub(crate) async fn note(
    State(app): State<App>,
    MessageWriter(subscriber): MessageWriter,
    path: Result<Params, BadPath>,
    id: RequestId,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<MessageAnswer>, Error> {
    let path = request::path(path)?;
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let body = request::object(&headers, body).await?;
    let request = MessageRequest::note(&Members::of(&body))?;
    let editor = request.editor.as_ref();
    let editor = editor.and_then(|editor| editor.user_uuid.clone());
    let people = [
        (PublicKind::Agent, editor.as_deref().unwrap_or_default()),
        (PublicKind::Customer, path.get("customerUUID")),
    ];
    let [user, customer] = find(&app, &subscriber, people).await?;
    if editor.is_some() && user.is_none() {
        return Err(Error::unknown_user("editor.uuid"));
    }
    let delivery = Delivery {
        app: &app,
        subscriber: &subscriber,
        inbox,
        customer: CustomerId(customer.ok_or_else(Error::unknown_customer)?),
        customer_uuid: path.get("customerUUID"),
        user: user.map(AgentId),
        delegate_to: None,
    };
    delivery.make(request, id).await.map(Json)
}

async fn find<const N: usize>(
    app: &App,
    subscriber: &Subscriber,
    wanted: [(PublicKind, &str); N],
) -> Result<[Option<i64>; N], Error> {
    let wanted = wanted.map(|(kind, text)| (kind, text.to_owned()));
    let read = FindByPublicIds {
        account: subscriber.account(),
        api: NAME,
        wanted: wanted.into(),
    };
    let found = app.store.read(read).await?;
    found
        .try_into()
        .map_err(|_| Error::Internal("not as many ids as were asked for".into()))
}

/// A contact through a user's path delegates the conversation to that user, unless it is the department's default one
/// (which the store checks) or nobody in person. Notes and drafts are not sent, so they delegate nothing.
fn delegatee(subscriber: &Subscriber, sort: Sort, user: AgentId) -> Option<AgentId> {
    match sort {
        Sort::Outgoing | Sort::Incoming => {
            Some(user).filter(|user| *user != subscriber.integration_agent())
        }
        Sort::Note | Sort::Draft => None,
    }
}

/// A message on its way into the store.
struct Delivery<'a> {
    app: &'a App,
    subscriber: &'a Subscriber,
    inbox: InboxId,
    customer: CustomerId,
    /// As the path has it.
    customer_uuid: &'a str,
    /// The user who wrote it.
    user: Option<AgentId>,
    delegate_to: Option<AgentId>,
}

impl Delivery<'_> {
    async fn make(&self, request: MessageRequest, id: RequestId) -> Result<MessageAnswer, Error> {
        if let Some(value) = &request.value {
            self.check_value(value).await?;
        }
        let author = match (request.sort, self.user) {
            (Sort::Incoming, _) => Author::Customer,
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
        };
        let sent = self.app.store.write(command).await?;
        Ok(MessageAnswer {
            message_uuid: self.message_uuid(sent.message.id),
            status: "SUCCESS",
            request_uuid: id.uuid(),
            customer_uuid: self.answered_uuid(sent.customer).await?,
            meta_data,
            errors: [],
            warnings,
        })
    }

    /// A phone number or e-mail address that is named must be one of the customer's.
    ///
    /// Whether the customer is here comes first: another department's must look unknown whatever their addresses.
    async fn check_value(&self, value: &str) -> Result<(), Error> {
        let read = FindCustomers {
            account: self.subscriber.account(),
            api: NAME,
            public_ids: vec![self.customer_uuid.to_owned()],
            inboxes: vec![self.inbox],
        };
        let found = self.app.store.read(read).await?;
        if !matches!(found.as_slice(), [Some(_)]) {
            return Err(Error::unknown_customer());
        }
        let read = ListAddresses {
            account: self.subscriber.account(),
            customer: self.customer,
        };
        let addresses = self.app.store.read(read).await?;
        if map::is_known_value(value, &addresses) {
            Ok(())
        } else {
            let name = "messageSendingAttributes.communicationValueOfCustomer";
            Err(Error::body(format!(
                "{name} is no phone number or e-mail address of the customer."
            )))
        }
    }

    fn message_uuid(&self, id: MessageId) -> String {
        let parts = GuidParts {
            created_at: id.created_at(),
            id: id.get(),
            tag: self.subscriber.guid_tag(),
        };
        Guid::encode(GuidKind::Message, parts).to_string()
    }

    /// The customer's id as it was sent; the survivor's if the customer was merged.
    async fn answered_uuid(&self, customer: CustomerId) -> Result<String, Error> {
        if customer == self.customer {
            return Ok(self.customer_uuid.to_owned());
        }
        let read = GetPublicId {
            account: self.subscriber.account(),
            kind: PublicKind::Customer,
            entity: customer.get(),
            api: NAME,
        };
        let found = self.app.store.read(read).await?;
        found.ok_or_else(|| Error::Internal("a customer without a public id".into()))
    }
}
