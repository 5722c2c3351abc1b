//! Opt-outs: whether a customer's numbers and addresses may be written to (contract section 8). Messages to an address that is
//! opted out are refused (`messages`).

use axum::Json;
use axum::extract::{Request, State};
use heddle_domain::InboxScope;
use heddle_domain::customer::AddressKind;
use heddle_domain::id::InboxId;
use heddle_domain::opt_out::{OptOut, OptOutAddress, OptOutKind};
use heddle_store::read::customers::CustomersById;
use heddle_store::read::opt_outs::GetOptOuts;
use heddle_store::write::opt_out::SetOptOuts;

use crate::auth::{OptOutReader, OptOutWriter, Subscriber};
use crate::error::{Code, Error};
use crate::lookup;
use crate::map;
use crate::request::{self, Communication, CommunicationList, CustomerList, OptOutChange, Path};
use crate::wire::{Done, OptOutListResponse, OptOutResponse};
use heddle_api::App;
use heddle_http::request_id::RequestId;

/// `GET /communications/department/{departmentUUID}/communicationType/{type}/communicationValue/{value}/optoutstatus`
pub(crate) async fn status(
    State(app): State<App>,
    OptOutReader(subscriber): OptOutReader,
    path: Path,
    id: RequestId,
) -> Result<Json<OptOutResponse>, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let address = request::address_of_path(path.get("type"), path.get("value"))?;
    let found = read(&app, &subscriber, inbox, vec![address]).await?;
    Ok(Json(OptOutResponse {
        status: map::opt_out(found.into_iter().next().flatten()),
        request_uuid: id.uuid(),
        errors: [],
        warnings: [],
    }))
}

/// `POST /communications/department/{departmentUUID}/communications/optoutstatus/list`
pub(crate) async fn of_communications(
    State(app): State<App>,
    OptOutReader(subscriber): OptOutReader,
    path: Path,
    id: RequestId,
    request: Request,
) -> Result<Json<OptOutListResponse>, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let CommunicationList(list) =
        request::read(request, &CommunicationList::SHAPE, CommunicationList::read).await?;
    let named = list.iter().filter_map(|it| it.customer.clone()).collect();
    lookup::customers(&app, &subscriber, InboxScope::only([inbox]), named).await?;
    list_of(&app, &subscriber, inbox, id, list).await
}

/// `POST /communications/department/{departmentUUID}/customers/optoutstatus/list`
pub(crate) async fn of_customers(
    State(app): State<App>,
    OptOutReader(subscriber): OptOutReader,
    path: Path,
    id: RequestId,
    request: Request,
) -> Result<Json<OptOutListResponse>, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let CustomerList(named) =
        request::read(request, &CustomerList::SHAPE, CustomerList::read).await?;
    let ids =
        lookup::customers(&app, &subscriber, InboxScope::only([inbox]), named.clone()).await?;
    let read = CustomersById {
        account: subscriber.account(),
        inboxes: InboxScope::only([inbox]),
        ids: ids.clone(),
    };
    let views = app.store.read(read).await?;
    let mut list = Vec::new();
    for (uuid, id) in named.iter().zip(ids) {
        let addresses = views.get(&id).map(|view| view.addresses.as_slice());
        let addresses = addresses.unwrap_or_default().iter();
        list.extend(
            addresses.filter_map(|placed| {
                communication(uuid, placed.address.kind, &placed.address.value)
            }),
        );
    }
    list_of(&app, &subscriber, inbox, id, list).await
}

/// `POST /communications/department/{departmentUUID}/optoutstatus`
pub(crate) async fn change(
    State(app): State<App>,
    OptOutWriter(subscriber): OptOutWriter,
    path: Path,
    request: Request,
) -> Result<Json<Done>, Error> {
    let inbox = subscriber.department(path.get("departmentUUID"))?.inbox.id;
    let change = request::read(request, &OptOutChange::SHAPE, OptOutChange::read).await?;
    let list = change.communications.iter();
    let named = list.filter_map(|it| it.customer.clone());
    let named = named.chain(change.customer).collect();
    lookup::customers(&app, &subscriber, InboxScope::only([inbox]), named).await?;
    let user = match change.user {
        Some(user) => Some(lookup::user(&app, &subscriber, "userUUID", user).await?),
        None => None,
    };
    let tag = subscriber.guid_tag();
    if let Some(message) = change.message
        && map::message_id(&message, tag).is_none()
    {
        let text = "messageUUID names no message.";
        return Err(Error::invalid(Code::Message, text));
    }
    let command = SetOptOuts {
        caller: subscriber.acting(user),
        inbox,
        addresses: change
            .communications
            .into_iter()
            .map(|it| it.address)
            .collect(),
        state: change.state,
    };
    app.store.write(command).await?;
    Ok(Json(Done {
        errors: [],
        warnings: [],
    }))
}

/// Returns the answer about some addresses.
async fn list_of(
    app: &App,
    subscriber: &Subscriber,
    inbox: InboxId,
    id: RequestId,
    list: Vec<Communication>,
) -> Result<Json<OptOutListResponse>, Error> {
    let addresses = list.iter().map(|it| it.address.clone()).collect();
    let found = read(app, subscriber, inbox, addresses).await?;
    let both = list.into_iter().zip(found);
    Ok(Json(OptOutListResponse {
        list: both.map(|(it, found)| map::opt_out_of(it, found)).collect(),
        request_uuid: id.uuid(),
        errors: [],
        warnings: [],
    }))
}

async fn read(
    app: &App,
    subscriber: &Subscriber,
    inbox: InboxId,
    addresses: Vec<OptOutAddress>,
) -> Result<Vec<Option<OptOut>>, Error> {
    let read = GetOptOuts {
        account: subscriber.account(),
        inbox,
        addresses,
    };
    Ok(app.store.read(read).await?)
}

/// Returns an address of a customer, if it can be opted out.
fn communication(customer: &str, kind: AddressKind, value: &str) -> Option<Communication> {
    let address = map::opt_out_address(kind, value)?;
    let word = match address.kind() {
        OptOutKind::Text => "TEXT",
        OptOutKind::Email => "EMAIL",
    };
    Some(Communication {
        kind: word.to_owned(),
        value: value.to_owned(),
        customer: Some(customer.to_owned()),
        address,
    })
}
