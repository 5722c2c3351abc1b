//! The text of a stream of server-sent events, as the HTML standard defines it.

use bytes::Bytes;

use super::place::Place;
use super::presence::Gathering;
use super::shown::PersonShown;
use crate::event::FeedItem;

/// After how many milliseconds a client that lost the connection tries again. Each stream adds up to as many again, so
/// that not all clients come back at once.
const RETRY_MS: u64 = 1_000;

/// Appends an event. Its JSON has no line break, so it is one line of data.
pub(super) fn event(text: &mut Vec<u8>, place: Place, item: &FeedItem) {
    let kind = item.kind();
    text.extend_from_slice(format!("event: {kind}\nid: {place}\ndata: ").as_bytes());
    serde_json::to_writer(&mut *text, item).expect("an event is plain data, and memory takes it");
    text.extend_from_slice(b"\n\n");
}

/// Appends the list of who is in a conversation. It has no id, because a client that comes back gets the newest lists anyway.
pub(super) fn presence(text: &mut Vec<u8>, list: &Gathering) {
    let people: Vec<PersonShown> = list.people.iter().map(PersonShown::of).collect();
    let data = serde_json::json!({ "conversation_id": list.conversation.get(), "present": people });
    text.extend_from_slice(format!("event: presence\ndata: {data}\n\n").as_bytes());
}

/// The begin of a stream: how soon to come back, and the place from which the stream goes on.
pub(super) fn ready(place: Place, spread: u64) -> Bytes {
    let position = place.position();
    let retry = retry(spread);
    format!("{retry}event: ready\nid: {place}\ndata: {{\"position\":{position}}}\n\n").into()
}

/// A sign of life. With a place: nothing up to there was for this reader, so the client need not read it again.
pub(super) fn beat(place: Option<Place>) -> Bytes {
    match place {
        Some(place) => format!(": still here\nid: {place}\n\n").into(),
        None => Bytes::from_static(b": still here\n\n"),
    }
}

/// The end of a stream because the server stops.
pub(super) fn farewell(spread: u64) -> Bytes {
    format!(": the server stops\n{}\n", retry(spread)).into()
}

fn retry(spread: u64) -> String {
    let ms = RETRY_MS + spread % RETRY_MS;
    format!("retry: {ms}\n")
}
