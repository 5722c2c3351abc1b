//! The query parameters of the list of conversations (contract section 6.2).

use std::collections::BTreeSet;

use heddle_domain::id::{AgentId, CustomFieldId, InboxId};
use heddle_domain::{CustomField, TagName, Timestamp};
use heddle_http::members::Problem;
use heddle_http::query::Query;
use heddle_store::read::selection::{Condition, Expr, Place, Sort};

use super::language::{self, Names, STATUSES};
use crate::custom_fields;
use crate::error::Error;
use crate::fault::code;
use crate::map::Folder;
use crate::page::{PageRequest, text_of, text_part};
use crate::parameter::{self, date_time, integer, value, wrong};

/// The parameter with values of custom fields.
const FIELDS: &str = "customFieldsByIds";
pub(crate) const SORTS: [(&str, Sort); 11] = [
    ("createdAt", Sort::Started),
    ("customerEmail", Sort::CustomerEmail),
    ("customerName", Sort::CustomerName),
    ("mailboxid", Sort::Inbox),
    ("modifiedAt", Sort::Changed),
    ("number", Sort::Number),
    // No score is computed, so all conversations have the same.
    ("score", Sort::Started),
    ("status", Sort::Status),
    ("subject", Sort::Subject),
    ("waitingSince", Sort::Waiting),
    ("mailboxId", Sort::Inbox),
];
/// What a request asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filters {
    pub(crate) wanted: Expr,
    pub(crate) sort: Sort,
    pub(crate) descending: bool,
    pub(crate) with_threads: bool,
    /// The place after which the page begins.
    pub(crate) after: Option<Place>,
}

/// The agents whose folders the list may show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FolderOwners {
    /// The caller's user, for the folder Mine.
    pub(crate) me: Option<AgentId>,
    /// The team that the parameter `folder` names, if it exists.
    pub(crate) team: Option<AgentId>,
}

impl Filters {
    /// Reads all parameters but the page.
    pub(crate) fn read(
        query: &Query,
        page: &PageRequest,
        names: Names<'_>,
        owners: FolderOwners,
    ) -> Result<Self, Error> {
        let status = parameter::meaning(query, "status", "active", &STATUSES)?;
        let status = status.iter().copied().collect();
        let mut wanted = vec![Expr::Is(Condition::Phase(status))];
        if let Some(ids) = value(query, "mailbox")? {
            let ids: Result<BTreeSet<InboxId>, Error> = parts(ids)
                .map(|id| integer("mailbox", id).map(InboxId))
                .collect();
            wanted.push(Expr::Is(Condition::Inbox(ids?)));
        }
        if let Some(id) = value(query, "folder")? {
            wanted.push(in_folder(integer("folder", id)?, owners));
        }
        if let Some(tags) = value(query, "tag")? {
            // A text that cannot be the name of a tag is on no conversation.
            let tags = parts(tags).filter_map(TagName::parse).collect();
            wanted.push(Expr::Is(Condition::Tag(tags)));
        }
        if let Some(id) = value(query, "assigned_to")? {
            let agent = AgentId(integer("assigned_to", id)?);
            wanted.push(Expr::Is(Condition::Assignee(Some(agent))));
        }
        if let Some(since) = value(query, "modifiedSince")? {
            let since = date_time("modifiedSince", since)?;
            wanted.push(Expr::Is(Condition::Changed(since, Timestamp(i64::MAX))));
        }
        if let Some(number) = value(query, "number")? {
            wanted.push(Expr::Is(Condition::Number(integer("number", number)?)));
        }
        wanted.extend(with_fields(query, names.fields)?);
        if let Some(text) = value(query, "query")? {
            let expr = language::parse(text, names)
                .map_err(|fault| wrong("query", text, Problem::Rule(code::QUERY, fault.into())))?;
            wanted.push(expr);
        }
        let (sort, descending) = order(query)?;
        let embeds = |value: &str| value.split(',').any(|rel| rel.trim() == "threads");
        Ok(Self {
            wanted: Expr::All(wanted),
            sort,
            descending,
            with_threads: query.all("embed").any(embeds),
            after: position(query, page, (sort, descending))?,
        })
    }
}

/// Returns the ids of the custom fields that a request names; each must exist.
pub(crate) fn named_fields(query: &Query) -> Result<Vec<CustomFieldId>, Error> {
    let list = value(query, FIELDS)?.unwrap_or_default();
    parts(list)
        .map(|part| field_id(part).map(|(id, _)| id))
        .collect()
}

/// Reads `id:value`.
fn field_id(part: &str) -> Result<(CustomFieldId, &str), Error> {
    let (id, value) = part.split_once(':').unwrap_or((part, ""));
    Ok((CustomFieldId(integer(FIELDS, id.trim())?), value.trim()))
}

/// Returns the conditions on custom fields: the conversation has all of these values.
fn with_fields(query: &Query, fields: &[CustomField]) -> Result<Vec<Expr>, Error> {
    let list = value(query, FIELDS)?.unwrap_or_default();
    let condition = |part| -> Result<Expr, Error> {
        let (id, value) = field_id(part)?;
        let field = fields.iter().find(|field| field.id == id).ok_or_else(|| {
            let rule = Problem::Rule(code::NOT_FOUND, "this custom field does not exist".into());
            wrong(FIELDS, &id.get().to_string(), rule)
        })?;
        let stored = custom_fields::stored(field, value).map_err(|reason| {
            wrong(
                FIELDS,
                value,
                Problem::Rule(code::ENUM_VALUE, reason.into()),
            )
        })?;
        Ok(Expr::is(Condition::Field(
            field.inbox,
            field.name.clone(),
            stored,
        )))
    };
    parts(list).map(condition).collect()
}

fn order(query: &Query) -> Result<(Sort, bool), Error> {
    let sort = parameter::meaning(query, "sortField", "createdAt", &SORTS)?;
    Ok((sort, parameter::is_descending(query)?))
}

/// Returns the team whose folder a request names. Whether it exists, the caller must look up.
pub(crate) fn named_team(query: &Query) -> Result<Option<AgentId>, Error> {
    let Some(id) = value(query, "folder")? else {
        return Ok(None);
    };
    Ok(match Folder::of_id(integer("folder", id)?) {
        Some((_, Folder::Team(team))) => Some(team),
        _ => None,
    })
}

/// Returns the condition of a folder, by its id. A folder that does not exist has no conversations.
fn in_folder(id: i64, owners: FolderOwners) -> Expr {
    let nothing = Expr::Any(Vec::new());
    let Some((inbox, folder)) = Folder::of_id(id) else {
        return nothing;
    };
    let is = Expr::is;
    let not = |condition| Expr::Not(Box::new(Expr::is(condition)));
    let phases = |phases: &[i64]| is(Condition::Phase(phases.iter().copied().collect()));
    let of = |agent: Option<AgentId>| {
        let parts = [
            phases(&[0, 1]),
            is(Condition::Assignee(agent)),
            not(Condition::Draft),
        ];
        parts.into_iter()
    };
    let mut all = vec![is(Condition::Inbox([inbox].into()))];
    match folder {
        Folder::Unassigned => all.extend(of(None)),
        Folder::Mine => match owners.me {
            Some(me) => all.extend(of(Some(me))),
            None => return nothing,
        },
        Folder::Team(team) => match owners.team {
            Some(known) if known == team => all.extend(of(Some(team))),
            _ => return nothing,
        },
        // Heddle sends no mail, so no conversation has a failed delivery.
        Folder::NeedsAttention => return nothing,
        Folder::Drafts => all.extend([phases(&[0, 1, 2]), is(Condition::Draft)]),
        Folder::Assigned => all.extend([
            phases(&[0, 1]),
            not(Condition::Assignee(None)),
            not(Condition::Draft),
        ]),
        Folder::Closed => all.extend([phases(&[2]), not(Condition::Draft)]),
        Folder::Spam => all.push(phases(&[3])),
    }
    Expr::All(all)
}

/// Splits a list at its commas.
fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// Returns the name of an order, for positions: they belong to one order.
fn name_of(sort: Sort) -> &'static str {
    let found = SORTS.iter().find(|(_, known)| *known == sort);
    found.map_or("", |(word, _)| word)
}

impl Filters {
    /// Writes the place after which the next page begins. It belongs to the order of the list.
    pub(crate) fn next_position(&self, page: &PageRequest, place: &Place) -> String {
        page.next_position(&[
            name_of(self.sort).to_owned(),
            direction(self.descending).to_owned(),
            place.rank.to_string(),
            place.at.to_string(),
            place.id.to_string(),
            text_part(&place.text),
        ])
    }
}

const fn direction(descending: bool) -> &'static str {
    if descending { "desc" } else { "asc" }
}

/// Reads the place after which the page begins.
fn position(
    query: &Query,
    page: &PageRequest,
    (sort, descending): (Sort, bool),
) -> Result<Option<Place>, Error> {
    page.position(query, |parts| {
        let [of, towards, rank, at, id, text] = parts else {
            return None;
        };
        let is_same = *of == name_of(sort) && *towards == direction(descending);
        let place = Place {
            rank: rank.parse().ok()?,
            at: at.parse().ok()?,
            text: text_of(text)?,
            id: id.parse().ok()?,
        };
        Some(place).filter(|_| is_same)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'static> = Names {
        inboxes: &[],
        agents: &[],
        fields: &[],
    };

    fn read(raw: &str) -> Result<Filters, Error> {
        let query = Query::parse(raw);
        let page = PageRequest::read(&query)?;
        let owners = FolderOwners {
            me: Some(AgentId(5)),
            team: None,
        };
        Filters::read(&query, &page, NAMES, owners)
    }

    #[test]
    fn the_defaults_of_the_contract() {
        let filters = read("").expect("filters");
        let active = Expr::Is(Condition::Phase([0].into()));
        assert_eq!(filters.wanted, Expr::All(vec![active]));
        assert_eq!((filters.sort, filters.descending), (Sort::Started, true));
        assert!(!filters.with_threads && filters.after.is_none());
    }

    #[test]
    fn odd_forms_are_accepted() {
        let since = Condition::Changed(Timestamp(1_772_615_700_000), Timestamp(i64::MAX));
        for raw in [
            "modifiedSince=2026-03-04T09:15:00Z",
            "modifiedSince=2026-03-04T09:15:00+00:00",
            "modifiedSince=2026-03-04T10%3A15%3A00%2B01%3A00",
            "modifiedSince=x&modifiedSince=2026-03-04T09:15:00.000Z&size=5&limit=7&query=",
        ] {
            let Expr::All(parts) = read(raw).expect(raw).wanted else {
                panic!("{raw}");
            };
            assert_eq!(parts[1], Expr::Is(since.clone()), "{raw}");
        }
        for raw in [
            "sortField=mailboxId&sortOrder=ASC",
            "sortField=mailboxid&sortOrder=asc",
        ] {
            let filters = read(raw).expect(raw);
            assert_eq!((filters.sort, filters.descending), (Sort::Inbox, false));
        }
    }

    #[test]
    fn bad_parameters_are_named() {
        for (raw, name) in [
            ("status=gone", "status"),
            ("mailbox=1,x", "mailbox"),
            ("folder=x", "folder"),
            ("assigned_to=me", "assigned_to"),
            ("modifiedSince=yesterday", "modifiedSince"),
            ("number=1.5", "number"),
            ("sortField=color", "sortField"),
            ("sortOrder=up", "sortOrder"),
            ("customFieldsByIds=8:1", "customFieldsByIds"),
            ("query=color:red", "query"),
            ("tag=%00", "tag"),
            ("page=0", "page"),
            ("position=1", "position"),
            ("position=2_number_desc_0_1_1_&page=2", "position"),
            ("position=2_createdAt_desc_0_1_1_%&page=2", "position"),
        ] {
            let Err(Error::Query(fault)) = read(raw) else {
                panic!("{raw}");
            };
            assert_eq!(fault.path.as_str(), name, "{raw}");
        }
    }

    #[test]
    fn a_position_is_read_back_on_its_page_only() {
        for (sort, text) in [("number", ""), ("subject", "\u{e9}va & b_")] {
            let order = format!("sortField={sort}&sortOrder=asc");
            let filters = read(&order).expect("filters");
            let place = Place {
                rank: 3,
                at: -7,
                text: text.into(),
                id: 70,
            };
            let first = PageRequest::read(&Query::parse("")).expect("a page");
            let text = filters.next_position(&first, &place).replace('+', "%2B");
            let on = |page: i64| {
                let raw = format!("{order}&page={page}&position={text}");
                read(&raw).expect("filters").after
            };
            assert_eq!((on(2), on(3)), (Some(place), None));
        }
    }
}
