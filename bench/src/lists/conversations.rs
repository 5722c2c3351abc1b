//! The lists of conversations that are measured.

use std::collections::BTreeSet;

use anyhow::Result;
use heddle_domain::{TagName, Timestamp};
use heddle_store::read::selection::{Condition, Expr, Place, SelectConversations, Sort};

use super::desk::{AGENTS, Desk, INBOXES, Kind, email, last_part};

const DAY_MS: i64 = 86_400_000;

/// Returns each kind of list.
pub(super) async fn kinds(desk: &Desk) -> Result<Vec<Kind<'_, SelectConversations>>> {
    let changes = changes(desk).await?;
    let active = || Expr::is(Condition::Phase([0].into()));
    let inbox = |call: usize| Condition::Inbox([desk.inboxes[call % INBOXES]].into());
    let agent = |call: usize| Condition::Assignee(Some(desk.agents[call % AGENTS]));
    let tag = |name: &str| {
        let tags: BTreeSet<TagName> = TagName::parse(name).into_iter().collect();
        Expr::is(Condition::Tag(tags))
    };
    let email = |call: usize| Condition::Email(email(call * 31 % desk.customers()));
    let since = |at: Timestamp| Expr::is(Condition::Changed(at, Timestamp(i64::MAX)));
    let started =
        |days: i64| Condition::Started(desk.now.plus_ms(-days * DAY_MS), Timestamp(i64::MAX));
    let on = move |wanted: Vec<Expr>, sort| desk.list(wanted, sort);
    let not_draft = || Expr::Not(Box::new(Expr::is(Condition::Draft)));
    let paged = |mut list: SelectConversations, page: i64| {
        list.page = page;
        list
    };
    Ok(vec![
        (
            "no filter",
            Box::new(move |_| on(vec![active()], Sort::Started)),
        ),
        ("status=all", Box::new(move |_| on(vec![], Sort::Started))),
        (
            "status=spam",
            Box::new(move |_| on(vec![Expr::is(Condition::Phase([3].into()))], Sort::Started)),
        ),
        (
            "mailbox",
            Box::new(move |call| on(vec![active(), Expr::is(inbox(call))], Sort::Started)),
        ),
        (
            "folder Unassigned",
            Box::new(move |call| {
                on(
                    vec![
                        active(),
                        Expr::is(inbox(call)),
                        Expr::is(Condition::Assignee(None)),
                        not_draft(),
                    ],
                    Sort::Started,
                )
            }),
        ),
        (
            "folder Mine, or of a team",
            Box::new(move |call| {
                on(
                    vec![
                        active(),
                        Expr::is(inbox(call)),
                        Expr::is(agent(call)),
                        not_draft(),
                    ],
                    Sort::Started,
                )
            }),
        ),
        (
            "folder Drafts",
            Box::new(move |call| {
                on(
                    vec![active(), Expr::is(inbox(call)), Expr::is(Condition::Draft)],
                    Sort::Started,
                )
            }),
        ),
        (
            "tag, 1 in 10",
            Box::new(move |_| on(vec![active(), tag("tenth")], Sort::Started)),
        ),
        (
            "tag, 1 in 100",
            Box::new(move |_| on(vec![active(), tag("hundredth")], Sort::Started)),
        ),
        (
            "tag, 1 in 1,000",
            Box::new(move |_| on(vec![active(), tag("thousandth")], Sort::Started)),
        ),
        (
            "tag, 1 in 20,000",
            Box::new(move |_| on(vec![active(), tag("rare")], Sort::Started)),
        ),
        (
            "assigned_to",
            Box::new(move |call| on(vec![active(), Expr::is(agent(call))], Sort::Started)),
        ),
        (
            "number",
            Box::new(move |call| {
                on(
                    vec![Expr::is(Condition::Number(
                        (call * 4_999 % desk.conversations) as i64,
                    ))],
                    Sort::Started,
                )
            }),
        ),
        (
            "modifiedSince, nothing",
            Box::new(move |_| on(vec![active(), since(changes.1.plus_ms(1))], Sort::Started)),
        ),
        (
            "modifiedSince, 1 in 120",
            Box::new(move |_| {
                on(
                    vec![active(), since(last_part(changes, 120))],
                    Sort::Started,
                )
            }),
        ),
        (
            "modifiedSince, 1 in 120, sort modifiedAt",
            Box::new(move |_| {
                on(
                    vec![active(), since(last_part(changes, 120))],
                    Sort::Changed,
                )
            }),
        ),
        (
            "modifiedSince, everything",
            Box::new(move |_| on(vec![active(), since(changes.0)], Sort::Started)),
        ),
        (
            "query email",
            Box::new(move |call| on(vec![active(), Expr::is(email(call))], Sort::Started)),
        ),
        (
            "query createdAt of a week",
            Box::new(move |_| on(vec![active(), Expr::is(started(7))], Sort::Started)),
        ),
        (
            "query tag OR email",
            Box::new(move |call| {
                on(
                    vec![Expr::Any(vec![tag("rare"), Expr::is(email(call))])],
                    Sort::Started,
                )
            }),
        ),
        (
            "query tag AND NOT assigned",
            Box::new(move |call| {
                let not = Expr::Not(Box::new(Expr::is(agent(call))));
                on(vec![Expr::All(vec![tag("thousandth"), not])], Sort::Started)
            }),
        ),
        (
            "sort modifiedAt",
            Box::new(move |_| on(vec![active()], Sort::Changed)),
        ),
        (
            "sort number",
            Box::new(move |_| on(vec![active()], Sort::Number)),
        ),
        (
            "sort mailboxid",
            Box::new(move |_| on(vec![active()], Sort::Inbox)),
        ),
        ("sort status", Box::new(move |_| on(vec![], Sort::Status))),
        (
            "tag, 1 in 1,000, sort subject",
            Box::new(move |_| on(vec![tag("thousandth")], Sort::Subject)),
        ),
        (
            "assigned_to, sort modifiedAt",
            Box::new(move |call| on(vec![active(), Expr::is(agent(call))], Sort::Changed)),
        ),
        (
            "page 500 by number",
            Box::new(move |_| paged(on(vec![active()], Sort::Started), 500)),
        ),
        (
            "page 500 by position",
            Box::new(move |call| {
                let mut list = paged(on(vec![active()], Sort::Started), 500);
                list.after = Some(Place {
                    at: desk.now.0 - 60_000 * (12_500 + call as i64),
                    id: i64::MAX,
                    ..Place::default()
                });
                list
            }),
        ),
    ])
}

/// Returns when the conversations were changed, at the earliest and at the latest.
async fn changes(desk: &Desk) -> Result<(Timestamp, Timestamp)> {
    let mut list = desk.list(Vec::new(), Sort::Changed);
    let mut ends = [desk.now; 2];
    for (end, descending) in ends.iter_mut().zip([false, true]) {
        list.descending = descending;
        let page = desk.store.read(list.clone()).await?;
        if let Some(first) = page.conversations.first() {
            *end = first.conversation.updated_at;
        }
    }
    Ok((ends[0], ends[1]))
}
