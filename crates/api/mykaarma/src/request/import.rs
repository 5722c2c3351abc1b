//! Reads the request of the historical import (contract section 6, M7). A wrong message is refused alone; the others are
//! imported.

use heddle_domain::message::{Author, Direction};
use heddle_domain::{AgentId, Timestamp};
use heddle_store::write::NewMessage;

use super::body::required_text;
use super::message::{ATTRIBUTES, MessageRequest};
use super::time::time;
use crate::error::Error;
use crate::warning::{NO_CALLBACK, OWN_UUID};
use crate::wire::Warning;
use heddle_http::members::{Object, Problem};
use heddle_http::open;
use heddle_http::shape::Shape;

pub(crate) const MOST_MESSAGES: usize = 100;
pub(crate) const LONGEST_SOURCE: usize = 200;

/// The members of a message to import.
const ITEM: Shape = open!(
    "sourceUuid",
    "callBackPathUrl",
    "sentOn",
    "receivedOn",
    "userUuid",
    "messageUuid",
    "communicationUid",
    "messageAttributes": ATTRIBUTES,
);

/// The request of the import.
#[derive(Clone, Debug)]
pub(crate) struct ImportRequest {
    /// For each message what the answer calls it, and the message or its first fault.
    pub(crate) messages: Vec<(Option<String>, Result<ImportItem, Error>)>,
    /// Whether a callback is wanted, which nobody makes.
    pub(crate) calls_back: bool,
}

/// A message to import.
#[derive(Clone, Debug)]
pub(crate) struct ImportItem {
    pub(crate) source: String,
    pub(crate) user: Option<String>,
    pub(crate) warnings: Vec<Warning>,
    request: MessageRequest,
    sent: Option<Timestamp>,
    received: Option<Timestamp>,
}

impl ImportRequest {
    /// The members that [`Self::read`] reads.
    pub(crate) const SHAPE: Shape = open!("saveMessageRequestList": ITEM, "callBackPathUrl");

    pub(crate) fn read(body: &Object<'_>) -> Self {
        let list = body.get("saveMessageRequestList").required();
        let items = list.list(1..=MOST_MESSAGES).into_iter().flatten();
        let messages = items.map(|item| {
            let (read, faults) = body.apart(|| {
                let item = item.object_or_empty();
                let source = item.get("sourceUuid").as_str().map(str::to_owned);
                (source, ImportItem::read(&item))
            });
            let (source, item) = read;
            let fault = faults.into_iter().next().map(Error::from);
            (source, fault.map_or(Ok(item), Err))
        });
        Self {
            messages: messages.collect(),
            calls_back: names_callback(body),
        }
    }
}

fn names_callback(of: &Object<'_>) -> bool {
    let address = of.get("callBackPathUrl").text();
    address.is_some_and(|address| !address.is_empty())
}

impl ImportItem {
    fn read(item: &Object<'_>) -> Self {
        let source = item.get("sourceUuid").required();
        source.text_of(1..=LONGEST_SOURCE);
        let (sent_on, received_on) = (item.get("sentOn"), item.get("receivedOn"));
        let [sent, received] = [&sent_on, &received_on].map(|it| time(it).map(|time| time.at));
        if !sent_on.is_present() && !received_on.is_present() {
            sent_on.refuse(Problem::Missing);
        }
        item.get("communicationUid").text();
        let mut warnings = Vec::new();
        if names_callback(item) {
            warnings.push(NO_CALLBACK);
        }
        if item
            .get("messageUuid")
            .text()
            .is_some_and(|uuid| !uuid.is_empty())
        {
            warnings.push(OWN_UUID);
        }
        let user = item.get("userUuid").text();
        Self {
            source: required_text(item, "sourceUuid"),
            user: user.filter(|user| !user.is_empty()).map(str::to_owned),
            warnings,
            request: MessageRequest::historical(item),
            sent,
            received,
        }
    }

    /// Returns the message to be stored. It took place when it was received if it is from the customer, otherwise when it was
    /// sent.
    pub(crate) fn into_message(self, user: Option<AgentId>) -> NewMessage {
        let author = match user {
            Some(user) => Author::Agent(user),
            None => Author::Application,
        };
        let mut message = self.request.into_message(author);
        message.occurred_at = match message.direction {
            Direction::Incoming => self.received.or(self.sent),
            Direction::Outgoing => self.sent.or(self.received),
        };
        if message.direction == Direction::Incoming {
            message.author = Author::Customer;
        }
        message.imported = true;
        message
    }
}
