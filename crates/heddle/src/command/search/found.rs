//! What a search has found, as the command line shows it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use heddle::apis;
use heddle_domain::customer::Customer;
use heddle_domain::id::{AccountId, CustomerId, InboxId};
use heddle_domain::text;
use heddle_search::query::Term;
use heddle_search::snippet::{Snippet, snippet};
use heddle_store::Store;
use heddle_store::read::account::{GetCustomer, ListInboxes};
use heddle_store::search::Found;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::outcome::Outcome;
use super::super::output::{HIT, HIT_END};

/// The maximum length of a snippet, in characters.
const LONGEST_SNIPPET: usize = 160;

/// A conversation that was found.
#[derive(Debug, Serialize)]
pub(super) struct View {
    id: i64,
    number: i64,
    status: &'static str,
    subject: String,
    inbox: i64,
    inbox_name: String,
    customer: i64,
    customer_name: String,
    /// The time of its newest message that fulfils the query, in milliseconds since 1970.
    at: i64,
    messages: Vec<MessageView>,
}

#[derive(Debug, Serialize)]
struct MessageView {
    id: i64,
    at: i64,
    text: String,
    /// Where the words of the query are in `text`, in characters (Unicode scalar values).
    hits: Vec<[usize; 2]>,
    #[serde(skip)]
    shown: String,
}

/// The result in JSON.
#[derive(Serialize)]
struct Result<'a> {
    found: &'a [View],
    /// Whether nothing else fulfils the query.
    complete: bool,
}

/// Adds the names of inboxes and customers to what was found.
pub(super) async fn views(
    store: &Store,
    account: AccountId,
    found: Vec<Found>,
    terms: &[Term],
) -> anyhow::Result<Vec<View>> {
    let inboxes = inbox_names(store, account).await?;
    let mut customers = HashMap::new();
    let mut views = Vec::with_capacity(found.len());
    for one in found {
        let id = one.conversation.customer;
        let customer_name = match customers.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(customer_name(store, account, id).await?),
        };
        let inbox = inboxes.get(&one.conversation.inbox);
        let names = (inbox.cloned().unwrap_or_default(), customer_name.clone());
        views.push(View::of(one, names, terms));
    }
    Ok(views)
}

async fn inbox_names(
    store: &Store,
    account: AccountId,
) -> anyhow::Result<HashMap<InboxId, String>> {
    let api = apis::NATIVE;
    let inboxes = store.read(ListInboxes { account, api }).await?;
    let names = inboxes
        .into_iter()
        .map(|one| (one.inbox.id, one.inbox.name));
    Ok(names.collect())
}

/// Returns the name of a customer, or else the address.
async fn customer_name(
    store: &Store,
    account: AccountId,
    id: CustomerId,
) -> anyhow::Result<String> {
    let found = store.read(GetCustomer { account, id }).await?;
    Ok(found.map_or_else(String::new, name_of))
}

fn name_of(customer: Customer) -> String {
    let profile = customer.profile;
    let names = [profile.first_name, profile.last_name];
    let names: Vec<String> = names.into_iter().flatten().collect();
    let others = [customer.email, profile.organization, profile.phone];
    match names.is_empty() {
        true => others.into_iter().flatten().next().unwrap_or_default(),
        false => names.join(" "),
    }
}

impl View {
    fn of(found: Found, (inbox_name, customer_name): (String, String), terms: &[Term]) -> Self {
        let conversation = found.conversation;
        let messages = found.messages.into_iter().map(|message| {
            let body = text::plain(message.format, &message.body);
            let part = snippet(&body, terms, LONGEST_SNIPPET);
            MessageView {
                id: message.id.get(),
                at: message.effective_at.0,
                shown: marked(&part),
                hits: part.hits.iter().map(|hit| [hit.start, hit.end]).collect(),
                text: part.text,
            }
        });
        Self {
            id: conversation.id.get(),
            number: conversation.number,
            status: conversation.status.as_str(),
            subject: conversation.subject,
            inbox: conversation.inbox.get(),
            inbox_name,
            customer: conversation.customer.get(),
            customer_name,
            at: found.place.at.0,
            messages: messages.collect(),
        }
    }

    fn lines(&self, zone: &TimeZone) -> String {
        let (time, subject) = (minute(self.at, zone), one_line(&self.subject));
        let mut lines = vec![
            format!("{}  {}  {time}  {subject}", self.number, self.status),
            format!(
                "    inbox {} ({}), customer {} ({})",
                self.inbox,
                one_line(&self.inbox_name),
                self.customer,
                one_line(&self.customer_name)
            ),
        ];
        for message in &self.messages {
            lines.push(format!(
                "    {}  {}",
                minute(message.at, zone),
                message.shown
            ));
        }
        lines.join("\n")
    }
}

/// Returns the result: in JSON with all texts as they are, for people without control characters.
pub(super) fn outcome(found: &[View], complete: bool, zone: &TimeZone) -> anyhow::Result<Outcome> {
    let mut parts: Vec<String> = found.iter().map(|view| view.lines(zone)).collect();
    parts.push(match (found.len(), complete) {
        (0, true) => "nothing was found".to_owned(),
        (count, true) => format!("found: {count}"),
        (count, false) => {
            format!("found: {count}, and there are more; a narrower query or --limit shows them")
        }
    });
    Outcome::new("search", &Result { found, complete }, parts.join("\n\n"))
}

/// Returns a snippet with marks around its hits, without control characters: a message must not command the terminal.
fn marked(part: &Snippet) -> String {
    let mut text = String::new();
    let starts = |at| part.hits.iter().any(|hit| hit.start == at);
    let ends = |at| part.hits.iter().any(|hit| hit.end == at);
    for (at, c) in part.text.chars().enumerate() {
        if ends(at) {
            text.push(HIT_END);
        }
        if starts(at) {
            text.push(HIT);
        }
        text.push(if c.is_control() { ' ' } else { c });
    }
    if ends(part.text.chars().count()) {
        text.push(HIT_END);
    }
    let dots = |is_cut| if is_cut { "…" } else { "" };
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    format!(
        "{}{}{}",
        dots(part.is_cut_before),
        words.join(" "),
        dots(part.is_cut_after)
    )
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn minute(at: i64, zone: &TimeZone) -> String {
    let at = jiff::Timestamp::from_millisecond(at);
    let at = at.unwrap_or_default().to_zoned(zone.clone());
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_does_not_command_the_terminal() {
        let part = Snippet {
            text: "a \u{1b}[2Jred\u{1} \r\nhit".to_owned(),
            is_cut_before: true,
            is_cut_after: false,
            hits: vec![6..9, 13..16],
        };
        let shown = marked(&part);
        let expected = format!("…a [2J{HIT}red{HIT_END} {HIT}hit{HIT_END}");
        assert_eq!(shown.replace(' ', ""), expected.replace(' ', ""));
        assert_eq!(one_line("a\u{7}b\nc"), "a b c");
    }
}
