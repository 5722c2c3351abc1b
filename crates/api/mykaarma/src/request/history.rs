//! Reads the request of the message list (contract section 6, M3).

use axum::extract::Request;
use heddle_domain::Timestamp;
use heddle_domain::message::Channel;
use heddle_store::read::history::Channels;

use super::body::receive;
use super::message::channel;
use super::time::time;
use crate::error::{Code, Error};
use crate::fault;
use heddle_http::known;
use heddle_http::members::{Body, Fault, Item, Object, Problem};
use heddle_http::shape::{SCALARS, Shape};

const DEFAULT_RESULTS: i64 = 20;
const DEFAULT_DRAFTS: i64 = 100;
const MOST_RESULTS: i64 = 1_000;
pub(crate) const MOST_UUIDS: usize = 1_000;
pub(crate) const MOST_PROTOCOLS: usize = 100;

/// The request of the message list, in the terms of the domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MessageFilter {
    /// The list has messages before this time.
    pub(crate) before: Timestamp,
    /// The messages of the page before, which the list leaves out.
    pub(crate) without: Vec<String>,
    pub(crate) channels: Channels,
    pub(crate) manual: Option<bool>,
    pub(crate) limit: usize,
    /// The most drafts; 0 if none are wanted.
    pub(crate) drafts: usize,
}

impl MessageFilter {
    /// The members that [`Self::read`] reads.
    pub(crate) const SHAPE: Shape = known!(
        "lastMessageReceivedOn",
        "protocolsSupported": SCALARS,
        "messageUuidsReceivedAtSameTime": SCALARS,
        "maxResults",
        "fetchDrafts",
        "maxDraftsToBeFetched",
        "isManual",
    );

    /// Receives the body. `maxResults` has its own error code.
    pub(crate) async fn receive(request: Request) -> Result<Self, Error> {
        Self::of(&receive(request, &Self::SHAPE).await?)
    }

    fn of(body: &Body) -> Result<Self, Error> {
        body.read(Self::read)
            .map_err(|fault| fault::error(code(&fault), &fault))
    }

    fn read(body: &Object<'_>) -> Self {
        let without = texts(&body.get("messageUuidsReceivedAtSameTime"));
        let edge = time(&body.get("lastMessageReceivedOn"));
        // Messages of the named time itself belong to the page if the client says which of them it has.
        let before = edge.map(|edge| match without.is_empty() {
            true => edge.at,
            false => edge.at.plus_ms(edge.precision_ms),
        });
        let drafts = number(&body.get("maxDraftsToBeFetched"), DEFAULT_DRAFTS);
        let wants_drafts = body.get("fetchDrafts").flag() == Some(true);
        Self {
            before: before.unwrap_or(Timestamp(i64::MAX)),
            without,
            channels: channels(&body.get("protocolsSupported")),
            manual: body.get("isManual").flag(),
            limit: number(&body.get("maxResults"), DEFAULT_RESULTS),
            drafts: if wants_drafts { drafts } else { 0 },
        }
    }
}

fn code(fault: &Fault) -> Code {
    match (&fault.problem, fault.path.as_str()) {
        (Problem::Nul, _) => Code::Body,
        (_, "maxResults") => Code::MaxResults,
        _ => Code::Body,
    }
}

/// Reads a maximum. Zero means the default, as in the thread list.
fn number(item: &Item<'_>, default: i64) -> usize {
    let number = item.integer(0..=i32::MAX.into()).filter(|n| *n != 0);
    let number = number.unwrap_or(default).min(MOST_RESULTS);
    usize::try_from(number).unwrap_or_default()
}

fn texts(item: &Item<'_>) -> Vec<String> {
    let items = item.list(0..=MOST_UUIDS).into_iter().flatten();
    items
        .filter_map(|item| item.text().map(str::to_owned))
        .collect()
}

/// Reads the protocols. No protocol at all means every protocol.
fn channels(item: &Item<'_>) -> Channels {
    let items = item.list(0..=MOST_PROTOCOLS).into_iter().flatten();
    let wanted: Vec<Channel> = items.filter_map(|item| channel(&item)).collect();
    if wanted.is_empty() {
        return Channels::ALL;
    }
    Channels {
        texts: wanted.contains(&Channel::TextMessage),
        emails: wanted.contains(&Channel::Email),
        calls: wanted.contains(&Channel::Phone),
        others: wanted.contains(&Channel::Other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn filter(body: &Value) -> Result<MessageFilter, Error> {
        MessageFilter::of(&Body::parse(body.to_string().as_bytes(), &Shape::Whole)?)
    }

    #[test]
    fn the_default_is_the_twenty_latest_messages_without_drafts() {
        let defaults = MessageFilter {
            before: Timestamp(i64::MAX),
            without: Vec::new(),
            channels: Channels::ALL,
            manual: None,
            limit: 20,
            drafts: 0,
        };
        assert_eq!(filter(&json!({})), Ok(defaults.clone()));
        let sample = json!({"lastMessageReceivedOn": null, "protocolsSupported": [], "fetchDrafts": false,
            "messageUuidsReceivedAtSameTime": [], "maxResults": 0, "maxDraftsToBeFetched": 0, "isManual": null});
        assert_eq!(filter(&sample), Ok(defaults.clone()));
        let drafts = json!({"fetchDrafts": true});
        let with_drafts = MessageFilter {
            drafts: 100,
            ..defaults
        };
        assert_eq!(filter(&drafts), Ok(with_drafts));
    }

    #[test]
    fn times_may_have_any_offset_and_a_fraction() {
        for (text, ms) in [
            ("2025-01-01T07:00:00+0700", 1_735_689_600_000),
            ("2025-01-01T07:00:00+07:00", 1_735_689_600_000),
            ("2025-01-01T00:00:00Z", 1_735_689_600_000),
            ("2025-01-01T00:00:00.250Z", 1_735_689_600_250),
        ] {
            let before = |uuids: Value| {
                let body =
                    json!({"lastMessageReceivedOn": text, "messageUuidsReceivedAtSameTime": uuids});
                filter(&body).expect("a filter").before
            };
            assert_eq!(before(json!([])), Timestamp(ms), "{text}");
            let precision = if text.contains('.') { 1 } else { 1_000 };
            assert_eq!(before(json!(["x"])), Timestamp(ms + precision), "{text}");
        }
        for wrong in [
            "",
            "2025-01-01",
            "2025-01-01T00:00:00",
            "yesterday",
            "0000-01-01T00:00:00Z",
        ] {
            let refused = filter(&json!({"lastMessageReceivedOn": wrong}));
            assert!(refused.is_err(), "{wrong}");
        }
    }

    #[test]
    fn protocols_are_words_or_codes() {
        let read = |list: Value| filter(&json!({"protocolsSupported": list})).map(|f| f.channels);
        let none = Channels {
            texts: false,
            emails: false,
            calls: false,
            others: false,
        };
        let texts = Channels {
            texts: true,
            ..none
        };
        assert_eq!(read(json!(["TEXT"])), Ok(texts));
        assert_eq!(read(json!(["X", "TEXT"])), Ok(texts));
        let rest = Channels {
            texts: false,
            ..Channels::ALL
        };
        assert_eq!(read(json!(["EMAIL", "VOICE_CALL", "NONE"])), Ok(rest));
        assert!(read(json!(["FAX"])).is_err() && read(json!("TEXT")).is_err());
    }

    #[test]
    fn a_wrong_number_of_results_has_its_own_code() {
        for (body, code) in [
            (json!({"maxResults": -1}), Code::MaxResults),
            (json!({"maxDraftsToBeFetched": "x"}), Code::Body),
            (json!({"fetchDrafts": "true"}), Code::Body),
            (json!({"isManual": 1}), Code::Body),
        ] {
            match filter(&body) {
                Err(Error::Invalid { code: found, .. }) => assert_eq!(found, code, "{body}"),
                other => panic!("{other:?}"),
            }
        }
    }
}
