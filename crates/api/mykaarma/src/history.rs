//! Lists the messages of a customer (contract section 6, M3): a query that is sent as POST and changes nothing.

use axum::extract::{Request, State};
use heddle_store::read::history::ListCustomerMessages;

use crate::auth::MessageReader;
use crate::context::NAME;
use crate::error::Error;
use crate::lookup;
use crate::map::{self, Place};
use crate::request::{MessageFilter, Path};
use crate::wire::MessagesResponse;
use heddle_api::App;
use heddle_http::json::LongJson;
use heddle_http::request_id::RequestId;

/// `POST /communications/department/{departmentUUID}/user/{userUUID}/customer/{customerUUID}/message/list`
pub(crate) async fn list(
    State(app): State<App>,
    MessageReader(subscriber): MessageReader,
    path: Path,
    id: RequestId,
    request: Request,
) -> Result<LongJson<MessagesResponse>, Error> {
    let department = subscriber.department(path.get("departmentUUID"))?;
    let filter = MessageFilter::receive(request).await?;
    let (account, tag) = (subscriber.account(), subscriber.guid_tag());
    let user = path.get("userUUID").to_owned();
    lookup::user(&app, &subscriber, "userUUID", user).await?;
    let without = filter.without.iter();
    let read = ListCustomerMessages {
        account,
        inbox: department.inbox.id,
        api: NAME,
        customer: path.get("customerUUID").to_owned(),
        before: filter.before,
        // An unknown id is the id of no message.
        without: without
            .filter_map(|uuid| map::message_id(uuid, tag))
            .collect(),
        channels: filter.channels,
        automated: filter.manual.map(|manual| !manual),
        limit: filter.limit,
        drafts: filter.drafts,
    };
    let found = app.store.read(read).await?;
    let place = Place {
        dealer: subscriber.dealer_uuid(),
        department: &department.public_id,
        tag,
    };
    let messages = found.messages.iter().filter_map(|message| {
        let conversation = found.conversations.get(&message.0.conversation)?;
        Some(map::message(place, &found.people, conversation, message))
    });
    Ok(LongJson(MessagesResponse {
        messages: messages.collect(),
        request_uuid: id.uuid(),
        errors: [],
        warnings: [],
    }))
}
